"""The extension's own user folder: settings, camera profiles, rig maps, packages.

    settings.json    {"version": 1, "device": "AUTO", "threads": 0}
    cameras/ maps/   small files of the user's, each by its name
    packages/ gpu/   per Python: own copies of packages, and the GPU runtime
    self-test.txt    the last report

An upgrade keeps it; Blender removes it with the extension. Takes are never in here. The folder is looked
up once, on the main thread; everything else may be called from any thread.
"""

import functools
import json
import re
from pathlib import Path

import bpy

from .language import say

VERSION = 1
DEFAULTS = {"device": "AUTO", "threads": 0}
KEPT = {"cameras": ".json", "maps": ".toml"}  # folder: ending of its files
LARGEST = 1 << 20  # bytes of a kept file
SETTINGS = "settings.json"
_folder = None


class UserFolderError(Exception):
    """One sentence for the user."""


def register():
    """Finds out where it is; nothing is made yet."""
    global _folder
    package = __package__.rpartition(".")[0]
    try:
        _folder = Path(bpy.utils.extension_path_user(package))
    except ValueError:  # not installed as an extension
        _folder = Path(bpy.utils.user_resource("CONFIG", path="monorig"))


def folder():
    return _folder


def place(kind):
    """The folder of one of KEPT, made where it is missing."""
    path = _folder / kind
    path.mkdir(parents=True, exist_ok=True)
    return path


def settings():
    """The settings, defaults where nothing (or nothing readable) was saved."""
    try:
        saved = json.loads((_folder / SETTINGS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        saved = {}
    known = {
        name: saved[name]
        for name, usual in DEFAULTS.items()
        if type(saved.get(name)) is type(usual)
    }
    return {**DEFAULTS, **known}


def change_settings(**values):
    write(SETTINGS, json.dumps({"version": VERSION, **settings(), **values}, indent=1))


def write(name, text):
    """A text file of the folder, whole or not at all."""
    _folder.mkdir(parents=True, exist_ok=True)
    part = _folder / f"{name}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(_folder / name)


def own_packages():
    """Folder of our own copies of packages for this Python; it need not exist."""
    from ..inference.wheels import python_tag

    return _folder / "packages" / python_tag()


def gpu_runtime():
    """The gpu_runtime.Runtime for this machine, or None where there is none to offer."""
    from ..inference.gpu_runtime import Runtime
    from ..inference.wheels import python_tag

    offer = _offer()
    return Runtime(_folder / "gpu" / python_tag(), offer) if offer else None


@functools.cache
def _offer():
    from ..inference.gpu_runtime import offer

    return offer()


def uses_card():
    """Whether captures run on the graphics card."""
    from ..inference.gpu_runtime import READY

    runtime = gpu_runtime()
    return settings()["device"] == "AUTO" and runtime is not None and runtime.state == READY


def preferred():
    """Folders whose packages come before those that all extensions share."""
    own = [own_packages()] if own_packages().is_dir() else []
    return ([gpu_runtime().site] if uses_card() else []) + own


def export_to(path):
    """Everything that the user made here (settings, cameras, maps) in one file."""
    import zipfile

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(SETTINGS, json.dumps({"version": VERSION, **settings()}, indent=1))
        for kind, ending in KEPT.items():
            for file in sorted((_folder / kind).glob(f"*{ending}")):
                package.write(file, f"{kind}/{file.name}")


def import_from(path):
    """What an export holds, beside what is here: a file of another content gets another name; names."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as package:
            held = {entry.filename: package.read(entry) for entry in _checked(package)}
        saved = json.loads(held.pop(SETTINGS))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise UserFolderError(
            say("{name} is no export of Monorig: {trouble}.", name=Path(path).name, trouble=error)
        ) from error
    if saved.get("version", 0) > VERSION:
        raise UserFolderError(
            say("{name} comes from a newer Monorig: update this one first.", name=Path(path).name)
        )
    change_settings(**{name: saved[name] for name in DEFAULTS if name in saved})
    return [add(name, content) for name, content in held.items()]


def _checked(package):
    """Members of an export; anything else is refused."""
    endings = "|".join(f"{kind}/[^/\\\\:]+{re.escape(ending)}" for kind, ending in KEPT.items())
    for entry in package.infolist():
        if not re.fullmatch(rf"{re.escape(SETTINGS)}|{endings}", entry.filename):
            raise UserFolderError(
                say("The file holds {name}, which no export of Monorig does.", name=entry.filename)
            )
        if entry.file_size > LARGEST:
            raise UserFolderError(
                say("{name} is too large for what it should be.", name=entry.filename)
            )
        yield entry


def add(name, content):
    """Writes a kept file (bytes), under a free name where another one has its own; that name."""
    kind, _, file = name.partition("/")
    target, number = place(kind) / file, 2
    while target.exists() and target.read_bytes() != content:
        target = target.with_name(f"{Path(file).stem}-{number}{Path(file).suffix}")
        number += 1
    target.write_bytes(content)
    return f"{kind}/{target.name}"
