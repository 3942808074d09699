"""Wheels unpacked into folders of our own, as installers do it; nothing in them is run.

Standard library only: used inside Blender, where other add-ons' packages must stay as they are.
"""

import re
import shutil
import sys
import zipfile
from pathlib import Path

from .refusals import LONGEST_ON_WINDOWS

BLOCK = 1 << 20


class WheelError(Exception):
    """One sentence why a wheel cannot be unpacked."""


def python_tag(version=sys.version_info):
    """ "cp311" of the Python that runs this."""
    return f"cp{version[0]}{version[1]}"


def fits_python(name, tag=None):
    """Whether the wheel of that file name is for this Python; platforms are not looked at."""
    python, abi = name.removesuffix(".whl").split("-")[-3:-1]
    tag = tag or python_tag()
    if python.startswith("py3"):
        return True
    oldest = re.match(r"cp3(\d+)", python)
    return abi == tag or (abi == "abi3" and bool(oldest) and int(oldest[1]) <= int(tag[3:]))


def unpack(wheel, folder, on_bytes=lambda count: None, platform=sys.platform):
    """Writes what the wheel holds below `folder`; `on_bytes` hears how many bytes were written."""
    try:
        with zipfile.ZipFile(wheel) as package:
            members = [entry for entry in package.infolist() if not entry.is_dir()]
            for entry in members:
                place = place_of(entry.filename, Path(folder), platform)
                place.parent.mkdir(parents=True, exist_ok=True)
                with package.open(entry) as source, place.open("wb") as target:
                    while block := source.read(BLOCK):
                        target.write(block)
                        on_bytes(len(block))
    except (zipfile.BadZipFile, EOFError) as error:
        raise WheelError(f"{Path(wheel).name} is damaged: {error}.") from error


def unpacked_size(wheel):
    """Bytes that the wheel takes once it is unpacked."""
    try:
        with zipfile.ZipFile(wheel) as package:
            return sum(entry.file_size for entry in package.infolist())
    except zipfile.BadZipFile as error:
        raise WheelError(f"{Path(wheel).name} is damaged: {error}.") from error


def place_of(member, folder, platform):
    """Where a member of a wheel goes; what an installer would put beside the libraries is left in .data."""
    place = folder.joinpath(*member.split("/"))
    if not place.resolve().is_relative_to(folder.resolve()):
        raise WheelError(f"the wheel wants to write outside its folder: {member}.")
    if platform == "win32" and len(str(place)) > LONGEST_ON_WINDOWS:
        raise WheelError(
            f"the folder {folder} has too long a name for Windows: allow long paths in Windows,"
            " or move Blender's user folder (BLENDER_USER_RESOURCES) to a shorter one."
        )
    return place


def replace_folder(made, place):
    """Puts a finished folder in the place of an older one."""
    if place.exists():
        shutil.rmtree(place)
    made.replace(place)
