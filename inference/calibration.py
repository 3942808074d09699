"""Making camera profiles (`profiles`): from a checkerboard, or from a rectangle on the floor of a take."""

import contextlib
from pathlib import Path

import cv2
import numpy as np

from . import checkerboard, sequences
from .checkerboard import CalibrationError
from .motion import Motion
from .take import read_description
from .take_folder import OUT
from .video import Video

MOST_PICTURES = 120  # of a clip are searched for the board
WIDEST_SHARE = 0.02  # of the distance that the corners may be off the rectangle that was clicked


def calibrate(job, parent):
    """Task: pictures of a board -> fields of `done`; raises CalibrationError.

    job.calibration   {"pictures": [path, ...], "board": (columns, rows) of inner corners, "square": [m],
                      "on_floor": whether it lies on the ground in the last picture}
    """
    asked = job.calibration or {}

    def on_picture(done, total):
        parent.progress(stage="calibrate", done=done, total=total)

    board, square = tuple(asked["board"]), asked["square"]
    profile, found, searched = from_board(
        asked["pictures"], board, square, asked["on_floor"], on_picture
    )
    return {
        "camera": profile,
        "error_px": found.error_px,
        "views": found.views,
        "searched": searched,
    }


def from_board(paths, board, square, on_floor, on_picture=lambda done, total: None):
    """Clip, or pictures, of a checkerboard -> profile (dict), checkerboard.Calibration, pictures searched.

    board (columns, rows) of inner corners; square [m]. Raises CalibrationError, VideoError.
    """
    if not 0 < square < 10:
        raise CalibrationError(f"A square of {square} m is not possible.")
    if min(board) < 3:
        raise CalibrationError("A board needs 3 inner corners or more in each direction.")
    views, size, searched, last_seen = [], None, 0, False
    for picture, total in pictures(paths):
        if size not in (None, picture.shape[1::-1]):
            raise CalibrationError(
                "The pictures are of different sizes; calibrate each size by itself."
            )
        size, searched = picture.shape[1::-1], searched + 1
        corners = checkerboard.find_corners(picture, board)
        last_seen = corners is not None
        views += [corners] if last_seen else []
        on_picture(searched, total)
    if on_floor and not last_seen:
        raise CalibrationError(
            "The board is not seen in the last picture, in which it should lie on the floor."
        )
    found = checkerboard.calibrate(views, board, square, size)
    profile = {"K": found.K.tolist(), "dist": found.dist.tolist(), "calibrated_at": list(size)}
    if on_floor:
        profile["T_world_camera"] = checkerboard.pose_above_board(found.T_camera_board).tolist()
    return profile, found, searched


def pictures(paths):
    """Yields (H,W,3) BGR and how many there will be: those of the files, and at most MOST_PICTURES of a clip.

    Raises CalibrationError, VideoError.
    """
    for path in map(Path, paths):
        if not path.is_file():
            raise CalibrationError(f"There is no file {path}.")
        if sequences.is_picture(str(path)):
            picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                raise CalibrationError(f"{path.name} cannot be read as a picture.")
            yield picture, len(paths)
            continue
        with contextlib.closing(Video(path)) as video:
            step = max(1, video.announced // MOST_PICTURES)
            total = -(-video.announced // step)
            yield from ((p.image, total) for p in video.pictures() if p.index % step == 0)


def floor(job, _parent):
    """Task: four corners of a rectangle on the floor of a take -> fields of `done`; raises CalibrationError.

    job.calibration   {"rays": (4,3) towards the corners in order, axes of the take's camera (OpenCV);
                      "sides": (first to second corner, second to third) [m]}
    """
    asked, description = job.calibration or {}, read_description(Path(job.take, "take.json"))
    rays, (along, across) = np.asarray(asked["rays"], float), asked["sides"]
    if (rays[:, 2] <= 0).any():
        raise CalibrationError("The corners must lie before the camera.")
    corners = np.array([[0, 0], [along, 0], [along, across], [0, across]], float)
    px = rays[:, :2] / rays[:, 2:]
    T_world_camera = checkerboard.pose_above_points(px, corners, np.eye(3), np.zeros(5))
    _refuse_other_shapes(T_world_camera, rays, (along, across))
    motion, known = Motion.load(Path(job.take, OUT)), description.get("camera") or {}
    profile = {
        "K": motion.K.tolist(),
        "calibrated_at": list(description["image_size"]),
        "T_world_camera": T_world_camera.tolist(),
    }
    if known.get("dist") is not None:
        profile["dist"] = known["dist"]
    return {"camera": profile, "height": float(T_world_camera[2, 3])}


def _refuse_other_shapes(T_world_camera, rays, sides):
    """Raises CalibrationError where the rays meet the floor in something else than the rectangle."""
    way = rays @ T_world_camera[:3, :3].T
    if (way[:, 2] >= 0).any():
        raise CalibrationError("A corner lies above the horizon: click the corners on the floor.")
    met = T_world_camera[:3, 3] - way * (T_world_camera[2, 3] / way[:, 2:])
    lengths = np.linalg.norm(np.roll(met, -1, 0) - met, axis=-1)
    off = np.abs(lengths - np.tile(sides, 2)).max()
    if off > WIDEST_SHARE * max(sides) + WIDEST_SHARE * np.linalg.norm(met, axis=-1).max():
        raise CalibrationError(
            f"The corners are {off:.2f} m off a rectangle of {sides[0]:.4g} x {sides[1]:.4g} m. Click them in "
            "order around it, the first side first, and check the sides and the camera's focal length."
        )
