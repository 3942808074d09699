"""Which folders the child's packages come from, decided without importing any of them.

All extensions of a Blender share one folder of packages, and any of them may have put another numpy,
OpenCV or ONNX Runtime there. So the parent looks at what is where, hands the child an order of folders
in which it finds versions that Monorig works with, and the child checks what it really got.
Standard library only.
"""

import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

WAY_OUT = "In Blender: Edit > Preferences > Add-ons > Monorig > Use Own Packages"


MISSING = "{0} is not there for Python {1}.{2}: install Monorig's zip again, in Blender 4.2 to 5.2."


class PackagesError(Exception):
    """One sentence why the child's packages cannot be used."""


@dataclass(frozen=True)
class Package:
    """Something the child imports: its distributions on the registries, and the versions that work."""

    title: str
    distributions: tuple[str, ...]
    oldest: tuple[int, int]
    below: tuple[int, int]


# The ends of each range are run by `run.py test --numpy`.
PACKAGES = {
    "numpy": Package("numpy", ("numpy",), (1, 24), (3, 0)),
    "cv2": Package(
        "OpenCV",
        (
            *("opencv-python-headless", "opencv-python"),
            *("opencv-contrib-python", "opencv-contrib-python-headless"),
        ),
        (4, 10),
        (4, 13),  # from here on its FFmpeg turns interlaced clips into noise
    ),
    "onnxruntime": Package(
        "ONNX Runtime",
        ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml"),
        (1, 21),
        (2, 0),
    ),
}


def folders(preferred=(), path=None):
    """Folders for the front of the child's sys.path, each package found first where it can be used.

    preferred   folders that come before all others: our own, which hold a part of the packages
    path        folders looked through after them; None = sys.path
    Raises PackagesError with the first fault where there is no such order.
    """
    others = [str(folder) for folder in (sys.path if path is None else path) if folder]
    numpys = [folder for folder in others if holds(folder, "numpy")]
    usable = [folder for folder in numpys if not fault("numpy", folder)]
    order = list(dict.fromkeys([*map(str, preferred), *usable[:1], *numpys[:1], *others]))
    used = []
    for name in PACKAGES:
        folder = next((folder for folder in order if holds(folder, name)), None)
        if folder is None:
            raise PackagesError(MISSING.format(PACKAGES[name].title, *sys.version_info))
        reason = fault(name, folder)
        if reason:
            raise PackagesError(f"{reason} {WAY_OUT}.")
        used.append(folder)
    return [folder for folder in order if folder in used]


def holds(folder, name):
    return Path(folder, name, "__init__.py").is_file()


def fault(name, folder):
    """One sentence why the package in that folder cannot be used; "" where nothing speaks against it.

    Folders without notes on what is installed in them are trusted: the child looks again.
    """
    package, found = PACKAGES[name], provided(name, folder)
    if len(found) > 1:
        both = " and ".join(sorted(found))
        return f"{both} are installed over each other by two add-ons, which breaks {package.title}."
    return next((unsupported(name, version) for version in found.values()), "")


def provided(name, folder):
    """{distribution: version} of those that installed the package in that folder."""
    found = {}
    for distribution in PACKAGES[name].distributions:
        for entry in metadata.distributions(name=distribution, path=[str(folder)]):
            found[distribution] = entry.version
    return found


def unsupported(name, version):
    """One sentence why a version does not do; "" where it does."""
    package, (major, minor) = PACKAGES[name], leading_numbers(version)
    if package.oldest <= (major, minor) < package.below:
        return ""
    oldest, below = (".".join(map(str, ends)) for ends in (package.oldest, package.below))
    return (
        f"{package.title} {version} was installed by another add-on, and Monorig works with"
        f" {oldest} or newer, below {below}."
    )


def check_loaded(versions):
    """In the child: raises PackagesError where a package ({name: version}) is none that works."""
    for name, version in versions.items():
        reason = unsupported(name, version)
        if reason:
            raise PackagesError(f"{reason} {WAY_OUT}.")


def leading_numbers(version):
    """ "4.11.0.86" -> (4, 11); what is no number counts as 0."""
    parts = [part if part.isdigit() else "0" for part in f"{version}.0".split(".")[:2]]
    return int(parts[0]), int(parts[1])
