"""Live mode with a stand-in for the child: armatures follow, are put back, are recorded; every way it can end."""

import sys
import time
from pathlib import Path

import bpy
import numpy as np
import pytest
from monorig.inference import client
from monorig.operators import live, session, work
from monorig.operators.live_life import LiveLife
from monorig.retarget import bone_map, roles
from retarget_scenes import LIMBS, armature, degrees_between
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion
from ticking import tick_until

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIP = HERE.parent / "data" / "tone.mp4"


@pytest.fixture
def begin(addon, monkeypatch):
    """begin(role, rigs=…): a live session whose ticks the test makes itself, and what ended in it."""
    lives = []

    def start(role, rigs=(), own=True):
        def make_client():
            words = [sys.executable, str(HERE / "live_child.py"), str(ROOT), role]
            return client.Client(command=words)

        monkeypatch.setattr(work, "make_client", make_client)
        monkeypatch.setattr(client, "package_folders", lambda *_: [])
        chosen = bpy.context.scene.monorig.live
        chosen.source, chosen.clip, chosen.own_people = "CLIP", str(CLIP), own
        chosen.rigs.clear()
        for owner, person in rigs:
            row = chosen.rigs.add()
            row.target, row.person = owner, person
        endings = []
        asked = live.LiveWork(live.read_request(bpy.context))
        life = LiveLife(
            asked, lambda: None, lambda: endings.append("done"), lambda: endings.append("end")
        )
        lives.append(life)
        return life, endings

    yield start
    for life in lives:
        if not life.status.over:
            life.close("")


def rig(family, name):
    """A rig of a family, standing apart from the others."""
    return armature(stand_in(bone_map.built_in()[family], 45.0), name=name)


def evaluated(owner, bones):
    """{bone: (4,4)} as Blender shows them now."""
    bpy.context.view_layer.update()
    seen = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {b: np.array(seen.matrix_world @ seen.pose.bones[b].matrix, float) for b in bones}


def channels(owner):
    return [np.array(bone.matrix_basis) for bone in owner.pose.bones]


def people():
    """{identity: armature} that live mode made."""
    return {
        o["monorig_identity"]: o
        for o in bpy.data.objects
        if o.type == "ARMATURE" and "monorig_live" in o
    }


def shown(life, identities=(1, 2)):
    tick_until(life, lambda _: life.live.identities == identities and len(people()) == 2)


def held(life):
    """Pauses, and waits until the last pose is on everybody."""
    life.pause(True)
    tick_until(life, lambda status: status.stage == "paused" and not life._stage._stale)
    life.tick()


def stopped(life):
    life.cancel()
    tick_until(life, lambda status: status.over)


def assert_follows(owner, T_world_joint, joints):
    """Heads of the bones are where the joints are."""
    found = evaluated(owner, joints)
    for joint, T in zip(joints, T_world_joint):
        np.testing.assert_allclose(found[joint][:3, 3], T[:3, 3], atol=2e-3)  # [m]


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


def assert_limbs_agree(owner, family, person):
    bones = {role: chain[0] for role, chain in bone_map.built_in()[family].bones.items()}
    there = {role: bones[role] for role in bones if bones[role] in owner.pose.bones}
    found = evaluated(owner, there.values())
    own = evaluated(person, [role for role in there if role in person.pose.bones])
    for limb in LIMBS:
        a = found[there[roles.below(limb)]][:3, 3] - found[there[limb]][:3, 3]
        b = own[roles.below(limb)][:3, 3] - own[limb][:3, 3]
        assert degrees_between(a, b) < 3, limb


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
    tick_until(life, lambda _: life.live.recording == "OFF")
    assert life.live.written.startswith("Take 1 was recorded on ") and endings == ["done"]
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


def test_armatures_removed_while_live_are_left_out_and_it_goes_on(begin):
    owner = rig("unreal", "Gone")
    life, _ = begin("two", [(owner, 1)])
    shown(life)
    bpy.data.objects.remove(owner)
    bpy.data.objects.remove(people()[2])
    tick_until(life, lambda status: "was removed" in status.log_line)
    life.record(countdown=0.0)
    tick_until(life, lambda _: life.live.recording == "RECORDING" and life.live.seconds > 0.2)
    assert life.status.phase == "RUNNING" and len(people()) == 1
    stopped(life)
    assert life.status.phase == "CANCELLED"


def test_undo_brings_the_armatures_back(begin):
    life, _ = begin("two")
    shown(life)
    bpy.data.objects.remove(people()[1])
    life.undone()
    shown(life)
    stopped(life)


