"""Every way in which live mode can end or be disturbed, with a stand-in for the child."""

import time

import bpy
import numpy as np
import pytest
from live_sessions import begin, channels, people, rig, shown, stopped
from monorig.inference.protocol import Message
from monorig.operators import live, session
from ticking import tick_until

__all__ = ["begin"]


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


def test_with_nobody_in_the_picture_rigs_wait(begin):
    owner = rig("unreal", "Waiting")
    before = channels(owner)
    life, _ = begin("nobody", [(owner, 0)])
    tick_until(life, lambda _: life.live.rigs == (("Waiting", None),) and life.live.delay_s > 0)
    assert life.live.identities == ()
    np.testing.assert_array_equal(channels(owner), before)
    stopped(life)


def test_a_scene_deleted_while_live_is_said_and_another_is_not_touched(begin):
    shot, kept = bpy.context.scene, bpy.data.scenes.new("Another")
    life, _ = begin("two")
    bpy.context.window_manager.windows[0].scene = kept
    bpy.data.scenes.remove(shot)
    tick_until(life, lambda status: "was removed" in status.log_line)
    assert not people() and not kept.collection.children and life.status.phase == "RUNNING"
    life.record(countdown=0.0)
    tick_until(life, lambda _: life.live.written)
    assert life.live.recording == "OFF"
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
def test_another_file_or_the_add_on_switched_off_ends_it_at_once(begin, monkeypatch, tmp_path, way):
    """The other file is one that was saved while live."""
    life, endings = begin("two", [(rig("unreal", "Hero"), 1)])
    shown(life)
    child = life._client
    monkeypatch.setattr(session, "_current", life)
    if way == "file":
        saved = str(tmp_path / "autosave.blend")
        bpy.ops.wm.save_as_mainfile(filepath=saved, copy=True)
        assert life.tick() is not None and life.status.phase == "RUNNING"
        bpy.app.handlers.load_pre.append(session._file_is_leaving)
        bpy.ops.wm.open_mainfile(filepath=saved)
        bpy.app.handlers.load_pre.remove(session._file_is_leaving)
        assert len(people()) == 2 and "Hero" in bpy.data.objects and not bpy.data.actions
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
        ({"source": "CAMERA", "own_people": False}, "nothing to move"),
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
    with pytest.raises(live.WorkError, match="online access is off"):
        live.read_request(bpy.context)
    monkeypatch.setattr(live, "online", lambda _context: True)
    assert live.read_request(bpy.context).source.address.endswith(":8080/video")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ([[0, "Built-in"], [2, "USB Camera"]], "2 found: Built-in, USB Camera."),
        ([], "No camera was found"),
    ],
)
def test_cameras_are_listed_for_the_panel(addon, monkeypatch, found, sentence):
    class Child:
        def poll(self):
            return [Message("done", {"cameras": found})]

        def close(self):
            """Nothing to end."""

    monkeypatch.setattr(live, "begun", lambda job, name: Child())
    assert bpy.ops.monorig.live_cameras() == {"FINISHED"}
    assert sentence in session.status().sentence
    assert live.cameras() == [tuple(camera) for camera in found]
    bpy.context.scene.monorig.live.camera = str(found[-1][0]) if found else "0"
    assert live.read_source(bpy.context.scene.monorig.live).device == (2 if found else 0)
