"""How tall people are, from where their feet are on a common ground."""

from dataclasses import fields, replace

import numpy as np
import pytest
from monorig.inference import heights
from monorig.inference.camera import make, project, towards
from monorig.inference.evidence import Evidence
from monorig.inference.ground import LEVEL, MEASURED, Up
from monorig.inference.keypoints import INDEX
from monorig.inference.kinematics import forward
from monorig.inference.rotations import exp
from monorig.inference.skeleton import SKELETON, universal_body

SIZE, FRAMES, CAMERA_HEIGHT = (1280, 720), 12, 2.2
K = make(SIZE, focal=1100.0).K
TIME_S = np.arange(FRAMES) / 6
UP = Up(exp(np.array([np.radians(12.0), 0, 0])) @ LEVEL, np.radians([2.0, 4.0]))


def standing(statures, places):
    """Evidence of people of these statures who stand at places (x, distance) [m] on the ground."""
    across = np.array([1.0, 0, 0])
    ahead = np.cross(across, UP.direction)
    ahead *= np.sign(ahead[2])
    axes = np.stack([across, ahead, UP.direction])
    q = np.zeros((len(statures), FRAMES, SKELETON.num_dofs))
    markers = np.stack([forward(one, universal_body(h)).markers for one, h in zip(q, statures)])
    soles = markers[..., [INDEX["heel_l"], INDEX["big_toe_l"]], 2].mean((1, 2))
    markers[..., 2] -= soles[:, None, None] + CAMERA_HEIGHT
    markers[..., :2] += (
        np.asarray(places, float)[:, None, None] - markers[..., [INDEX["pelvis"]], :2]
    )
    X = markers @ axes
    px = project(X, K)
    ray = X[:, :, MEASURED].mean(2)
    local = (X - X[:, :, [INDEX["pelvis"]]]) @ towards(ray)
    box = np.concatenate([px.min(2), px.max(2)], -1)
    sure = np.full(px.shape[:3], 0.9)
    tall = box[..., 3] - box[..., 1]
    present = np.ones(px.shape[:2], bool)
    return Evidence(np.arange(len(px)) + 1, present, box, tall, px, px, sure, local, sure)


CROWD = [(-1.5, 6), (0, 7), (1, 9), (2, 8), (-0.5, 11)]


def found(statures, places=CROWD, up=UP, typed=None, camera_height=None, change=lambda e: e):
    seen = change(standing(statures, places[: len(statures)]))
    shown = np.full(len(statures), 1.70)  # networks show everybody as an adult
    typed = np.full(len(statures), np.nan) if typed is None else np.array(typed)
    return heights.statures(seen, TIME_S, K, up, shown, typed, camera_height)


def test_before_a_known_camera_everybody_is_as_tall_as_he_is():
    true = [1.92, 1.55, 1.12, 1.74, 1.66]
    exact = replace(UP, spread=np.radians([0.1, 0.1]))
    np.testing.assert_allclose(found(true, up=exact, camera_height=CAMERA_HEIGHT), true, rtol=0.05)


def test_among_adults_a_child_is_seen_to_be_one():
    tall = found([1.70, 1.75, 1.15, 1.66])
    assert tall[2] == pytest.approx(1.15, rel=0.08)
    np.testing.assert_allclose(tall[[0, 1, 3]], [1.70, 1.75, 1.66], rtol=0.05)


def test_of_two_the_taller_is_the_adult():
    assert found([1.72, 1.20])[1] / found([1.72, 1.20])[0] == pytest.approx(1.20 / 1.72, rel=0.08)


def test_people_of_one_height_stay_so_though_the_camera_tilts_otherwise_than_believed():
    off = replace(UP, direction=exp(np.array([np.radians(3.0), 0, 0])) @ UP.direction)
    np.testing.assert_allclose(found([1.7] * 5, up=off), 1.7, rtol=0.05)


def test_of_one_person_before_an_unknown_camera_the_ground_tells_nothing():
    assert found([1.95])[0] == 1.70


def test_what_the_user_types_is_taken_and_helps_with_the_others():
    exact = replace(UP, spread=np.radians([0.1, 0.1]))
    tall = found([1.9, 1.9, 1.9], up=exact, typed=[1.9, np.nan, np.nan])
    assert tall[0] == 1.9 and (tall[1:] > 1.73).all()
    assert (found([1.9, 1.9, 1.9], up=exact)[1:] < 1.72).all()


def no_head(evidence):
    evidence.confidence[..., INDEX["head_top"]] = 0.0
    return evidence


def far_feet(evidence):
    evidence.px_ideal[..., 1] -= 900  # above the horizon
    return evidence


def hidden(evidence):
    evidence.present[:] = False
    return evidence


@pytest.mark.parametrize("change", [no_head, far_feet, hidden])
@pytest.mark.parametrize("camera_height", [None, CAMERA_HEIGHT])
def test_who_does_not_show_head_and_feet_on_the_ground_is_as_the_networks_say(
    change, camera_height
):
    np.testing.assert_allclose(found([1.9, 1.5], change=change, camera_height=camera_height), 1.70)


def test_nobody_has_no_height():
    seen, none = standing([1.7], CROWD[:1]), np.zeros(0)
    nobody = Evidence(*(getattr(seen, f.name)[:0] for f in fields(Evidence)))
    for height in (None, 2.0):
        assert heights.statures(nobody, TIME_S, K, UP, none, none, height).shape == (0,)
