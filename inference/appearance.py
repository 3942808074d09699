"""What people wear: hue and saturation of the torso, for telling them apart and knowing them again.

Histogram of hue and saturation in 30 x 30 bins as probabilities (Mehta 2020, 8.3.1). Kept compactly as
its fullest bins; compared by the Hellinger distance after smoothing over neighbouring bins, so that a
little more light is not another shirt. It tells large people apart and mixes up small ones, of whose
clothes there are too few pixels: below LEAST_HEIGHT nobody is looked at.
"""

import cv2
import numpy as np

from .keypoints import indices
from .take import LOOK_BINS

BINS = 30
KEPT = LOOK_BINS  # fullest bins: (KEPT,3) uint8 of hue bin, saturation bin, share in 1/255 of the fullest
LEAST_HEIGHT = 100.0  # [px] of a person whose clothes can be told
LEAST_PIXELS = 150  # of a torso
TRUNK = indices(["shoulder_l", "shoulder_r", "hip_r", "hip_l"])  # round the torso
INNER = 0.8  # of the torso: its edges may be arms or background
MIDDLE = np.array([0.28, 0.18, 0.72, 0.50])  # of a box, where there are no keypoints
SEEN = 0.3
SMOOTHING = 1.0  # [bins] standard deviation
HISTORY = 8  # looks that are kept of a person
AGAIN = 30.0  # [s] until somebody who is known is looked at anew (Mehta 2020, 8.3.1)
BETWEEN = 0.2  # [s] between the looks on arrival


def torso(image, box, px=None, confidence=None):
    """What somebody wears -> (KEPT,3) uint8; all 0 = it cannot be told.

    image          (H,W,3) uint8 BGR
    box            (4,) x1 y1 x2 y2 [px]
    px, confidence (K,2), (K,) keypoints: the torso between shoulders and hips is looked at instead of
                   the middle of the box
    """
    nothing = np.zeros((KEPT, 3), np.uint8)
    if not box[3] - box[1] >= LEAST_HEIGHT:
        return nothing
    size = np.tile(box[2:] - box[:2], 2)
    corners = _corners(np.tile(box[:2], 2) + MIDDLE * size)
    if px is not None and (confidence[TRUNK] > SEEN).all():
        corners = px[TRUNK].mean(0) + INNER * (px[TRUNK] - px[TRUNK].mean(0))
    height, width = image.shape[:2]
    low = np.clip(np.floor(corners.min(0)), 0, [width, height]).astype(int)
    high = np.clip(np.ceil(corners.max(0)) + 1, 0, [width, height]).astype(int)
    if (high <= low).any():
        return nothing
    mask = np.zeros(high[::-1] - low[::-1], np.uint8)
    cv2.fillConvexPoly(mask, np.round(corners - low).astype(np.int32), 1)
    if cv2.countNonZero(mask) < LEAST_PIXELS:
        return nothing
    hsv = cv2.cvtColor(image[low[1] : high[1], low[0] : high[0]], cv2.COLOR_BGR2HSV)
    counts = cv2.calcHist([hsv], [0, 1], mask, [BINS, BINS], [0, 180, 0, 256])
    return _fullest(counts.ravel())


def _corners(box):
    return np.array([box[[0, 1]], box[[2, 1]], box[[2, 3]], box[[0, 3]]])


def _fullest(counts):
    """Counts (BINS^2,) -> (KEPT,3) uint8."""
    best = np.argpartition(-counts, KEPT)[:KEPT]
    share = np.round(255 * counts[best] / counts[best].max())
    return np.stack([best // BINS, best % BINS, share], -1).astype(np.uint8)


def is_known(looks):
    """Looks (...,KEPT,3) -> (...) bool: somebody was looked at."""
    return looks[..., 2].any(-1)


def prints(looks):
    """Looks (N,KEPT,3) -> square roots of probabilities (N,BINS^2), rows of length 1; NaN = unknown."""
    found = np.full((len(looks), BINS * BINS), np.nan)
    known = np.flatnonzero(is_known(looks))
    if len(known):
        shares = np.zeros((len(known), BINS, BINS))
        looks = looks[known]
        np.add.at(
            shares, (np.arange(len(known))[:, None], looks[..., 0], looks[..., 1]), looks[..., 2]
        )
        smooth = (HUE @ shares @ SATURATION.T).reshape(len(known), -1)
        found[known] = np.sqrt(smooth / smooth.sum(-1, keepdims=True))
    return found


def distances(a, b):
    """Hellinger distance of prints (N,.) and (M,.): (N,M), 0 = same, 1 = nothing shared, NaN = unknown."""
    return np.sqrt(np.clip(1 - a @ b.T, 0, 1))


def distances_of(a, b, pairs):
    """`distances` of rows of a (n,) and rows of b (n,): (n,); of those of b who were not looked at it is free."""
    away = np.full((len(a), len(b)), np.nan)
    known = np.flatnonzero(b[:, 0] == b[:, 0])
    if len(known):
        away[:, known] = distances(a, b[known])
    return away[pairs]


def _smoothing(circular):
    """(BINS,BINS) Gaussian over neighbouring bins; hue comes round."""
    away = np.abs(np.subtract.outer(np.arange(BINS), np.arange(BINS))).astype(float)
    away = np.minimum(away, BINS - away) if circular else away
    kernel = np.exp(-0.5 * (away / SMOOTHING) ** 2)
    return kernel / kernel.sum(0)


HUE, SATURATION = _smoothing(True), _smoothing(False)


class Wardrobe:
    """The last looks at one person: HISTORY of them on arrival and after a meeting, a new one every 30 s."""

    def __init__(self):
        self._probabilities = []
        self._looked_s = -np.inf
        self.print = np.full(BINS * BINS, np.nan)  # of all looks together; NaN = never looked at

    def is_due(self, time_s):
        """Whether another look is wanted."""
        pause = BETWEEN if len(self._probabilities) < HISTORY else AGAIN
        return time_s - self._looked_s >= pause

    def add(self, look, time_s):
        """Keeps a look (BINS^2,) as from `prints`; the oldest goes."""
        self._probabilities = [*self._probabilities, look**2][-HISTORY:]
        self._looked_s = time_s
        self.print = np.sqrt(np.mean(self._probabilities, axis=0))
