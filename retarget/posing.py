"""Channels of pose bones to where the bones are: forward kinematics of any armature, without Blender.

R_pose = R_parent (R_rest_parent^T R_rest) R_basis;   the head likewise, the basis' location added
"""

import numpy as np

from ..inference import rotations
from . import euler


def basis(location, rotation, mode, scale):
    """Channels over time -> (N,4,4). location (N,3); rotation (N,4) or (N,3) by mode; scale (N,3)."""
    T = np.tile(np.eye(4), (len(location), 1, 1))
    T[:, :3, :3] = rotation_matrices(rotation, mode) * scale[:, None, :]
    T[:, :3, 3] = location
    return T


def rotation_matrices(values, mode):
    """Rotation channels (N,4) or (N,3) of a rotation mode -> (N,3,3)."""
    if mode in euler.ORDERS:
        return euler.matrices(values, mode)
    if mode == "AXIS_ANGLE":
        axis = values[:, 1:]
        length = np.linalg.norm(axis, axis=-1, keepdims=True)
        return rotations.exp(values[:, :1] * axis / np.where(length > 1e-9, length, 1.0))
    q = values / np.maximum(np.linalg.norm(values, axis=-1, keepdims=True), 1e-12)
    return rotations.exp(rotations.quaternion_log(q))


def pose(rest, T_basis, wanted):
    """{bone: (N,4,4)} in the armature's space for the wanted bones and all above them.

    T_basis  {bone name: (N,4,4)}; bones that are not in it stand as RigRest.T_basis says, or at rest
    """
    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    count = max((len(T) for T in T_basis.values()), default=1)
    found = {}
    for bone in _with_ancestors(rest, [index[name] for name in wanted]):
        name, parent = rest.bone_names[bone], int(rest.parents[bone])
        own = T_basis.get(name)
        if own is None:
            own = np.eye(4) if rest.T_basis is None else rest.T_basis[bone]
        start = rest.T_armature_bone[bone]
        if parent >= 0:
            above = found[rest.bone_names[parent]]
            start = above @ (np.linalg.inv(rest.T_armature_bone[parent]) @ start)
            if rest.inherits_rotation and not rest.inherits_rotation[bone]:
                start = start.copy()
                start[..., :3, :3] = rest.T_armature_bone[bone, :3, :3]
        moved = start @ own
        if rest.local_location and not rest.local_location[bone]:
            moved[..., :3, 3] = start[..., :3, 3] + _unturned(rest, bone, start, own)
        found[name] = np.broadcast_to(moved, (count, 4, 4))
    return found


def _unturned(rest, bone, start, own):
    """Location of a bone whose location is along the axes of what carries it."""
    axes = start[..., :3, :3] @ rest.T_armature_bone[bone, :3, :3].T
    return (axes @ own[..., :3, 3, None])[..., 0]


def _with_ancestors(rest, bones):
    """Indices of the bones and all above them, parents first."""
    needed = set()
    for bone in bones:
        while bone >= 0 and bone not in needed:
            needed.add(bone)
            bone = int(rest.parents[bone])
    return sorted(needed)
