"""World rotations of bones and the place of the hips -> channels in the bones' own spaces; IK controls too.

An IK control stands to the bone that it steers as both do at rest:
    T_control = T_bone T_bone_rest^-1 T_control_rest
A pole stands where the limb bends to, as far from it as at rest, and as far beside that. The side that it is on at
rest is carried along by the upper bone: a straight limb has its pole there, and one that bends a little backwards
does not turn it over.
"""

from dataclasses import dataclass

import numpy as np

from ..inference import rotations
from . import ik_stretch, roles, root_motion
from .bone_map import PLACED

BENT = (
    0.02  # of the upper limb, that a joint has to stand out for a rest pose to say where it bends
)
STRAIGHT = 0.01  # bend (of the limb's length) that a straight limb is taken to have, to the side of its pole


@dataclass(frozen=True)
class Retargeted:
    """Channels as matrices; N keys."""

    rotations: dict  # bone -> (N,3,3) basis
    locations: dict  # bone -> (N,3) basis, in the bone's own units
    scales: dict  # bone -> (N,3)
    object_shift: np.ndarray | None  # (N,3) in the world, where the object itself moves


class _Controls:
    """Bones set one after the other, each after those that carry it. All in the armature's space."""

    def __init__(self, target, count):
        self.target, self.count = target, count
        self.R, self.heads, self.rotations, self.locations = {}, {}, {}, {}

    def start(self, bone):
        """-> rotation (N,3,3) and place (N,3) that the channels of a bone start from."""
        attachment = self.target.attachments[bone]
        turn, place = attachment.turn, attachment.place
        if attachment.turned_by is not None:
            turn = self.R[attachment.turned_by] @ turn
        if attachment.moved_by is not None:
            by = attachment.moved_by
            place = self.heads[by] + self.R[by] @ place
        return np.broadcast_to(turn, (self.count, 3, 3)), np.broadcast_to(place, (self.count, 3))

    def goal_of_mover(self, mover, pelvis, goal):
        """(N,3) where the head of a bone has to be for a pelvis without a location of its own to be at goal."""
        self.R[mover], self.heads[mover] = self.start(mover)
        return self.heads[mover] + goal - self._unmoved(pelvis)[1]

    def _unmoved(self, bone):
        """-> rotation, place of a bone without channels of its own, nor of those between it and what is put."""
        if bone in self.R:
            return self.R[bone], self.heads[bone]
        attachment = self.target.attachments[bone]
        turn, place = attachment.turn, attachment.place
        if attachment.turned_by is not None:
            turn = self._unmoved(attachment.turned_by)[0] @ turn
        if attachment.moved_by is not None:
            R, head = self._unmoved(attachment.moved_by)
            place = head + R @ place
        return turn, place

    def put(self, bone, R=None, goal=None):
        """Turns a bone to R (N,3,3) and brings its head to the goal (N,3); None: as it is carried."""
        turn, place = self.start(bone)
        self.R[bone] = turn if R is None else R
        self.heads[bone] = place if goal is None else goal
        self.rotations[bone] = np.swapaxes(turn, -1, -2) @ self.R[bone]
        if goal is not None:
            reach = self.target.attachments[bone].reach
            along = np.swapaxes(turn @ reach, -1, -2) @ (goal - place)[..., None]
            self.locations[bone] = along[..., 0] / np.linalg.norm(reach, axis=0).mean() ** 2


def channels(pose, pelvis, shares):
    """Pose of retargeting.py -> Retargeted.

    pelvis (N,3) where its head comes to lie in the world, shares of the way as in `root_motion.shares`
    """
    target, roots = pose.target, pose.target.chains.get("root", ())[:1]
    to_armature = np.linalg.inv(target.rest.T_world_armature)
    found, steered = _Controls(target, pose.count), _steered(target)
    hips = root_motion.within(pelvis, shares) @ to_armature[:3, :3].T + to_armature[:3, 3]
    mover = target.rest.mover(pose.pelvis)
    for bone in (bone for bone in pose.order if bone not in steered):
        goal = None
        if bone == mover:
            goal = hips if bone == pose.pelvis else found.goal_of_mover(bone, pose.pelvis, hips)
        elif bone in roots and root_motion.BY_ROOT in shares:
            way = shares[root_motion.BY_ROOT] @ to_armature[:3, :3].T
            goal = found.start(bone)[1] + way
        R = pose.R.get(bone)
        found.put(bone, None if R is None else target.R_world.T @ R, goal)
    for bone in (bone for bone in pose.order if bone in steered):
        found.put(bone, *steered[bone](found))
    by_object = shares.get(root_motion.BY_OBJECT)
    return Retargeted(found.rotations, found.locations, _sized(found), by_object)


