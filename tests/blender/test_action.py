"""What is written into an action moves the evaluated pose as the motion says."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from monorig.operators import scene as scenes
from monorig.retarget import rig
from monorig.retarget.action import ActionLost, assign, curves, new_action, write
from monorig.retarget.bone_space import MODES
from monorig.retarget.channels import pose_channels
from synthetic_motion import synthetic_motion

CLIP = str(Path(__file__).resolve().parents[1] / "data" / "tone.mp4")

RADIANS, METRES = 2e-5, 2e-5  # single precision of Blender's curves and poses

RATES = pytest.mark.parametrize("fps", [24.0, 30.0, 30000 / 1001])


def built(motion, **options):
    request = scenes.SceneRequest("take", CLIP, bpy.context.scene.name, **options)
    return scenes.build_now(request, motion)


def armature_of(identity):
    armatures = (o for o in bpy.data.objects if o.type == "ARMATURE")
    return next(o for o in armatures if o["monorig_identity"] == identity)


def evaluated(armature, names, frame):
    """(J,4,4) pose matrices in the world at a scene frame, which may lie between two."""
    whole = int(np.floor(frame))
    bpy.context.scene.frame_set(whole, subframe=float(frame - whole))
    posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([posed.matrix_world @ posed.pose.bones[name].matrix for name in names])


def assert_moves_as(motion, person, armature, frames):
    names = [str(name) for name in motion.joint_names]
    rest = np.array([armature.data.bones[name].matrix_local for name in names])[:, :3, :3]
    for t in np.flatnonzero(motion.present[person]):
        found, truth = evaluated(armature, names, frames[t]), motion.T_world_joint[person, t]
        assert np.abs(found[:, :3, :3] - truth[:, :3, :3] @ rest).max() < RADIANS
        assert np.abs(found[:, :3, 3] - truth[:, :3, 3]).max() < METRES


@RATES
def test_every_frame_of_everybody_is_as_solved(fps):
    motion = synthetic_motion(people=3, frames=40, fps=fps)
    built(motion)
    for person in range(3):
        assert_moves_as(motion, person, armature_of(person + 1), np.arange(1, 41))


def test_keys_of_another_scene_rate_lie_between_frames():
    motion = synthetic_motion(people=1, frames=20, fps=30.0)
    bpy.context.scene.render.fps = 24
    built(motion, match_rate=False, start_frame=10)
    assert bpy.context.scene.render.fps == 24
    assert_moves_as(motion, 0, armature_of(1), 10 + motion.time_s * 24)


@pytest.mark.parametrize("mode", MODES)
def test_every_rotation_mode_moves_alike(mode):
    motion = synthetic_motion(people=1, frames=30)
    built(motion)
    armature = armature_of(1)
    for bone in armature.pose.bones:
        bone.rotation_mode = mode
    name = new_action("other", armature.name)
    frames = np.arange(1.0, 31.0)
    for _ in write(name, pose_channels(motion, 0, rig.read(armature), frames)):
        pass
    assign(armature, name)
    assert_moves_as(motion, 0, armature, frames)


def test_one_action_per_person_grouped_by_bone_and_kept():
    motion = synthetic_motion(people=2, frames=10)
    built(motion)
    action = armature_of(2).animation_data.action
    assert action.name == "take Person 2 Take" and action.use_fake_user
    bag = curves(action)
    assert {group.name for group in bag.groups} == {*motion.joint_names, "Presence"}
    assert all(
        curve.group.name in curve.data_path for curve in bag.fcurves if curve.data_path[0] == "p"
    )


def test_nothing_is_keyed_while_the_person_is_away():
    motion = synthetic_motion(people=2, frames=60)
    built(motion)
    bag = curves(armature_of(2).animation_data.action)
    frames = {round(point.co.x) for point in bag.fcurves[0].keyframe_points}
    assert frames == {*range(1, 21), *range(31, 61)}
    assert bag.fcurves[0].evaluate(25) == pytest.approx(bag.fcurves[0].evaluate(20), abs=1e-6)


def test_an_action_that_disappears_is_noticed():
    motion = synthetic_motion(people=1, frames=10)
    built(motion)
    armature = armature_of(1)
    name = new_action("other", armature.name)
    steps = write(name, pose_channels(motion, 0, rig.read(armature), np.arange(10.0)))
    next(steps)
    bpy.data.actions.remove(bpy.data.actions[name])
    with pytest.raises(ActionLost, match="was removed while it was being written"):
        next(steps)
