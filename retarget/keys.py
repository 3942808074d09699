"""Retargeted channels as keys: one F-curve per channel, grouped by bone, fewer keys where that was asked."""

import numpy as np

from . import bone_space, reduce
from .channels import CONSTANT, Channel, escaped


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
    return found


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
    kept = slice(None)
    if bound is not None and person.size > 2:
        held = person.interpolation == CONSTANT
        kept = reduce.kept(person.frames, values, held, error, bound)
    frames, kinds = person.frames[kept], person.interpolation[kept]
    return [
        Channel(path, index, frames, values[kept, index], kinds, group)
        for index in range(values.shape[1])
    ]


def _path(bone, name=""):
    return f'pose.bones["{escaped(bone)}"]' + (f".{name}" if name else "")
