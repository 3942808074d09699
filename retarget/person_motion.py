"""What a person does, free of any rig: how every joint frame is turned, and where hips and soles are.

    R_joint = R_bone O^T (t_pose.py), in the world.
N keys of one person. Roles that the source has no bone for move with the role that carries them.
"""

from dataclasses import dataclass, field

import numpy as np

from . import fingers, roles


@dataclass(frozen=True)
class PersonMotion:
    frames: np.ndarray  # (N,) scene frames, increasing
    interpolation: (
        np.ndarray
    )  # (N,) as in channels.py; CONSTANT = nobody is seen until the next key
    turned: dict  # role -> (N,n,3,3) joint frames in the world, one per bone of the source's chain
    hips: np.ndarray  # (N,3) middle of the hip joints in the world
    soles: np.ndarray  # (N,4,3) heel and ball, left then right, in the world
    leg: float  # hip above the sole with straight legs, as long as in the world
    lengths: dict  # "thigh.L" and so on, as long as in the world
    places: dict = field(default_factory=dict)  # role -> (N,3) where it starts in the world

    fingers: dict = field(default_factory=dict)  # of those that the source moves; see fingers.py

    @property
    def size(self):
        return len(self.frames)

    def shown(self):
        """List of index arrays: stretches of keys in which the person is seen without a gap."""
        ends = np.flatnonzero(self.interpolation[:-1] == 0) + 1 if self.size else []
        return [part for part in np.split(np.arange(self.size), ends) if len(part)]


def person_motion(rest, bone_map, t_pose, T_world_bone, frames, interpolation, flat=None):
    """A rig's evaluated motion -> PersonMotion.

    T_world_bone  {bone name: (N,4,4)} for all mapped bones that the rig has
    t_pose        TPose of that rig
    flat          its `fingers.flat_hands`, where they are known already
    """
    flat = fingers.flat_hands(rest, bone_map, t_pose) if flat is None else flat
    scale = float(np.cbrt(abs(np.linalg.det(rest.T_world_armature[:3, :3]))))
    turned, heads = {}, {}
    for role, chain in bone_map.bones.items():
        there = [bone for bone in chain if bone in T_world_bone]
        if role not in roles.MOVED or not there:
            continue
        turned[role] = np.stack([_joint(T_world_bone[b], t_pose.joint[b]) for b in there], 1)
        heads[role] = T_world_bone[there[0]][:, :3, 3]
    _fill(turned, len(frames))
    soles = [
        heads[f"foot.{side}"] + turned[f"foot.{side}"][:, -1] @ (t_pose.soles[point] * scale)
        for point, side in enumerate("LLRR")
    ]
    return PersonMotion(
        frames=frames,
        interpolation=interpolation,
        turned=turned,
        hips=(heads["thigh.L"] + heads["thigh.R"]) / 2,
        soles=np.stack(soles, 1),
        leg=t_pose.leg * scale,
        lengths={role: length * scale for role, length in t_pose.lengths.items()},
        places=heads,
        fingers=fingers.turned(flat, t_pose, T_world_bone),
    )


def _joint(T_world_bone, offset):
    R = T_world_bone[:, :3, :3]
    return R / np.linalg.norm(R, axis=-2, keepdims=True) @ offset.T


def _fill(turned, count):
    """Gives every role a rotation: that of the nearest role that carries it."""
    for role in roles.MOVED:
        above = roles.above(role)
        if role not in turned and above is not None:
            turned[role] = turned.get(above, np.broadcast_to(np.eye(3), (count, 1, 3, 3)))[:, -1:]
