"""Fingers: those of the source where its action moves any, else a relaxed curl, the same all the time.

A finger is found from its knuckle (roles.py) and the bones below that are named alike but for the number; ring
finger and thumb by the names of the others. In T pose, palms down, fingers point outward and curl about the body's
back axis.

    R_finger = R_hand D,   D = 1 in a flat hand       basis = R_rest^T (A_above^T D_above^T D A) R_rest
A turns a bone from where it is at rest (R_rest, in the axes of the hand's joint frame) to a flat hand, by the
smallest rotation: two rigs show the same finger when their D agree, whatever their rest poses.
"""

import numpy as np

from ..inference import hand_skeleton, rotations
from . import bone_names, bone_space, keys, reduce, roles
from .channels import CONSTANT, Channel, escaped

CURL = np.radians([14.0, 20.0, 14.0])  # of the bones from the knuckle on
SAME_PLACE = 1e-5  # in the rig's unit: a bone that starts where the one above does is no next joint
RING = (("middle", "ring"), ("Middle", "Ring"), ("mid", "ring"), ("Mid", "Ring"))
FINGER_WORDS = {"index", "middle", "mid", "ring", "pinky", "little", "thumb"}
PHALANGES = {"metacarpal", "proximal", "intermediate", "distal"}
MOST_BONES = len(CURL)
BACK = np.array([0.0, 1.0, 0.0])
ALONG = {  # of flat fingers, left hand
    name: np.array(towards, float) / np.linalg.norm(towards)
    for name, (_place, towards, _lengths) in hand_skeleton.PLACES.items()
}


def chains(rest, bone_map):
    """RigRest, BoneMap -> {(finger, side): bone names from the root on} of the fingers that are found."""
    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    found = {}
    for side in roles.SIDES:
        roots = {name: bone_map.bones.get(f"{name}.{side}", ("",))[0] for name in roles.KNUCKLES}
        middle = roots["middle"]
        rings = [middle.replace(word, ring) for word, ring in RING if word in middle]
        roots["ring"] = next((name for name in rings if name in index), "")
        roots["thumb"] = _thumb(rest, roots["index"], index)
        for finger, root in roots.items():
            if root in index:
                chain = (root, *_below(rest, index[root]))
                found[finger, side] = chain[:MOST_BONES]
    return found


def _thumb(rest, knuckle, index):
    """Name of the first bone of the thumb: named as the index finger's knuckle is, but for the finger; or ""."""
    if knuckle not in index:
        return ""
    allowed = {*_wordless(knuckle)} - FINGER_WORDS | {"thumb"}
    alike = (name for name in rest.bone_names if "thumb" in _wordless(name) and name != knuckle)
    return next((name for name in alike if {*_wordless(name)} <= allowed), "")


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
    """The words of a name without numbers and without those that number the bones of a finger."""
    words = (word for word in bone_names.words(name) if not word.isdigit())
    return [word for word in words if word not in PHALANGES]


def flattened(rest, t_pose, hand, finger, side, chain):
    """[(R_rest, A)] (3,3) of a finger's bones, both in the axes of the hand's joint frame."""
    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    T = rest.T_armature_bone
    to_joint = t_pose.joint[hand] @ T[index[hand], :3, :3].T
    flat = ALONG[finger] * ([1, 1, 1] if side == "L" else hand_skeleton.MIRROR)
    found, A = [], None
    for bone, after in zip(chain, (*chain[1:], None)):
        R_rest = to_joint @ T[index[bone], :3, :3]
        along = R_rest[:, 1]
        if after is not None:
            along = to_joint @ (T[index[after], :3, 3] - T[index[bone], :3, 3])
        if A is None or after is not None:  # the last bone goes on as the one above it
            A = rotations.between(along, flat)
        found.append((R_rest, A))
    return found


def flat_hands(rest, bone_map, t_pose):
    """{(finger, side): (hand, bones of the finger, `flattened` of them)} of all fingers of driven hands."""
    found = {}
    for (finger, side), chain in chains(rest, bone_map).items():
        hand = bone_map.bones.get(f"hand.{side}", ("",))[-1]
        if hand in t_pose.joint:
            bones = flattened(rest, t_pose, hand, finger, side, chain)
            found[finger, side] = hand, chain, bones
    return found


def turned(flat, t_pose, T_world_bone):
    """{(finger, side): D (N,n,3,3)} of a source, of the fingers of which all bones are in T_world_bone.

    flat   its `flat_hands`
    """
    found = {}
    for key, (hand, chain, bones) in flat.items():
        if not {hand, *chain} <= T_world_bone.keys():
            continue
        R_hand = _rotation(T_world_bone[hand]) @ t_pose.joint[hand].T
        found[key] = np.stack(
            [
                np.swapaxes(R_hand, -1, -2) @ _rotation(T_world_bone[bone]) @ (A @ R_rest).T
                for bone, (R_rest, A) in zip(chain, bones)
            ],
            1,
        )
    return found


def _rotation(T):
    R = T[:, :3, :3]
    return R / np.linalg.norm(R, axis=-2, keepdims=True)


def relaxed(target):
    """Target -> {finger bone: (3,3) basis}; not of thumbs, which are at home as they stand."""
    found = {}
    for (finger, side), (_hand, chain, bones) in target.flat_hands.items():
        back = BACK if side == "L" else -BACK
        for bone, curl, (R_rest, _A) in zip(chain, CURL, bones):
            if finger != "thumb" and bone not in target.rest.steered:
                found[bone] = R_rest.T @ rotations.exp(curl * back) @ R_rest
    return found


def followed(target, fingers):
    """Target, {(finger, side): D (N,n,3,3)} of the source -> {finger bone: (N,3,3) basis}."""
    found = {}
    for key, (_hand, chain, bones) in target.flat_hands.items():
        if key not in fingers or target.rest.steered & {*chain}:
            continue
        D, above = fingers[key], np.eye(3)
        for k, (bone, (R_rest, A)) in enumerate(zip(chain, bones)):
            C = D[:, min(k, D.shape[1] - 1)] @ A
            found[bone] = R_rest.T @ np.swapaxes(above, -1, -2) @ C @ R_rest
            above = C
    return found


def channels(target, person, relax=True, bounds=()):
    """Channels of fingers: those of the source as it moves them; the others, if `relax`, held from the first key.

    bounds   greatest error of fewer keys, as in keys.py
    """
    modes = dict(zip(target.rest.bone_names, target.rest.rotation_modes))
    moving, found = followed(target, person.fingers), []
    for bone, R in moving.items():
        name, values = bone_space.rotation_channels(R, modes[bone])
        error = reduce.rotation_error(modes[bone])
        bound = np.radians(bounds[0]) if bounds else None
        found += keys.curves(_path(bone, name), values, person, bone, error, bound)
    held, first = np.full(1, CONSTANT, np.uint8), person.frames[:1]
    for bone, R in relaxed(target).items() if relax else ():
        if bone not in moving:
            name, values = bone_space.rotation_channels(R[None], modes[bone])
            path = _path(bone, name)
            found += [
                Channel(path, k, first, column, held, bone) for k, column in enumerate(values.T)
            ]
    return found


def _path(bone, name):
    return f'pose.bones["{escaped(bone)}"].{name}'
