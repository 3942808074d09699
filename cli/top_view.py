"""The ground of a Motion: everybody's path seen from above, and a grid of metres for the picture."""

import cv2
import numpy as np

from ..inference.camera import project
from .colours import colour

SIZE, MARGIN = 1000, 60  # [px] longer side, free around the paths
LEAST = 3.0  # [m] across
MOST_LINES = 60  # of the grid, each way
STEP = 0.25  # [m] pieces of a line, so that it can be cut at the camera
NEAR = 0.2  # [m] nothing is drawn that is closer
PAPER, FAINT, STRONG, INK = (255,) * 3, (230,) * 3, (190,) * 3, (60,) * 3
GRID, GRID_SHARE = (255, 255, 255), 0.5


def paths(motion):
    """(P,T,2) [m] where the pelvis is over the ground; NaN where nobody was."""
    return motion.T_world_joint[:, :, 0, :2, 3]


def bounds(motion, margin=1.0):
    """Whole metres low (2,), high (2,) around everybody's path; the camera is no part of it."""
    seen = paths(motion)[motion.present]
    if not len(seen):
        return np.array([-2, 0]), np.array([2, 4])
    low, high = np.floor(seen.min(0) - margin), np.ceil(seen.max(0) + margin)
    return low.astype(int), high.astype(int)


def write(motion, path):
    """Draws the top view into a picture file."""
    cv2.imwrite(str(path), draw(motion))


def draw(motion):
    """(H,W,3) BGR: paths, where they begin (dot), the camera's path, squares of 1 m; +Y is up."""
    camera = motion.T_world_camera[:, :2, 3]
    low, high = bounds(motion)
    low, high = np.minimum(low, camera.min(0)), np.maximum(high, camera.max(0))
    middle, half = (low + high) / 2, np.maximum((high - low) / 2, LEAST / 2)
    scale = (SIZE - 2 * MARGIN) / (2 * half.max())
    size = np.round(2 * half * scale + 2 * MARGIN).astype(int)
    image = np.full((size[1], size[0], 3), PAPER, np.uint8)

    def place(points):
        return np.rint((points - middle) * [scale, -scale] + size / 2).astype(np.int32)

    _squares(image, place, middle - half, middle + half)
    _cameras(image, place, motion)
    for person, identity in enumerate(motion.identity):
        _path(image, place, paths(motion)[person], identity)
    text = f"squares of 1 m, {len(motion.identity)} people"
    cv2.putText(image, text, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.6, INK, 1, cv2.LINE_AA)
    return image


def _squares(image, place, low, high):
    for axis in (0, 1):
        for metre in range(int(np.ceil(low[axis])), int(np.floor(high[axis])) + 1):
            ends = np.array([low, high], float)
            ends[:, axis] = metre
            start, end = place(ends).tolist()
            cv2.line(image, start, end, STRONG if metre % 5 == 0 else FAINT, 1)


def _cameras(image, place, motion):
    """Where the camera was, and where it looked at first."""
    ways = place(motion.T_world_camera[:, :2, 3])
    cv2.polylines(image, [ways], False, INK, 2, cv2.LINE_AA)
    start = motion.T_world_camera[0, :2, 3]
    ahead = motion.T_world_camera[0, :2, 2]
    tip = place(start + 0.7 * ahead / max(np.linalg.norm(ahead), 1e-6))
    cv2.arrowedLine(image, place(start).tolist(), tip.tolist(), INK, 2, cv2.LINE_AA)
    cv2.putText(image, "camera", (place(start) + [10, -6]).tolist(), cv2.FONT_HERSHEY_SIMPLEX, 0.5,
                INK, 1, cv2.LINE_AA)  # fmt: skip


def _path(image, place, path, identity):
    seen = np.isfinite(path).all(-1)
    if not seen.any():
        return
    pieces = np.split(np.arange(len(path)), np.flatnonzero(np.diff(seen.astype(int))) + 1)
    for piece in pieces:
        if seen[piece[0]]:
            cv2.polylines(image, [place(path[piece])], False, colour(identity), 3, cv2.LINE_AA)
    start = place(path[seen][0])
    cv2.circle(image, start.tolist(), 7, colour(identity), -1, cv2.LINE_AA)
    cv2.putText(image, str(identity), (start + [9, -9]).tolist(), cv2.FONT_HERSHEY_SIMPLEX, 0.8,
                colour(identity), 2, cv2.LINE_AA)  # fmt: skip


def draw_grid(image, motion, row):
    """Squares of 1 m on the ground, drawn faintly into a frame's picture (H,W,3), in place."""
    low, high = bounds(motion)
    faint = image.copy()
    for axis in (0, 1):
        for metre in range(low[axis], min(high[axis], low[axis] + MOST_LINES) + 1):
            along = np.arange(low[1 - axis], high[1 - axis] + STEP / 2, STEP)
            line = np.zeros((len(along), 3))
            line[:, axis], line[:, 1 - axis] = metre, along
            _line_on_ground(faint, line, motion, row)
    cv2.addWeighted(faint, GRID_SHARE, image, 1 - GRID_SHARE, 0, dst=image)


def _line_on_ground(image, line, motion, row):
    T = motion.T_world_camera[row]
    X = (line - T[:3, 3]) @ T[:3, :3]
    ahead, thickness = X[:, 2] > NEAR, max(1, round(max(image.shape) / 800))
    px = project(np.where(ahead[:, None], X, 1.0), motion.K_at(row), motion.dist)
    px = np.rint(np.clip(px, -30000, 30000)).astype(int)
    for a in np.flatnonzero(ahead[:-1] & ahead[1:]):
        cv2.line(image, px[a].tolist(), px[a + 1].tolist(), GRID, thickness, cv2.LINE_AA)
