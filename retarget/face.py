"""Face channels: curves of custom properties of an armature, and of shape keys that are called alike. Pure.

The names are ARKit's (`inference/face_channels.py`): "jawOpen", "mouthSmileLeft", and so on; values 0..1.
"""

import re

import numpy as np

from ..inference.face_channels import NAMES
from .channels import CONSTANT, LINEAR, Channel, escaped

GROUP = "Face"
_SPELLED = {"l": "left", "r": "right"}
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def motion_channels(motion, person, frames):
    """Channels of the properties of one person of a Motion; empty where no face was ever seen.

    frames   (T,) scene frame of each frame of the motion
    """
    if motion.face is None or not motion.face_seen[person].any():
        return []
    present = np.flatnonzero(motion.present[person])
    kinds = np.full(len(present), LINEAR, np.uint8)
    kinds[:-1][np.diff(present) > 1] = CONSTANT
    values = motion.face[person, present]
    return [
        Channel(path_of(str(name)), 0, frames[present], column, kinds, GROUP)
        for name, column in zip(motion.face_names, values.T)
    ]


def path_of(name):
    """Data path of a channel's custom property."""
    return f'["{escaped(name)}"]'


def shape_channels(channels, shape_names):
    """Channels of properties -> those of shape keys (names) that are called alike."""
    found = alike(shape_names)
    for name in NAMES:
        for channel in channels:
            if channel.data_path == path_of(name) and name in found:
                path = f'key_blocks["{escaped(found[name])}"].value'
                yield Channel(path, 0, channel.frames, channel.values, channel.interpolation, GROUP)


def alike(names):
    """{channel: the first of these names that means it}: jawOpen, JawOpen, jaw_open; eyeBlink_L, eyeBlinkLeft."""
    by_words = {}
    for name in names:
        by_words.setdefault(_words(name), name)
    return {channel: by_words[_words(channel)] for channel in NAMES if _words(channel) in by_words}


def _words(name):
    words = [word.lower() for word in _WORD.findall(name)]
    return tuple(_SPELLED.get(word, word) for word in words)
