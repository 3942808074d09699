"""A person's joint frames dealt out to the bones of another rig.

Chains of other lengths: the turn from the role below to the end of the chain is cut into as many equal parts
as there are bones (spine, neck, clavicle). Limbs of several bones all swing alike; the twist along the limb
grows from bone to bone, and bones that only twist take the part that belongs to where they sit.
"""

import numpy as np

from ..inference import rotations
from . import roles
from .t_pose import LEFT, UP

CHAINED = ("spine", "neck", "clavicle")  # roles whose bones share the turn along the chain
ALONG = {"upper_arm": LEFT, "forearm": LEFT, "thigh": UP, "shin": UP}  # axis of twist in T pose


def joint_rotations(person, chains, places):
    """PersonMotion, {role: bone names}, {twist bone: 0..1 along its limb} -> {bone: (N,3,3)} in the world."""
    result = {}
    for role, chain in chains.items():
        name = roles.split(role)[0]
        if name.endswith("_twist"):
            limb = role.replace("_twist", "")
            for bone in chain:
                result[bone] = twisted(person, limb, places.get(bone, 0.5))
        elif name in CHAINED:
            result.update(zip(chain, _shared(person, role, len(chain))))
        elif name in ALONG and len(chain) > 1:
            for k, bone in enumerate(chain):
                result[bone] = twisted(person, role, k / (len(chain) - 1))
        elif role != "root":
            for bone in chain:
                result[bone] = person.turned[role][:, -1]
    return result


def _shared(person, role, count):
    """(N,3,3) for each of `count` bones: steps of equal size along what carries the chain and the chain."""
    own = person.turned[role]
    line = np.concatenate([person.turned[roles.above(role)][:, -1:], own], 1)  # (N,n+1,3,3)
    found = []
    for k in range(1, count + 1):
        place = k / count * own.shape[1]
        low = min(int(place + 1e-9), own.shape[1] - 1)
        found.append(between(line[:, low], line[:, low + 1], place - low))
    return found


def between(R_a, R_b, share):
    """The rotation a share of the way from one to the other (N,3,3)."""
    if share > 1 - 1e-9:
        return R_b
    step = rotations.log(np.swapaxes(R_a, -1, -2) @ R_b)
    return R_a @ rotations.exp(share * step)


def twisted(person, role, share):
    """(N,3,3): the limb's swing with only a share of its twist against what carries it."""
    R = person.turned[role][:, -1]
    if share > 1 - 1e-9:
        return R
    above = person.turned[roles.above(role)][:, -1]
    axis = ALONG[roles.split(role)[0]]
    angle = twist(np.swapaxes(above, -1, -2) @ R, axis)
    return R @ rotations.exp((share - 1) * angle[:, None] * axis)


def twist(R, axis):
    """Angle (N,) of the twist about `axis` that comes first in R = swing twist; continuous over time."""
    q = rotations.quaternion(R)
    return np.unwrap(2 * np.arctan2(q[:, 1:] @ axis, q[:, 0]))
