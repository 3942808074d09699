"""The fits on made-up people: found again through noise, and nothing breaks where little or nothing is seen."""

import dataclasses

import numpy as np
import pytest
from filmed import CLIP, assert_whole, fitted, heights, observations
from monorig.inference.camera import Camera, make
from monorig.inference.fit import FitSettings, fit
from monorig.inference.fit_live import PRESETS
from monorig.inference.fit_settings import WEIGHTS, FitSettingsError
from monorig.inference.keypoints import INDEX, KEYPOINTS, LIMB_JOINTS
from monorig.inference.motion import reprojection_error
from monorig.inference.skeleton import NUM_ROOT, SKELETON
from monorig.inference.take import empty_observation
from synthetic_motion import IMAGE_SIZE, synthetic_motion

LIMBS = [
    (f"{start}_{side}", f"{end}_{side}")
    for side in "lr"
    for start, end in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
    )
]
BOTH = pytest.mark.parametrize("solver", ["live", "take"])


def root_relative(motion):
    return motion.X_cam - motion.X_cam[:, :, INDEX["pelvis"], None]


def limb_errors(found, truth, where):
    """Angles [deg] between found and true limbs, (frames, limbs)."""
    errors = []
    for start, end in LIMBS:
        a, b = (m.X_cam[:, :, INDEX[end]] - m.X_cam[:, :, INDEX[start]] for m in (found, truth))
        cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
        errors.append(np.degrees(np.arccos(np.clip(cosine[where], -1, 1))))
    return np.stack(errors, -1)


@pytest.mark.parametrize("solver, degrees, worst, mm", [("live", 7, 16, 48), ("take", 4, 10, 25)])
def test_a_motion_is_found_again_through_noise(solver, degrees, worst, mm):
    truth = synthetic_motion(people=2, frames=36, gaps=False)
    found = fitted(truth, solver=solver, edits=heights(truth))
    both = found.present & truth.present
    assert both.all()
    errors = limb_errors(found, truth, both)
    assert np.median(errors) < degrees and np.percentile(errors, 95) < worst  # [deg]
    away = np.linalg.norm(root_relative(found) - root_relative(truth), axis=-1)
    assert away.mean() < mm / 1000
    pelvis = np.linalg.norm((found.X_cam - truth.X_cam)[:, :, INDEX["pelvis"]], axis=-1)
    assert np.median(pelvis) < 0.08  # [m], most of it depth


@BOTH
def test_the_fit_lies_over_what_was_seen(solver):
    truth = synthetic_motion(people=1, frames=20)
    assert (
        reprojection_error(fitted(truth, solver=solver))[:, 1] < 0.02
    ).all()  # of the person's height


@BOTH
def test_lengths_and_limits_are_kept(solver):
    found = fitted(synthetic_motion(people=1, frames=20), solver=solver)
    place = found.T_world_joint[0, :, :, :3, 3]
    parents = found.parents[1:]
    length = np.linalg.norm(place[:, 1:] - place[:, parents], axis=-1)
    np.testing.assert_allclose(
        length, np.linalg.norm(found.rest_offset[0, 1:], axis=-1)[None] + 0 * length, atol=1e-9
    )
    beyond = np.maximum(found.q - SKELETON.upper, SKELETON.lower - found.q)[..., NUM_ROOT:]
    assert beyond.max() < np.radians(20)  # soft: 4 degrees are one standard deviation


@BOTH
def test_people_who_come_late_and_go_early_are_present_when_they_were_seen(solver):
    truth = synthetic_motion(people=3, frames=20, fps=15.0)
    found = fitted(truth, solver=solver)
    assert_whole(found)
    assert (found.present | ~truth.present).all()
    assert not found.present[2, :5].any()  # who has not come yet is not there
    if solver == "live":
        np.testing.assert_array_equal(found.present, truth.present)


@BOTH
def test_a_gap_longer_than_the_bridge_stays_a_gap(solver):
    truth = synthetic_motion(people=1, frames=30, fps=10.0, gaps=False)
    seen = observations(truth)
    for t in range(8, 22):  # 1.4 s
        seen[t] = empty_observation(t, t / 10)
    found = fitted(truth, seen, solver)
    assert_whole(found)
    assert (
        found.present[0, :8].all()
        and not found.present[0, 8:22].any()
        and found.present[0, 22:].all()
    )


def test_the_take_fit_bridges_a_short_gap_smoothly():
    truth = synthetic_motion(people=1, frames=30, gaps=False)
    seen = observations(truth)
    for t in range(12, 19):
        seen[t] = empty_observation(t, t / 30)
    found = fitted(truth, seen, solver="take", edits=heights(truth))
    assert found.present.all()
    away = np.linalg.norm((found.X_cam - truth.X_cam)[0, 12:19], axis=-1)
    assert np.median(away) < 0.15  # [m]
    step = np.linalg.norm(np.diff(found.X_cam[0], axis=0), axis=-1)
    assert step.max() < 0.15  # [m] in a frame


