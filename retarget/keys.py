"""Retargeted channels as keys: one F-curve per channel, grouped by bone, fewer keys where that was asked."""

import numpy as np

from . import bone_space, reduce
from .channels import BEZIER, CONSTANT, Channel, escaped


def bone_channels(retargeted, target, person, bounds=()):
    """Retargeted, Target, PersonMotion -> list of Channel, bone after bone.

    bounds  greatest error of fewer keys: (rotation [deg], location [m]); () = a key for every one of the source
    """
    modes = dict(zip(target.rest.bone_names, target.rest.rotation_modes))
    found = []
    for bone, R in retargeted.rotations.items():
        name, values = bone_space.rotation_channels(R, modes[bone])
        if bone in retargeted.locations:
            error = reduce.location_error(target.scale)
            bound = bounds[1] if bounds else None
            location = retargeted.locations[bone]
            found += curves(_path(bone, "location"), location, person, bone, error, bound)
        error, bound = reduce.rotation_error(modes[bone]), np.radians(bounds[0]) if bounds else None
        found += curves(_path(bone, name), values, person, bone, error, bound)
    for bone, scale in retargeted.scales.items():
        error, bound = reduce.location_error(_leg(target)), bounds[1] if bounds else None
        found += curves(_path(bone, "scale"), scale, person, bone, error, bound)
    return found


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


def _path(bone, name=""):
    return f'pose.bones["{escaped(bone)}"]' + (f".{name}" if name else "")
