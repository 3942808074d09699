"""Calibration from pictures of a board that were drawn with a known camera."""

import functools
import json

import cv2
import numpy as np
import pytest
from monorig.cli import calibrate as command
from monorig.cli.usage import UserError
from monorig.inference import checkerboard as cb
from monorig.inference.camera import R_WORLD_LEVEL, project, undistort_pixels
from monorig.inference.rotations import exp

SIZE, BOARD, SQUARE = (560, 420), (7, 5), 0.03
K = np.array([[504.0, 0, 287], [0, 500.5, 203], [0, 0, 1]])
FINE = 2  # rays in a pixel, each way
DIST = np.array([-0.12, 0.06, 0.0, 0.0, 0.0])


def poses(rng, count=10):
    """Boards in front of the camera, tilted every way: (R, t) of board to camera."""
    for i in range(count):
        turn = exp(rng.uniform(-0.5, 0.5, 3))
        middle = turn @ [SQUARE * (BOARD[0] - 1) / 2, SQUARE * (BOARD[1] - 1) / 2, 0]
        yield turn, np.array([0.06 * ((i % 3) - 1), 0.04 * ((i // 3) % 3 - 1), 0.45]) - middle


@functools.cache
def rays():
    """(n,3) through the pixels of the drawn pictures, camera axes."""
    x, y = np.meshgrid(*((np.arange(FINE * n) + 0.5) / FINE - 0.5 for n in SIZE))
    ideal = undistort_pixels(np.stack([x, y], -1).reshape(-1, 2), K, DIST)
    return np.append((ideal - K[:2, 2]) / np.diag(K)[:2], np.ones((len(ideal), 1)), 1)


def draw(R, t):
    """Picture (H,W) of a board: for every ray the square that it meets."""
    way, at = rays() @ R, -(R.T @ t)  # in the board's axes
    spot = at[:2] - way[:, :2] * (at[2] / way[:, 2])[:, None]
    column, row = np.floor(spot / SQUARE).astype(int).T
    inside = (column >= -1) & (column < BOARD[0]) & (row >= -1) & (row < BOARD[1])
    bright = np.where(inside & ((column + row) % 2 == 0), 30, 225).astype(float)
    return bright.reshape(SIZE[1], FINE, SIZE[0], FINE).mean((1, 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def pictures():
    return [draw(*pose) for pose in poses(np.random.default_rng(3))]


@pytest.fixture(scope="module")
def views(pictures):
    return [
        corners for picture in pictures if (corners := cb.find_corners(picture, BOARD)) is not None
    ]


def test_the_corners_are_found_to_a_part_of_a_pixel(views):
    pose = next(poses(np.random.default_rng(3)))
    X = cb.board_points(BOARD, SQUARE) @ pose[0].T + pose[1]
    true = project(X, K, DIST)
    either_way = [np.abs(views[0] - order).max() for order in (true, true[::-1])]
    assert min(either_way) < 0.3  # [px]


def test_the_camera_that_drew_the_pictures_is_found(views):
    found = cb.calibrate(views, BOARD, SQUARE, SIZE)
    assert found.views >= 8 and found.error_px < 0.2
    np.testing.assert_allclose(np.diag(found.K)[:2], np.diag(K)[:2], rtol=0.01)
    np.testing.assert_allclose(found.K[:2, 2], K[:2, 2], atol=6)
    assert found.dist[0] == pytest.approx(DIST[0], abs=0.04)
    assert found.dist.shape == (5,)


def test_a_view_that_does_not_fit_is_left_out(views, rng):
    spoilt = [*views, views[0] + rng.normal(0, 15, views[0].shape)]
    found = cb.calibrate(spoilt, BOARD, SQUARE, SIZE)
    assert found.views == len(views) and found.error_px < 0.2


def test_too_few_or_all_alike_views_are_refused(views):
    with pytest.raises(cb.CalibrationError, match="found in 2 pictures"):
        cb.calibrate(views[:2], BOARD, SQUARE, SIZE)
    with pytest.raises(cb.CalibrationError, match="the same way"):
        cb.calibrate([views[0] + 0.01 * i for i in range(5)], BOARD, SQUARE, SIZE)


def test_a_picture_without_the_board_has_no_corners():
    assert cb.find_corners(np.full((200, 300, 3), 90, np.uint8), BOARD) is None


def above_ground(pitch=25.0, roll=8.0, height=1.6):
    """Pose (4,4) of a camera in the world of the design."""
    T = np.eye(4)
    T[:3, :3] = exp(np.radians([-pitch, 0, 0])) @ R_WORLD_LEVEL @ exp(np.radians([0, 0, roll]))
    T[:3, :3] = turned_ahead(T[:3, :3])
    T[2, 3] = height
    return T


def turned_ahead(R):
    """R_world_camera turned about Z until the camera looks along +Y."""
    return exp(np.array([0, 0, np.arctan2(R[0, 2], R[1, 2])])) @ R


def test_points_on_the_ground_give_the_pose():
    T = above_ground()
    ground = np.array([[-1.0, 3], [1.2, 3.1], [0.9, 5], [-0.8, 4.6], [0, 4]])
    X = (np.append(ground, np.zeros((5, 1)), 1) - T[:3, 3]) @ T[:3, :3]
    px = project(X, K, DIST)
    any_axes = ground @ exp(np.array([0, 0, 1.1]))[:2, :2].T + [7, -3]
    np.testing.assert_allclose(cb.pose_above_points(px, any_axes, K, DIST), T, atol=2e-3)


@pytest.mark.parametrize("points", [np.zeros((3, 2)), np.arange(10.0).reshape(5, 2)])
def test_points_in_a_line_are_refused(points):
    with pytest.raises(cb.CalibrationError, match="not in a line"):
        cb.pose_above_points(np.zeros((len(points), 2)), points, K, DIST)


@pytest.mark.parametrize("flip", [False, True])
def test_a_board_on_the_floor_gives_the_pose(flip):
    T = above_ground()
    T_world_board = np.eye(4)
    T_world_board[:3, :3] = exp(np.array([0, 0, 0.7])) @ (
        np.diag([1.0, -1, -1]) if flip else np.eye(3)
    )
    T_world_board[:2, 3] = 0.3, 2.0
    found = cb.pose_above_board(np.linalg.inv(T) @ T_world_board)
    np.testing.assert_allclose(found, T, atol=1e-9)


def test_the_command_writes_a_profile_that_capture_reads(tmp_path, pictures, capsys):
    from monorig.cli.capture import read_camera

    paths = []
    for i, picture in enumerate(pictures[:6]):
        paths.append(str(tmp_path / f"{i}.png"))
        cv2.imwrite(paths[-1], picture)
    out = tmp_path / "camera.json"
    arguments = [*paths, "-o", str(out), "--board", "7x5", "--square", "0.03", "--floor"]
    assert command.main(arguments) == 0
    assert "over 6 views of 6 pictures" in capsys.readouterr().out
    profile = read_camera(out)
    assert profile == json.loads(out.read_text()) and set(profile) == {
        "K",
        "dist",
        "calibrated_at",
        "T_world_camera",
    }
    assert profile["K"][0][0] == pytest.approx(K[0, 0], rel=0.03)


@pytest.mark.parametrize("board", ["9", "9x", "2x6", "axb"])
def test_an_odd_board_is_refused_in_a_sentence(board, capsys):
    with pytest.raises(SystemExit):
        command.parser().parse_args(["a.mp4", "-o", "x", "--board", board, "--square", "1"])
    assert capsys.readouterr().err.count("\n") == 1


def test_pictures_that_are_none_are_refused(tmp_path):
    (tmp_path / "x.txt").write_text("no picture")
    for path, said in ((tmp_path / "x.txt", "not a video"), (tmp_path / "none.png", "no file")):
        arguments = [str(path), "-o", str(tmp_path / "out.json"), "--board", "7x5", "--square", "1"]
        with pytest.raises(UserError, match=said):
            command.main(arguments)
