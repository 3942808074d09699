"""Where the way of the hips goes, axis by axis: to the hips, the root bone, the armature object, or nowhere.

    over the ground   target = start + scale (source - start of the source)        scale = ratio of the legs
    height            target = unit floor + scale (source - floor)
The floor is what the person stands on at that moment: ground, stairs, a roof. It stays where it is, and so does
the place where the motion starts, so that people stay where they are to each other and to the picture; only rigs
built in other units (centimetres, a hundredth) have both scaled by a power of ten, the unit.
Who travels takes over what leads away from where the hips are at rest; what nobody takes is left out.
"""

from typing import NamedTuple

import numpy as np


class Travel(NamedTuple):
    """Who travels along the axes of the world."""

    x: str
    y: str
    z: str


BY_HIPS, BY_ROOT, BY_OBJECT, BY_NOBODY = "HIPS", "ROOT", "OBJECT", "NOBODY"
HIPS = Travel(BY_HIPS, BY_HIPS, BY_HIPS)
ROOT = Travel(BY_ROOT, BY_ROOT, BY_HIPS)
OBJECT = Travel(BY_OBJECT, BY_OBJECT, BY_HIPS)
IN_PLACE = Travel(BY_NOBODY, BY_NOBODY, BY_HIPS)
NAMED = {"HIPS": HIPS, "ROOT": ROOT, "OBJECT": OBJECT, "IN_PLACE": IN_PLACE}
PER_AXIS = "PER_AXIS"
GROUND = np.array([1.0, 1.0, 0.0])


def start(person, scale, standing=None):
    """(3,) where the path over the ground starts.

    standing  Target that starts where it stands, None = where the person was
    """
    if standing is not None:
        return rest_hips(standing) * GROUND
    return person.hips[0] * GROUND * unit(scale)


def unit(scale):
    """The power of ten that is next to a scale."""
    return 10.0 ** np.round(np.log10(scale))


def placed(points, person, scale, start_at, floor):
    """Points (N,3) or (N,n,3) of the source's world -> where they are in the target's.

    start_at (3,) as `start` gives it; floor (N,) what the person stands on, in the source's world
    """
    lift = np.zeros((len(floor), 3))
    lift[:, 2] = (unit(scale) - scale) * floor
    shift = start_at - person.hips[0] * GROUND * scale + lift
    return points * scale + (shift if points.ndim == 2 else shift[:, None])


def rest_hips(target):
    """(3,) the middle of the hip joints at rest in the world."""
    index = {name: bone for bone, name in enumerate(target.rest.bone_names)}
    heads = [
        target.rest.T_armature_bone[index[target.chains[role][0]], :3, 3]
        for role in ("thigh.L", "thigh.R")
    ]
    T = target.rest.T_world_armature
    return T[:3, :3] @ np.mean(heads, axis=0) + T[:3, 3]


def travel(name, per_axis=()):
    """One of NAMED, or PER_AXIS and who travels along x, y and z -> Travel."""
    return Travel(*per_axis) if name == PER_AXIS else NAMED[name]


def shares(hips, target, travel):
    """{who travels: (N,3) in the world, what it takes over of the way}. hips (N,3) middle of the hip joints."""
    way = hips - rest_hips(target)
    return {by: way * (np.array(travel) == by) for by in dict.fromkeys(travel)}


def within(pelvis, shared):
    """(N,3) where the pelvis goes in the armature's own world: the object's share is not in it, nor nobody's."""
    for by in (BY_OBJECT, BY_NOBODY):
        pelvis = pelvis - shared.get(by, 0.0)
    return pelvis
