"""Up and the ground from people who stand, walk and balance, seen by cameras that are held askew."""

from dataclasses import replace

import numpy as np
import pytest
from monorig.inference import ground
from monorig.inference.camera import R_WORLD_LEVEL, make, project, towards
from monorig.inference.evidence import Evidence
from monorig.inference.keypoints import KEYPOINTS, indices
from monorig.inference.kinematics import forward
from monorig.inference.rotations import between, exp
from monorig.inference.skeleton import SKELETON, universal_body

SIZE, FRAMES = (1280, 720), 30
K = make(SIZE, focal=1100.0).K
UP = np.array([0.0, 0, 1])
NAMES = np.array(SKELETON.dof_names)
TIME_S = np.arange(FRAMES) / 15


def crowd(rng, people=8, frames=FRAMES):
    """Markers (P,T,K,3) of people who stand about on z = 0 around (0, 6), sway a little, turn every way."""
    q = np.zeros((people, frames, 50))
    q[..., 6:] = 0.05 * rng.normal(size=(people, 1, 44)) + 0.01 * rng.normal(
        size=(people, frames, 44)
    )
    q[..., 5] = np.linspace(-np.pi, np.pi, people, endpoint=False)[:, None]
    q[..., :2] = rng.uniform([-2, 5], [2, 8], (people, 1, 2))
    q[..., np.char.startswith(NAMES, "shin")] = np.abs(q[..., np.char.startswith(NAMES, "shin")])
    markers = forward(q, universal_body(1.7)).markers
    lowest = markers[..., ground.FEET, 2].min((1, 2))
    return markers - lowest[:, None, None, None] * UP


def tilted(pitch, roll):
    """R_world_camera of a camera held askew [deg]: looking down by `pitch`, then rolled."""
    return exp(np.radians([-pitch, 0, 0])) @ R_WORLD_LEVEL @ exp(np.radians([0, 0, roll]))


def seen(markers, R_world_camera):
    """Evidence of markers (P,T,K,3) [m] in the world: the networks see each person from straight ahead."""
    middle = np.array([0.0, 6.5, 0.9])
    X = (markers - middle) @ R_world_camera + [0, 0, 6.5]
    px = project(X, K)
    ray = X[:, :, ground.MEASURED].mean(2)
    local = (X - X[:, :, indices(["pelvis"])]) @ towards(ray)
    present = np.isfinite(px[:, :, 0, 0])
    box = np.concatenate([px.min(2), px.max(2)], -1)
    sure = np.where(np.isfinite(px[..., 0]), 0.9, 0.0)
    tall = box[..., 3] - box[..., 1]
    number = np.arange(1, len(px) + 1)
    return Evidence(number, present, box, tall, px, px, sure, local, sure)


def angle(a, b):
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))


def roll_of(up):
    """Roll [deg] of a camera that has this up."""
    return np.degrees(np.arctan2(up[0], -up[1]))


def people_say(markers, R_world_camera):
    return ground.up_of_people(seen(markers, R_world_camera), TIME_S, K)


@pytest.mark.parametrize("pitch, roll", [(0, 0), (20, 0), (-15, 0), (0, 12), (25, -15), (30, 10)])
def test_upright_people_give_up_away(rng, pitch, roll):
    R = tilted(pitch, roll)
    found = people_say(crowd(rng), R)
    # what networks show leans towards the camera, these people do not
    assert angle(found.direction, R.T @ UP) < np.degrees(ground.FORWARD) + 2.0
    assert abs(roll_of(found.direction) - roll_of(R.T @ UP)) < 2.0
    assert (found.spread < np.radians([3.0, 6.0])).all()


def test_more_people_say_it_more_surely(rng):
    markers, R = crowd(rng), tilted(10, 5)
    assert (people_say(markers, R).spread < 0.7 * people_say(markers[:1], R).spread).all()


def test_who_stands_on_one_leg_is_upright_by_the_balance():
    q = np.zeros((1, FRAMES, 50))
    q[..., NAMES == "hip_spread.L"] = 1.1
    X = forward(q, universal_body(1.7)).markers
    X = X - np.einsum("k,ptkc->ptc", ground.MASS, X)[:, :, None]
    foot = X[0, 0, indices(["heel_r", "big_toe_r"])].mean(0)
    X = X @ between(foot, -UP).T + [0, 6.5, 1.0]
    axis = X[0, 0, indices(["neck"])[0]] - X[0, 0, indices(["ankle_l", "ankle_r"])].mean(0)
    found = people_say(X, R_WORLD_LEVEL)
    assert angle(axis, UP) > 15.0 and abs(roll_of(found.direction)) < 2.0


