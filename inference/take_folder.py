"""Folders of takes: which belongs to a clip; small files, never half written. Standard library only."""

import json
import os
from pathlib import Path

DESCRIPTION, OUT = "take.json", "OUT.npz"
HASHED_PIECES, HASHED_BYTES = 16, 1 << 18


def clip_hash(path):
    """Content hash of a clip: its size and sixteen pieces spread over it (BLAKE2b)."""
    import hashlib  # takes long to load, and Blender needs the rest of this module at its start

    size = os.path.getsize(path)
    digest = hashlib.blake2b(str(size).encode(), digest_size=16)
    with open(path, "rb") as stream:
        for piece in range(HASHED_PIECES):
            stream.seek(max(0, size - HASHED_BYTES) * piece // (HASHED_PIECES - 1))
            digest.update(stream.read(HASHED_BYTES))
    return digest.hexdigest()


def write_json(path, data):
    """Replaces a JSON file atomically."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(data, indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(partial, path)


def free_folder(base, clip, chain, promised=()):
    """Folder for a take of a clip: base/<clip> or base/<clip>-<chain>, numbered where another clip is there.

    The one that holds this clip's take of that chain already is given again. Raises OSError where the clip
    cannot be read.
    promised   folders that others will make
    """
    stem = Path(clip).stem + ("" if chain == "take" else f"-{chain}")
    wanted, number = (clip_hash(clip), chain), 1
    while True:
        folder = Path(base) / (stem if number == 1 else f"{stem}-{number}")
        try:
            found = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        except FileNotFoundError:
            if folder not in promised:
                return folder
            found = {}
        except ValueError:
            found = {}  # not a take of ours: leave it alone
        if (found.get("clip_hash"), found.get("chain")) == wanted:
            return folder
        number += 1
