"""Reads the keys that move an armature: when they are, and the channels of its bones over time."""

import re

import numpy as np

from . import posing
from .channels import CONSTANT, LINEAR

_PATH = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.(\w+)$')
_PROPERTIES = (
    "location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale",
)  # fmt: skip
CROWDED = 1.25  # so many times the keys of the fullest curve: then curves are keyed each for itself


def curves(owner):
    """F-curves of the action that an object plays, [] where it plays none."""
    animation = owner.animation_data
    action = animation.action if animation else None
    if action is None:
        return []
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    found = []
    for layer in action.layers:
        for strip in layer.strips:
            bag = strip.channelbag(animation.action_slot) if animation.action_slot else None
            found += list(bag.fcurves) if bag else []
    return found


def bone_curves(owner, wanted):
    """{(bone, property, index): F-curve} of the wanted bones."""
    found = {}
    for curve in curves(owner):
        match = _PATH.match(curve.data_path)
        if match and match.group(2) in _PROPERTIES:
            bone = re.sub(r"\\(.)", r"\1", match.group(1))
            if bone in wanted:
                found[bone, match.group(2), curve.array_index] = curve
    return found


def key_times(found):
    """-> frames (N,), interpolation (N,): where the curves have keys, or every frame where they disagree."""
    times = {id(curve): _column(curve, "co", 2)[::2].astype(float) for curve in found.values()}
    fullest = max(found.values(), key=lambda curve: len(times[id(curve)]))
    union = np.unique(np.concatenate(list(times.values())))
    if len(union) > CROWDED * len(times[id(fullest)]):
        union = np.arange(np.floor(union[0]), np.ceil(union[-1]) + 1)
    kinds = np.full(len(union), LINEAR, np.uint8)
    points = fullest.keyframe_points
    held = [p.co.x for p in points if p.interpolation == "CONSTANT"][: len(points)]
    kinds[np.isin(union, np.array(held, float))] = CONSTANT
    return union, kinds


def basis_steps(named, wanted, find, frames):
    """Generator: reads one bone a step; returns {bone: (N,4,4)} for the bones that have curves.

    find(named) gives the object; it is found again in every step, as an undo may come in between
    """
    result = {}
    for bone in sorted({bone for bone, _name, _index in bone_curves(find(named), wanted)}):
        owner, values = find(named), {}
        for (_bone, name, index), curve in bone_curves(owner, {bone}).items():
            column = np.fromiter((curve.evaluate(frame) for frame in frames), float, len(frames))
            values.setdefault(name, {})[index] = column
        pose_bone = owner.pose.bones[bone]
        mode = pose_bone.rotation_mode
        rotation = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}.get(
            mode, "rotation_euler"
        )
        columns = [
            _filled(values.get(name, {}), getattr(pose_bone, name), len(frames))
            for name in ("location", rotation, "scale")
        ]
        result[bone] = posing.basis(columns[0], columns[1], mode, columns[2])
        yield
    return result


def _filled(columns, standing, count):
    """(N,n) of a property: the curves' values, else as it stands."""
    return np.column_stack([columns.get(i, np.full(count, v)) for i, v in enumerate(standing)])


def _column(curve, name, width):
    values = np.empty(len(curve.keyframe_points) * width, np.float32)
    curve.keyframe_points.foreach_get(name, values)
    return values
