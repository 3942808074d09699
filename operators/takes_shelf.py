"""What takes there are in a folder, and what can be done with a folder of one. Raises OSError."""

import json
import os
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from ..inference.take_folder import DESCRIPTION, OUT
from .language import label, say

FITTED, SEEN = "FITTED", "SEEN"  # with a Motion, or with observations alone
ABOUT = "{clip}, networks: {chain}, fitted: {solver}, {day}"
UNFITTED = "{clip}, networks: {chain}, not fitted yet, {day}"


class ShelfError(Exception):
    """One sentence for the user."""


class Kept(NamedTuple):
    """A take that is kept."""

    name: str
    folder: str
    clip: str
    state: str
    chain: str
    solver: str
    changed: float  # [s] since 1970


def kept(folder):
    """[Kept] in a folder, the newest first; folders that hold no take are passed over."""
    try:
        inside = sorted(Path(folder).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    found = [one for one in map(_read, inside) if one is not None]
    return sorted(found, key=lambda one: (-one.changed, one.name))


def _read(folder):
    try:
        said = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        changed = max(file.stat().st_mtime for file in folder.iterdir())
    except (OSError, ValueError):
        return None
    state = FITTED if (folder / OUT).is_file() else SEEN
    solver = said.get("fit", {}).get("solver", "take")
    clip = str(said.get("clip", ""))
    return Kept(folder.name, str(folder), clip, state, str(said.get("chain", "")), solver, changed)


def about(one):
    """A line about a Kept."""
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.changed))
    told = UNFITTED if one.state == SEEN else ABOUT
    clip = os.path.basename(one.clip)
    return label(told, clip=clip, chain=one.chain, solver=one.solver, day=day)


def copy(folder):
    """A second take with the same content beside the first; returns its folder."""
    folder, number = Path(folder), 2
    while (target := folder.with_name(f"{folder.name}-copy-{number - 1}")).exists():
        number += 1
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(folder, partial)
    partial.rename(target)
    return str(target)


def remove(folder):
    """Deletes the folder of a take; ShelfError where it is none, or holds more than a take does."""
    folder = Path(folder)
    if not (folder / DESCRIPTION).is_file():
        raise ShelfError(say("There is no take in {folder}.", folder=folder))
    if folder.is_symlink() or any(file.is_dir() for file in folder.iterdir()):
        raise ShelfError(
            say("{folder} holds other folders as well: delete it by hand.", folder=folder)
        )
    shutil.rmtree(folder)
