"""The project's own Python environments: made when first needed, used as they are afterwards.

An environment is a venv plus a stamp file, which says which requirement files are installed in it.
Stopping at any moment is safe: what the stamp does not promise is done again.
"""

import functools
import hashlib
import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..inference.sources import package_manager, pip_download_size
from .lock import locked
from .usage import UserError, say

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "cli" / "requirements"
STAMP = "monorig-stamp.json"
PIP_INSTALL = [
    *("-m", "pip", "--disable-pip-version-check", "--no-input"),
    *("install", "--no-deps", "--no-compile", "--progress-bar", "off"),
]
GROUPS = {
    "base": ("numpy.txt", "base.txt"),
    "bench": ("bench.txt",),
    "convert": ("numpy.txt", "convert.txt"),
    "media": ("media.txt",),
    "test": ("test.txt", "convert.txt", "oracle.txt"),
    "training": ("numpy.txt", "training.txt"),
}
BPY_HERE = {"3.11": "blender-5.0.txt", "3.13": "blender-5.2.txt"}
SMALLEST_SHOWN = 1e6


@dataclass(frozen=True)
class Environment:
    """A venv in `folder`, made with the interpreter `python`."""

    folder: Path
    python: str = sys.executable
    report: Callable[[str], None] = say

    @property
    def interpreter(self):
        """The Python inside."""
        inside = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
        return self.folder / inside

    def ensure(self, files):
        """Make the environment hold the pins of these requirement files, if it does not yet."""
        if self.stamp() and not self.missing(files):
            return
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(self.folder.with_name(self.folder.name + ".lock"), self.report):
            if not self.stamp():
                self.make()
            missing = self.missing(files)
            if missing:
                self.install(missing)

    def missing(self, files):
        """Those of the requirement files that the stamp does not promise."""
        installed = self.stamp().get("installed", {})
        return [name for name in dict.fromkeys(files) if installed.get(name) != digest(name)]

    def stamp(self):
        """What the environment is known to hold; empty where it is none or another Python's."""
        path = self.folder / STAMP
        if not path.exists() or not self.interpreter.exists():
            return {}
        stamp = json.loads(path.read_text(encoding="utf-8"))
        return stamp if stamp["python"] == version_of(self.python) else {}

    def write_stamp(self, **changes):
        stamp = {"python": version_of(self.python), "installed": {}, "begun": [], **self.stamp()}
        part = self.folder / (STAMP + ".part")
        part.write_text(json.dumps({**stamp, **changes}, indent=1), encoding="utf-8")
        part.replace(self.folder / STAMP)

    def make(self):
        """An empty venv, instead of whatever was there."""
        self.report(f"making {self.folder} for Python {version_of(self.python)}")
        if self.folder.exists():
            shutil.rmtree(self.folder)
        with package_manager([self.python, "-m", "venv", str(self.folder)]) as process:
            said = process.stdout.read().split("\n\n")
        if process.returncode:
            raise UserError(
                f"Python's venv module cannot make {self.folder}"
                f" (on Debian and Ubuntu: install python3-venv): {' '.join(said[0].split())}"
            )
        self.write_stamp()

    def install(self, files):
        """Install requirement files; those of an interrupted installation from the ground up."""
        again = ["--force-reinstall"] if set(files) & set(self.stamp()["begun"]) else []
        self.write_stamp(begun=sorted({*files, *self.stamp()["begun"]}))
        named = [part for name in files for part in ("-r", str(REQUIREMENTS / name))]
        self.report("installing " + ", ".join(name.removesuffix(".txt") for name in files) + " ...")
        run_pip([str(self.interpreter), *PIP_INSTALL, *again, *named], self.report)
        stamp = self.stamp()
        left = sorted(set(stamp["begun"]) - set(files))
        installed = {**stamp["installed"], **{name: digest(name) for name in files}}
        self.write_stamp(installed=installed, begun=left)


def run_pip(command, report):
    """Run pip, passing on the larger downloads; UserError with pip's reason where it fails."""
    errors = []
    with package_manager(command) as process:
        for line in process.stdout:
            found = pip_download_size(line)
            if found and found.size >= SMALLEST_SHOWN:
                report(f"  getting {found}")
            if line.startswith("ERROR:"):
                errors.append(line.strip())
    if process.returncode:
        reason = errors[0] if errors else f"pip ended with status {process.returncode}"
        raise UserError(
            f"Packages could not be installed ({reason}). With a network connection the same"
            " command goes on where it stopped."
        )


def checkout():
    """The environment of this checkout."""
    return Environment(ROOT / ".venv")


def requirement_files(groups):
    """Requirement files of several groups; "blender" gives none where there is no bpy."""
    files = []
    for group in groups:
        files += blender_files() if group == "blender" else GROUPS[group]
    return list(dict.fromkeys(files))


def blender_files():
    return () if why_no_bpy() else ("numpy.txt", "blender-common.txt", BPY_HERE[python_version()])


def why_no_bpy():
    """One sentence why there is no bpy for this Python here; empty where there is one."""
    machine = platform.machine().lower()
    if sys.platform == "darwin" and machine != "arm64":
        return "Blender's Python module exists for Macs with Apple processors only."
    if sys.platform != "darwin" and machine not in ("x86_64", "amd64"):
        return f"Blender's Python module does not exist for {machine} processors."
    if python_version() not in BPY_HERE:
        wanted = " or ".join(BPY_HERE)
        return f"Blender's Python module needs Python {wanted}; this is {python_version()}."
    return ""


def python_version():
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@functools.cache
def version_of(python):
    """Major and minor version of an interpreter, as "3.11"."""
    if python == sys.executable:
        return python_version()
    asked = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def digest(name):
    return hashlib.sha256((REQUIREMENTS / name).read_bytes()).hexdigest()[:16]


def inside(environment):
    """Whether this very process runs in that environment."""
    return Path(sys.prefix).resolve() == environment.folder.resolve()
