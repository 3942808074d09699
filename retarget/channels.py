"""What is to be written into an action: channels of keys as plain arrays. Pure; `action.py` writes them.

Absent people: no keys where nobody was seen; the key before a gap holds its value until the next
sighting, so that nothing is invented in between, and `presence` says where the gaps are.
"""

from dataclasses import dataclass

import numpy as np

from . import bone_space

CONSTANT, LINEAR, BEZIER = 0, 1, 2  # numbers of Blender's interpolation types
OBJECT_GROUP = "Object Transforms"  # as Blender calls it
IN_SHOT = "in_shot"  # custom property of the armature: 1 where the person is seen
CHUNK = 1000  # frames that are converted at once
STILL = 1e-6  # a camera that changes less than this does not move


@dataclass(frozen=True)
class Channel:
    """One F-curve: N keys."""

    data_path: str
    index: int
    frames: np.ndarray  # (N,) scene frames, increasing
    values: np.ndarray  # (N,)
    interpolation: np.ndarray  # (N,) uint8, CONSTANT, LINEAR or BEZIER
    group: str
    slopes: np.ndarray | None = None  # (N,) per frame, which the handles of Bezier keys have

    def handles(self):
        """Left and right handles (N,2) each: frame and value, a third of the way to the next key."""
        gaps = np.diff(self.frames)
        ends = gaps[[0, -1]] if len(gaps) else np.ones(2)
        before, after = np.append(ends[:1], gaps) / 3, np.append(gaps, ends[1:]) / 3
        return (
            np.column_stack([self.frames - before, self.values - self.slopes * before]),
            np.column_stack([self.frames + after, self.values + self.slopes * after]),
        )


def pose_channels(motion, person, rig, frames):
    """Yields the channels of one person's motion on a rig whose bones are named as the joints.

    motion   T_world_joint of joints at the rig's own proportions
    person   index into the motion
    rig      RigRest of an armature object without transform
    frames   (T,) scene frame of each frame of the motion
    Joints that the rig has no bone for are left out; their rotation goes into the next bone below.
    Between channels None is yielded after a piece of work that has no channel to show yet.
    """
    present = np.flatnonzero(motion.present[person])
    keys = frames[present], _interpolation(present)
    joint_of = {str(name): joint for joint, name in enumerate(motion.joint_names)}
    T_world_joint = motion.T_world_joint[person]
    for bone, name in enumerate(rig.bone_names):
        if name not in joint_of:
            continue
        parent = _mapped_parent(rig, bone, joint_of)
        if parent is None:
            p_world = T_world_joint[present, joint_of[name], :3, 3]
            location = bone_space.root_location(p_world, *rig.head_and_rotation(bone))
            yield from _curves(name, "location", location, keys)
        R_rest, mode, values = rig.head_and_rotation(bone)[1], rig.rotation_modes[bone], []
        for start in range(0, len(present), CHUNK):
            piece = present[start : start + CHUNK]
            R_parent = None if parent is None else T_world_joint[piece, joint_of[parent], :3, :3]
            R_bone = T_world_joint[piece, joint_of[name], :3, :3]
            basis = bone_space.basis_rotation(R_parent, R_bone, R_rest)
            values.append(bone_space.frame_values(basis, mode))
            yield None
        whole = bone_space.connected(np.concatenate(values), mode)
        yield from _curves(name, bone_space.channel_name(mode), whole, keys)


def _mapped_parent(rig, bone, joint_of):
    """Name of the nearest bone above that is driven too, or None."""
    above = rig.parents[bone]
    while above >= 0 and rig.bone_names[above] not in joint_of:
        above = rig.parents[above]
    return rig.bone_names[above] if above >= 0 else None


def _curves(bone_name, property_name, values, keys):
    """Yields one channel per column of values (N,n)."""
    path = f'pose.bones["{escaped(bone_name)}"].{property_name}'
    for index in range(values.shape[1]):
        yield Channel(path, index, keys[0], values[:, index], keys[1], bone_name)


def escaped(name):
    """A name as it stands between quotes in a data path."""
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _interpolation(present):
    """(N,) frame indices with keys -> (N,) LINEAR, CONSTANT before a gap."""
    kinds = np.full(len(present), LINEAR, np.uint8)
    kinds[:-1][np.diff(present) > 1] = CONSTANT
    return kinds


def presence(motion, person, frames):
    """Channel of IN_SHOT, a key per change, or None where the person is never absent."""
    present = motion.present[person]
    if present.all():
        return None
    changes = np.concatenate([[0], np.flatnonzero(np.diff(present)) + 1])
    constant = np.full(len(changes), CONSTANT, np.uint8)
    return Channel(
        f'["{IN_SHOT}"]', 0, frames[changes], present[changes].astype(float), constant, "Presence"
    )


def camera_moves(T_world_camera):
    """Whether the camera pose (T,4,4) changes at all."""
    return bool(np.ptp(T_world_camera, axis=0).max() > STILL) if len(T_world_camera) else False


def camera_channels(T_world_blender_camera, frames):
    """Yields location and rotation channels of an object that follows T_world_blender_camera (T,4,4)."""
    kinds = np.full(len(frames), LINEAR, np.uint8)
    name, q = bone_space.rotation_channels(T_world_blender_camera[:, :3, :3], "QUATERNION")
    for path, values in (("location", T_world_blender_camera[:, :3, 3]), (name, q)):
        for index in range(values.shape[1]):
            yield Channel(path, index, frames, values[:, index], kinds, OBJECT_GROUP)
