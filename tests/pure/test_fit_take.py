"""The take fit's book-keeping: runs of frames, windows, turns, and lengths."""

import dataclasses

import numpy as np
import pytest
from filmed import CLIP, camera_of, fitted, observations
from monorig.inference import fit_take, proportions
from monorig.inference.camera import R_WORLD_LEVEL, make
from monorig.inference.evidence import gather
from monorig.inference.fit import body_of
from monorig.inference.keypoints import INDEX
from monorig.inference.people import identities
from monorig.inference.rotations import exp
from monorig.inference.skeleton import SEGMENTS, SKELETON, scaled_body, universal_body
from monorig.inference.take_problem import TakeProblem
from synthetic_motion import synthetic_motion

FPS = 30.0


def test_short_gaps_are_bridged_and_long_ones_stay_open():
    time_s = np.arange(200) / FPS
    present = np.ones(200, bool)
    present[20:40] = present[100:150] = False  # 0.7 s and 1.7 s
    assert fit_take.segments(present, time_s, 1.0) == [(0, 100), (150, 200)]


def test_nobody_gives_no_segment_and_one_frame_gives_one():
    assert fit_take.segments(np.zeros(5, bool), np.arange(5) / FPS, 1.0) == []
    assert fit_take.segments(np.arange(5) == 3, np.arange(5) / FPS, 1.0) == [(3, 4)]


@pytest.mark.parametrize("frames", [1, 399, 400, 401, 759, 760, 761, 20000])
def test_windows_cover_everything_and_reach_into_each_other(frames):
    parts = fit_take.windows(7, 7 + frames, 400, 40)
    assert parts[0][0] == 7 and parts[-1][1] == 7 + frames
    assert all(b - a <= 400 for a, b in parts)
    assert all(end - start >= 40 for (_, end), (start, _) in zip(parts, parts[1:], strict=False))


def test_somebody_who_turns_round_and_round_keeps_turning():
    angle = np.linspace(0, 6 * np.pi, 120)
    rotvec = np.stack([0 * angle, 0 * angle, angle], -1)
    folded = (rotvec + np.pi) % (2 * np.pi) - np.pi
    np.testing.assert_allclose(fit_take.continuous(folded), rotvec, atol=1e-9)


def test_windows_that_count_turns_differently_are_blended_to_the_same_motion():
    angle = np.linspace(0, 4 * np.pi, 100)
    q = np.zeros((100, SKELETON.num_dofs))
    q[:, 5] = angle
    out = np.full_like(q, np.nan)
    later = q[40:].copy()
    later[:, 5] -= 2 * np.pi * np.round(later[0, 5] / (2 * np.pi))
    fit_take._blend(out, q[:60].copy(), 0, 60, 0)
    fit_take._blend(out, later, 40, 100, 60)
    np.testing.assert_allclose(exp(out[:, 3:6]), exp(q[:, 3:6]), atol=1e-9)
    np.testing.assert_allclose(out[:, 5], angle, atol=1e-9)


def test_lengths_grow_with_their_segment_and_left_equals_right():
    s = np.zeros(len(SEGMENTS))
    s[list(SEGMENTS).index("thigh")] = np.log(1.1)
    before, after = universal_body(1.7), scaled_body(universal_body(1.7), s)
    changed = np.abs(after.offsets - before.offsets).max(-1) > 0
    assert {SKELETON.link_names[i] for i in np.flatnonzero(changed)} == {"shin.L", "shin.R"}
    assert np.linalg.norm(after.offsets[changed], axis=-1) == pytest.approx(1.1 * 0.238 * 1.7)


def test_a_running_median_skips_what_is_no_number(rng):
    X = rng.normal(size=(40, 3, 2))
    X[rng.random((40, 3)) < 0.3] = np.nan
    X[10:20, 0] = np.nan
    found = fit_take.running_median(X, 2)
    for t in range(40):
        around = X[max(t - 2, 0) : t + 3]
        known = np.isfinite(around).any(0)
        np.testing.assert_allclose(found[t][known], np.nanmedian(around[:, known], 0))
        assert np.isnan(found[t][~known]).all()


def test_a_single_outlier_does_not_start_a_limb_wrong():
    truth = synthetic_motion(people=1, frames=20, gaps=False)
    seen = observations(truth)
    wrong = seen[10]
    X = wrong.X.copy()
    X[0, INDEX["wrist_l"]] = 2 * X[0, INDEX["elbow_l"]] - X[0, INDEX["wrist_l"]]
    seen[10] = dataclasses.replace(wrong, X=X)
    found = fitted(truth, seen, solver="take")
    step = np.diff(found.q[0], axis=0)
    assert np.abs(step).max() < np.radians(25)


def test_segment_lengths_can_be_left_alone():
    truth = synthetic_motion(people=1, frames=12, gaps=False)
    seen, camera = observations(truth), camera_of(truth)
    evidence = gather(seen, identities(seen, CLIP.fps), camera, CLIP.image_size)
    body = body_of(proportions.bodies(evidence), 0)
    settings = fit_take.TakeSettings(length=0.0)
    q, _, found = fit_take.fit_person(evidence, 0, truth.time_s, body, camera, settings)
    assert np.isfinite(q).all()
    np.testing.assert_array_equal(found.offsets, body.offsets)


@pytest.mark.parametrize("turn", [0.0, 90.0])
def test_nobody_is_expected_to_swing_along_the_view_more_than_across_it(turn):
    """Somebody whose size in the picture trembles; cameras that look along +Y, and along -X."""
    time_s = np.arange(60) / FPS
    q = np.zeros((60, SKELETON.num_dofs))
    R = exp(np.radians([0.0, 0.0, turn]))
    swing = np.stack([0.05 * np.sin(3 * time_s), 0.3 * np.sin(9 * time_s), 0 * time_s], -1)
    q[:, :3] = swing @ R.T
    pose = np.eye(4)
    pose[:3, :3] = R @ R_WORLD_LEVEL
    camera = make(CLIP.image_size, T_world_camera=pose)
    problem = TakeProblem(None, time_s, None, camera, fit_take.TakeSettings(), False, None)
    problem.adapt(q)
    assert problem._sigma.shape == (58, q.shape[1])  # of every acceleration
    across, along = (problem._sigma[:, :3] @ np.abs(R[:, axis]) for axis in (0, 1))
    assert (along <= across * (1 + 1e-9)).all()


def test_who_stands_still_is_smoothed_more_than_in_the_jump_that_follows():
    q = np.zeros((90, SKELETON.num_dofs))
    q[60:75, 2] = 0.4 * np.sin(np.linspace(0, np.pi, 15))
    q += np.random.default_rng(0).normal(0, 1e-4, q.shape)
    settings = fit_take.TakeSettings()
    problem = TakeProblem(
        None, np.arange(90) / FPS, None, make(CLIP.image_size), settings, False, None
    )
    problem.adapt(q)
    still, jump = problem._sigma[:40, 2].max(), problem._sigma[60:72, 2].min()
    assert jump > 2.5 * still
