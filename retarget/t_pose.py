"""A rig's own T pose, and in each bone the frame of the joint that it plays: the rest-pose algebra.

    A *joint frame* is fixed in a bone and has the body's axes (x left, y back, z up) when the rig stands in
    T pose. Two rigs show the same pose when their joint frames agree, whatever their bones look like.

        R_bone = R_joint O            O (3,3), constant, one per bone
        O = A C^T R_rest              C: the body's axes in the rest pose; A: turns the bone from there to T pose

A is found from the rest pose itself: arms and legs are turned straight, each by the smallest rotation, child
after parent; feet are turned about the vertical only, as their soles lie flat at rest; trunk, neck and head
are at home as they stand. A hand goes with its forearm, unless the fingers show that it is bent or turned.
A user who puts the rig in T pose and says so gives that pose instead of the rest pose.
"""

from dataclasses import dataclass

import numpy as np

from ..inference import rotations
from . import roles
from .trouble import Trouble

LEFT, BACK, UP = np.eye(3)
UPRIGHT = np.radians(12.0)  # body axes nearer than this to axes of the rig are those
BENT = np.radians(35.0)  # a leg turned more than this was not standing: its foot turns with it
TURNED = np.radians(30.0)  # a hand off by more was not straight, or its palm not looking down
HEEL = 0.3  # behind the ankle, of the way from ankle to ball
ANKLE = 0.09  # height where the rig does not say it, of thigh and shin


class NoBodyError(Trouble):
    """The mapped bones do not make a body."""


@dataclass(frozen=True)
class TPose:
    """What retargeting needs of a rig's shape. Lengths as in the rig (the object's scale is not in them)."""

    axes: np.ndarray  # (3,3) columns: left, back, up of the body in the armature's space
    joint: dict  # bone name -> O (3,3)
    leg: float  # hip above the sole, legs straight
    soles: np.ndarray  # (4,3) heel and ball, left then right, from the ankle, body axes
    lengths: dict  # "thigh.L" and so on -> from its head to the next role's


def t_pose(rest, bone_map, T_armature_bone=None):
    """RigRest, BoneMap -> TPose; raises NoBodyError.

    T_armature_bone (B,4,4): the bones in T pose, where that is not the rest pose.
    """
    T = rest.T_armature_bone if T_armature_bone is None else T_armature_bone
    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    chains = {
        role: [index[bone] for bone in chain if bone in index]
        for role, chain in bone_map.bones.items()
    }
    heads = {role: T[chain[0], :3, 3] for role, chain in chains.items() if chain}
    lacking = [role for role in roles.REQUIRED if role not in heads]
    if lacking:
        raise NoBodyError(
            "{name} has no bone for {roles}.", name=rest.object_name, roles=", ".join(lacking)
        )
    axes = _body_axes(heads, rest.object_name)
    places = {role: axes.T @ p for role, p in heads.items()}
    turn = _turns(places)
    joint = {
        rest.bone_names[bone]: turn.get(role, np.eye(3)) @ axes.T @ _rotation(T[bone])
        for role, chain in chains.items()
        for bone in chain
    }
    lengths = {
        role: float(np.linalg.norm(places[roles.below(role)] - places[role]))
        for role in places
        if roles.below(role) in places
    }
    ankle = _ankle_height(places)
    leg = np.mean([lengths[f"thigh.{s}"] + lengths[f"shin.{s}"] for s in roles.SIDES]) + ankle
    return TPose(axes, joint, float(leg), _soles(places, turn, ankle), lengths)


def _rotation(T):
    """The rotation of a bone's matrix without its scale."""
    return T[:3, :3] / np.linalg.norm(T[:3, :3], axis=0)


def _body_axes(heads, name):
    """Columns left, back, up from hips and shoulders; the rig's own axes where they are near."""
    left = np.zeros(3)
    for role in ("thigh", "upper_arm"):
        across = heads[f"{role}.L"] - heads[f"{role}.R"]
        left = left + across / max(np.linalg.norm(across), 1e-12)
    shoulders = heads["upper_arm.L"] + heads["upper_arm.R"]
    up = (shoulders - heads["thigh.L"] - heads["thigh.R"]) / 2
    left = _snapped(left)
    up = _snapped(up - left * (up @ left))
    if not (np.linalg.norm(left) > 0.9 and np.linalg.norm(up) > 0.9):
        raise NoBodyError("Hips and shoulders of {name} are at one place.", name=name)
    up = up - left * (up @ left)
    up = up / np.linalg.norm(up)
    return np.column_stack([left, np.cross(up, left), up])


