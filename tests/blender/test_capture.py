"""The capture operator with a stand-in for the child: every way in which a capture can end."""

import time
from pathlib import Path

import bpy
import pytest
from monorig.operators import capture, session, work
from monorig.operators.background import Background
from synthetic_motion import synthetic_motion
from ticking import tick_until

HERE = Path(__file__).resolve().parent
CLIP = HERE.parent / "data" / "tone.mp4"


@pytest.fixture(autouse=True)
def registered(addon):
    return addon


def begun():
    """A capture whose ticks the test makes itself, as the timer does where there is a window."""
    endings = []
    work = capture.CaptureWork(capture.read_request(bpy.context))
    background = Background(
        work, lambda: None, lambda: endings.append("done"), lambda: endings.append("end")
    )
    return background, endings


def names_of_everything():
    return {
        o.name for kind in ("objects", "actions", "collections") for o in getattr(bpy.data, kind)
    }


def test_a_capture_ends_as_people_in_the_scene(play):
    play("ok", synthetic_motion(people=2, frames=30))
    assert bpy.ops.monorig.capture() == {"FINISHED"}
    status = session.status()
    assert (status.phase, status.sentence) == ("DONE", "2 people captured, in the collection tone.")
    assert bpy.data.objects["tone Person 2"].animation_data.action.name == "tone Person 2 Take"
    assert bpy.context.scene.frame_end == 30


def test_the_operator_makes_what_the_function_makes(play):
    from monorig.operators import scene as scenes

    motion = synthetic_motion(people=3, frames=20)
    scenes.build_now(scenes.SceneRequest("tone", str(CLIP), bpy.context.scene.name), motion)
    by_function = names_of_everything()
    bpy.ops.wm.read_homefile(use_empty=True)
    play("ok", motion)
    bpy.ops.monorig.capture()
    assert names_of_everything() == by_function


def test_what_the_child_says_is_shown(play):
    play("waits", synthetic_motion(people=1, frames=5))
    background, _ = begun()
    tick_until(background, lambda status: status.log_line)
    status = background.status
    assert status.phase == "RUNNING" and status.stage == "capture"
    assert (status.people, status.provider, status.frames_per_second) == (2, "CPU", 50)
    assert 0 < status.share < 1 and status.seconds_left > 0
    assert status.log_line.startswith("The clip ends after 60")
    background.close("")


@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        ("input", "The file clip.mp4 is not a video."),
        ("fault", "ValueError: something unforeseen"),
        ("crash", "The capture process ended unexpectedly"),
        ("garbage", "The capture process ended unexpectedly"),
    ],
)
def test_a_failure_is_a_sentence_and_leaves_the_file_alone(play, role, sentence):
    clients, before = play(role), names_of_everything()
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.monorig.capture()
    status = session.status()
    assert status.phase == "FAILED" and sentence in status.sentence
    assert names_of_everything() == before and not clients[0].running
    assert role != "crash" or "a library prints its last words" in status.details


@pytest.mark.parametrize(("role", "longest"), [("slow", 1.5), ("deaf", 6.0)])
def test_cancel_ends_a_child_that_listens_and_one_that_does_not(play, role, longest):
    clients, before = play(role), names_of_everything()
    background, endings = begun()
    tick_until(background, lambda status: status.share > 0)
    background.cancel()
    asked = time.monotonic()
    assert background.status.phase == "CANCELLING"
    tick_until(background, lambda status: status.over)
    assert time.monotonic() - asked < longest
    assert background.status.sentence == "Cancelled. What was captured is kept in the take."
    assert endings == ["end"] and not clients[0].running and names_of_everything() == before


def test_cancel_while_the_scene_is_made_leaves_nothing(play):
    play("ok", synthetic_motion(people=2, frames=2000))
    before = names_of_everything()
    background, _ = begun()
    tick_until(background, lambda status: status.phase == "BUILDING")
    assert names_of_everything() != before
    background.cancel()
    tick_until(background, lambda status: status.over)
    assert background.status.phase == "CANCELLED" and names_of_everything() == before


def test_undo_while_the_scene_is_made_makes_it_again(play):
    play("ok", synthetic_motion(people=1, frames=500))
    background, endings = begun()
    tick_until(background, lambda status: status.phase == "BUILDING")
    background.undone()
    tick_until(background, lambda status: status.over)
    assert background.status.phase == "DONE" and endings == ["done", "end"]
    assert [o.name for o in bpy.data.objects if o.type == "ARMATURE"] == ["tone Person 1"]


def test_clearing_what_is_being_made_makes_it_again(play):
    play("ok", synthetic_motion(people=1, frames=500))
    background, _ = begun()
    tick_until(
        background,
        lambda status: status.phase == "BUILDING" and "tone Person 1 Take" in bpy.data.actions,
    )
    bpy.data.actions.remove(bpy.data.actions["tone Person 1 Take"])
    tick_until(background, lambda status: status.over)
    assert background.status.phase == "DONE" and "tone Person 1 Take" in bpy.data.actions


def test_a_scene_deleted_meanwhile_is_said(play):
    play("ok", synthetic_motion(people=1, frames=5))
    bpy.data.scenes.new("another")
    background, _ = begun()
    bpy.data.scenes.remove(bpy.context.scene)
    tick_until(background, lambda status: status.over)
    assert (
        background.status.phase == "FAILED" and "is no longer there" in background.status.sentence
    )


