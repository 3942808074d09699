"""What a clip tells of its camera besides its people: straight lines of a picture, tags of the file.

Found when the clip is captured and kept in the take as `clues.json`, so that a re-fit needs no clip.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from .file_tags import focal_length_35mm
from .take_folder import write_json

FILE = "clues.json"
LONGER_SIDE = 1000  # [px] lines are sought in a picture of this size
SHORTEST = 0.025  # of the longer side
MOST = 300  # the longest are kept


def _no_lines():
    return np.zeros((0, 4))


@dataclass(frozen=True, eq=False)
class Clues:
    """Empty where nothing is known."""

    lines: np.ndarray = field(default_factory=_no_lines)  # (n,4) x1 y1 x2 y2 [px], longest first
    focal_35mm: float | None = None  # [mm] as the camera wrote it into the file


def of_clip(path, frame=0):
    """Clip -> Clues of one picture, which is to be one that was captured, and of the file."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    if frame:
        capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
    ok, picture = capture.read()
    capture.release()
    return Clues(straight_lines(picture) if ok else _no_lines(), focal_length_35mm(path))


def straight_lines(picture):
    """(H,W,3) BGR -> (n,4) x1 y1 x2 y2 [px] of the original picture (Grompone von Gioi 2010, LSD)."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    scale = min(1.0, LONGER_SIDE / max(grey.shape))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    if found is None:
        return _no_lines()
    lines = (found.reshape(-1, 4).astype(float) + 0.5) / scale - 0.5
    length = np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=-1)
    order = np.argsort(-length)[:MOST]
    return lines[order[length[order] > SHORTEST * max(picture.shape[:2])]]


def beside_people(lines, boxes):
    """Lines (n,4) whose middle is in none of the boxes (P,4) x1 y1 x2 y2."""
    middle = (lines[:, None, :2] + lines[:, None, 2:]) / 2
    inside = ((middle > boxes[None, :, :2]) & (middle < boxes[None, :, 2:])).all(-1)
    return lines[~inside.any(1)]


def of_take(folder, clip, frame):
    """Clues kept in a take; in a new one they are found first, in this frame of its clip."""
    if not Path(folder, FILE).exists():
        keep(of_clip(clip, frame), folder)
    return read(folder)


def keep(clues, folder):
    """Writes `clues.json` into a take."""
    lines = [[round(float(value), 2) for value in line] for line in clues.lines]
    write_json(Path(folder, FILE), {"lines": lines, "focal_35mm": clues.focal_35mm})


def read(folder):
    """Take folder -> Clues; none in a take that has no such file."""
    path = Path(folder, FILE)
    if not path.exists():
        return Clues()
    found = json.loads(path.read_text(encoding="utf-8"))
    return Clues(np.array(found["lines"], float).reshape(-1, 4), found["focal_35mm"])
