"""Up and the ground from people who stand and walk, seen by cameras that are held askew."""

import numpy as np
import pytest
from monorig.inference import ground
from monorig.inference.camera import R_WORLD_LEVEL
from monorig.inference.kinematics import forward
from monorig.inference.rotations import exp
from monorig.inference.skeleton import SKELETON, universal_body

UP = np.array([0.0, 0, 1])
NAMES = np.array(SKELETON.dof_names)


def crowd(rng, people=8, frames=20):
    """Markers (P,T,K,3) of people who stand about on z = 0, sway a little and turn every way."""
    body = universal_body(1.7)
    q = np.zeros((people, frames, 50))
    q[..., 6:] = 0.06 * rng.normal(size=(people, 1, 44)) + 0.03 * rng.normal(
        size=(people, frames, 44)
    )
    q[..., 5] = np.linspace(-np.pi, np.pi, people, endpoint=False)[:, None]
    q[..., :2] = rng.uniform([-2, 4], [2, 8], (people, 1, 2))
    q[..., np.char.startswith(NAMES, "shin")] = np.abs(q[..., np.char.startswith(NAMES, "shin")])
    markers = forward(q, body).markers
    lowest = markers[..., ground.FEET, 2].min(-1)
    return markers - lowest[..., None, None] * UP


def tilted(pitch, roll):
    """R_world_camera of a camera held askew [deg]: looking down by `pitch`, then rolled."""
    return exp(np.radians([-pitch, 0, 0])) @ R_WORLD_LEVEL @ exp(np.radians([0, 0, roll]))


def angle(a, b):
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))


@pytest.mark.parametrize("pitch, roll", [(0, 0), (20, 0), (-15, 0), (0, 12), (25, -15), (35, 10)])
def test_upright_people_give_up_away(rng, pitch, roll):
    markers = crowd(rng)
    R_guess_world = R_WORLD_LEVEL @ tilted(pitch, roll).T  # the camera is believed to be level
    seen = markers @ R_guess_world.T
    up = ground.up_direction(seen, np.ones(seen.shape[:3]), UP)
    assert angle(up, R_guess_world @ UP) < 2.0  # [deg]


def test_who_lies_says_nothing_and_who_stands_does(rng):
    markers = crowd(rng)
    lying = crowd(rng, people=2) @ exp(np.radians([80.0, 0, 0])).T
    both = np.concatenate([markers, lying])
    trust = np.concatenate([np.ones(markers.shape[:3]), np.full(lying.shape[:3], 0.01)])
    assert angle(ground.up_direction(both, trust, UP), UP) < 2.0


def test_who_is_bent_says_nothing(rng):
    sitting = forward(
        np.where(np.char.startswith(NAMES, "hip_raise"), 1.5, 0.0), universal_body(1.7)
    ).markers
    turned = sitting @ exp(np.radians([40.0, 0, 0])).T
    up = ground.up_direction(turned[None, None], np.ones((1, 1, len(turned))), UP)
    np.testing.assert_allclose(up, UP, atol=1e-12)


@pytest.mark.parametrize("markers", [np.zeros((0, 5, 33, 3)), np.full((2, 5, 33, 3), np.nan)])
def test_with_nobody_the_camera_is_believed_to_be_level(markers):
    up = ground.up_direction(markers, np.zeros(markers.shape[:3]), UP)
    np.testing.assert_allclose(up, UP, atol=1e-12)
    assert ground.ground_height(markers, np.zeros(markers.shape[:3]), UP) == 0.0


def test_absent_people_do_not_count(rng):
    markers = crowd(rng)
    some = markers.copy()
    some[0, :20], some[2] = np.nan, np.nan
    up = ground.up_direction(some, np.ones(some.shape[:3]), UP)
    assert angle(up, UP) < 2.0
    assert abs(ground.ground_height(some, np.ones(some.shape[:3]), UP)) < 0.03


@pytest.mark.parametrize("height", [-1.6, 0.0, 2.5])
def test_the_ground_is_where_the_feet_are(rng, height):
    markers = crowd(rng) + height * UP
    assert ground.ground_height(markers, np.ones(markers.shape[:3]), UP) == pytest.approx(
        height, abs=0.03
    )  # [m]


def test_a_few_wild_feet_do_not_move_the_ground(rng):
    markers = crowd(rng)
    markers[0, :2, ground.FEET, 2] -= 3.0
    assert abs(ground.ground_height(markers, np.ones(markers.shape[:3]), UP)) < 0.05


def test_feet_that_were_not_seen_do_not_count(rng):
    markers = crowd(rng)
    markers[0, ..., 2] -= 5.0
    confidence = np.ones(markers.shape[:3])
    confidence[0] = 0.0
    assert abs(ground.ground_height(markers, confidence, UP)) < 0.03


@pytest.mark.parametrize(
    "pitch, roll", [(0, 0), (30, 10), (-60, 0), (89, 45), (90, 0), (-90, 30), (10, 180)]
)
def test_the_levelled_camera_has_its_axes_where_the_design_says(pitch, roll):
    up_camera = tilted(pitch, roll).T @ UP
    R = ground.level_camera(up_camera)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(R) == pytest.approx(1.0)
    np.testing.assert_allclose(R @ up_camera, UP, atol=1e-9)
    view = R @ np.array([0, 0, 1.0])
    assert abs(view[0]) < 1e-9 and view[1] > -1e-9  # +Y is the view made horizontal


def test_a_level_camera_is_left_alone():
    np.testing.assert_allclose(ground.level_camera(R_WORLD_LEVEL.T @ UP), R_WORLD_LEVEL, atol=1e-12)
