"""Networks that give a box with keypoints for everybody at once: YOLO-pose and RTMO.

YOLO-pose (Maji 2022; layout of the later exports): `people` (1,5+3K,M): centre x y, width, height, score of the
box, then x y and confidence of each keypoint, in input pixels; overlaps have to be removed.
RTMO (Lu 2024): `boxes` (1,M,5) x1 y1 x2 y2 score, `keypoints` (1,M,K,3) x y score, in input pixels.
Input of both: letterbox at the top left.
"""

from dataclasses import dataclass

import numpy as np

from .crops import from_letterbox, letterbox
from .keypoints import KEYPOINTS, scatter

LEAST_SCORE = {"yolo_pose": 0.25, "rtmo": 0.7}  # as their makers' own examples
OVERLAP = 0.45  # of two boxes of one person


@dataclass(frozen=True)
class People:
    """P people in the picture, best first; canonical keypoints, NaN / 0 where there are none."""

    boxes: np.ndarray  # (P,5) x1 y1 x2 y2 [px], score
    px: np.ndarray  # (P,K,2)
    confidence: np.ndarray  # (P,K)


def from_yolo_pose(outputs):
    """-> boxes (M,5) x1 y1 x2 y2 score, keypoints (M,K,3) in input pixels."""
    rows = outputs["people"][0].T.astype(float)
    centre, half = rows[:, :2], rows[:, 2:4] / 2
    boxes = np.concatenate([centre - half, centre + half, rows[:, 4:5]], -1)
    return boxes, rows[:, 5:].reshape(len(rows), -1, 3)


def from_rtmo(outputs):
    """-> boxes (M,5) x1 y1 x2 y2 score, keypoints (M,K,3) in input pixels."""
    return outputs["boxes"][0].astype(float), outputs["keypoints"][0].astype(float)


READERS = {"yolo_pose": from_yolo_pose, "rtmo": from_rtmo}


def without_overlaps(boxes):
    """Rows of boxes (M,5) that no better one overlaps, best first (greedy non-maximum suppression)."""
    order = np.argsort(-boxes[:, 4], kind="stable")
    low, high = boxes[order, None, :2], boxes[order, None, 2:4]
    shared = np.minimum(high, high[:, 0]) - np.maximum(low, low[:, 0])
    shared = np.maximum(shared, 0).prod(-1)
    area = (high - low)[:, 0].prod(-1)
    overlap = shared / np.maximum(area[:, None] + area - shared, 1e-9)
    kept = np.ones(len(order), bool)
    for row in range(len(order)):
        if kept[row]:
            kept[row + 1 :] &= overlap[row, row + 1 :] <= OVERLAP
    return order[kept]


def decode(outputs, spec, scale):
    """-> People. scale of the letterbox"""
    boxes, keypoints = READERS[spec.decoder](outputs)
    sure = boxes[:, 4] > LEAST_SCORE[spec.decoder]
    boxes, keypoints = boxes[sure], keypoints[sure]
    best = without_overlaps(boxes)
    return in_picture(boxes[best], keypoints[best], spec.keypoints, scale)


def in_picture(boxes, keypoints, names, scale):
    """Boxes (P,5) and keypoints (P,J,3) x y score in pixels of a letterbox -> People."""
    channels, columns = scatter(names)
    px = np.full((len(boxes), len(KEYPOINTS), 2), np.nan)
    confidence = np.zeros((len(boxes), len(KEYPOINTS)))
    px[:, columns] = from_letterbox(keypoints[:, channels, :2], scale)
    confidence[:, columns] = np.clip(keypoints[:, channels, 2], 0, 1)
    corners = from_letterbox(boxes[:, :4].reshape(-1, 2, 2), scale).reshape(-1, 4)
    return People(np.concatenate([corners, boxes[:, 4:]], -1), px, confidence)


def estimate(network, image):
    """Picture -> People."""
    values, scale = letterbox(image, network.spec)
    return decode(network.run(values), network.spec, scale)
