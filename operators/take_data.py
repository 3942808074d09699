"""What the file of a take holds for one who looks at it: frames of the clip, places in the scene, confidence.

Read from OUT.npz once, and again when that was written anew. Only the arrays that are asked for are read.
"""

import os
from dataclasses import dataclass

import numpy as np

from ..inference.keypoints import LIMB_JOINTS
from ..inference.motion import UNREADABLE
from ..inference.take_folder import OUT
from ..retarget.timing import scene_frames
from . import marks, takes
from .language import say

LOW = 0.35  # mean confidence of the limbs below which a frame is not sure
OUTSIDE = "The clip has no picture between the frames {first} and {last}."
SHORTEST = 3  # frames of a range that is not sure
_kept = {}  # path -> (time of writing [ns], Moments), of the take that was read last


class NoTakeData(Exception):
    """The take's file is not there or cannot be read; one sentence for the user."""


@dataclass(frozen=True)
class Moments:
    """P people, T frames of the clip."""

    identity: np.ndarray  # (P,)
    frame: np.ndarray  # (T,) in the file
    time_s: np.ndarray  # (T,)
    sureness: np.ndarray  # (P,T) mean confidence of the limbs, NaN where nobody was solved

    def file_range(self, scene, first, last):
        """Scene frames first..last, and (T,) scene frames of the clip -> first, end in the file."""
        inside = np.flatnonzero((scene >= first - 0.5) & (scene < last + 0.5))
        if not len(inside):
            raise NoTakeData(say(OUTSIDE, first=first, last=last))
        return int(self.frame[inside[0]]), int(self.frame[inside[-1]]) + 1

    def unsure(self, person):
        """Ranges [(first row, last row)] of frames in which a person's limbs were seen badly."""
        low = np.nan_to_num(self.sureness[person], nan=1.0) < LOW
        edges = np.flatnonzero(np.diff(np.concatenate([[False], low, [False]]).astype(int)))
        pairs = zip(edges[::2].tolist(), edges[1::2].tolist())
        return [(first, end - 1) for first, end in pairs if end - first >= SHORTEST]


def path_of(collection):
    """OUT.npz of the take that a result comes from; raises NoTakeData."""
    for folder in takes.places(collection):
        path = os.path.join(folder, OUT)
        if os.path.isfile(path):
            return path
    raise NoTakeData(say("There is no take in {folder}.", folder=collection[marks.TAKE]))


def moments(collection):
    """Moments of a result's take; raises NoTakeData."""
    path = path_of(collection)
    written = os.stat(path).st_mtime_ns
    if _kept.get(path, (None,))[0] != written:
        _kept.clear()
        _kept[path] = written, _read(path)
    return _kept[path][1]


def frames_of(collection, time_s):
    """(T,) scene frames at which the keys of a result are."""
    return scene_frames(time_s, collection[marks.RATE], collection[marks.START])


def sureness(names, confidence, present):
    """Mean confidence (P,T) of the limbs, NaN where nobody was solved; names (K,), confidence (P,T,K)."""
    limbs = [list(names).index(name) for name in LIMB_JOINTS]
    return np.where(present, confidence[:, :, limbs].mean(-1), np.nan)


def _read(path):
    try:
        with np.load(path, allow_pickle=False) as data:
            present = np.isfinite(data["q"][..., 0])
            sure = sureness(data["keypoint_names"], data["confidence"], present)
            return Moments(data["identity"], data["frame"], data["time_s"], sure)
    except UNREADABLE as error:
        raise NoTakeData(
            say("{path} cannot be read: {trouble}.", path=path, trouble=error)
        ) from error
