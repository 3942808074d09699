"""The GPU runtime: ONNX Runtime for graphics cards and what it needs, in a folder of the user's.

    FOLDER/downloads/       wheels that are complete and checked, until all of them are unpacked
    FOLDER/site/            the packages, moved here as the last step of an installation
    FOLDER/installed.json   which table they were installed from
    FOLDER/tested.json      the provider with which a self-test went well

Captures use it only after such a test, so that nothing half or broken can stand in the way of the
processor. What belongs to it is `gpu-runtime.toml`. Standard library only.
"""

import hashlib
import json
import platform
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from . import wheels
from .pip_download import PipError, download_command, fetch_wheel, parts
from .weights import file_sha256

TABLE = Path(__file__).with_name("gpu-runtime.toml")
MACHINES = {"x86_64": "x64", "amd64": "x64"}
SYSTEMS = {"linux": "linux", "win32": "windows"}
UNPACKED = 2.2  # times the wheels' size, at most, is what they take unpacked

ABSENT, PARTIAL, UNTESTED, READY = "ABSENT", "PARTIAL", "UNTESTED", "READY"


class GpuRuntimeError(Exception):
    """One sentence why the GPU runtime cannot be installed, and what to do."""


ERRORS = (GpuRuntimeError, PipError, wheels.WheelError)


@dataclass(frozen=True)
class Wheel:
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Offer:
    """What there is for a machine."""

    title: str
    provider: str
    terms: str
    wheels: tuple[Wheel, ...]

    @property
    def bytes(self):
        """Of the download."""
        return sum(wheel.bytes for wheel in self.wheels)

    @property
    def digest(self):
        return hashlib.sha256(repr(self.wheels).encode()).hexdigest()[:16]


def offer(system=sys.platform, machine=None, tag=None, table=TABLE):
    """The Offer for a platform and Python, by default this one; None where there is none."""
    key = f"{SYSTEMS.get(system)}-{MACHINES.get((machine or platform.machine()).lower())}"
    found = tomllib.loads(Path(table).read_text(encoding="utf-8")).get(key)
    if found is None:
        return None
    fitting = [name for name in sorted(found["wheels"]) if wheels.fits_python(name, tag)]
    if not any(name.startswith("onnxruntime") for name in fitting):
        return None
    listed = tuple(Wheel(name, **found["wheels"][name]) for name in fitting)
    return Offer(found["title"], found["provider"], found["terms"], listed)


@dataclass(frozen=True)
class Runtime:
    """An offer and the folder that it is installed in."""

    folder: Path
    offer: Offer

    @property
    def site(self):
        return self.folder / "site"

    @property
    def downloads(self):
        return self.folder / "downloads"

    @property
    def state(self):
        if self._note("installed.json").get("wheels") == self.offer.digest and self.site.is_dir():
            tested = self._note("tested.json").get("provider") == self.offer.provider
            return READY if tested else UNTESTED
        return PARTIAL if self.folder.exists() and any(self.folder.iterdir()) else ABSENT

    @property
    def missing(self):
        """Wheels that are still to be had."""
        return [wheel for wheel in self.offer.wheels if not (self.downloads / wheel.name).exists()]

    def note_tested(self, provider):
        """A self-test went well with that provider."""
        self._write("tested.json", provider=provider)

    def forget_test(self):
        """From now on the processor is used."""
        (self.folder / "tested.json").unlink(missing_ok=True)

    def install(self, errand, local=None):
        """For an Errand: everything into its place; a call after an interrupted one goes on.

        local   folder of wheels to take them from; None = the package index, through pip
        """
        self.forget_test()
        self.downloads.mkdir(parents=True, exist_ok=True)
        self._check_space()
        missing = self.missing
        command = download_command() if missing and local is None else None
        for number, wheel in enumerate(missing, start=1):
            what = f"Getting {parts(wheel.name)[0]} ({number} of {len(missing)})"
            place = self.downloads / wheel.name
            if local is None:
                fetch_wheel(command, wheel, place, errand, what)
            else:
                take_over(Path(local), wheel, place, errand, what)
        self._unpack(errand)
        return {"installed": str(self.site)}

    def remove(self):
        """Everything away, an unfinished installation too."""
        self.forget_test()  # first: what is half removed is used no more
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _unpack(self, errand):
        made = self.folder / "site.partial"
        shutil.rmtree(made, ignore_errors=True)
        places = [self.downloads / wheel.name for wheel in self.offer.wheels]
        total, done = sum(map(wheels.unpacked_size, places)), 0

        def on_bytes(count):
            nonlocal done
            done += count
            errand.progress("Unpacking", done, total)

        for place in places:
            try:
                wheels.unpack(place, made, on_bytes)
            except wheels.WheelError:
                place.unlink()  # it was good when it came: the next call gets it again
                raise
        wheels.replace_folder(made, self.site)
        self._write("installed.json", wheels=self.offer.digest)
        shutil.rmtree(self.downloads)

    def _check_space(self):
        needed = sum(wheel.bytes for wheel in self.missing) + UNPACKED * self.offer.bytes
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise GpuRuntimeError(
                f"The disk has {free / 1e9:.1f} GB left and {needed / 1e9:.1f} GB are needed"
                " for a while: make room and try again."
            )

    def _note(self, name):
        try:
            return json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return {}

    def _write(self, name, **fields):
        part = self.folder / (name + ".part")
        part.write_text(json.dumps(fields), encoding="utf-8")
        part.replace(self.folder / name)


def take_over(folder, wheel, place, errand, what):
    """Copies a wheel out of a folder of the user's, if it is the right one."""
    errand.progress(what, 0, wheel.bytes)
    source = folder / wheel.name
    if not source.is_file():
        raise GpuRuntimeError(f"The folder {folder} does not hold {wheel.name}.")
    if file_sha256(source) != wheel.sha256:
        raise GpuRuntimeError(
            f"{source} is not the file that is meant (another sha256): get it again."
        )
    part = place.with_name(place.name + ".part")
    shutil.copyfile(source, part)
    part.replace(place)