def test_a_scene_renamed_meanwhile_is_found(play):
    play("ok", synthetic_motion(people=1, frames=5))
    background, _ = begun()
    bpy.context.scene.name = "Shot 7"
    tick_until(background, lambda status: status.over)
    assert background.status.phase == "DONE"
    assert "tone" in bpy.data.scenes["Shot 7"].collection.children


def test_the_scene_is_not_touched_while_the_user_drags(play, monkeypatch):
    from monorig.operators import steps

    play("ok", synthetic_motion(people=1, frames=5))
    busy = [True]
    monkeypatch.setattr(steps, "_hands_are_busy", lambda: busy[0])
    background, _ = begun()
    tick_until(
        background,
        lambda status: status.phase == "BUILDING" and "tone Person 1" in bpy.data.objects,
    )
    for _ in range(50):
        background.tick()
    assert background.status.phase == "BUILDING" and not bpy.context.scene.collection.children
    busy[0] = False
    tick_until(background, lambda status: status.over)
    assert background.status.phase == "DONE" and bpy.context.scene.collection.children


def opened():
    bpy.ops.wm.read_homefile(use_empty=True)


def reverted():
    bpy.ops.wm.revert_mainfile()


@pytest.mark.parametrize("leave", [opened, reverted])
def test_another_file_ends_the_capture(play, monkeypatch, tmp_path, leave):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    clients = play("slow")
    monkeypatch.setattr(session, "_run_to_the_end", lambda background: None)
    bpy.ops.monorig.capture()
    tick_until(session._current, lambda status: status.share > 0)
    process = clients[0].pid
    leave()
    assert session.status().phase == "CANCELLED" and "Another file" in session.status().sentence
    assert not clients[0].running and not alive(process)


def test_a_file_saved_while_the_scene_is_made_opens_without_half_of_it(play, tmp_path):
    play("ok", synthetic_motion(people=2, frames=500))
    background, _ = begun()
    tick_until(background, lambda s: s.phase == "BUILDING" and len(bpy.data.actions) > 0)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "autosave.blend"), copy=True)
    tick_until(background, lambda status: status.over)
    assert background.status.phase == "DONE"
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "autosave.blend"))
    assert not bpy.data.objects and not bpy.data.collections
    play("ok")
    assert bpy.ops.monorig.capture() == {"FINISHED"}
    assert [o.name for o in bpy.data.objects if o.type == "ARMATURE"][-1] == "tone Person 2"


def test_of_two_scenes_the_one_it_was_started_in_gets_everything(play):
    play("ok", synthetic_motion(people=1, frames=60))
    other = bpy.data.scenes.new("Other")
    ends = other.frame_end
    background, _ = begun()
    tick_until(background, lambda status: status.over)
    assert background.status.phase == "DONE"
    assert not other.collection.children and not other.objects and other.frame_end == ends
    assert bpy.context.scene.frame_end == 60 and "tone Person 1" in bpy.context.scene.objects


def test_switching_the_add_on_off_ends_the_capture(play, monkeypatch, addon):
    clients = play("slow")
    monkeypatch.setattr(session, "_run_to_the_end", lambda background: None)
    bpy.ops.monorig.capture()
    tick_until(session._current, lambda status: status.share > 0)
    process = clients[0].pid
    addon.unregister()
    assert not alive(process) and not session.running()
    assert session._file_is_leaving not in bpy.app.handlers.load_pre
    addon.register()


def test_a_child_that_starts_too_late_is_ended(play, monkeypatch):
    clients = play("slow")
    make = work.make_client

    def slowly():
        time.sleep(0.3)
        return make()

    monkeypatch.setattr(work, "make_client", slowly)
    background, _ = begun()
    background.tick()
    background.close("")
    time.sleep(1.0)
    assert clients and not clients[0].running


def alive(process):
    stat = Path(f"/proc/{process}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_nobody_in_the_clip_is_said(play):
    motion = synthetic_motion(people=1, frames=4)
    motion.T_world_joint[:] = float("nan")
    play("ok", motion)
    assert bpy.ops.monorig.capture() == {"FINISHED"}
    assert session.status().sentence == "Nobody was found in this clip."


def test_a_result_that_cannot_be_read_is_said(play, tmp_path):
    play("ok")
    (tmp_path / "OUT.npz").write_bytes(b"torn")
    with pytest.raises(RuntimeError, match="The result cannot be read"):
        bpy.ops.monorig.capture()


def test_a_clip_that_is_not_there_is_said_without_a_child(play, tmp_path):
    clients = play("ok")
    bpy.context.scene.monorig.capture.clip = str(tmp_path / "no such clip.mp4")
    with pytest.raises(RuntimeError, match="There is no file .*no such clip.mp4"):
        bpy.ops.monorig.capture()
    assert clients == []


def test_without_a_clip_there_is_nothing_to_capture():
    bpy.context.scene.monorig.capture.clip = ""
    assert not bpy.ops.monorig.capture.poll()
    assert not bpy.ops.monorig.cancel.poll()


def test_takes_lie_beside_the_saved_file(tmp_path):
    bpy.context.scene.monorig.capture.clip = str(CLIP)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot 1.blend"))
    request = capture.read_request(bpy.context)
    assert Path(request.takes) == tmp_path / "monorig-takes"


def test_takes_of_an_unsaved_file_are_not_in_the_add_on():
    bpy.context.scene.monorig.capture.clip = str(CLIP)
    assert capture.read_request(bpy.context).takes == ""
    folder = Path(capture._temporary_folder())
    assert folder.is_dir() and capture._temporary_folder() == str(folder)
    assert HERE.parents[1] not in folder.parents
