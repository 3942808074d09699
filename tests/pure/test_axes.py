"""The Blender camera made from the solved one projects as K does."""

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget.axes import blender_camera_pose, lens

SIZE = (1280, 720)
K = np.array([[1100.0, 0, 650.25], [0, 1100.0, 341.5], [0, 0, 1]])


def blender_projection(X_blender_camera, lens, frame_size):
    """Pixel of the render frame (centres at integers) as Blender's manual defines lens and shift."""
    width, height = frame_size
    filled = width if lens.sensor_fit == "HORIZONTAL" else height
    focal_px = lens.focal_mm / lens.sensor_width_mm * filled
    x, y, z = np.moveaxis(X_blender_camera, -1, 0)
    right = focal_px * x / -z - lens.shift_x * filled
    up = focal_px * y / -z - lens.shift_y * filled
    return np.stack([width / 2 + right, height / 2 - up], -1) - 0.5


@pytest.fixture
def X_camera(rng):
    return rng.uniform([-2, -1, 4], [2, 1, 9], (50, 3))


def test_blender_sees_a_point_where_k_puts_it(X_camera):
    expected = (X_camera @ K.T)[:, :2] / X_camera[:, 2:]
    found = blender_projection(X_camera * [1, -1, -1], lens(K, SIZE), SIZE)
    assert np.abs(found - expected).max() < 1e-9


@pytest.mark.parametrize("frame_size", [(1920, 1080), (1000, 1000), (1080, 1920), (2000, 720)])
def test_the_clip_fitted_into_another_frame_keeps_its_place(X_camera, frame_size):
    scale = min(frame_size[0] / SIZE[0], frame_size[1] / SIZE[1])
    margin = (np.array(frame_size) - scale * np.array(SIZE)) / 2
    in_clip = (X_camera @ K.T)[:, :2] / X_camera[:, 2:]
    expected = (in_clip + 0.5) * scale + margin - 0.5
    solved = lens(K, SIZE, frame_size[0] / frame_size[1])
    found = blender_projection(X_camera * [1, -1, -1], solved, frame_size)
    assert np.abs(found - expected).max() < 1e-9


def test_camera_pose_turns_about_its_own_x_axis(rng):
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = rotations.exp(rng.normal(size=3)), rng.normal(size=3)
    pose = blender_camera_pose(np.stack([T, T]))
    assert np.allclose(pose[1, :3, 3], T[:3, 3])
    assert np.allclose(pose[1, :3, 0], T[:3, 0])
    assert np.allclose(pose[1, :3, 2], -T[:3, 2])
    assert np.allclose(np.linalg.det(pose[:, :3, :3]), 1)
