"""MediaPipe palm detector (Zhang 2020; SSD, Liu 2016): where a palm is in a square crop.

Outputs, N crops of 192 x 192: `boxes` (N,2016,18) = centre x y, width, height, 7 points x y, in crop pixels from
the middle of each anchor; `scores` (N,2016,1) logits. Point 0 is the wrist, point 2 the root of the middle finger.
Anchors: two in each cell of 8 pixels, six in each of 16.
"""

import numpy as np

from .crops import crop_transforms, cut, tensor, to_picture

GRIDS = ((8, 2), (16, 6))  # cell [px], anchors in each
LEAST_SCORE = 0.5
WRIST, MIDDLE = 0, 2
GROWN, FORWARD = 2.6, 0.5  # of a palm's box to the hand's region; moved on towards the fingers
SIDE_M = 0.7  # of the square round a wrist in which its palm is looked for


def anchors(size):
    """Middles (M,2) of the anchors of an input of (width, height) [px]."""
    found = []
    for cell, count in GRIDS:
        y, x = np.mgrid[: size[1] // cell, : size[0] // cell]
        middles = (np.stack([x.ravel(), y.ravel()], -1) + 0.5) * cell
        found.append(np.repeat(middles, count, 0))
    return np.concatenate(found)


def decode(outputs, transforms, size):
    """-> regions (N,5) of hands that point up in them, of the surest palm of each crop; NaN where there is none.

    The box is upright in the crop; the region is as large as the box, turned as the palm is.
    """
    N = len(transforms)
    scores = 1 / (1 + np.exp(-np.clip(outputs["scores"].reshape(N, -1), -30, 30)))
    best = scores.argmax(-1)
    values = outputs["boxes"][np.arange(N), best].astype(float)
    middle = anchors(size)[best] - 0.5  # pixel centres are integers here
    points = to_picture(values[:, 4:].reshape(N, -1, 2) + middle[:, None], transforms)
    centre = to_picture((values[:, :2] + middle)[:, None], transforms)[:, 0]
    extent = values[:, 2:4].max(-1) / np.sqrt(np.abs(np.linalg.det(transforms[:, :, :2])))
    up = points[:, MIDDLE] - points[:, WRIST]
    up = up / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-9)
    centre = centre + FORWARD * extent[:, None] * up
    angle = np.arctan2(up[:, 0], -up[:, 1])
    side = GROWN * extent
    found = np.column_stack([centre, side, side, angle])
    return np.where((scores.max(-1) > LEAST_SCORE)[:, None], found, np.nan)


def estimate(network, image, wrists, scale):
    """Picture, wrists (N,2) and their scale (N,) [px/m] -> regions (N,5), see `decode`."""
    side = SIDE_M * scale
    regions = np.column_stack([wrists, side, side, np.zeros(len(wrists))])
    transforms = crop_transforms(regions, network.spec.size)
    values = tensor(cut(image, transforms, network.spec.size, replicate=True), network.spec)
    return decode(network.run(values), transforms, network.spec.size)