@pytest.mark.parametrize("turn", [[90, 0, 0], [-90, 0, 0], [0, 90, 0]])
def test_who_lies_says_nothing(rng, turn):
    lying = (crowd(rng) - [0, 6.5, 0.9]) @ exp(np.radians(np.array(turn, float))).T + [0, 6.5, 0.9]
    found = people_say(lying, R_WORLD_LEVEL)
    assert angle(found.direction, ground.LEVEL) < 10.0
    assert (found.spread > np.radians([4.0, 6.0])).all()


def test_among_people_who_lie_those_who_stand_are_believed(rng):
    markers, R = crowd(rng), tilted(15, -8)
    lying = (crowd(rng, people=3) - [0, 6.5, 0.9]) @ exp(np.radians([80.0, 0, 0])).T + [0, 6.5, 0.9]
    found = people_say(np.concatenate([markers, lying]), R)
    assert angle(found.direction, R.T @ UP) < 6.0


@pytest.mark.parametrize("people, frames", [(0, 5), (2, 5), (1, 1)])
def test_with_nobody_the_camera_is_believed_to_be_level(people, frames):
    nothing = seen(np.full((people, frames, len(KEYPOINTS), 3), np.nan), R_WORLD_LEVEL)
    found = ground.up_of_people(nothing, TIME_S[:frames], K)
    np.testing.assert_allclose(found.direction, ground.LEVEL, atol=1e-12)
    np.testing.assert_allclose(found.spread, ground.LEVEL_SPREAD)


def test_one_frame_of_somebody_says_nothing(rng):
    one = seen(crowd(rng, people=1, frames=1), tilted(20, 10))
    found = ground.up_of_people(one, TIME_S[:1], K)
    np.testing.assert_allclose(found.direction, ground.LEVEL, atol=1e-12)


def test_absent_people_do_not_count(rng):
    R = tilted(10, 5)
    evidence = seen(crowd(rng), R)
    present = evidence.present.copy()
    present[0, :20], present[2] = False, False
    found = ground.up_of_people(replace(evidence, present=present), TIME_S, K)
    assert angle(found.direction, R.T @ UP) < 5.0


def feet(heights):
    """Heights (P,T,4) of feet that stand, their contacts and confidences."""
    heights = np.asarray(heights, float)
    return heights, np.ones(heights.shape, bool), np.ones(heights.shape)


@pytest.mark.parametrize("height", [-1.6, 0.0, 2.5])
def test_the_ground_is_where_the_feet_are(rng, height):
    found = ground.ground_height(*feet(rng.normal(height, 0.02, (3, 20, 4))))
    assert found == pytest.approx(height, abs=0.03)  # [m]


def test_of_two_levels_the_lower_one_is_the_ground(rng):
    on_a_beam, on_the_floor = rng.normal(0.8, 0.02, (1, 60, 4)), rng.normal(0, 0.02, (1, 60, 4))
    found = ground.ground_height(*feet(np.concatenate([on_a_beam, on_the_floor])))
    assert found == pytest.approx(0.0, abs=0.05)


def test_a_few_wild_feet_do_not_move_the_ground(rng):
    heights = rng.normal(0, 0.02, (3, 20, 4))
    heights[0, :2] -= 3.0
    assert abs(ground.ground_height(*feet(heights))) < 0.05


def test_only_feet_that_stand_and_were_seen_count(rng):
    heights, contact, confidence = feet(rng.normal(0, 0.02, (3, 20, 4)))
    heights[0], confidence[0] = -5.0, 0.0
    heights[1], contact[1] = -0.5, False
    assert abs(ground.ground_height(heights, contact, confidence)) < 0.05


def test_where_nobody_stands_the_ground_is_below_the_feet(rng):
    heights, contact, confidence = feet(rng.normal(1.0, 0.02, (2, 20, 4)))
    assert ground.ground_height(heights, ~contact, confidence) == pytest.approx(1.0, abs=0.05)
    assert ground.ground_height(heights * np.nan, contact, confidence) == 0.0


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


@pytest.mark.parametrize("direction", [(0, -1, 0), (0.2, -0.9, 0.4), (0, 0, 1), (0, 0, -1)])
def test_the_tangents_of_up_are_perpendicular(direction):
    up = np.array(direction) / np.linalg.norm(direction)
    axes = np.stack([*ground.tangents(up), up])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
