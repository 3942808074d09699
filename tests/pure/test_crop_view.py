"""3D as crops show it, turned to the camera: by the place of the person in the picture, and back again."""

import dataclasses

import numpy as np
import pytest
from filmed import CLIP, observations
from monorig.inference import camera as cameras
from monorig.inference import catalogue, crop_view
from monorig.inference.evidence import gather
from monorig.inference.keypoints import INDEX
from monorig.inference.rotations import exp
from synthetic_motion import synthetic_motion

CAMERA = cameras.make(CLIP.image_size)


@pytest.fixture
def seen():
    """Evidence of one person in the middle of the picture and one at its side."""
    shown = observations(synthetic_motion(people=2, frames=3, gaps=False))
    places = {person + 1: [(t, person) for t in range(3)] for person in range(2)}
    found = gather(shown, places, CAMERA, CLIP.image_size)
    middle, side = 0.5 * np.array(CLIP.image_size), 0.5 * np.array([0, CLIP.image_size[1]])
    box = np.array([[middle - 20, middle + 20], [side - 20, side + 20]]).reshape(2, 1, 4)
    return dataclasses.replace(found, box=np.repeat(box, 3, 1))


def test_who_is_in_the_middle_only_stops_leaning(seen):
    turned = crop_view.in_camera_axes(seen, CAMERA.K)
    lean = exp(np.array([crop_view.LEAN, 0.0, 0.0]))
    np.testing.assert_allclose(turned.X[0], seen.X[0] @ lean.T, atol=2e-3)


def test_who_is_at_the_side_is_turned_by_the_ray_there(seen):
    turned = crop_view.in_camera_axes(seen, CAMERA.K)
    X, Y = seen.X[1, 0], turned.X[1, 0]
    ray = (0.5 - CAMERA.K[0, 2]) / CAMERA.K[0, 0]
    across = [
        X[INDEX["shoulder_l"]] - X[INDEX["shoulder_r"]],
        Y[INDEX["shoulder_l"]] - Y[INDEX["shoulder_r"]],
    ]
    azimuth = [np.arctan2(v[0], v[2]) for v in across]
    turn = (azimuth[1] - azimuth[0] + np.pi) % (2 * np.pi) - np.pi
    assert turn == pytest.approx(np.arctan(ray), abs=np.radians(4))


def test_nobody_gets_taller_or_bent(seen):
    length = np.linalg.norm(
        seen.X[..., INDEX["knee_l"], :] - seen.X[..., INDEX["ankle_l"], :], axis=-1
    )
    for turn in (crop_view.in_camera_axes, crop_view.facing):
        X = turn(seen, CAMERA.K).X
        shin = X[..., INDEX["knee_l"], :] - X[..., INDEX["ankle_l"], :]
        np.testing.assert_allclose(np.linalg.norm(shin, axis=-1), length)


@pytest.mark.parametrize("chain, crops", [("take", True), ("live", True), ("solo", True)])
def test_chains_say_what_their_3d_is(chain, crops):
    assert catalogue.sees_crops(chain) == crops
