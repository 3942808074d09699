"""Calibration of a camera from pictures of a checkerboard (Zhang 2000), and its pose from known ground points.

A board has columns x rows of inner corners, `square` metres apart.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import undistort_pixels
from .ground import level_camera

LEAST_VIEWS = 4
MOST_VIEWS = 40
LEAST_TURN = np.radians(
    8.0
)  # between the boards that are turned most: else f and distance look alike
WINDOW = (5, 5)  # [px] half of the search for the exact place of a corner
WORST = 2.5  # times the median error of a view: left out
STOP = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 1e-4)


class CalibrationError(Exception):
    """The pictures do not calibrate a camera; one sentence for the user."""


@dataclass(frozen=True)
class Calibration:
    """Camera profile. Camera axes as OpenCV: x right, y down, z away."""

    K: np.ndarray  # (3,3) [px]
    dist: np.ndarray  # (5,) k1 k2 p1 p2 k3
    error_px: float  # root mean square of the reprojection
    views: int
    T_camera_board: np.ndarray  # (4,4) of the last view that was used


def board_points(board, square):
    """Inner corners (n,3) [m] of a board (columns, rows), row by row, on its plane z = 0."""
    columns, rows = board
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    return np.append(grid * square, np.zeros((columns * rows, 1)), 1)


def find_corners(picture, board):
    """(H,W,3) or (H,W) uint8 -> corners (n,2) [px], row by row; None where the board is not wholly seen."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if picture.ndim == 3 else picture
    flags = cv2.CALIB_CB_ADAPTIVE_THRESH + cv2.CALIB_CB_NORMALIZE_IMAGE + cv2.CALIB_CB_FAST_CHECK
    found, corners = cv2.findChessboardCorners(grey, board, flags=flags)
    if not found:
        return None
    return cv2.cornerSubPix(grey, corners, WINDOW, (-1, -1), STOP)[:, 0].astype(float)


def calibrate(views, board, square, image_size):
    """Corners of several pictures [(n,2)] -> Calibration; raises CalibrationError.

    image_size (width, height) [px]; views evenly chosen where there are many, bad ones left out
    """
    if len(views) < LEAST_VIEWS:
        raise CalibrationError(
            f"The board of {board[0]}x{board[1]} inner corners was found in {len(views)} pictures; "
            f"{LEAST_VIEWS} are needed, each with the board held differently."
        )
    chosen = [views[i] for i in np.unique(np.linspace(0, len(views) - 1, MOST_VIEWS).astype(int))]
    points = board_points(board, square)
    solution = _solve(chosen, points, image_size)
    errors = np.array(
        [_error(view, points, *solution[1:3], *pose) for view, pose in zip(chosen, solution[3])]
    )
    good = errors <= WORST * np.median(errors)
    if not good.all() and good.sum() >= LEAST_VIEWS:
        chosen = [view for view, is_good in zip(chosen, good) if is_good]
        solution = _solve(chosen, points, image_size)
    error, K, dist, poses = solution
    normals = np.array([cv2.Rodrigues(turn)[0][:, 2] for turn, _ in poses])
    if np.arccos(np.clip(normals @ normals.T, -1, 1)).max() < LEAST_TURN:
        raise CalibrationError(
            "The board is held the same way in all pictures; tilt it towards different sides."
        )
    return Calibration(K, dist, error, len(chosen), _transform(*poses[-1]))


def _solve(views, points, image_size):
    """-> error [px], K (3,3), dist (5,), poses [(rotation vector, translation)]."""
    places = [points.astype(np.float32)] * len(views)
    corners = [view.astype(np.float32) for view in views]
    error, K, dist, turns, shifts = cv2.calibrateCamera(
        places, corners, image_size, None, None, flags=cv2.CALIB_FIX_K3
    )
    return float(error), K, dist.reshape(-1)[:5], list(zip(turns, shifts))


def _error(view, points, K, dist, turn, shift):
    seen = cv2.projectPoints(points, turn, shift, K, dist)[0][:, 0]
    return np.sqrt(((seen - view) ** 2).sum(-1).mean())


def _transform(turn, shift):
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = cv2.Rodrigues(turn)[0], shift.reshape(3)
    return T


def pose_above_board(T_camera_board):
    """Pose (4,4) in the world of the camera that sees a board which lies on the ground."""
    normal = T_camera_board[:3, 2]
    place = T_camera_board[:3, 3]
    normal = -normal if normal @ place > 0 else normal  # up points to the side that is seen
    return _pose(normal, -float(normal @ place))


def pose_above_points(px, points, K, dist):
    """Pose (4,4) in the world of a camera that sees known points of the ground, clicked or measured.

    px (n,2) where they are in the picture; points (n,2) [m] on the ground, in any axes; n >= 4, not in a line.
    Raises CalibrationError.
    """
    flat = np.append(np.asarray(points, float), np.zeros((len(points), 1)), 1)
    spread = np.linalg.svd(flat[:, :2] - flat[:, :2].mean(0), compute_uv=False)
    if len(flat) < 4 or spread[1] < 1e-3 * spread[0]:
        raise CalibrationError("Four points on the ground are needed that are not in a line.")
    ideal = undistort_pixels(np.asarray(px, float), K, dist)
    found, turn, shift = cv2.solvePnP(flat, ideal, K, None, flags=cv2.SOLVEPNP_IPPE)
    if not found:
        raise CalibrationError("The points on the ground do not fit the picture.")
    turn, shift = cv2.solvePnPRefineLM(flat, ideal, K, None, turn, shift)
    if not np.isfinite([turn, shift]).all():
        raise CalibrationError("The points on the ground do not fit the picture.")
    return pose_above_board(_transform(turn, shift))


def _pose(up_camera, height):
    """The world of the design: origin on the ground below the camera, +Y the view direction made horizontal."""
    T = np.eye(4)
    T[:3, :3] = level_camera(up_camera)
    T[2, 3] = height
    return T
