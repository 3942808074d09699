"""Tracks and detections in the text format of MOTChallenge (Leal-Taixe et al. 2015; Milan et al. 2016).

One line a box: frame, identity, left, top, width, height, confidence, ...; frames, left and top count from 1.
Truth (gt.txt): a confidence of 0 means "leave out"; MOT16 and later have nine columns, of which the eighth
is a class, 1 = a person who walks. MOT15 has ten. Detections (det.txt) have the identity -1.
"""

import numpy as np

from .sequence import DataMissing, need

FRAME, IDENTITY, CONFIDENCE, CLASS = 0, 1, 6, 7
WITH_CLASSES = 9  # columns
PEDESTRIAN = 1


def tracks(path):
    """gt.txt -> {frame: {identity: box}}; frames from 0, boxes (4,) x1 y1 x2 y2 [px] from 0."""
    lines = _lines(path)
    lines = lines[lines[:, CONFIDENCE] != 0]
    if lines.shape[1] == WITH_CLASSES:
        lines = lines[lines[:, CLASS] == PEDESTRIAN]
    found = {}
    for line, box in zip(lines, _boxes(lines)):
        people = found.setdefault(int(line[FRAME]) - 1, {})
        if int(line[IDENTITY]) in people:
            raise DataMissing(
                f"{path}: identity {int(line[IDENTITY])} is twice in frame {int(line[FRAME])}"
            )
        people[int(line[IDENTITY])] = box
    return found


def detections(path):
    """det.txt -> {frame: (boxes (N,4), confidence (N,))}; as `tracks`."""
    lines = _lines(path)
    boxes, frames = _boxes(lines), lines[:, FRAME].astype(int)
    return {
        int(frame) - 1: (boxes[frames == frame], lines[frames == frame, CONFIDENCE])
        for frame in np.unique(frames)
    }


def _boxes(lines):
    corner, size = lines[:, 2:4] - 1, lines[:, 4:6]
    return np.concatenate([corner, corner + size], 1)


def _lines(path):
    try:
        lines = np.loadtxt(need(path), delimiter=",", ndmin=2)
    except ValueError as error:
        raise DataMissing(f"{path} is no table of boxes: {error}") from error
    if lines.size and lines.shape[1] <= CONFIDENCE:
        raise DataMissing(
            f"{path} has {lines.shape[1]} columns, and a table of boxes has 7 or more"
        )
    return lines.reshape(-1, lines.shape[1] if lines.size else CONFIDENCE + 1)
