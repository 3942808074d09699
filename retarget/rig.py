"""Reads an armature object into plain arrays; the only reader of rigs. Changes nothing."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class RigRest:
    """An armature at rest. B bones, parents before children."""

    object_name: str
    bone_names: tuple  # B
    parents: np.ndarray  # (B,) int, -1 = no parent
    T_armature_bone: np.ndarray  # (B,4,4) rest pose in the armature's space, Y along the bone
    rotation_modes: tuple  # B: QUATERNION, XYZ ..., AXIS_ANGLE
    T_world_armature: np.ndarray  # (4,4)

    def head_and_rotation(self, bone):
        """-> rest head (3,), rest rotation (3,3) of a bone in the armature's space."""
        return self.T_armature_bone[bone, :3, 3], self.T_armature_bone[bone, :3, :3]


def read(armature_object):
    """Armature object -> RigRest. Rest data comes from its bones, rotation modes from its pose."""
    bones = sorted(armature_object.data.bones, key=lambda bone: len(bone.parent_recursive))
    names = [bone.name for bone in bones]
    pose_bones = armature_object.pose.bones
    return RigRest(
        object_name=armature_object.name,
        bone_names=tuple(names),
        parents=np.array(
            [names.index(bone.parent.name) if bone.parent else -1 for bone in bones], int
        ),
        T_armature_bone=np.array([bone.matrix_local for bone in bones], float).reshape(-1, 4, 4),
        rotation_modes=tuple(pose_bones[name].rotation_mode for name in names),
        T_world_armature=np.array(armature_object.matrix_world, float),
    )
