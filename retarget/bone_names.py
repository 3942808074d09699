"""Names of bones as rigs spell them: "mixamorig:LeftForeArm", "forearm_fk.L", "Bip01 L Forearm".

A name becomes words (split at signs and capitals, lower case, numbers without leading zeros), then a *key*:
its side and the other words in one piece, without what all names of the rig begin or end with.
"""

import functools
import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SIDE_WORDS = {"l": "L", "left": "L", "r": "R", "right": "R"}
SHARED = 0.8  # part of the bones that has to begin (or end) alike for it to say nothing
_MIRRORED = {
    "left": "right", "Left": "Right", "LEFT": "RIGHT", "right": "left", "Right": "Left", "RIGHT": "LEFT",
    "l": "r", "L": "R", "r": "l", "R": "L",
}  # fmt: skip


@functools.lru_cache(maxsize=8192)
def words(name):
    """ "mixamorig:LeftForeArm" -> ("mixamorig", "left", "fore", "arm")."""
    found = (word.lower() for word in _WORD.findall(name))
    return tuple(str(int(word)) if word.isdigit() else word for word in found)


def keys(names):
    """Names -> [(side, text)], side "L", "R" or "", text without what most of the names share."""
    split = [words(name) for name in names]
    for reverse in (False, True):
        split = _without_shared(split, reverse)
    return [_key(parts) for parts in split]


def _key(parts):
    sides = [index for index, word in enumerate(parts) if word in _SIDE_WORDS]
    if not sides:
        return "", "".join(parts)
    side = sides[-1] if sides[-1] == len(parts) - 1 else sides[0]
    return _SIDE_WORDS[parts[side]], "".join(parts[:side] + parts[side + 1 :])


def _without_shared(split, from_end):
    """Takes away words that most names begin (or end) with, as long as something is left of each."""
    turn = (lambda parts: parts[::-1]) if from_end else (lambda parts: parts)
    split = [turn(parts) for parts in split]
    while len(split) > 4:
        first = [parts[0] for parts in split if len(parts) > 1]
        common = max(set(first), key=first.count, default=None)
        if common is None or first.count(common) < SHARED * len(split) or common in _SIDE_WORDS:
            break
        split = [p[1:] if len(p) > 1 and p[0] == common else p for p in split]
    return [turn(parts) for parts in split]


def mirrored(name):
    """The name of the bone at the other side; the same name where it shows no side."""
    found = list(_WORD.finditer(name))
    sides = [match for match in found if match.group().lower() in _SIDE_WORDS]
    if not sides:
        return name
    side = sides[-1] if sides[-1] is found[-1] else sides[0]
    return name[: side.start()] + _MIRRORED[side.group()] + name[side.end() :]
