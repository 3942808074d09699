"""How sure the capture was of a person, beside the motion on the rig: a curve, and markers where it was not."""

import os

import bpy
import numpy as np

from ..inference.keypoints import LIMB_JOINTS
from ..inference.motion import Motion, MotionError
from ..inference.take_folder import OUT
from ..retarget import keys, planting
from . import marks
from .retarget_markers import SURE, UNSURE

PROPERTY = "confidence"  # custom property of the armature, 0..1
GROUP = "Confidence"
LOW = 0.35  # mean confidence of the limbs below which a stretch is marked
SHORTEST = 5  # keys of a marked stretch


def take_of(source):
    """Folder of the take and number of the person that an armature came from, or None."""
    there = marks.TAKE in source and marks.IDENTITY in source
    return (bpy.path.abspath(source[marks.TAKE]), source[marks.IDENTITY]) if there else None


def of_keys(take, keyed, frames):
    """On a thread: (N,) confidence of a person in a take at frames (N,); None where that is not known.

    keyed   (K,) frames of the source's keys: others than the take has were made by hand, and say nothing
    """
    if take is None or not os.path.isfile(os.path.join(take[0], OUT)):
        return None
    try:
        motion = Motion.load(os.path.join(take[0], OUT))
    except MotionError:
        return None
    person = np.flatnonzero(motion.identity == take[1])
    if len(person) != 1 or motion.present[person[0]].sum() != len(keyed):
        return None
    limbs = [list(motion.keypoint_names).index(name) for name in LIMB_JOINTS]
    found = motion.confidence[person[0], motion.present[person[0]]][:, limbs].mean(-1)
    return np.interp(frames, keyed, found)


def channels(confidence, person):
    """Channels of the property; empty where nothing is known."""
    if confidence is None:
        return []
    return keys.curves(f'["{PROPERTY}"]', confidence[:, None], person, GROUP, _difference, 0.02)


def _difference(given, truth):
    return np.abs(given - truth).max(-1)


def mark(target, action_name, confidence, person):
    """Gives the armature the property, and the action markers around stretches that are not sure."""
    if confidence is None:
        return
    if PROPERTY not in target:
        target[PROPERTY] = 1.0
    markers = bpy.data.actions[action_name].pose_markers
    for stretch in planting.stretches(confidence < LOW):
        if len(stretch) >= SHORTEST:
            for name, key in ((UNSURE, stretch[0]), (SURE, stretch[-1])):
                markers.new(name).frame = int(round(person.frames[key]))
