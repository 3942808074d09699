"""YOLOX person detector (Ge 2021), exported with non-maximum suppression inside.

Input: letterbox at the top left, grey 114. Output `dets` (1,M,5) x1 y1 x2 y2 score in input pixels,
`labels` (1,M), 0 = person.
"""

import cv2
import numpy as np

from .crops import tensor

GREY = 114


def prepare(image, spec):
    """(H,W,3) uint8 -> tensor (1,…), scale r: input pixel = r x picture pixel."""
    width, height = spec.size
    r = min(width / image.shape[1], height / image.shape[0])
    small = (max(1, round(image.shape[1] * r)), max(1, round(image.shape[0] * r)))
    canvas = np.full((1, height, width, 3), GREY, np.uint8)
    canvas[0, : small[1], : small[0]] = cv2.resize(image, small, interpolation=cv2.INTER_LINEAR)
    return tensor(canvas, spec), r


def decode(outputs, r, shape):
    """-> boxes (M,5): x1 y1 x2 y2 [px, inside the picture], score; persons only, best first."""
    boxes = outputs["boxes"][0][outputs["labels"][0] == 0].astype(float)
    height, width = shape[:2]
    boxes[:, :4] = np.clip(boxes[:, :4] / r, 0, [width, height, width, height])
    return boxes[np.argsort(-boxes[:, 4], kind="stable")]


def detect(network, image):
    """Picture -> boxes (M,5), see `decode`."""
    values, r = prepare(image, network.spec)
    return decode(network.run(values), r, image.shape)
