"""Pictures of a panorama -> how the camera turned and zoomed; what stands still stays exactly still."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import camera_path as paths
from monorig.inference import focal
from monorig.inference.background import NO_KEY, Background, Matches
from monorig.inference.rotations import exp, log
from panorama import FOCAL, SIZE, AllRound, K, Panorama

CAMERA = SimpleNamespace(K=K, dist=np.zeros(5))
NOBODY = np.zeros((0, 4))
T = 45
WAVE = np.sin(np.linspace(0, 2 * np.pi, T))


def watched(pictures, boxes=None, cuts=()):
    """Pictures -> what a take keeps of their background."""
    background, seen = Background(), []
    for t, picture in enumerate(pictures):
        people = NOBODY if boxes is None else boxes[t]
        found = background.look(picture, t, people, t in cuts)
        seen.append(SimpleNamespace(index=t, cut=t in cuts, background=found))
    return seen


def turned_wrong(path, true):
    """Largest error [deg] of the turns since the first picture."""
    found, wanted = path.R[0].T @ path.R, true[0].T @ true
    return np.degrees(np.linalg.norm(log(np.swapaxes(wanted, -1, -2) @ found), axis=-1)).max()


@pytest.mark.parametrize(
    "axis, degrees", [([0, 1, 0], 25.0), ([1, 0, 0], 10.0), ([0, 0, 1], 8.0), ([0.2, 1, 0.1], 1.0)]
)
def test_pan_tilt_and_roll_are_found(axis, degrees):
    scene, true = Panorama(), exp(np.radians(degrees) * WAVE[:, None] * axis)
    path = paths.camera_path(watched([scene.picture(R) for R in true]), CAMERA, SIZE)
    assert turned_wrong(path, true) < 0.15 and path.description == "turns"


def test_key_pictures_are_chained_where_the_first_one_is_left_behind():
    scene = AllRound()
    angle = np.radians(90.0) * (1 - np.cos(np.linspace(0, 2 * np.pi, 60))) / 2
    true = exp(angle[:, None] * [0, 1.0, 0])
    seen = watched([scene.picture(R) for R in true])
    assert len({one.background.key for one in seen}) > 4
    assert turned_wrong(paths.camera_path(seen, CAMERA, SIZE), true) < 0.3


def test_a_zoom_is_no_turn():
    scene, zoom = Panorama(), 1 + 0.4 * np.sin(np.linspace(0, np.pi, T)) ** 2
    path = paths.camera_path(watched([scene.picture(zoom=z) for z in zoom]), CAMERA, SIZE)
    np.testing.assert_allclose(path.zoom, zoom, rtol=0.01)
    assert turned_wrong(path, np.tile(np.eye(3), (T, 1, 1))) < 0.2
    assert path.description == "turns and zooms"


def test_a_camera_that_stands_still_stays_exactly_still():
    """Noise, light that comes and goes, somebody who walks through and fills a third of the picture."""
    scene = Panorama()
    boxes = [np.array([[40.0 + 6 * t, 30, 200 + 6 * t, 350]]) for t in range(T)]
    pictures = [
        scene.picture(light=1 + 0.15 * WAVE[t], person=boxes[t][0], noise=4.0) for t in range(T)
    ]
    path = paths.camera_path(watched(pictures, boxes), CAMERA, SIZE)
    assert path.is_still and path.description == "still"
    np.testing.assert_array_equal(path.R, np.tile(np.eye(3), (T, 1, 1)))


def test_people_who_walk_do_not_turn_the_camera():
    scene, true = Panorama(), exp(np.radians(10) * WAVE[:, None] * [0, 1.0, 0])
    boxes = [np.array([[40.0 + 5 * t, 30, 240 + 5 * t, 350]]) for t in range(T)]
    pictures = [scene.picture(R, person=box[0]) for R, box in zip(true, boxes)]
    path = paths.camera_path(watched(pictures, boxes), CAMERA, SIZE)
    assert turned_wrong(path, true) < 0.2


def test_a_cut_begins_anew_and_black_pictures_are_bridged():
    scene, other = Panorama(), Panorama(seed=5)
    true = exp(np.radians(8) * WAVE[:, None] * [0, 1.0, 0])
    pictures = [(scene if t < 25 else other).picture(R) for t, R in enumerate(true)]
    pictures[10:13] = [np.zeros_like(pictures[0])] * 3
    seen = watched(pictures, cuts=(25,))
    assert seen[11].background.key == seen[25].background.key == NO_KEY
    path = paths.camera_path(seen, CAMERA, SIZE)
    assert np.isfinite(path.R).all()
    second = SimpleNamespace(R=path.R[25:])
    assert turned_wrong(second, true[25:]) < 0.2


def test_a_picture_that_shows_nothing_says_nothing():
    plain = np.full((*SIZE[::-1], 3), 128, np.uint8)
    seen = watched([plain] * 5)
    assert {one.background.key for one in seen} == {NO_KEY}
    assert paths.camera_path(seen, CAMERA, SIZE).is_still


def test_a_camera_that_travels_is_said_to():
    """Near and far things shift differently."""
    rng = np.random.default_rng(1)
    start = rng.uniform([0, 0], SIZE, (48, 2))
    depth = rng.uniform(2, 20, (48, 1))
    seen = [SimpleNamespace(index=0, cut=False, background=Matches())]
    for t in range(1, 20):
        shifted = start + np.array([K[0, 0] * 0.03 * t, 0]) / depth
        matches = Matches(0, np.concatenate([start, shifted], 1))
        seen.append(SimpleNamespace(index=t, cut=False, background=matches))
    assert "travels" in paths.camera_path(seen, CAMERA, SIZE).description


def test_a_turn_is_solved_to_rounding(rng):
    start = rng.uniform(-0.5, 0.5, (30, 2))
    R = exp(np.array([0.1, -0.2, 0.05]))
    X = np.append(start, np.ones((30, 1)), 1) @ R.T
    found, zoom, error = paths.solved(start, 1.2 * X[:, :2] / X[:, 2:], 1e-3, True)
    np.testing.assert_allclose(found, R, atol=1e-6)
    assert zoom == pytest.approx(1.2, abs=1e-6) and error < 1e-6


@pytest.mark.parametrize("degrees", [4.0, 20.0])
def test_a_camera_that_turns_tells_its_focal_length(degrees):
    scene, true = Panorama(), exp(np.radians(degrees) * WAVE[:, None] * [0, 1.0, 0])
    seen = watched([scene.picture(R) for R in true])
    scores = paths.lens_scores(seen, SIZE, focal.RATIOS)
    belief = focal.Belief(focal.prior() + focal.at_fine(scores))
    assert belief.ratio == pytest.approx(SIZE[0] / FOCAL, rel=0.06) and belief.spread < 0.13


def test_a_camera_that_stands_tells_nothing_of_its_focal_length():
    scene = Panorama()
    assert paths.lens_scores(watched([scene.picture()] * 4), SIZE, focal.RATIOS) is None
