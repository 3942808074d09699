"""Fingers that nobody has seen: a relaxed curl, the same all the time.

A finger is found from its knuckle (roles.py) and the bones below that are named alike but for the number; the ring
finger from the middle finger's name. In T pose, palms down, fingers curl downwards about the body's back axis.
"""

import numpy as np

from ..inference import rotations
from . import bone_names, bone_space, roles
from .channels import CONSTANT, Channel, escaped

CURL = np.radians([14.0, 20.0, 14.0])  # of the bones from the knuckle on
SAME_PLACE = 1e-5  # in the rig's unit: a bone that starts where the one above does is no next joint
RING = (("middle", "ring"), ("Middle", "Ring"), ("mid", "ring"), ("Mid", "Ring"))


def relaxed(target):
    """Target -> {finger bone: (3,3) basis}."""
    index = {name: bone for bone, name in enumerate(target.rest.bone_names)}
    found = {}
    for side in roles.SIDES:
        hand = target.bone_map.bones.get(f"hand.{side}", ("",))[-1]
        if hand not in target.t_pose.joint:
            continue
        R_rest = target.rest.T_armature_bone[:, :3, :3]
        to_joint = target.t_pose.joint[hand] @ R_rest[index[hand]].T
        back = np.array([0.0, 1.0 if side == "L" else -1.0, 0.0])
        for chain in _fingers(target, side, index):
            for bone, curl in zip(chain, CURL):
                offset = to_joint @ R_rest[index[bone]]
                found[bone] = offset.T @ rotations.exp(curl * back) @ offset
    return found


def channels(target, person):
    """Channels of all fingers that hold the curl from the first key on."""
    modes = dict(zip(target.rest.bone_names, target.rest.rotation_modes))
    held, first = np.full(1, CONSTANT, np.uint8), person.frames[:1]
    found = []
    for bone, R in relaxed(target).items():
        name, values = bone_space.rotation_channels(R[None], modes[bone])
        path = f'pose.bones["{escaped(bone)}"].{name}'
        found += [Channel(path, k, first, column, held, bone) for k, column in enumerate(values.T)]
    return found


def _fingers(target, side, index):
    """Chains of bone names, from the knuckle on, of one hand; bones that something steers are left alone."""
    knuckles = [target.bone_map.bones.get(f"{name}.{side}", ("",))[0] for name in roles.KNUCKLES]
    middle = target.bone_map.bones.get(f"middle.{side}", ("",))[0]
    rings = [middle.replace(word, ring) for word, ring in RING if word in middle]
    for knuckle in dict.fromkeys([*knuckles, *rings]):
        if knuckle in index:
            chain = [knuckle, *_below(target.rest, index[knuckle])]
            yield [bone for bone in chain if bone not in target.rest.steered]


def _below(rest, knuckle):
    """Names of the bones below a knuckle that are named alike but for the number, nearest first."""
    family, below, found = _wordless(rest.bone_names[knuckle]), {knuckle}, []
    heads = rest.T_armature_bone[:, :3, 3]
    for bone, name in enumerate(rest.bone_names):  # parents come before children
        above = int(rest.parents[bone])
        if above in below:
            below.add(bone)
            double = np.allclose(heads[bone], heads[above], rtol=0, atol=SAME_PLACE)
            if _wordless(name) == family and not double:
                found.append(name)
    return found


def _wordless(name):
    """The words of a name without numbers."""
    return [word for word in bone_names.words(name) if not word.isdigit()]
