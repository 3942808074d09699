"""A clip captured from end to end by the real child process, with stand-in networks that see a drawn figure."""

import json
import tempfile
from fractions import Fraction

import clips
import numpy as np
import pytest
import standins
from capturing import FRAMES, LOSSLESS, SIZE, assert_same, film, run, run_here, walk
from monorig.inference.fit_settings import FitSettings
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.motion import Motion, reprojection_error


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
    assert report["sightings"] == {"seen": FRAMES, "left_out": 0}
    assert report["seconds_in_networks"] > 0 and report["provider"] == "CPUExecutionProvider"
    json.dumps(report, allow_nan=False)


def test_a_take_holds_everything_and_nothing_half_written(job, tmp_path, uninterrupted):
    out = tmp_path / "elsewhere" / "result.npz"
    last = run_here(job(out=str(out)))
    assert last.type == "done" and last.fields["out"] == str(out)
    assert {p.name for p in (tmp_path / "take").iterdir()} == {
        "take.json",
        "clues.json",
        "observations.log",
        "OUT.npz",
    }
    assert [p.name for p in out.parent.iterdir()] == ["result.npz"]
    assert_same(Motion.load(out), uninterrupted[1])
    assert_same(Motion.load(tmp_path / "take" / "OUT.npz"), uninterrupted[1])


def test_without_a_take_nothing_is_left_but_the_result(job, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert run_here(job(take="", out=str(tmp_path / "a.npz"), frames=(0, 5))).type == "done"
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
    [((5, 12), range(5, 12)), ((20, None), range(20, 30)), ((25, 99), range(25, 30))],
)
def test_a_range_of_frames_keeps_the_clips_own_numbers(job, tmp_path, frames, expected):
    assert run_here(job(frames=frames)).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert list(motion.frame) == list(expected)
    np.testing.assert_allclose(motion.time_s, motion.frame / 30, atol=1e-3)


@pytest.mark.parametrize("chain", ["live", "solo"])
def test_the_other_chains_see_the_same(job, tmp_path, chain, uninterrupted):
    last = run_here(job(chain=chain, frames=(0, 16)))
    assert last.type == "done", last.fields
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    assert list(motion.identity) == [1] and motion.present.all()


def test_the_live_fit_can_be_asked_for(job, tmp_path):
    assert run_here(job(fit=FitSettings("live"), frames=(0, 12))).type == "done"
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
    assert run_here(job(camera=camera, frames=(0, 5))).type == "done"
    motion = Motion.load(tmp_path / "take" / "OUT.npz")
    np.testing.assert_allclose(motion.K, camera["K"])
    np.testing.assert_allclose(motion.T_world_camera, np.broadcast_to(T, (5, 4, 4)))


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
    path = clips.write_8k(tmp_path / "large.mp4", frames=5)
    last = run(job(clip=str(path)))[-1]
    assert last.type == "done" and last.fields["report"]["peak_memory_mb"] < 1500
