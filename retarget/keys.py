"""Retargeted channels as keys: one F-curve per channel, grouped by bone, fewer keys where that was asked."""

import numpy as np

from . import bone_space, reduce
from .channels import BEZIER, CONSTANT, OBJECT_GROUP, Channel, escaped


def bone_channels(retargeted, target, person, bounds=()):
    """Retargeted, Target, PersonMotion -> list of Channel, bone after bone.

    bounds  greatest error of fewer keys: (rotation [deg], location [m]); () = a key for every one of the source
    """
    modes = dict(zip(target.rest.bone_names, target.rest.rotation_modes))
    found = []
    for bone, R in retargeted.rotations.items():
        if bone in target.goals:
            continue
        if bone in retargeted.locations:
            location = retargeted.locations[bone]
            path = _of(_path(bone), "location")
            found += _located(path, location, target.scale, person, bone, bounds)
        found += _turned(_path(bone), R, modes[bone], person, bone, bounds)
    for bone, scale in retargeted.scales.items():
        error, bound = reduce.location_error(_leg(target)), bounds[1] if bounds else None
        found += curves(_of(_path(bone), "scale"), scale, person, bone, error, bound)
    return found


def goal_channels(retargeted, target, person, bounds=()):
    """Of what IK reaches for outside the armature: {name and session id of an object: list of Channel}."""
    found = {}
    for goal in (goal for name, goal in target.goals.items() if name in retargeted.locations):
        start = target.rest.T_world_armature[:3, :3] @ goal.T_start[:3, :3]
        location, scale = retargeted.locations[goal.name], np.linalg.norm(start, axis=0).mean()
        if retargeted.object_shift is not None and not goal.carried:
            location = location + retargeted.object_shift @ np.linalg.inv(start).T
        group, path = goal.bone or OBJECT_GROUP, _path(goal.bone) if goal.bone else ""
        channels = _located(_of(path, "location"), location, scale, person, group, bounds)
        if goal.turns:
            R = retargeted.rotations[goal.name]
            channels += _turned(path, R, goal.rotation_mode, person, group, bounds)
        found.setdefault(goal.owner, []).extend(channels)
    return found


def _located(path, location, scale, person, group, bounds):
    """Channels of a location (N,3) in units of `scale` [Blender's units]."""
    error = reduce.location_error(scale)
    return curves(path, location, person, group, error, bounds[1] if bounds else None)


def _turned(owner, R, mode, person, group, bounds):
    """Channels of rotations (N,3,3) of a bone's path, "" = the object's own."""
    name, values = bone_space.rotation_channels(R, mode)
    error, bound = reduce.rotation_error(mode), np.radians(bounds[0]) if bounds else None
    return curves(_of(owner, name), values, person, group, error, bound)


def _leg(target):
    """[m] that a limb is long, about."""
    return target.t_pose.leg * target.scale


def switch_channels(bone_map, person):
    """Channels of the properties that have a value of their own while the motion plays; one key each."""
    held, first = np.full(1, CONSTANT, np.uint8), person.frames[:1]
    return [
        Channel(f'{_path(bone)}["{escaped(key)}"]', 0, first, np.full(1, float(value)), held, bone)
        for bone, properties in bone_map.switches.items()
        for key, value in properties.items()
    ]


def curves(path, values, person, group, error=None, bound=None):
    """One Channel per column of values (N,n), with the keys that have to stay."""
    if bound is None or person.size < 3:
        return [
            Channel(path, index, person.frames, column, person.interpolation, group)
            for index, column in enumerate(values.T)
        ]
    held = person.interpolation == CONSTANT
    kept, slopes = reduce.kept(person.frames, values, held, error, bound)
    kinds = np.where(held[kept], CONSTANT, BEZIER).astype(np.uint8)
    return [
        Channel(path, index, person.frames[kept], values[kept, index], kinds, group, slope)
        for index, slope in enumerate(slopes.T)
    ]


def _path(bone):
    return f'pose.bones["{escaped(bone)}"]'


def _of(owner, name):
    """Path of a property of what has this path, "" = the object."""
    return f"{owner}.{name}" if owner else name