def _snapped(v):
    """Unit vector along v, or the axis that is near; 0 for no direction."""
    length = np.linalg.norm(v)
    if length < 1e-9:
        return np.zeros(3)
    unit = v / length
    axis = int(np.abs(unit).argmax())
    near = np.arccos(min(1.0, abs(unit[axis]))) < UPRIGHT
    return np.eye(3)[axis] * np.sign(unit[axis]) if near else unit


def _turns(places):
    """{role: A (3,3)} of arms, hands, legs and feet from the heads of roles in body axes."""
    turn = {}
    for side in roles.SIDES:
        outward = straight("forearm", side)
        for chain in (("upper_arm", "forearm"), ("thigh", "shin")):
            above = np.eye(3)
            for name in chain:
                role = f"{name}.{side}"
                above = _straightened(above, places, role, straight(name, side))
                turn[role] = turn[f"{name}_twist.{side}"] = above
        turn[f"hand.{side}"] = _hand_turn(turn[f"forearm.{side}"], places, side, outward)
        turn[f"foot.{side}"] = turn[f"toe.{side}"] = _foot_turn(turn[f"shin.{side}"], places, side)
    return turn


def straight(limb, side):
    """(3,) where a limb points in T pose, in the body's axes."""
    if limb in ("thigh", "shin"):
        return -UP
    return LEFT if side == "L" else -LEFT


def _straightened(above, places, role, wanted):
    """The turn of a limb: that of the one above, then the smallest that points it along `wanted` (3,)."""
    along = above @ (places[roles.below(role)] - places[role])
    if np.linalg.norm(along) < 1e-9:
        return above
    return rotations.between(along, wanted) @ above


def _hand_turn(above, places, side, outward):
    """The forearm's turn, corrected by the knuckles where there are any."""
    knuckles = [places[f"{k}.{side}"] for k in roles.KNUCKLES if f"{k}.{side}" in places]
    if not knuckles:
        return above
    middle = places.get(f"middle.{side}", np.mean(knuckles, axis=0))
    along = above @ (middle - places[f"hand.{side}"])
    if np.linalg.norm(along) < 1e-9:
        return above
    bent = np.arccos(np.clip(along @ outward / np.linalg.norm(along), -1.0, 1.0)) > TURNED
    turn = rotations.between(along, outward) @ above if bent else above
    if f"index.{side}" not in places or f"pinky.{side}" not in places:
        return turn
    across = turn @ (places[f"pinky.{side}"] - places[f"index.{side}"])
    across = across - outward * (across @ outward)
    off = np.arctan2(np.cross(across, BACK) @ outward, across @ BACK)
    return rotations.exp(outward * off) @ turn if abs(off) > TURNED else turn


def _foot_turn(above, places, side):
    """About the vertical, so that the foot points forward; with the leg where that was bent."""
    if np.linalg.norm(rotations.log(above)) > BENT:
        return above
    toe = places.get(f"toe.{side}")
    along = np.zeros(3) if toe is None else (toe - places[f"foot.{side}"]) * [1.0, 1.0, 0.0]
    return np.eye(3) if np.linalg.norm(along) < 1e-9 else rotations.between(along, -BACK)


def _ankle_height(places):
    """Of the ankles above the floor: the origin's level where the rig stands on it, else a person's."""
    ankle = (places["foot.L"] + places["foot.R"])[2] / 2
    leg = (places["thigh.L"] + places["thigh.R"])[2] / 2 - ankle
    toes = [places[role][2] for role in ("toe.L", "toe.R") if role in places]
    lowest = min([*toes, ankle])
    return float(ankle) if -0.02 * leg < lowest and ankle < 0.25 * leg else ANKLE * abs(float(leg))


def _soles(places, turn, ankle):
    """(4,3) points below heel and ball of both feet in T pose, from the ankle."""
    points = []
    for side in roles.SIDES:
        foot, toe = places[f"foot.{side}"], places.get(f"toe.{side}")
        ball = (
            np.array([0.0, -1.5 * ankle, 0.0])
            if toe is None
            else turn[f"foot.{side}"] @ (toe - foot)
        )
        ball = ball * [1.0, 1.0, 0.0]
        points += [-HEEL * ball - ankle * UP, ball - ankle * UP]
    return np.array(points)
