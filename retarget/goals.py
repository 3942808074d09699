"""What IK reaches for outside its armature, as if it were of the rig: empties, and bones of other armatures.

Where such a goal belongs does not depend on where somebody has left it, but on the constraint alone:
    p_goal = the end of the chain                      R_goal = the bone's that copies its rotation
    p_pole = joint + far (x cos a + z sin a)           a = pole angle, x and z of the chain's first bone
all at rest. With these rest places goals are bones without parents: `ik_limbs.py` finds out which limb each one
steers, `controls.py` moves them. Their channels start from what carries the object.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from . import rig
from .attachments import Attachment

COPIES = ("COPY_TRANSFORMS", "COPY_ROTATION")
FAR = (0.25, 2.0)  # of the chain's length: how far a pole is from its joint


class End(NamedTuple):
    """Of an IK chain: what it reaches for, or its pole, outside the armature. Holds Blender's data."""

    bone: str  # that has the constraint
    constraint: str
    is_pole: bool
    owner: object  # the object
    subtarget: str  # its bone, "" = the object itself

    @property
    def place(self):
        """What tells one goal from another."""
        return rig.place(self.owner, self.subtarget)


@dataclass(frozen=True)
class Goal:
    """An empty, or a bone of another armature."""

    name: str  # among the bones of the rig
    owner: tuple  # name and session id of the object that gets the keys
    bone: str  # of that object, "" = the object itself
    T_armature: np.ndarray  # (4,4) where it belongs at rest, in the space of the rig's armature
    T_start: np.ndarray  # (4,4) what its channels start from, there too; may be scaled
    rotation_mode: str
    turns: bool  # whether the rig copies its rotation too
    carried: bool  # it moves along when the rig's object does


def ends(armature_object):
    """Yields the End of all outside an armature that its IK reaches for, or may where it is switched on."""
    switches = rig.switches(armature_object)
    for bone in armature_object.pose.bones:
        for one in bone.constraints:
            decides = one.type == "IK" and not one.mute
            if not decides or not (one.influence > 0 or (bone.name, one.name) in switches):
                continue
            for is_pole, owner, name in (
                (False, one.target, one.subtarget),
                (True, one.pole_target, one.pole_subtarget),
            ):
                if owner not in (None, armature_object):
                    subtarget = rig.place(owner, name)[1]
                    yield End(bone.name, one.name, is_pole, owner, subtarget)


def joined(armature_object, rest, chosen):
    """RigRest with what the chosen Ends reach for among its bones, and with the constraints that do so.

    -> RigRest, {name: Goal}
    """
    named = {end.place: _name(end, rest) for end in chosen}
    found = [_goal(armature_object, rest, end, named[end.place]) for end in chosen]
    if not found:
        return rest, {}
    whole = replace(
        rest,
        bone_names=(*rest.bone_names, *(goal.name for goal in found)),
        parents=np.append(rest.parents, np.full(len(found), -1)),
        T_armature_bone=np.concatenate([rest.T_armature_bone, [g.T_armature for g in found]]),
        T_basis=np.concatenate([rest.T_basis, np.tile(np.eye(4), (len(found), 1, 1))]),
        rotation_modes=(*rest.rotation_modes, *(goal.rotation_mode for goal in found)),
        inherits_rotation=(*rest.inherits_rotation, *(True for _ in found)),
        local_location=(*rest.local_location, *(True for _ in found)),
        connected=(*rest.connected, *(False for _ in found)),
        follows=tuple(rig.follows(armature_object, named)),
        outside=frozenset(named.values()),
    )
    return whole, {goal.name: goal for goal in found}


def attachment(goal):
    """Attachment of a Goal: its channels start from what carries its object."""
    linear = goal.T_start[:3, :3]
    turn = linear / np.linalg.norm(linear, axis=0)
    return Attachment(None, turn, None, goal.T_start[:3, 3], turn.T @ linear)


def _name(end, rest):
    """The name of a goal, which no bone of the rig has."""
    name = ": ".join(part for part in (end.owner.name, end.subtarget) if part)
    while name in rest.bone_names:
        name += "'"
    return name


def _goal(armature_object, rest, end, name):
    owner, pose_bone = end.owner, end.owner.pose.bones[end.subtarget] if end.subtarget else None
    moved = pose_bone or owner
    carrying = owner.matrix_world @ (
        pose_bone.matrix @ pose_bone.matrix_basis.inverted()
        if pose_bone
        else owner.matrix_basis.inverted()
    )
    T_start = np.linalg.inv(rest.T_world_armature) @ np.array(carrying, float)
    copying = _copying(armature_object, end)
    T = np.eye(4)
    T[:3, 3] = (_pole_place if end.is_pole else _end_place)(armature_object, end)
    if copying:
        T[:3, :3] = rest.head_and_rotation(rest.bone_names.index(copying))[1]
    carried = armature_object in _above(owner)
    named, mode = (owner.name, owner.session_uid), moved.rotation_mode
    return Goal(name, named, end.subtarget, T, T_start, mode, bool(copying), carried)


def _copying(armature_object, end):
    """Name of the first bone that copies the rotation of what an End is; "" where none does."""
    for bone in armature_object.pose.bones:
        for one in bone.constraints:
            copies = one.type in COPIES and not one.mute and one.influence > 0
            if copies and rig.place(one.target, one.subtarget) == end.place:
                return bone.name
    return ""


def _above(owner):
    """An object's parents."""
    while owner.parent is not None:
        owner = owner.parent
        yield owner


def _end_place(armature_object, end):
    """(3,) where the chain of an End ends at rest."""
    bone = armature_object.data.bones[end.bone]
    constraint = armature_object.pose.bones[end.bone].constraints[end.constraint]
    return np.array(bone.tail_local if constraint.use_tail else bone.head_local, float)


def _pole_place(armature_object, end):
    """(3,) where a pole is at rest: beside the joint, as far from it as it stands now."""
    constraint = armature_object.pose.bones[end.bone].constraints[end.constraint]
    joint = armature_object.data.bones[end.bone]
    chain = [joint, *joint.parent_recursive][: constraint.chain_count or None]
    first = chain[-1]
    axes = np.array(first.matrix_local, float)[:3, :3]
    towards = axes @ [np.cos(constraint.pole_angle), 0.0, np.sin(constraint.pole_angle)]
    length = np.linalg.norm(_end_place(armature_object, end) - np.array(first.head_local))
    world = end.owner.matrix_world
    if end.subtarget:
        world = world @ end.owner.pose.bones[end.subtarget].matrix
    standing = armature_object.matrix_world.inverted() @ world.translation
    away = np.linalg.norm(standing - armature_object.pose.bones[joint.name].head)
    away = np.clip(away, *(share * length for share in FAR))
    return np.array(joint.head_local, float) + towards * away
