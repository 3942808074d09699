"""What a user may choose of the fit: refused where it makes no sense, kept, and each choice does what it says."""

import json

import numpy as np
import pytest
from filmed import CLIP, assert_whole, camera_of, fitted, heights, observations
from monorig.inference.fit import FitSettings, fit
from monorig.inference.fit_settings import SOLVERS, FitSettingsError
from monorig.inference.keypoints import INDEX
from monorig.inference.kinematics import forward
from monorig.inference.skeleton import SKELETON, universal_body
from monorig.inference.take import empty_observation, rows
from synthetic_motion import synthetic_motion

FEET = [INDEX["heel_l"], INDEX["heel_r"]]
KNEES = [SKELETON.dof_names.index(name) for name in ("shin_bend.L", "shin_bend.R")]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"solver": "magic"}, "solver"),
        ({"smoothing": 0}, "Smoothing"),
        ({"smoothing": -1.0}, "Smoothing"),
        ({"smoothing": float("nan")}, "Smoothing"),
        ({"smoothing": float("inf")}, "Smoothing"),
        ({"smoothing": "much"}, "Smoothing"),
        ({"planted": -0.1}, "Planted"),
        ({"planted": 1.1}, "Planted"),
        ({"planted": float("nan")}, "Planted"),
        ({"planted": True}, "Planted"),
        ({"level": 1}, "Levelling"),
        ({"limits": 1}, "Joint limits"),
        ({"mirrored": "yes"}, "Mirrored"),
        ({"max_people": -1}, "number of people"),
        ({"max_people": 1.5}, "number of people"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(changes, word):
    with pytest.raises(FitSettingsError, match=word) as refused:
        fit([empty_observation(0, 0.0)], CLIP, None, FitSettings(**changes))
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)


@pytest.mark.parametrize("solver", SOLVERS)
def test_settings_survive_json(solver):
    settings = FitSettings(
        solver, smoothing=2.5, planted=0.25, limits=False, level=False, mirrored=True
    )
    assert FitSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


@pytest.mark.parametrize("data", [{"speed": 1}, {"edits": {}}, [], "take"])
def test_what_is_no_setting_is_refused(data):
    with pytest.raises(FitSettingsError, match="nothing else"):
        FitSettings.from_json(data)


def test_raw_sees_neither_past_nor_future():
    truth = synthetic_motion(people=2, frames=20, gaps=False)
    seen = observations(truth)
    whole = fitted(truth, seen, solver="raw", edits=heights(truth))
    single = [seen[7]] * 20
    alone = fitted(truth, single, solver="raw", edits=heights(truth))
    np.testing.assert_allclose(whole.X_cam[:, 7], alone.X_cam[:, 3], atol=1e-9)
    assert not whole.contact.any()


def test_raw_is_near_what_was_seen_and_less_steady_than_the_take():
    truth = synthetic_motion(people=1, frames=30, gaps=False)
    raw, take = (fitted(truth, solver=solver, edits=heights(truth)) for solver in ("raw", "take"))
    assert_whole(raw)
    assert np.median(np.linalg.norm(raw.X_cam - truth.X_cam, axis=-1)) < 0.15  # [m]
    shake = [np.abs(np.diff(m.X_cam, 2, axis=1)).mean() for m in (raw, take)]
    assert shake[0] > 3 * shake[1]


def test_raw_leaves_every_gap():
    truth = synthetic_motion(people=1, frames=30, gaps=False)
    seen = observations(truth)
    seen[10] = empty_observation(10, 10 / 30)
    seen[20].px[:], seen[20].px_3d[:], seen[20].X[:] = np.nan, np.nan, np.nan
    found = fitted(truth, seen, solver="raw")
    assert_whole(found)
    assert np.flatnonzero(~found.present[0]).tolist() == [10, 20]


def test_smoothing_makes_smoother():
    truth = synthetic_motion(people=1, frames=40, gaps=False)
    for solver in ("live", "take"):
        shake = [
            np.abs(np.diff(fitted(truth, solver=solver, smoothing=s).X_cam, 3, axis=1)).mean()
            for s in (0.5, 4.0)
        ]
        assert shake[1] < 0.9 * shake[0], solver


def still(frames=40):
    """Somebody who stands still, filmed with noise."""
    truth = synthetic_motion(people=1, frames=frames, gaps=False)
    for name in ("X_cam", "px", "q", "T_world_joint", "box"):
        getattr(truth, name)[:] = getattr(truth, name)[:, :1]
    return truth


def test_feet_are_planted_as_firmly_as_was_asked():
    truth = still()
    slides = []
    for planted in (1.0, 0.2, 0.0):
        found = fitted(truth, solver="take", planted=planted, edits=heights(truth))
        assert found.contact.any() == (planted > 0)
        slides.append(np.linalg.norm(np.diff(found.X_cam[0][:, FEET], axis=0), axis=-1).mean())
    assert slides[0] < slides[1] < slides[2]


def test_fewer_people_keep_their_numbers():
    """The second is seen longest: alone, it still is number 2."""
    truth = synthetic_motion(people=2, frames=30, gaps=False)
    seen = [rows(one, [0, 1] if t < 20 else [1]) for t, one in enumerate(observations(truth))]
    camera = camera_of(truth)
    both = fit(seen, CLIP, camera, FitSettings("live", level=False))
    one = fit(seen, CLIP, camera, FitSettings("live", level=False, max_people=1))
    assert both.identity.tolist() == [1, 2] and one.identity.tolist() == [2]
    np.testing.assert_allclose(one.X_cam[0], both.X_cam[1], atol=1e-6)


def test_a_world_that_is_not_levelled_is_the_cameras():
    truth = synthetic_motion(people=1, frames=12, gaps=False)
    found = fitted(truth, solver="live")
    np.testing.assert_array_equal(found.T_world_camera[0], truth.T_world_camera[0])


def knees_bent_back():
    """Somebody who stands still, with knees that bend 40 degrees the wrong way."""
    truth = still(frames=8)
    truth.q[..., KNEES] = SKELETON.lower[KNEES] - np.radians(40)
    body = universal_body(truth.height_m[0])
    pose = forward(truth.q[0], body)
    truth.X_cam[0] = camera_of(truth).to_camera(pose.markers)
    homogeneous = truth.X_cam @ truth.K.T
    truth.px[:] = homogeneous[..., :2] / homogeneous[..., 2:]
    return truth


@pytest.mark.parametrize("solver", ["live", "take"])
def test_joints_bend_farther_only_without_limits(solver):
    truth = knees_bent_back()
    beyond = []
    for limits in (True, False):
        found = fitted(truth, solver=solver, limits=limits, edits=heights(truth))
        beyond.append(np.degrees(SKELETON.lower[KNEES] - found.q[0, -1, KNEES]).max())
    assert beyond[0] < 5 and beyond[1] > 10
