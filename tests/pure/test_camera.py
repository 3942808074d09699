"""The camera against OpenCV and its own inverse."""

import cv2
import numpy as np
import pytest
from monorig.inference.camera import (
    Camera,
    distort,
    make,
    project,
    undistort_pixels,
)
from monorig.inference.rotations import exp

K = np.array([[1180.0, 0, 630.0], [0, 1150.0, 372.0], [0, 0, 1]])
LENSES = {
    "none": np.zeros(5),
    "phone": np.array([0.09, -0.18, 0.001, -0.0007, 0.05]),
    "wide": np.array([-0.28, 0.09, 0.0004, 0.0002, -0.012]),
}


def points_in_view(rng, count=200):
    """Camera points (count,3) that a 1280 x 720 picture shows."""
    px = rng.uniform([0, 0], [1279, 719], (count, 2))
    z = rng.uniform(1.0, 9.0, (count, 1))
    return np.concatenate([(px - K[:2, 2]) / np.diag(K)[:2] * z, z], -1)


@pytest.mark.parametrize("lens", LENSES)
def test_projection_is_that_of_opencv(rng, lens):
    X = points_in_view(rng)
    expected = cv2.projectPoints(X, np.zeros(3), np.zeros(3), K, LENSES[lens])[0][:, 0]
    np.testing.assert_allclose(project(X, K, LENSES[lens]), expected, atol=1e-9)  # [px]


@pytest.mark.parametrize("lens", LENSES)
def test_undistorting_undoes_the_lens(rng, lens):
    X = points_in_view(rng)
    ideal = undistort_pixels(project(X, K, LENSES[lens]), K, LENSES[lens])
    assert np.abs(ideal - project(X, K)).max() < 0.05  # [px]


def test_unprojecting_a_pixel_at_its_depth_gives_the_point(rng):
    X = points_in_view(rng)
    rays = np.concatenate([project(X, K), np.ones((len(X), 1))], -1) @ np.linalg.inv(K).T
    np.testing.assert_allclose(rays * X[:, 2:], X, atol=1e-12)


def test_no_lens_leaves_pixels_and_gaps_alone():
    px = np.array([[3.0, 4.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(undistort_pixels(px, K, np.zeros(5)), px)
    assert np.isnan(undistort_pixels(px, K, LENSES["wide"])[1]).all()


def test_distortion_leaves_the_centre_and_keeps_the_batch(rng):
    np.testing.assert_array_equal(
        distort(np.zeros((2, 3, 2)), LENSES["phone"]), np.zeros((2, 3, 2))
    )


def test_camera_axes_are_those_of_the_pose(rng):
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = exp(np.array([0.4, -1.0, 0.2])), [1.0, 2.0, 3.0]
    X = rng.normal(size=(4, 5, 3))
    world = X @ T[:3, :3].T + T[:3, 3]
    camera = Camera(K, np.zeros(5), T)
    np.testing.assert_allclose(camera.to_camera(world), X, atol=1e-12)
    np.testing.assert_allclose(camera.R_camera_world @ T[:3, :3], np.eye(3), atol=1e-12)


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 640)])
def test_an_unknown_camera_sees_54_degrees_across_its_longer_side(size):
    camera = make(size)
    half = max(size) / 2 / camera.K[0, 0]
    assert np.degrees(2 * np.arctan(half)) == pytest.approx(54.0)
    assert camera.K[0, 0] == camera.K[1, 1]
    np.testing.assert_allclose(camera.K[:2, 2], [(size[0] - 1) / 2, (size[1] - 1) / 2])


def test_what_the_user_knows_of_the_camera_is_used():
    assert make((1920, 1080), focal=1500.0).K[1, 1] == 1500.0
    by_angle = make((1920, 1080), fov_y=np.radians(60))
    assert np.degrees(2 * np.arctan(540 / by_angle.K[0, 0])) == pytest.approx(60.0)
    given = make((1920, 1080), K=K.tolist(), dist=LENSES["wide"].tolist())
    np.testing.assert_array_equal(given.K, K)
    np.testing.assert_array_equal(given.dist, LENSES["wide"])


def test_a_level_camera_looks_along_y_with_z_up():
    camera = make((640, 480))
    ahead, below = np.array([0, 5.0, 0]), np.array([0, 5.0, -1.0])
    np.testing.assert_allclose(project(camera.to_camera(ahead), camera.K), camera.K[:2, 2])
    assert (
        project(camera.to_camera(below), camera.K)[1] > camera.K[1, 2]
    )  # further down in the picture
    right = project(camera.to_camera(np.array([1.0, 5.0, 0])), camera.K)
    assert right[0] > camera.K[0, 2]
