"""Our own copies of the packages, unpacked from the wheels that the extension carries.

The way out where another add-on put other versions into the folder that all extensions share.
Standard library only.
"""

import shutil
from pathlib import Path

from . import wheels
from .packages import PackagesError

CARRIED = Path(__file__).resolve().parents[1] / "wheels"


def carried():
    """The wheels for this Python that the extension carries."""
    found = sorted(CARRIED.glob("*.whl"))
    return [path for path in found if wheels.fits_python(path.name)]


def make(folder):
    """Unpacks them to `folder`, instead of what was there."""
    fitting = carried()
    if not fitting:
        raise PackagesError(
            "This installation of Monorig carries no packages for this Blender: install the zip for"
            " your system again, in Blender 4.2 to 5.2."
        )
    made = folder.with_name(folder.name + ".partial")
    shutil.rmtree(made, ignore_errors=True)
    for path in fitting:
        wheels.unpack(path, made)
    wheels.replace_folder(made, folder)


def remove(folder):
    """Back to the packages that all extensions share."""
    if folder.exists():
        shutil.rmtree(folder)