def _sized(at):
    """{first bone of an IK chain that stretches: (N,3) its scale} as `ik_stretch` has measured it."""
    found = {}
    for role, stretch in at.target.stretches.items():
        ik = at.target.bone_map.steering[role]
        joints = [at.heads[at.target.chains[one][0]] for one in roles.limb(role)]
        size = stretch.size(ik_stretch.bend(*joints, at.heads[ik.pole]))
        found[ik.base] = np.tile(size[:, None], 3)
    return found


def _steered(target):
    """{IK control or pole: function of _Controls -> where it stands (N,3,3) or None, (N,3) or None}."""
    found = {}
    for role, ik in target.bone_map.steering.items():
        if role not in target.chains:
            continue
        found[ik.control] = lambda at, role=role, ik=ik: _beside(at, role, ik)
        if ik.pole:
            found[ik.pole] = lambda at, role=role, ik=ik: (None, _pole(at, role, ik))
    return {bone: where for bone, where in found.items() if bone in target.attachments}


def _beside(at, role, ik):
    """A control that keeps its rest relation to the bone of a role; that of a toe only turns."""
    bone = at.target.chains[role][0]
    R_rest, p_rest = _rest(at.target, bone)
    R_control, p_control = _rest(at.target, ik.control)
    R = at.R[bone] @ (R_rest.T @ R_control)
    goal = at.heads[bone] + at.R[bone] @ (R_rest.T @ (p_control - p_rest))
    return R, goal if roles.split(role)[0] in PLACED else None


def _pole(at, role, ik):
    """(N,3) where the pole of the limb that ends in a role stands."""
    bones = [at.target.chains[one][0] for one in roles.limb(role)]
    hip, knee, ankle = (at.heads[bone] for bone in bones)
    places = [_rest(at.target, bone)[1] for bone in (*bones, ik.pole)]
    away = places[3] - places[1]
    along = _unit(ankle - hip)
    turn = rotations.exp(_beside_bend(*places) * along)
    beside = at.R[bones[0]] @ (_rest(at.target, bones[0])[0].T @ away)
    if ik.turns_mapped:
        return knee + _unit(_across(beside, along)) * np.linalg.norm(away)
    front = np.einsum("nji,nj->ni", turn, _unit(_across(beside, along)))
    bend = _across(knee - hip, along) / np.linalg.norm(knee - hip, axis=-1, keepdims=True)
    forwards = (bend * front).sum(-1, keepdims=True)
    bend = np.where(forwards < 0, -bend, bend) + STRAIGHT * front
    towards = np.einsum("nij,nj->ni", turn, _unit(bend))
    return knee + towards * np.linalg.norm(away)


def _beside_bend(hip, knee, ankle, pole):
    """Angle about the limb from where it bends to at rest to where its pole is; 0 where it is straight."""
    along = _unit(ankle - hip)
    bend, away = _across(knee - hip, along), _across(pole - knee, along)
    if np.linalg.norm(bend) < BENT * np.linalg.norm(knee - hip):
        return 0.0
    return float(np.arctan2(np.cross(bend, away) @ along, bend @ away))


def _rest(target, bone):
    return target.rest.head_and_rotation(target.rest.bone_names.index(bone))[::-1]


def _across(v, along):
    """The part of v (N,3) at right angles to unit vectors (N,3)."""
    return v - along * (v * along).sum(-1, keepdims=True)


def _unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