def test_an_armature_in_edit_mode_is_left_alone(begin):
    owner = rig("unreal", "Edited")
    life, _ = begin("two", [(owner, 1)], own=False)
    tick_until(life, lambda _: life.live.identities == (1, 2))
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    before = channels(owner)
    for _ in range(5):
        life.tick()
        time.sleep(0.02)
    np.testing.assert_array_equal(channels(owner), before)
    bpy.ops.object.mode_set(mode="OBJECT")
    stopped(life)


def test_recalibration_tells_the_body_again_and_the_armature_keeps_its_name(begin):
    life, _ = begin("two")
    shown(life)
    names = {o.name for o in people().values()}
    life.recalibrate()
    for _ in range(20):
        life.tick()
        time.sleep(0.02)
    assert {o.name for o in people().values()} == names
    stopped(life)


def test_armatures_of_an_earlier_session_are_used_again(begin):
    for _ in range(2):
        life, _ = begin("two")
        shown(life)
        stopped(life)
    assert len(people()) == 2 and len([c for c in bpy.data.collections if "monorig_live" in c]) == 1


def test_a_lost_camera_is_shown(begin):
    life, _ = begin("lost")
    tick_until(life, lambda _: life.live.lost)
    assert life.live.lost == "Camera 0 sends no picture any more."
    stopped(life)


@pytest.mark.parametrize(
    ("role", "phase", "sentence"),
    [
        ("end", "DONE", "The clip has come to its end."),
        ("crash", "FAILED", "The capture process ended unexpectedly"),
    ],
)
def test_the_child_ends_by_itself(begin, role, phase, sentence):
    owner = rig("unreal", "Hero")
    before = channels(owner)
    life, endings = begin(role, [(owner, 1)])
    tick_until(life, lambda status: status.over)
    assert life.status.phase == phase and sentence in life.status.sentence
    assert endings[-1] == "end"
    np.testing.assert_allclose(channels(owner), before, atol=1e-6)


def test_a_deaf_child_is_ended(begin):
    life, _ = begin("deaf")
    shown(life)
    child = life._client
    stopped(life)
    assert life.status.phase == "CANCELLED" and not child.running


@pytest.mark.parametrize("way", ["file", "switched off"])
def test_another_file_or_the_add_on_switched_off_ends_it_at_once(begin, monkeypatch, way):
    life, endings = begin("two", [(rig("unreal", "Hero"), 1)])
    shown(life)
    child = life._client
    monkeypatch.setattr(session, "_current", life)
    if way == "file":
        bpy.app.handlers.load_pre.append(session._file_is_leaving)
        bpy.ops.wm.read_homefile(use_empty=True)
        bpy.app.handlers.load_pre.remove(session._file_is_leaving)
    else:
        session.forget()
    assert life.status.over and not child.running and endings == ["end"]
    assert life.tick() is None


def test_what_cannot_be_driven_is_a_sentence(begin):
    data = bpy.data.armatures.new("Lamp")
    lamp = bpy.data.objects.new("Lamp", data)
    bpy.context.scene.collection.objects.link(lamp)
    bpy.context.view_layer.objects.active = lamp
    bpy.ops.object.mode_set(mode="EDIT")
    data.edit_bones.new("Bone").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    life, _ = begin("two", [(lamp, 1)])
    tick_until(life, lambda status: status.over)
    assert life.status.phase == "FAILED" and life.status.sentence.startswith("Lamp has no bone for")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"source": "CLIP", "clip": ""}, "Choose a clip first."),
        ({"source": "CLIP", "clip": "/no/clip.mp4"}, "There is no file"),
        ({"source": "ADDRESS", "address": "phone"}, "no address"),
        ({"source": "CAMERA", "own_people": False}, "Nothing is to be driven"),
    ],
)
def test_settings_that_make_no_sense_are_refused(addon, settings, sentence):
    for name, value in settings.items():
        setattr(bpy.context.scene.monorig.live, name, value)
    with pytest.raises(live.WorkError, match=sentence):
        live.read_request(bpy.context)


def test_a_stream_needs_blenders_leave_to_go_online(addon, monkeypatch):
    chosen = bpy.context.scene.monorig.live
    chosen.source, chosen.address = "ADDRESS", "http://192.168.0.7:8080/video"
    monkeypatch.setattr(live, "online", lambda _context: False)
    with pytest.raises(live.WorkError, match="not allowed to go online"):
        live.read_request(bpy.context)
    monkeypatch.setattr(live, "online", lambda _context: True)
    assert live.read_request(bpy.context).source.address.endswith(":8080/video")
