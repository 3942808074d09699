"""Channels of pose bones, composed again as Blender does it, give the motion back."""

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget import bone_space, euler
from monorig.retarget.channels import CONSTANT, LINEAR, camera_moves, pose_channels, presence
from monorig.retarget.rest_pose import rest_pose
from monorig.retarget.rig import RigRest
from synthetic_motion import synthetic_motion

TOLERANCE = 1e-9  # [m], entries of rotation matrices
MODES = pytest.mark.parametrize("mode", bone_space.MODES)


def rotation_of(name, values, mode):
    """Channel values (T,n) -> matrices (T,3,3), as Blender reads them."""
    if name == "rotation_euler":
        return euler.matrices(values, mode)
    if name == "rotation_axis_angle":
        return rotations.exp(values[:, :1] * values[:, 1:])
    w, v = values[:, :1], values[:, 1:]
    return rotations.exp(2 * np.arctan2(np.linalg.norm(v, axis=1, keepdims=True), w) * unit(v))


def unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12)


def rig_with_odd_rolls(rest, rng, mode="QUATERNION"):
    """RigRest of a rest pose whose bones are turned in any way."""
    T = np.tile(np.eye(4), (len(rest.names), 1, 1))
    T[:, :3, :3], T[:, :3, 3] = rotations.exp(rng.normal(size=(len(rest.names), 3))), rest.heads
    return RigRest("rig", rest.names, rest.parents, T, (mode,) * len(rest.names), np.eye(4))


def channels_of(motion, person, rig):
    frames = np.arange(float(len(motion.frame)))
    return [c for c in pose_channels(motion, person, rig, frames) if c is not None]


def composed(rig, channels, count):
    """Pose matrices (T,B,4,4) from channels, as Blender composes them."""
    T = np.zeros((count, len(rig.bone_names), 4, 4))
    for bone, name in enumerate(rig.bone_names):
        own = [c for c in channels if c.group == name]
        rotation = [c for c in own if "rotation" in c.data_path]
        values = np.stack([c.values for c in rotation], 1)
        basis = np.tile(np.eye(4), (count, 1, 1))
        kind = rotation[0].data_path.rpartition(".")[2]
        basis[:, :3, :3] = rotation_of(kind, values, rig.rotation_modes[bone])
        for channel in own:
            if channel.data_path.endswith("location"):
                basis[:, channel.index, 3] = channel.values
        rest, parent = rig.T_armature_bone[bone], rig.parents[bone]
        if parent >= 0:
            rest = T[:, parent] @ np.linalg.inv(rig.T_armature_bone[parent]) @ rest
        T[:, bone] = rest @ basis
    return T


@MODES
def test_a_rig_with_odd_rolls_takes_the_pose_of_the_motion(mode, rng):
    motion = synthetic_motion(people=1, frames=40)
    rig = rig_with_odd_rolls(rest_pose(motion, 0), rng, mode)
    posed = composed(rig, channels_of(motion, 0, rig), 40)
    truth = motion.T_world_joint[0]
    R_rest = rig.T_armature_bone[:, :3, :3]
    assert np.abs(posed[..., :3, :3] - truth[..., :3, :3] @ R_rest).max() < 1e-6
    assert np.abs(posed[..., :3, 3] - truth[..., :3, 3]).max() < 1e-6


@MODES
def test_channels_do_not_jump(mode):
    turn = np.linspace(0, 9, 400)[:, None]
    R = rotations.exp(turn * [0.1, 0.2, 1.0])
    name, values = bone_space.rotation_channels(R, mode)
    assert np.abs(np.diff(values, axis=0)).max() < 0.3
    assert np.abs(rotation_of(name, values, mode) - R).max() < 1e-7


def test_quaternions_of_one_side_stay_there(rng):
    q = rotations.quaternion(rotations.exp(rng.normal(size=(100, 3)) * 0.3))
    flipped = q * rng.choice([-1, 1], 100)[:, None]
    assert np.allclose(bone_space.sign_continuous(flipped), q)


def test_nobody_gives_no_keys():
    assert bone_space.sign_continuous(np.zeros((0, 4))).shape == (0, 4)
    assert bone_space.rotation_channels(np.zeros((0, 3, 3)), "QUATERNION")[1].shape == (0, 4)


def test_no_keys_and_a_hold_where_the_person_is_away(rng):
    motion = synthetic_motion(people=2, frames=60)
    rig = rig_with_odd_rolls(rest_pose(motion, 1), rng)
    channel = channels_of(motion, 1, rig)[0]
    assert list(channel.frames) == [*range(20), *range(30, 60)]
    assert channel.interpolation[19] == CONSTANT
    assert set(np.delete(channel.interpolation, 19)) == {LINEAR}


def test_presence_has_a_key_per_change():
    motion = synthetic_motion(people=3, frames=60)
    frames = np.arange(1.0, 61.0)
    assert presence(motion, 0, frames) is None
    away, late = presence(motion, 1, frames), presence(motion, 2, frames)
    assert (list(away.frames), list(away.values)) == ([1, 21, 31], [1, 0, 1])
    assert (list(late.frames), list(late.values)) == ([1, 16], [0, 1])


def test_bones_without_a_joint_are_passed_over(rng):
    motion = synthetic_motion(people=1, frames=5)
    rest = rest_pose(motion, 0)
    rig = rig_with_odd_rolls(rest, rng)
    renamed = tuple("extra" if name == "chest" else name for name in rig.bone_names)
    rig = RigRest("rig", renamed, rig.parents, rig.T_armature_bone, rig.rotation_modes, np.eye(4))
    groups = {channel.group for channel in channels_of(motion, 0, rig)}
    assert "extra" not in groups and "neck" in groups


def test_camera_moves_only_when_it_does():
    assert not camera_moves(synthetic_motion(frames=10).T_world_camera)
    assert camera_moves(synthetic_motion(frames=10, moving_camera=True).T_world_camera)
