"""Reads the keys that move an armature: when they are, and the channels of its bones over time."""

import re

import numpy as np

from . import posing
from .action import ActionLost
from .channels import CONSTANT, LINEAR

_PATH = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.(\w+)$')
_PROPERTIES = (
    "location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "scale",
)  # fmt: skip
_ROTATIONS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
CHUNK = 1000  # frames of a curve that are evaluated at once
CROWDED = 1.25  # so many times the keys of the fullest curve: then curves are keyed each for itself


def places(owner):
    """Where the F-curves are of the action that an object plays; [] where it plays none."""
    animation = owner.animation_data
    action = animation.action if animation else None
    if action is None:
        return []
    if not hasattr(action, "layers"):
        return [action.fcurves]
    slot = animation.action_slot
    strips = [strip for layer in action.layers for strip in layer.strips] if slot else []
    bags = [strip.channelbag(slot) for strip in strips]
    return [bag.fcurves for bag in bags if bag]


def bone_curves(owner, wanted):
    """{(bone, property, index): data path} of the F-curves that move the wanted bones."""
    found = {}
    for curve in (curve for place in places(owner) for curve in place):
        match = _PATH.match(curve.data_path)
        if match and match.group(2) in _PROPERTIES and not curve.mute:
            bone = re.sub(r"\\(.)", r"\1", match.group(1))
            if bone in wanted:
                found[bone, match.group(2), curve.array_index] = curve.data_path
    return found


def key_steps(named, found, find):
    """Generator: one curve a step; returns frames (N,), interpolation (N,).

    That is where the curves have keys, or every frame where they disagree.
    find(named) gives the object; it is found again in every step, as an undo may come in between
    """
    union, fullest, seen = np.empty(0), (0, None), set()
    for (_bone, _name, index), path in found.items():
        times = _keys(_curve(find(named), path, index))[:, 0]
        if times.tobytes() not in seen:
            seen.add(times.tobytes())
            union = np.union1d(union, times)
            fullest = max(fullest, (len(times), (path, index)), key=lambda pair: pair[0])
        yield
    if len(union) > CROWDED * fullest[0]:
        union = np.arange(np.floor(union[0]), np.ceil(union[-1]) + 1)
    curve = _curve(find(named), *fullest[1])
    interpolation = np.empty(len(curve.keyframe_points), np.uint8)
    curve.keyframe_points.foreach_get("interpolation", interpolation)
    held = _keys(curve)[interpolation == CONSTANT, 0]
    return union, np.where(np.isin(union, held), CONSTANT, LINEAR).astype(np.uint8)


def basis_steps(named, found, find, frames):
    """Generator: a part of a curve a step; returns {bone: (N,4,4)} for the bones that have curves.

    named, found, find   as for `key_steps`
    """
    values = {}
    for (bone, name, index), path in found.items():
        column = yield from _values_steps(lambda p=path, i=index: _curve(find(named), p, i), frames)
        values.setdefault(bone, {}).setdefault(name, {})[index] = column
    result = {}
    for bone, columns in values.items():
        pose_bone = find(named).pose.bones[bone]
        mode = pose_bone.rotation_mode
        location, rotation, scale = (
            _filled(columns.get(name, {}), getattr(pose_bone, name), len(frames))
            for name in ("location", _ROTATIONS.get(mode, "rotation_euler"), "scale")
        )
        result[bone] = posing.basis(location, rotation, mode, scale)
        yield
    return result


def _values_steps(curve, frames):
    """Generator: returns (N,) of a curve at frames: its keys where they are just those, else evaluated."""
    keys = _keys(curve())
    if not len(curve().modifiers) and np.array_equal(keys[:, 0], frames):
        yield
        return keys[:, 1]
    values = np.empty(len(frames))
    for start in range(0, len(frames), CHUNK):
        evaluate, part = curve().evaluate, slice(start, start + CHUNK)
        values[part] = [evaluate(frame) for frame in frames[part]]
        yield
    return values


def _filled(columns, standing, count):
    """(N,n) of a property: the curves' values, else as it stands."""
    return np.column_stack([columns.get(i, np.full(count, v)) for i, v in enumerate(standing)])


def _keys(curve):
    """(K,2) frame and value of each key."""
    values = np.empty(len(curve.keyframe_points) * 2, np.float32)
    curve.keyframe_points.foreach_get("co", values)
    return values.astype(float).reshape(-1, 2)


def _curve(owner, path, index):
    for place in places(owner):
        curve = place.find(path, index=index)
        if curve is not None:
            return curve
    raise ActionLost(
        "A curve of the action of {name} was removed while it was being read.", name=owner.name
    )
