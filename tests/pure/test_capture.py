"""A clip captured from end to end by the real child process, with stand-in networks that see a drawn figure."""

import dataclasses
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import clips
import numpy as np
import pytest
import standins
from monorig.inference import take, worker
from monorig.inference.client import Client, child_command, package_folders
from monorig.inference.job import Job
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.motion import Motion, reprojection_error
from monorig.inference.protocol import FrameReader, Message, encode

SIZE = (320, 240)
FRAMES = 40
LOSSLESS = {"preset": "ultrafast", "qp": "6"}


def walk(index):
    """Box (x1, y1, height) of somebody who walks to the right."""
    return 40 + 3 * index, 30, 170


def film(path, frames=FRAMES, people=lambda index: [walk(index)], **changes):
    """Writes a clip of drawn figures."""
    recipe = clips.Recipe(path.name, frames=frames, size=SIZE, pix_fmt="yuv444p", options=LOSSLESS)
    return clips.write(
        path,
        dataclasses.replace(recipe, **changes),
        lambda i, size: standins.draw_people(people(i), size),
    )


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    return standins.write_networks(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return film(tmp_path_factory.mktemp("clip") / "walk.mp4")


@pytest.fixture
def job(clip, networks, tmp_path):
    """job(…): a Job on the clip with the stand-ins; one thread, so that runs can be compared."""

    def make(**changes):
        usual = {
            "clip": str(clip),
            "take": str(tmp_path / "take"),
            "networks": (str(networks),),
            "threads": 1,
        }
        return Job(**{**usual, **changes})

    return make


@pytest.fixture(scope="module")
def uninterrupted(clip, networks, tmp_path_factory):
    """Messages and Motion of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "OUT.npz"
    messages = run(Job(clip=str(clip), out=str(out), networks=(str(networks),), threads=1))
    return messages, Motion.load(out)


def run(job, on_message=lambda message, client: None):
    """All messages of a capture in a child process."""
    client, messages = Client(), []

    def take_in(message):
        messages.append(message)
        on_message(message, client)

    client.start(job)
    try:
        client.wait(take_in)
    finally:
        client.close()
    return messages


def run_here(job):
    """The last message of a capture in this process: quicker, for what needs no process of its own."""
    reading, writing = os.pipe()
    out = io.BytesIO()
    with os.fdopen(reading, "rb") as frames_in, os.fdopen(writing, "wb") as parent:
        worker.main(job.to_json(), frames_in, out)
        parent.write(encode(Message("cancel")))  # ends the thread that listens
        parent.flush()
    return FrameReader().feed(out.getvalue())[-1]


def assert_same(a, b):
    """Two Motions are the same."""
    np.testing.assert_array_equal(a.identity, b.identity)
    np.testing.assert_array_equal(a.frame, b.frame)
    np.testing.assert_array_equal(a.present, b.present)
    np.testing.assert_allclose(a.time_s, b.time_s, atol=1e-9)
    np.testing.assert_allclose(a.px, b.px, atol=1e-3)  # [px]
    np.testing.assert_allclose(a.X_cam, b.X_cam, atol=1e-4)  # [m]


def is_one_sentence(text):
    return text.endswith(".") and "\n" not in text and "Traceback" not in text and len(text) < 300


# --- what comes out ---


def test_the_figure_is_found_where_it_was_drawn(uninterrupted):
    _, motion = uninterrupted
    truth = np.array([standins.keypoint_pixels(walk(i)) for i in range(FRAMES)])
    assert list(motion.identity) == [1] and motion.present.all()
    assert np.nanmedian(np.linalg.norm(motion.px[0] - truth, axis=-1)) < 1.5  # [px]
    assert reprojection_error(motion)[0, 1] < 0.02  # of the figure's height


def test_out_npz_is_what_the_design_promises(uninterrupted):
    _, motion = uninterrupted
    assert motion.q.shape == (1, FRAMES, 50) and motion.T_world_joint.shape == (1, FRAMES, 21, 4, 4)
    np.testing.assert_array_equal(motion.frame, np.arange(FRAMES))
    np.testing.assert_allclose(motion.time_s, np.arange(FRAMES) / 30, atol=1e-3)
    assert motion.fps == pytest.approx(30) and tuple(motion.keypoint_names) == KEYPOINTS
    assert tuple(motion.image_size) == SIZE and motion.T_world_camera.shape == (FRAMES, 4, 4)
    assert motion.X_raw.shape == motion.X_cam.shape == (1, FRAMES, len(KEYPOINTS), 3)


def test_progress_is_told_and_the_report_adds_up(uninterrupted):
    messages, _ = uninterrupted
    captured = [
        m.fields for m in messages if m.type == "progress" and m.fields["stage"] == "capture"
    ]
    done = [fields["done"] for fields in captured]
    assert done == sorted(done) and all(fields["total"] == FRAMES for fields in captured)
    assert all(fields["seconds_left"] >= 0 and fields["people"] <= 1 for fields in captured)
    report = messages[-1].fields["report"]
    assert messages[-1].type == "done" and (report["frames"], report["people"]) == (FRAMES, 1)
    assert report["detector_runs"] <= FRAMES / 10 + 1
    assert report["seconds_in_networks"] > 0 and report["provider"] == "CPUExecutionProvider"
    json.dumps(report, allow_nan=False)


def test_a_take_holds_everything_and_nothing_half_written(job, tmp_path, uninterrupted):
    out = tmp_path / "elsewhere" / "result.npz"
    last = run_here(job(out=str(out)))
    assert last.type == "done" and last.fields["out"] == str(out)
    assert {p.name for p in (tmp_path / "take").iterdir()} == {
        "take.json",
        "observations.log",
        "OUT.npz",
    }
    assert [p.name for p in out.parent.iterdir()] == ["result.npz"]
    assert_same(Motion.load(out), uninterrupted[1])
    assert_same(Motion.load(tmp_path / "take" / "OUT.npz"), uninterrupted[1])


def test_without_a_take_nothing_is_left_but_the_result(job, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert run_here(job(take="", out=str(tmp_path / "a.npz"))).type == "done"
    assert list((tmp_path / "temporary").iterdir()) == [] and (tmp_path / "a.npz").exists()


def test_a_clip_with_nobody_gives_a_result_with_nobody(job, tmp_path):
    path = film(tmp_path / "empty street.mp4", frames=6, people=lambda index: [])
    assert run_here(job(clip=str(path))).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert motion.q.shape == (0, 6, 50) and len(motion.time_s) == 6


def test_two_people_are_two_identities_and_who_leaves_is_absent(job, tmp_path):
    path = film(
        tmp_path / "two.mp4", frames=36,
        people=lambda i: [(20 + i, 60, 150)] + ([(215, 50, 150)] if i < 22 else []),
    )  # fmt: skip
    assert run_here(job(clip=str(path))).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert list(motion.identity) == [1, 2] and sorted(motion.present.sum(1)) == [22, 36]


@pytest.mark.parametrize(
    "frames, expected",
    [((5, 12), range(5, 12)), ((30, None), range(30, 40)), ((35, 99), range(35, 40))],
)
def test_a_range_of_frames_keeps_the_clips_own_numbers(job, tmp_path, frames, expected):
    assert run_here(job(frames=frames)).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert list(motion.frame) == list(expected)
    np.testing.assert_allclose(motion.time_s, motion.frame / 30, atol=1e-3)


@pytest.mark.parametrize("chain", ["live", "solo"])
def test_the_other_chains_see_the_same(job, tmp_path, chain, uninterrupted):
    last = run_here(job(chain=chain))
    assert last.type == "done", last.fields
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert list(motion.identity) == [1] and motion.present.all()


def test_the_live_fit_can_be_asked_for(job, tmp_path):
    assert run_here(job(causal=True)).type == "done"
    assert reprojection_error(Motion.load(tmp_path / "take" / "OUT.npz"))[0, 1] < 0.03


def test_max_people_is_kept(job, tmp_path):
    path = film(
        tmp_path / "two.mp4", frames=20, people=lambda i: [(20 + i, 60, 150), (215, 50, 150)]
    )
    assert run_here(job(clip=str(path), max_people=1)).type == "done"
    assert len(Motion.load(tmp_path / "take" / "OUT.npz").identity) == 1


def test_a_known_camera_is_kept(job, tmp_path):
    T = [[1, 0, 0, 0.5], [0, 0, 1, 0], [0, -1, 0, 1.4], [0, 0, 0, 1]]
    camera = {
        "K": [[400, 0, 160], [0, 400, 120], [0, 0, 1]],
        "dist": [0, 0, 0, 0, 0],
        "T_world_camera": T,
    }
    assert run_here(job(camera=camera)).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    np.testing.assert_allclose(motion.K, camera["K"])
    np.testing.assert_allclose(motion.T_world_camera, np.broadcast_to(T, (FRAMES, 4, 4)))


# --- clips of every kind ---


@pytest.mark.parametrize(
    "changes",
    [
        {"frames": 1},
        {"turned": 180, "frames": 5},
        {"rate": Fraction(30000, 1001), "frames": 5},
        {"rate": Fraction(240), "frames": 5},
        {"times": clips.UNEVEN[:8], "frames": 8},
    ],
    ids=["one frame", "upside down", "ntsc", "240 per second", "variable rate"],
)
def test_unusual_clips_give_a_correct_result(job, tmp_path, changes):
    upside_down = changes.get("turned") == 180
    path = tmp_path / "Zoë läuft – 走る.mp4"
    recipe = clips.Recipe(path.name, size=SIZE, pix_fmt="yuv444p", options=LOSSLESS, **changes)

    def draw(index, size):
        image = standins.draw_people([walk(index)], size)
        return np.ascontiguousarray(image[::-1, ::-1]) if upside_down else image

    clips.write(path, recipe, draw)
    assert run_here(job(clip=str(path))).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert motion.present.shape == (1, recipe.frames) and motion.present.all()
    np.testing.assert_allclose(motion.time_s, recipe.true_times - recipe.true_times[0], atol=1e-3)
    truth = np.array([standins.keypoint_pixels(walk(i)) for i in range(recipe.frames)])
    assert np.nanmedian(np.linalg.norm(motion.px[0] - truth, axis=-1)) < 1.5  # [px]


def test_a_portrait_clip_is_captured_upright(job, tmp_path):
    """Filmed with the phone held upright: stored lying, with a tag."""
    path = tmp_path / "portrait.mp4"
    recipe = clips.Recipe(
        path.name, frames=6, size=SIZE, pix_fmt="yuv444p", options=LOSSLESS, turned=90
    )
    box = (60, 80, 200)

    def draw(index, size):
        return np.ascontiguousarray(np.rot90(standins.draw_people([box], size[::-1])))

    clips.write(path, recipe, draw)
    assert run_here(job(clip=str(path))).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert tuple(motion.image_size) == (240, 320)
    assert (
        np.nanmedian(np.linalg.norm(motion.px[0, 3] - standins.keypoint_pixels(box), axis=-1)) < 1.5
    )


@pytest.mark.parametrize("name", ["one_pixel_high", "two_pixels_high", "mjpeg", "vp9"])
def test_clips_without_a_figure_are_no_error(job, tmp_path, name):
    path = clips.write(tmp_path / clips.RECIPES[name].file, clips.RECIPES[name])
    last = run_here(job(clip=str(path)))
    assert last.type == "done", last.fields
    assert last.fields["report"]["frames"] == clips.RECIPES[name].frames


def test_a_clip_cut_off_gives_what_is_there_and_says_so(job, tmp_path):
    path = clips.write_truncated(tmp_path / "cut.mp4")
    messages = run(job(clip=str(path)))
    assert messages[-1].type == "done" and 15 < messages[-1].fields["report"]["frames"] < 45
    assert any(m.type == "log" and "of the 60 pictures" in m.fields["text"] for m in messages)


def test_8k_stays_below_one_and_a_half_gigabytes(job, tmp_path):
    path = clips.write_8k(tmp_path / "large.mp4", frames=8)
    last = run(job(clip=str(path)))[-1]
    assert last.type == "done" and last.fields["report"]["peak_memory_mb"] < 1500


# --- refusals ---


@pytest.mark.parametrize("kind", ["text", "empty", "folder", "missing", "noise"])
def test_what_is_no_clip_fails_as_input_and_leaves_nothing(job, tmp_path, kind):
    (tmp_path / "clips").mkdir()
    path = clips.write_unusable(tmp_path / "clips")[kind]
    last = run_here(job(clip=str(path), out=str(tmp_path / "out.npz")))
    assert (last.type, last.fields["kind"], last.fields["log"]) == ("failed", "input", [])
    assert is_one_sentence(last.fields["text"]) and str(path) in last.fields["text"]
    assert [p.name for p in tmp_path.iterdir()] == ["clips"]


def test_a_codec_that_cannot_be_decoded_fails_as_input(job, tmp_path):
    last = run_here(job(clip=str(clips.write(tmp_path / "new.mp4", clips.AV1))))
    assert last.fields["kind"] == "input" and "AV01" in last.fields["text"]


@pytest.mark.parametrize(
    "changes, word",
    [
        ({"frames": (60, 70)}, "no picture in the chosen frame range"),
        ({"frames": (9, 3)}, "range of frames"),
        ({"frames": (-3, 5)}, "range of frames"),
        ({"frames": (1, 2, 3)}, "range of frames"),
        ({"chain": "no such chain"}, "no such chain"),
        ({"take": "", "out": ""}, "Neither a take folder nor"),
        ({"max_people": -1}, "max_people"),
        ({"threads": 1.5}, "threads"),
        ({"fov_y_deg": 180.0}, "field of view"),
        ({"focal_px": -3.0}, "focal length"),
        ({"focal_px": float("nan")}, "focal length"),
        ({"camera": {"K": [[1, 2], [3, 4]]}}, "camera's K"),
        ({"camera": {"K": "wide"}}, "camera's K"),
        ({"camera": {"K": [[1, 0, 0], [0, 1], [0, 0, 1]]}}, "camera's K"),
        ({"camera": {"lens": [1]}}, "camera's lens"),
        ({"camera": {"dist": [0, 0, 0, 0, float("nan")]}}, "camera's dist"),
        ({"networks": ("/no/such/folder",)}, "has not been fetched"),
    ],
)
def test_a_setting_that_makes_no_sense_fails_as_input(job, changes, word):
    last = run_here(job(**changes))
    assert (last.type, last.fields["kind"]) == ("failed", "input")
    assert word in last.fields["text"] and is_one_sentence(last.fields["text"])


def test_an_unknown_setting_fails_as_input(job):
    reading, writing = os.pipe()
    out = io.BytesIO()
    with os.fdopen(reading, "rb") as frames_in:
        os.close(writing)
        worker.main({**job().to_json(), "colour": "blue"}, frames_in, out)
    (last,) = FrameReader().feed(out.getvalue())
    assert last.fields["kind"] == "input" and "colour" in last.fields["text"]


def test_a_network_file_that_is_none_fails_as_input(job, networks, tmp_path):
    for path in networks.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "rtmpose-s-halpe26.onnx").write_text("not a network")
    last = run_here(job(networks=(str(tmp_path),)))
    assert last.fields["kind"] == "input" and "rtmpose-s-halpe26.onnx" in last.fields["text"]


@pytest.mark.parametrize("place", ["a file in the way/OUT.npz", "folder.npz"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(job, tmp_path, place):
    (tmp_path / "a file in the way").touch()
    (tmp_path / "folder.npz").mkdir()
    last = run_here(job(out=str(tmp_path / place)))
    assert last.fields["kind"] == "input" and "cannot be written" in last.fields["text"]
    assert not (tmp_path / "take" / "observations.log").exists()


def test_a_folder_without_the_right_to_write_is_refused(job, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    if os.access(locked, os.W_OK):
        pytest.skip("this user may write everywhere")
    assert "cannot be written" in run_here(job(out=str(locked / "a.npz"))).fields["text"]


def test_the_take_of_another_clip_is_refused_and_kept(job, tmp_path):
    run_here(job(frames=(0, 3)))
    before = (tmp_path / "take" / "observations.log").read_bytes()
    last = run_here(job(clip=str(film(tmp_path / "other.mp4", frames=3)), frames=(0, 3)))
    assert last.fields["kind"] == "input" and "another clip" in last.fields["text"]
    assert (tmp_path / "take" / "observations.log").read_bytes() == before


def test_the_childs_refusal_arrives_through_the_pipe(job, tmp_path):
    (last,) = run(job(clip=str(tmp_path / "missing.mp4")))
    assert last.fields["kind"] == "input" and is_one_sentence(last.fields["text"])


def test_a_fault_of_ours_comes_with_its_trace(job, monkeypatch, capsys):
    monkeypatch.setattr(worker, "solve", lambda *_: 1 / 0)
    last = run_here(job(frames=(0, 2)))
    assert last.fields["kind"] == "fault" and "ZeroDivisionError" in last.fields["text"]
    assert "ZeroDivisionError" in last.fields["log"][-1] and "Traceback" in capsys.readouterr().err


# --- interrupted ---


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


def _cut(log, pictures):
    """Shortens a log to so many pictures, as a crash would."""
    with open(log, "rb") as stream:
        for _ in range(pictures):
            stream.seek(struct.unpack("<II", stream.read(8))[0], os.SEEK_CUR)
        os.truncate(log, stream.tell())


@pytest.mark.parametrize("ending", ["end of the stream", "garbage"])
def test_a_child_whose_parent_is_gone_ends_by_itself(job, tmp_path, clip, ending):
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
        last = run(job(clip=str(path), take=str(tmp_path / str(frames)), causal=True))[-1]
        assert last.type == "done" and last.fields["report"]["frames"] == frames
        peaks.append(last.fields["report"]["peak_memory_mb"])
    assert peaks[1] < 1.15 * peaks[0] and peaks[1] < 250  # [MB]
