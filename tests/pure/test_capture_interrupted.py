"""Captures that are cancelled, killed or orphaned, and what their takes become afterwards."""

import contextlib
import errno
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import clips
import numpy as np
import pytest
import standins
from capturing import FRAMES, LOSSLESS, SIZE, assert_same, film, run, run_here, walk
from monorig.inference import take
from monorig.inference.client import child_command, package_folders
from monorig.inference.fit_settings import FitSettings
from monorig.inference.motion import Motion
from monorig.inference.protocol import FrameReader, Message, encode


def captured(message):
    """Pictures done, 0 where the message is about something else."""
    about = message.type == "progress" and message.fields["stage"] == "capture"
    return message.fields["done"] if about else 0


def test_a_cancelled_take_is_kept_and_resumed_to_the_same_result(job, tmp_path, uninterrupted):
    messages = run(
        job(), lambda message, client: client.cancel() if captured(message) >= 8 else None
    )
    assert messages[-1].fields["kind"] == "cancelled"
    assert not (tmp_path / "take" / "OUT.npz").exists()
    kept = len(take.read_log(tmp_path / "take" / "observations.log")[0])
    assert 0 < kept < FRAMES
    again = run_here(job())
    assert again.type == "done" and again.fields["report"]["frames"] == FRAMES
    assert_same(Motion.load(tmp_path / "take" / "OUT.npz"), uninterrupted[1])


def test_a_full_disk_is_a_sentence_and_what_was_captured_is_kept(
    job, tmp_path, uninterrupted, monkeypatch
):
    written = take.Take.append

    def full(self, observation):
        if observation.index == 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        written(self, observation)

    with monkeypatch.context() as disk:
        disk.setattr(take.Take, "append", full)
        last = run_here(job())
    assert last.fields["kind"] == "input" and "disk is full" in last.fields["text"]
    assert len(take.read_log(tmp_path / "take" / "observations.log")[0]) == 12
    assert run_here(job()).type == "done"
    assert_same(Motion.load(tmp_path / "take" / "OUT.npz"), uninterrupted[1])


def test_a_finished_take_is_fitted_again_without_networks(job, tmp_path, uninterrupted):
    assert run_here(job()).type == "done"
    again = run_here(job(networks=("/no/such/folder",), out=str(tmp_path / "again.npz")))
    assert again.type == "done" and again.fields["report"]["seconds_in_networks"] == 0
    assert_same(Motion.load(tmp_path / "again.npz"), uninterrupted[1])


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_a_child_killed_at_any_moment_loses_nothing_that_matters(job, tmp_path, uninterrupted):
    rng, crashes = np.random.default_rng(4), 0
    for stage in ("networks", "capture", "capture", "capture", "capture"):

        def kill(message, client, stage=stage):
            if message.fields.get("stage") == stage:
                time.sleep(rng.uniform(0, 0.04))
                with contextlib.suppress(ProcessLookupError):  # messages of the dead still arrive
                    os.kill(client.pid, 9)

        last = run(job(), kill)[-1]
        if last.type == "done":  # a quick machine was through before the signal came
            break
        crashes += 1
        assert last.fields["kind"] == "crashed" and "signal 9" in last.fields["text"]
        assert not (tmp_path / "take" / "OUT.npz").exists()
    assert crashes >= 2 and run_here(job()).type == "done"
    assert_same(Motion.load(tmp_path / "take" / "OUT.npz"), uninterrupted[1])


def test_numbers_of_people_are_not_given_again_after_a_resume(job, tmp_path):
    """Two people; the second leaves; the capture is cut off; a third comes: not the second again."""

    def people(i):
        return [(20, 60, 150)] + ([(215, 50, 150)] if i < 16 or i >= 60 else [])

    path = film(tmp_path / "three.mp4", frames=80, people=people)
    assert run_here(job(clip=str(path))).type == "done"
    log = tmp_path / "take" / "observations.log"
    whole = take.read_log(log)[0]
    _cut(log, pictures=56)
    assert run_here(job(clip=str(path))).type == "done"
    resumed = take.read_log(log)[0]
    assert [list(o.id) for o in resumed[:56]] == [list(o.id) for o in whole[:56]]
    assert sorted({int(n) for o in whole for n in o.id}) == [1, 2, 3]
    assert sorted({int(n) for o in resumed for n in o.id}) == [1, 2, 3]


def test_a_cut_at_the_seam_is_found_after_a_resume(job, tmp_path):
    """Two scenes of three pictures; the capture is cut off where the second begins."""

    def draw(index, size):
        picture = standins.draw_people([walk(index)], size)
        return picture if index < 3 else np.ascontiguousarray(picture[::-1, ::-1])

    path = tmp_path / "scenes.mp4"
    recipe = clips.Recipe(path.name, frames=6, size=SIZE, pix_fmt="yuv444p", options=LOSSLESS)
    clips.write(path, recipe, draw)
    log = tmp_path / "take" / "observations.log"
    for _ in ("whole", "resumed"):
        assert run_here(job(clip=str(path))).type == "done"
        assert [seen.index for seen in take.read_log(log)[0] if seen.cut] == [3]
        _cut(log, pictures=3)


def _cut(log, pictures):
    """Shortens a log to so many pictures, as a crash would."""
    with open(log, "rb") as stream:
        for _ in range(pictures):
            stream.seek(struct.unpack("<II", stream.read(8))[0], os.SEEK_CUR)
        os.truncate(log, stream.tell())


@pytest.mark.parametrize("ending", ["end of the stream", "garbage"])
def test_a_child_whose_parent_is_gone_ends_by_itself(job, tmp_path, ending):
    child = subprocess.Popen(
        child_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    long_job = job(clip=str(film(tmp_path / "long.mp4", frames=400)))
    child.stdin.write(encode(Message("job", {**long_job.to_json(), "packages": package_folders()})))
    child.stdin.flush()
    reader, done = FrameReader(), 0
    while not done:
        done = max(
            [captured(message) for message in reader.feed(child.stdout.read1(1 << 16))], default=0
        )
    if ending == "garbage":
        child.stdin.write(b"\xff" * 64)
    child.stdin.close()
    began = time.monotonic()
    rest = reader.feed(child.stdout.read())
    assert child.wait(timeout=5) == 0 and time.monotonic() - began < 3.0  # [s]
    assert rest[-1].fields["kind"] == "cancelled"
    assert len(take.read_log(Path(long_job.take) / "observations.log")[0]) >= done - 5
    child.stdout.close()


def test_the_child_exits_cleanly_after_its_last_word(job):
    message = Message("job", {**job(frames=(0, 3)).to_json(), "packages": package_folders()})
    with subprocess.Popen(
        child_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        child.stdin.write(encode(message))
        child.stdin.flush()
        messages = FrameReader().feed(child.stdout.read())
        assert messages[-1].type == "done" and child.wait(timeout=5) == 0
        assert b"Traceback" not in child.stderr.read() and child.returncode == 0


def test_memory_is_flat_over_a_clip_ten_times_as_long(job, tmp_path):
    """The live fit; the take fit holds one window of 400 frames more, however long the clip is."""
    peaks = []
    for frames in (15, 150):
        path = film(tmp_path / f"{frames}.mp4", frames, people=lambda i: [walk(abs(i % 60 - 30))])
        last = run(job(clip=str(path), take=str(tmp_path / str(frames)), fit=FitSettings("live")))[
            -1
        ]
        assert last.type == "done" and last.fields["report"]["frames"] == frames
        peaks.append(last.fields["report"]["peak_memory_mb"])
    assert peaks[1] < 1.15 * peaks[0] and peaks[1] < 250  # [MB]
