"""Batch in Blender: clips become takes, people and rigs; failures are passed over; a stop loses nothing."""

import errno
import json
import os
import shutil
from pathlib import Path

import bpy
import pytest
from monorig.inference import batch as queues
from monorig.operators import batch, command_line, session
from retarget_scenes import armature
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion
from ticking import tick_until

CLIP = Path(__file__).resolve().parents[1] / "data" / "tone.mp4"


@pytest.fixture(autouse=True)
def registered(addon):
    return addon


@pytest.fixture
def chosen(tmp_path):
    """Settings of the batch, its takes in a folder of the test."""
    settings = bpy.context.scene.monorig.batch
    settings.folder = str(tmp_path / "takes")
    return settings


@pytest.fixture
def clips(tmp_path):
    """A folder with three clips, paths in the order of their names."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        shutil.copy(CLIP, folder / name)
    (folder / "notes.txt").touch()
    return [str(path) for path in sorted(folder.glob("*.mp4"))]


def add(clips):
    folder = clips[0].rpartition("/")[0]
    bpy.ops.monorig.batch_add_folder(directory=folder)


def on_disk(chosen):
    with open(f"{chosen.folder}/batch.json", encoding="utf-8") as file:
        return [entry["state"] for entry in json.load(file)["entries"]]


def test_takes_alone_leave_the_scene_as_it_is(play, chosen, clips):
    play("ok", synthetic_motion(people=2, frames=20))
    add(clips)
    assert [row.name for row in chosen.rows] == ["a.mp4", "b.mp4", "c.mp4"]
    assert bpy.ops.monorig.batch_start() == {"FINISHED"}
    assert {(row.state, row.people) for row in chosen.rows} == {("done", 2)}
    assert on_disk(chosen) == ["done"] * 3
    assert not bpy.data.objects and not batch.running()


def test_people_of_every_clip_come_into_a_collection_of_their_own(play, chosen, clips):
    play("ok", synthetic_motion(people=2, frames=20))
    chosen.make = "SCENE"
    rate = bpy.context.scene.render.fps
    add(clips)
    bpy.ops.monorig.batch_start()
    assert {"a", "b", "c"} <= set(bpy.data.collections.keys())
    assert len([o for o in bpy.data.objects if o.type == "ARMATURE"]) == 6
    assert bpy.context.scene.render.fps == rate and bpy.context.scene.camera is None


def test_everybody_gets_a_copy_of_the_rig(play, chosen, clips):
    from monorig.retarget import bone_map

    play("ok", synthetic_motion(people=2, frames=20))
    template = armature(stand_in(bone_map.built_in()["mixamo"], 0.0))
    body = bpy.data.objects.new("Body", bpy.data.meshes.new("Body"))
    bpy.context.collection.objects.link(body)
    body.parent = template
    body.modifiers.new("Armature", "ARMATURE").object = template
    before = json.dumps([bone.matrix_local.transposed()[3][:] for bone in template.data.bones])
    chosen.make, chosen.template = "RIGS", template
    add(clips[:1])
    bpy.ops.monorig.batch_remove()
    add(clips)
    bpy.ops.monorig.batch_start()
    rigs = [o for o in bpy.data.collections["a"].objects if o.data == template.data]
    assert len(rigs) == 2 and all(rig.animation_data.action is not None for rig in rigs)
    bodies = [rig.children[0] for rig in rigs]
    assert [body.modifiers[0].object for body in bodies] == rigs
    assert template.animation_data is None and [row.sentence for row in chosen.rows] == [""] * 3
    after = json.dumps([bone.matrix_local.transposed()[3][:] for bone in template.data.bones])
    assert after == before


def test_a_broken_clip_is_passed_over_and_retried(play, chosen, clips, monkeypatch):
    play("ok", synthetic_motion(people=1, frames=10))
    add(clips)
    good, job = batch.BatchWork.job, []

    def broken(self):
        job.append(self._request.clip)
        if self._request.clip == clips[1] and len(job) < 4:
            raise batch.WorkError("b.mp4 is not a video.")
        made = good(self)
        os.makedirs(made.take)
        Path(made.take, "OUT.npz").touch()
        return made

    monkeypatch.setattr(batch.BatchWork, "job", broken)
    bpy.ops.monorig.batch_start()
    assert on_disk(chosen) == ["done", "failed", "done"]
    assert chosen.rows[1].sentence == "b.mp4 is not a video."
    bpy.ops.monorig.batch_retry()
    bpy.ops.monorig.batch_start()
    assert on_disk(chosen) == ["done"] * 3 and job == [*clips, clips[1]]
    bpy.ops.monorig.batch_clear()
    assert not chosen.rows


def test_a_stop_lets_the_clip_wait_and_nothing_further_is_begun(play, chosen, clips):
    play("slow")
    add(clips)
    queue = batch.queue_of(bpy.context)
    run = batch.Run(queue, batch.read_plan(bpy.context))
    works = run.works()
    next(works)
    with pytest.raises(StopIteration):
        works.send(session.Status(phase="CANCELLED"))
    assert [entry.state for entry in queue.entries] == ["waiting"] * 3


def test_rigs_that_cannot_be_made_are_said_and_the_capture_is_kept(
    play, chosen, clips, monkeypatch
):
    play("ok", synthetic_motion(people=1, frames=10))
    bpy.ops.object.armature_add()
    chosen.make, chosen.template = "RIGS", bpy.context.object
    add(clips)
    bpy.ops.monorig.batch_start()
    assert on_disk(chosen) == ["done"] * 3
    assert all("has no bone for" in row.sentence for row in chosen.rows)
    assert len([o for o in bpy.data.objects if o.type == "ARMATURE"]) == 1 + 3


@pytest.mark.parametrize(
    "prepare, sentence",
    [
        (lambda chosen: None, "No clip waits"),
        (lambda chosen: setattr(chosen, "folder", ""), "Save the file, or choose a folder"),
        (lambda chosen: setattr(chosen, "make", "RIGS"), "Choose the rig"),
        (lambda chosen: setattr(chosen, "folder", __file__), "batch.json cannot be read"),
    ],
)
def test_what_cannot_be_started_is_said(chosen, clips, prepare, sentence):
    if sentence != "No clip waits":
        add(clips)
    prepare(chosen)
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.monorig.batch_start()


def test_a_full_disk_ends_the_batch_in_a_sentence(play, chosen, clips, monkeypatch):
    play("ok", synthetic_motion(people=1, frames=10))
    add(clips)
    end, write = batch.queues().Queue.end, batch.queues().write_json

    def full(_path, _data):
        raise OSError(errno.ENOSPC, "No space left on device", "batch.json.partial")

    def ended(self, *words):
        monkeypatch.setattr(batch.queues(), "write_json", full)
        return end(self, *words)

    monkeypatch.setattr(batch.queues().Queue, "end", ended)
    with pytest.raises(RuntimeError, match="The disk is full: make room"):
        bpy.ops.monorig.batch_start()
    assert not batch.running() and on_disk(chosen) == ["running", "waiting", "waiting"]
    monkeypatch.setattr(batch.queues(), "write_json", write)
    monkeypatch.setattr(batch.queues().Queue, "end", end)
    assert bpy.ops.monorig.batch_start() == {"FINISHED"}
    assert on_disk(chosen) == ["done"] * 3 and batch.trouble() == ""


def test_a_folder_that_may_not_be_written_is_one_sentence(chosen, clips, monkeypatch):
    def refused(path, _data):
        raise OSError(errno.EROFS, "Read-only file system", f"{path}.partial")

    monkeypatch.setattr(batch.queues(), "write_json", refused)
    with pytest.raises(RuntimeError, match="batch.json: Read-only file system. Choose another"):
        add(clips)
    assert not chosen.rows


def opened(_addon):
    bpy.ops.wm.read_homefile(use_empty=True)


def switched_off(addon):
    addon.unregister()
    addon.register()


@pytest.mark.parametrize("leave", [opened, switched_off])
def test_another_file_or_the_add_on_switched_off_lets_the_clip_wait(
    play, chosen, clips, monkeypatch, addon, leave
):
    clients, folder = play("slow"), chosen.folder
    add(clips)
    monkeypatch.setattr(session, "_run_to_the_end", lambda background: None)
    run = batch.Run(batch.queue_of(bpy.context), batch.read_plan(bpy.context))
    scene = bpy.context.scene.name, bpy.context.scene.session_uid
    driver = batch._driven(run, scene)
    monkeypatch.setattr(batch, "_run", run)
    monkeypatch.setattr(batch, "_driver", driver)
    next(driver)
    tick_until(session.current(), lambda status: status.share > 0)
    leave(addon)
    assert not clients[0].running and next(driver, None) is None and not batch.running()
    assert [entry.state for entry in batch.queues().Queue(folder).entries] == ["waiting"] * 3


def test_the_queue_survives_blender(chosen, clips):
    add(clips)
    folder = chosen.folder
    queues.Queue(folder).begin(clips[0])
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.scene.monorig.batch.folder = folder
    bpy.ops.monorig.batch_read()
    rows = bpy.context.scene.monorig.batch.rows
    assert [(row.name, row.state) for row in rows][0] == ("a.mp4", "waiting") and len(rows) == 3


def test_settings_of_a_clip_can_be_changed(chosen, clips):
    add(clips)
    bpy.context.scene.monorig.fit.solver = "LIVE"
    bpy.context.scene.monorig.capture.chain = "SOLO"
    chosen.active = 1
    bpy.ops.monorig.batch_settings()
    assert [(row.chain, row.solver) for row in chosen.rows] == [
        ("take", "take"), ("solo", "live"), ("take", "take"),
    ]  # fmt: skip


def test_the_command_works_the_queue_off_and_saves(play, chosen, clips, tmp_path, capsys):
    play("ok", synthetic_motion(people=2, frames=20))
    words = [*clips, "--takes", str(tmp_path / "t"), "--save", str(tmp_path / "out.blend")]
    assert command_line.run([*words, "--make", "people"]) == command_line.DONE
    assert capsys.readouterr().out.count(" done ") == 3
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "out.blend"))
    assert len([o for o in bpy.data.objects if o.type == "ARMATURE"]) == 6


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["nowhere.mp4"], "no file or folder"),
        (["--make", "rigs"], "Choose the rig"),
        (["--rig", "Nobody"], "no armature"),
        (["--solver", "magic"], "invalid choice"),
        (["--chain", "magic"], "invalid choice"),
        (["--help"], "usage: blender -c monorig"),
    ],
)
def test_the_command_refuses_in_a_sentence(clips, tmp_path, capsys, words, sentence):
    status = command_line.run([*words, *clips, "--takes", str(tmp_path / "t")])
    said = "".join(capsys.readouterr())
    assert sentence in said and status == (0 if "--help" in words else command_line.BAD_INPUT)