@BOTH
@pytest.mark.parametrize("frames", [1, 2, 3, 4])
def test_short_clips_are_solved(solver, frames):
    truth = synthetic_motion(people=1, frames=frames, gaps=False)
    found = fitted(truth, solver=solver)
    assert_whole(found)
    assert found.present.all()


@BOTH
def test_a_clip_with_nobody_gives_an_empty_motion(solver, tmp_path):
    seen = [empty_observation(t, t / 30) for t in range(12)]
    found = fit(seen, CLIP, make(IMAGE_SIZE), FitSettings(solver=solver))
    assert found.q.shape == (0, 12, 50) and found.T_world_camera.shape == (12, 4, 4)
    assert np.isfinite(found.T_world_camera).all()
    found.save(tmp_path / "OUT.npz")


@BOTH
def test_uneven_times_are_fine(solver, rng):
    truth = synthetic_motion(people=1, frames=30, gaps=False)
    order = np.sort(rng.choice(30, 18, replace=False))
    whole = observations(truth)
    seen = [whole[t] for t in order]
    found = fitted(truth, seen, solver, edits=heights(truth))
    assert_whole(found)
    there = dataclasses.replace(
        truth, **{n: getattr(truth, n)[:, order] for n in ("X_cam", "T_world_joint")}
    )
    assert np.median(limb_errors(found, there, found.present)) < 8  # [deg]


@BOTH
def test_an_unknown_camera_pose_is_found_with_the_ground(solver):
    """The camera stands 1.5 m above the ground and looks 4 degrees down."""
    truth = synthetic_motion(people=2, frames=20, gaps=False)
    free = Camera(truth.K, truth.dist, make(IMAGE_SIZE).T_world_camera)
    settings = FitSettings(solver=solver, edits=heights(truth))
    found = fit(observations(truth), CLIP, free, settings)
    up_found, up_true = (m.T_world_camera[0, 2, :3] for m in (found, truth))
    assert np.degrees(np.arccos(up_found @ up_true)) < 10
    assert_whole(found)
    back = found.T_world_camera[0]
    again = (found.T_world_joint[..., :3, 3] - back[:3, 3]) @ back[:3, :3]
    pelvis = found.X_cam[:, :, INDEX["pelvis"]]
    np.testing.assert_allclose(again[:, :, 0], pelvis, atol=1e-9)  # world and camera say the same


def test_the_live_fit_does_not_see_the_future():
    truth = synthetic_motion(people=1, frames=24, gaps=False)
    seen = observations(truth)
    whole, part = (
        fitted(truth, seen, edits=heights(truth)),
        fitted(truth, seen[:16], edits=heights(truth)),
    )
    np.testing.assert_allclose(whole.q[:, :16], part.q, atol=1e-9)


def test_every_key_of_the_contract_is_there(tmp_path):
    found = fitted(synthetic_motion(people=2, frames=12, gaps=False))
    found.save(tmp_path / "OUT.npz")
    with np.load(tmp_path / "OUT.npz", allow_pickle=False) as data:
        shapes = {name: data[name].shape for name in data.files}
    P, T, K, J, D = 2, 12, len(KEYPOINTS), 21, 50
    assert shapes.items() >= {
        "identity": (P,), "frame": (T,), "time_s": (T,), "fps": (), "keypoint_names": (K,), "px": (P, T, K, 2),
        "confidence": (P, T, K), "X_raw": (P, T, K, 3), "X_cam": (P, T, K, 3), "box": (P, T, 4), "q": (P, T, D),
        "dof_names": (D,), "joint_names": (J,), "parents": (J,), "rest_offset": (P, J, 3),
        "T_world_joint": (P, T, J, 4, 4), "contact": (P, T, 4), "height_m": (P,), "K": (3, 3), "dist": (5,),
        "T_world_camera": (T, 4, 4),
    }.items()  # fmt: skip


def test_limb_joints_are_twelve():
    assert len(LIMB_JOINTS) == 12 and set(LIMB_JOINTS) < set(KEYPOINTS)


@pytest.mark.parametrize("weights", WEIGHTS)
def test_every_set_of_weights_finds_a_motion_again(weights):
    truth = synthetic_motion(people=1, frames=30, gaps=False)
    found = fit(observations(truth), CLIP, make(IMAGE_SIZE), FitSettings("live", weights=weights))
    assert_whole(found)
    away = np.linalg.norm(root_relative(found) - root_relative(truth), axis=-1)
    assert np.median(away) < 0.12


def test_weights_that_nobody_knows_are_refused():
    with pytest.raises(FitSettingsError, match="set of weights"):
        FitSettings(weights="mine").check()


def test_the_settings_name_the_presets_there_are():
    assert tuple(PRESETS) == WEIGHTS
