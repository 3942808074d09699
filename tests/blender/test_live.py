"""Live mode with a stand-in for the child: armatures follow, are put back, and are recorded."""

import bpy
import numpy as np
from live_sessions import (
    assert_follows,
    assert_limbs_agree,
    begin,
    channels,
    evaluated,
    held,
    people,
    rig,
    shown,
    stopped,
)  # fmt: skip
from synthetic_motion import synthetic_motion
from ticking import tick_until

__all__ = ["begin"]


def test_everybody_in_the_picture_gets_an_armature_that_follows(begin):
    life, endings = begin("two")
    shown(life)
    owners, motion = people(), synthetic_motion(people=2, frames=90, gaps=False)
    held(life)
    pose = life._stage._pose
    t = round(pose.time_s * 30) % 90
    for person, identity in enumerate((1, 2)):
        joints = [str(name) for name in motion.joint_names]
        assert_follows(owners[identity], motion.T_world_joint[person, t], joints)
    assert owners[1].users_collection[0].name == "Live"
    assert all(not o.animation_data or not o.animation_data.action for o in owners.values())
    stopped(life)
    assert (life.status.phase, life.status.sentence) == ("CANCELLED", "Live has stopped.")
    assert endings == ["end"] and len(people()) == 2


def test_two_rigs_follow_two_people_and_stand_as_before_at_the_end(begin):
    rigs = [(rig("unreal", "First"), 1), (rig("mixamo", "Second"), 2)]
    before = [channels(owner) for owner, _ in rigs]
    life, _ = begin("two", rigs)
    shown(life)
    tick_until(life, lambda _: dict(life.live.rigs) == {"First": 1, "Second": 2})
    held(life)
    owners = people()
    for (owner, identity), family in zip(rigs, ("unreal", "mixamo")):
        assert_limbs_agree(owner, family, owners[identity])
    stopped(life)
    for (owner, _), was in zip(rigs, before):
        np.testing.assert_allclose(channels(owner), was, atol=1e-6)
        assert owner.animation_data is None


def test_a_rig_that_plays_an_action_shows_the_live_pose_also_when_the_timeline_moves(begin):
    owner = rig("unreal", "Busy")
    bone = owner.pose.bones["thigh_l"]
    bone.keyframe_insert("rotation_quaternion", frame=1)
    action = owner.animation_data.action
    life, _ = begin("two", [(owner, 1)], own=False)
    tick_until(life, lambda _: dict(life.live.rigs) == {"Busy": 1})
    held(life)
    posed = evaluated(owner, ["thigh_l"])["thigh_l"]
    bpy.context.scene.frame_set(7)
    for _ in range(3):
        life.tick()
    np.testing.assert_allclose(evaluated(owner, ["thigh_l"])["thigh_l"], posed, atol=1e-5)
    stopped(life)
    assert owner.animation_data.action == action and np.allclose(bone.matrix_basis, np.eye(4))


def test_a_recording_becomes_actions_at_the_scenes_frames(begin):
    owner = rig("unreal", "Hero")
    life, endings = begin("two", [(owner, 2)])
    shown(life)
    bpy.context.scene.frame_set(11)
    life.record(countdown=0.05)
    assert life.live.recording == "COUNTDOWN" and life.live.take == 1
    tick_until(life, lambda _: life.live.recording == "RECORDING" and life.live.seconds > 0.5)
    life.stop_recording()
    tick_until(life, lambda _: endings == ["done"])
    assert life.live.written.startswith("Take 1 was recorded on ")
    driven = [*people().values(), owner]
    for one in driven:
        action = one.animation_data.action
        assert action.name == f"Live 1 {one.name}" and action.use_fake_user
        assert action.frame_range[0] == 11 and action.frame_range[1] > 11 + 0.5 * 24 * 0.9
    stopped(life)
    assert life.status.sentence.startswith("Live has stopped. Take 1 was recorded")
    assert all(one.animation_data.action for one in driven)
    bpy.context.scene.frame_set(17)
    assert_limbs_agree(owner, "unreal", people()[2])


def test_stopping_while_recording_keeps_the_take_and_numbers_go_on(begin):
    life, _ = begin("two")
    shown(life)
    for take in (1, 2):
        life.record(countdown=0.0)
        tick_until(life, lambda _: life.live.seconds > 0.3 and life.live.recording == "RECORDING")
        assert life.live.take == take
        if take == 1:
            life.stop_recording()
            tick_until(life, lambda _: life.live.recording == "OFF")
    stopped(life)
    assert {"Live 1 Live Person 1", "Live 2 Live Person 1"} <= set(bpy.data.actions.keys())


def test_a_countdown_that_is_called_off_records_nothing(begin):
    life, _ = begin("two")
    shown(life)
    life.record(countdown=60.0)
    life.stop_recording()
    assert life.live.written == "Nothing was recorded." and life.live.recording == "OFF"
    stopped(life)
    assert not bpy.data.actions
