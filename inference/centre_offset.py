"""People found by their centre, joints by the way from there (CenterNet, Zhou 2019; MoveNet multipose, Google).

The maps, decoder `centre_offset`, of h x w cells; pairs are x y [cells], places count from a cell's upper left
corner: `centre` (1,1,h,w) heatmap of people's centres; there `box_offset` and `box_size` (1,2,h,w), the middle of
the box and its extent, and `regression` (1,2K,h,w), the way to each joint; `heatmaps` (1,K,h,w) of the joints of
everybody; there `offsets` (1,2K,h,w), where in its cell the joint is. Each person takes for each joint the cell of
its box with the highest heatmap x exp(-d^2 / 0.3 min(h, w)), d the distance to the regressed place [cells].
MoveNet multipose as published does that inside, decoder `movenet`: `people` (1,M,5+3K): y x score of each joint,
then y1 x1 y2 x2 score of the box, as shares of the input.
Input of both: letterbox at the top left.
"""

import numpy as np

from . import heatmaps as maps_of
from .crops import letterbox
from .one_shot import in_picture

LEAST_CENTRE = 0.2  # of a centre's heatmap
LEAST_SCORE = 0.2  # of a person: the centre's height x the mean score of the joints that are there
LEAST_JOINT = 0.127  # score from which a joint is there; this and NEAR as in MoveNet's own graph
NEAR = 0.3
MOST_PEOPLE = 64


def from_maps(outputs, size):
    """Maps of an input of (width, height) -> boxes (P,5), keypoints (P,K,3) in its pixels."""
    heatmaps = outputs["heatmaps"][0]
    centres = maps_of.local_maxima(outputs["centre"][0], LEAST_CENTRE, MOST_PEOPLE)
    cell = np.rint(centres.cell)
    there = {
        name: maps_of.read(outputs[name][0], cell)
        for name in ("regression", "box_offset", "box_size")
    }
    middle, half = cell + there["box_offset"], np.maximum(there["box_size"], 0.0) / 2
    boxes = np.clip(np.stack([middle - half, middle + half], 1), 0, heatmaps.shape[:-3:-1])
    expected = cell[:, None] + there["regression"].reshape(len(cell), len(heatmaps), 2)
    joints = [_joints(heatmaps, box, places) for box, places in zip(boxes, expected)]
    x, y, score = np.array(joints).reshape(-1, 3, len(heatmaps)).transpose(1, 0, 2)
    x, y = x.astype(int), y.astype(int)
    offsets = outputs["offsets"][0].reshape(len(heatmaps), 2, *heatmaps.shape[1:])
    place = np.stack([x, y], -1) + offsets[np.arange(len(heatmaps)), :, y, x]
    seen = score > LEAST_JOINT
    overall = centres.score * (score * seen).sum(-1) / np.maximum(seen.sum(-1), 1)
    stride = maps_of.stride(heatmaps, size)
    corners = (boxes * stride - 0.5).reshape(-1, 4)
    keypoints = np.concatenate([place * stride - 0.5, score[..., None]], -1)
    return np.concatenate([corners, overall[:, None]], -1), keypoints


def _joints(heatmaps, box, expected):
    """One person's joints: box (2,2) of x y [cells], expected (K,2) -> x (K,), y (K,), score (K,)."""
    (left, top), (right, bottom) = np.ceil(box).astype(int)
    inside = heatmaps[:, top:bottom, left:right]
    if not inside[0].size:
        return np.zeros((3, len(heatmaps)))
    spread = NEAR * min(heatmaps.shape[1:])
    near_x = np.exp(-((np.arange(left, right) - expected[:, :1]) ** 2) / spread)
    near_y = np.exp(-((np.arange(top, bottom) - expected[:, 1:]) ** 2) / spread)
    weighed = (inside * near_y[..., None] * near_x[:, None]).reshape(len(heatmaps), -1)
    best = weighed.argmax(-1)
    y, x = np.divmod(best, right - left)
    return np.array([left + x, top + y, np.take_along_axis(weighed, best[:, None], -1)[:, 0]])


def from_movenet(outputs, size):
    """-> boxes (P,5), keypoints (P,K,3) in pixels of the input."""
    rows = outputs["people"][0].astype(float)
    scale = np.asarray(size, float)
    keypoints = rows[:, :-5].reshape(len(rows), -1, 3)[..., [1, 0, 2]]
    keypoints[..., :2] = keypoints[..., :2] * scale - 0.5
    corners = rows[:, -5:-1].reshape(-1, 2, 2)[..., ::-1] * scale - 0.5
    return np.concatenate([corners.reshape(-1, 4), rows[:, -1:]], -1), keypoints


READERS = {"centre_offset": from_maps, "movenet": from_movenet}


def decode(outputs, spec, scale):
    """-> People. scale of the letterbox"""
    boxes, keypoints = READERS[spec.decoder](outputs, spec.size)
    order = np.argsort(-boxes[:, 4], kind="stable")
    order = order[boxes[order, 4] > LEAST_SCORE]
    return in_picture(boxes[order], keypoints[order], spec.keypoints, scale)


def estimate(network, image):
    """Picture -> People."""
    values, scale = letterbox(image, network.spec)
    return decode(network.run(values), network.spec, scale)
