"""People found by their centre, joints by the way from there (CenterNet, Zhou 2019; MoveNet, Google 2021).

The maps, decoder `centre_offset`: `centre` (1,1,h,w) heatmap of people's centres; `regression` (1,2K,h,w) at a
centre, x y of the way to each joint [cells]; `heatmaps` (1,K,h,w) of the joints of everybody; `offsets`
(1,2K,h,w) at a joint, x y of the rest of the way [cells]. Each person takes for each joint the cell of the
highest heatmap / (distance to the regressed place + 1.8).
MoveNet multipose does that inside, decoder `movenet`: `people` (1,M,5+3K): y x score of each joint, then
y1 x1 y2 x2 score of the box, as shares of the input.
Input of both: letterbox at the top left.
"""

import numpy as np

from . import heatmaps as maps_of
from .crops import letterbox
from .one_shot import in_picture

LEAST_CENTRE = 0.2
MOST_PEOPLE = 64
SOFTENING = 1.8  # [cells] added to the distance, as MoveNet does


def from_maps(outputs, size):
    """Maps of an input of (width, height) -> boxes (P,5) round the joints, keypoints (P,K,3) in its pixels."""
    heatmaps = outputs["heatmaps"][0]
    centres = maps_of.local_maxima(outputs["centre"][0], LEAST_CENTRE, MOST_PEOPLE)
    whole = np.rint(centres.cell)
    way = maps_of.read(outputs["regression"][0], whole).reshape(len(whole), len(heatmaps), 2)
    x, y, score = _joints(heatmaps, whole[:, None] + way)
    offsets = outputs["offsets"][0].reshape(len(heatmaps), 2, *heatmaps.shape[1:])
    rest = offsets[np.arange(len(heatmaps)), :, y, x]
    cell = np.stack([x, y], -1) + rest
    px = maps_of.to_input(cell, maps_of.stride(heatmaps, size))
    boxes = np.concatenate([px.min(1), px.max(1), centres.score[:, None]], -1)
    return boxes, np.concatenate([px, score[..., None]], -1)


def _joints(heatmaps, expected):
    """The joint of each person near the expected cell (P,K,2) -> x (P,K), y (P,K), score (P,K)."""
    joints, height, width = heatmaps.shape
    away_x = (np.arange(width) - expected[..., :1]) ** 2
    away_y = (np.arange(height) - expected[..., 1:]) ** 2
    distance = np.sqrt(away_y[..., :, None] + away_x[..., None, :])
    weighed = (heatmaps / (distance + SOFTENING)).reshape(len(expected), joints, height * width)
    best = weighed.argmax(-1)
    flat = heatmaps.reshape(1, joints, height * width)
    score = np.take_along_axis(np.repeat(flat, len(expected), 0), best[..., None], -1)[..., 0]
    return best % width, best // width, score


def from_movenet(outputs, size):
    """-> boxes (P,5), keypoints (P,K,3) in pixels of the input."""
    rows = outputs["people"][0].astype(float)
    scale = np.asarray(size, float)
    keypoints = rows[:, :-5].reshape(len(rows), -1, 3)[..., [1, 0, 2]]
    keypoints[..., :2] = keypoints[..., :2] * scale - 0.5
    corners = rows[:, -5:-1].reshape(-1, 2, 2)[..., ::-1] * scale - 0.5
    boxes = np.concatenate([corners.reshape(-1, 4), rows[:, -1:]], -1)
    sure = rows[:, -1] > LEAST_CENTRE
    return boxes[sure], keypoints[sure]


READERS = {"centre_offset": from_maps, "movenet": from_movenet}


def decode(outputs, spec, scale):
    """-> People. scale of the letterbox"""
    boxes, keypoints = READERS[spec.decoder](outputs, spec.size)
    order = np.argsort(-boxes[:, 4], kind="stable")
    return in_picture(boxes[order], keypoints[order], spec.keypoints, scale)


def estimate(network, image):
    """Picture -> People."""
    values, scale = letterbox(image, network.spec)
    return decode(network.run(values), network.spec, scale)
