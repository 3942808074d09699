"""Whether keypoints show a person, and the box round them."""

import numpy as np

from .affinity import OUTWARD, SEEN

LEAST_SEEN = 5  # keypoints, for a person to be there
LEAST_CONFIDENCE, BEST = 0.35, 8  # mean of so many best keypoints
WEAKLY_SEEN, WEAK_CONFIDENCE = 0.2, 0.25  # are enough to go on with somebody who is followed
GROW = np.array([[0.15], [0.08]])  # box grown beyond the keypoints, of its width and height


def is_person(confidence):
    """(N,) bool: enough keypoints (N,K) are seen well enough."""
    return _shows_person(confidence, SEEN, LEAST_CONFIDENCE)


def may_be_person(confidence):
    """(N,) bool: enough to go on with somebody who is followed."""
    return _shows_person(confidence, WEAKLY_SEEN, WEAK_CONFIDENCE)


def _shows_person(confidence, seen, least):
    known = np.nan_to_num(confidence)
    best = np.sort(known, -1)[:, ::-1][:, :BEST]
    return ((known > seen).sum(-1) >= LEAST_SEEN) & (best.mean(-1) > least)


def keypoint_boxes(px, confidence):
    """Boxes (N,4) x1 y1 x2 y2 round the seen keypoints (N,K,2), grown; at least the LEAST_SEEN best ones."""
    x, y = px[..., 0], px[..., 1]
    known = np.isfinite(x + y)
    trust = np.where(known, confidence, 0.0)
    least = np.minimum(SEEN, np.partition(trust, -LEAST_SEEN)[:, -LEAST_SEEN, None])
    seen = (trust >= least) & known
    outward = np.where(seen, np.array([-x, -y, x, y]), -np.inf).max(-1).reshape(2, 2, -1)
    grown = outward + (outward[0] + outward[1]) * GROW
    return grown.reshape(4, -1).T * OUTWARD
