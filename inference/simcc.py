"""Top-down 2D keypoints by coordinate classification (SimCC, Li 2022; RTMPose, Jiang 2023).

Outputs `x` (N,K,2w) and `y` (N,K,2h): scores of half-pixel bins along each axis of the w x h crop.
"""

import numpy as np

from .crops import crop_transforms, cut, tensor, to_picture
from .heatmaps import top_of_parabola
from .keypoints import KEYPOINTS, scatter

SPLIT = 2.0  # bins per pixel
PADDING = 1.25  # of the box, as in training


def regions_of_boxes(boxes, size):
    """Boxes (N,4) -> upright regions (N,5), padded and grown to the crop's shape."""
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    extent = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0) * PADDING
    aspect = size[0] / size[1]
    width = np.maximum(extent[:, 0], extent[:, 1] * aspect)
    zero = np.zeros(len(boxes))
    return np.stack([centre[:, 0], centre[:, 1], width, width / aspect, zero], -1)


def peaks(scores):
    """Best bin of each row with sub-bin precision.

    scores (...,B); a parabola through the peak and its neighbours (exact for a quadratic)
    returns position (...,) in bins, value (...,) at the peak
    """
    best = scores.argmax(-1)
    inner = np.clip(best, 1, scores.shape[-1] - 2)
    left, middle, right = (
        np.take_along_axis(scores, (inner + step)[..., None], -1)[..., 0] for step in (-1, 0, 1)
    )
    position = np.where(best == inner, inner + top_of_parabola(left, middle, right), best)
    return position, np.take_along_axis(scores, best[..., None], -1)[..., 0]


def decode(outputs, transforms, names):
    """-> px (N,K,2) in the picture and confidence (N,K), canonical keypoints, NaN / 0 where none."""
    x, score_x = peaks(outputs["x"])
    y, score_y = peaks(outputs["y"])
    points = to_picture(np.stack([x, y], -1) / SPLIT, transforms)
    channels, columns = scatter(names)
    px = np.full((len(points), len(KEYPOINTS), 2), np.nan)
    confidence = np.zeros((len(points), len(KEYPOINTS)))
    px[:, columns] = points[:, channels]
    confidence[:, columns] = np.clip(np.minimum(score_x, score_y), 0, 1)[:, channels]
    return px, confidence


def estimate(network, image, boxes):
    """Picture and boxes (N,4) -> px, confidence of all people in one batch, see `decode`."""
    size = network.spec.size
    transforms = crop_transforms(regions_of_boxes(boxes, size), size)
    values = tensor(cut(image, transforms, size), network.spec)
    return decode(network.run(values), transforms, network.spec.keypoints)
