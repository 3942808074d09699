"""YOLOX person detector (Ge 2021), exported with non-maximum suppression inside.

Input: letterbox at the top left. Output `dets` (1,M,5) x1 y1 x2 y2 score in input pixels,
`labels` (1,M), 0 = person.
"""

import numpy as np

from .crops import letterbox


def decode(outputs, scale, shape):
    """-> boxes (M,5): x1 y1 x2 y2 [px, inside the picture], score; persons only, best first.

    scale   of the letterbox; shape of the picture
    """
    boxes = outputs["boxes"][0][outputs["labels"][0] == 0].astype(float)
    height, width = shape[:2]
    corners = boxes[:, :4].reshape(-1, 2, 2) / scale
    boxes[:, :4] = np.clip(corners, 0, [width, height]).reshape(-1, 4)
    return boxes[np.argsort(-boxes[:, 4], kind="stable")]


def detect(network, image):
    """Picture -> boxes (M,5), see `decode`."""
    values, scale = letterbox(image, network.spec)
    return decode(network.run(values), scale, image.shape)
