"""How unlike people who are known and people who are seen are: place, pose, 3D pose and clothes.

The similarity of Mehta 2020, 8.3.1 (appearance, 2D pose, 3D pose), with the overlap of boxes, so that
boxes alone will do. Every cue is a number that is 0 for the same and about 1 for strangers; cues that
one of the two does not have are left out. N known, M seen.
"""

from dataclasses import dataclass

import numpy as np

from . import appearance
from .keypoints import INDEX, KEYPOINTS, LIMB_JOINTS, indices

SEEN = 0.3  # confidence from which a keypoint counts
LEAST_SHARED = 5  # keypoints that both must show
BUFFER = 0.10  # boxes are grown by this share of their size on each side ...
GROWING = 0.45  # ... and by this for each second that somebody was not seen
POSE_REACH = 0.25  # mean distance of keypoints, of the size, at which poses are strangers
POSE_HOLDS = 0.2  # [s] that a pose tells anything
X_REACH = 0.35  # [m] mean distance of limb joints in 3D
LIKE_SIZE = 1.8  # strangers are so many times larger or smaller
AGREES = 0.5  # of POSE_REACH: who shows that pose may be of another size, as where legs are hidden
WEIGHTS = np.array([[1.0], [1.0], [0.3], [0.5]])  # of boxes, pose, 3D pose, clothes
UNKNOWN_WEIGHTS = np.array([[1.0], [0.0], [0.0], [0.5]])  # where a cue is not known
MOST = np.array([[1.0], [2.0], [2.0], [1.0]])  # that a cue counts
NEUTRAL = 0.5  # distance of clothes where they are not known
IMPOSSIBLE = np.inf
LIMBS = np.array(indices(LIMB_JOINTS))
PELVIS = INDEX["pelvis"]
K = len(KEYPOINTS)


@dataclass(frozen=True)
class People:
    """Some people at one time; NaN and confidence 0 where nothing is known of them."""

    box: np.ndarray  # (N,4)
    px: np.ndarray  # (N,K,2)
    confidence: np.ndarray  # (N,K)
    X: np.ndarray  # (N,K,3) [m] pelvis-relative
    clothes: np.ndarray  # (N,BINS^2) prints

    def __len__(self):
        return len(self.box)

    def __getitem__(self, rows):
        return People(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def people(box, px=None, confidence=None, X=None, looks=None):
    """People of whom at least the boxes (N,4) are known; looks (N,KEPT,3) as from `appearance.torso`."""
    N = len(box)
    return People(
        np.asarray(box, float).reshape(N, 4),
        np.full((N, K, 2), np.nan) if px is None else np.asarray(px, float),
        np.zeros((N, K)) if confidence is None else np.asarray(confidence, float),
        np.full((N, K, 3), np.nan) if X is None else np.asarray(X, float),
        np.full((N, appearance.BINS**2), np.nan) if looks is None else appearance.prints(looks),
    )


def unlikeness(known, seen, unseen_s):
    """(N,M) of everybody known, moved on to now, with everybody seen; inf = too far or of another size.

    unseen_s    (N,) [s] since each was seen
    """
    total = np.full((len(known), len(seen)), IMPOSSIBLE)
    place = 1 - buffered_overlaps(known.box, seen.box, BUFFER + GROWING * unseen_s)
    a, b = near = np.nonzero(place < 1)
    pose = pose_distances(known, seen, near) / POSE_REACH
    pose[unseen_s[a] > POSE_HOLDS] = np.nan
    X = X_distances(known.X, seen.X, near) / X_REACH
    clothes = appearance.distances(known.clothes, seen.clothes)[near]
    cues = np.array([place[near], pose, X, clothes])
    unknown = np.isnan(cues)
    weights = np.where(unknown, UNKNOWN_WEIGHTS, WEIGHTS)
    cues = np.minimum(np.where(unknown, NEUTRAL, cues), MOST)
    ratio = np.abs(np.log(sizes(known.box)[a] / sizes(seen.box)[b]))
    possible = ~(pose > 2) & ((ratio <= np.log(LIKE_SIZE)) | (pose < AGREES))
    total[near] = np.where(possible, (weights * cues).sum(0) / weights.sum(0), IMPOSSIBLE)
    return total


def overlaps(a, b):
    """Intersection over union of boxes a (N,4) and b (M,4): (N,M)."""
    return shared(a[:, None], b[None])


def buffered_overlaps(a, b, buffer):
    """`overlaps` of boxes grown on each side by a share (N,) of their size (Yang et al. 2023, C-BIoU)."""
    by = buffer[:, None, None]
    return shared(grown(a[:, None], by), grown(b[None], by))


def shared(a, b):
    """Intersection over union of boxes (...,4) and (...,4): (...)."""
    sides = np.maximum(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0)
    common = sides[..., 0] * sides[..., 1]
    area_a, area_b = ((c[..., 2] - c[..., 0]) * (c[..., 3] - c[..., 1]) for c in (a, b))
    return common / np.maximum(area_a + area_b - common, 1e-9)


def grown(boxes, share):
    """Boxes (...,4) grown on each side by a share of their size."""
    by = share * (boxes[..., 2:] - boxes[..., :2])
    return boxes + np.concatenate([-by, by], -1)


def pose_distances(a, b, pairs):
    """Mean distance of the keypoints that both show, of the larger size: (n,), NaN = too few.

    pairs   rows of a (n,), rows of b (n,)
    """
    both = (a.confidence > SEEN)[pairs[0]] & (b.confidence > SEEN)[pairs[1]]
    away = a.px[pairs[0]] - b.px[pairs[1]]
    away = np.sqrt(np.einsum("nki,nki->nk", away, away))
    both &= away < np.inf
    count = both.sum(-1)
    size = np.maximum(sizes(a.box)[pairs[0]], sizes(b.box)[pairs[1]])
    mean = np.where(both, away, 0.0).sum(-1) / np.maximum(count, 1)
    return np.where(count >= LEAST_SHARED, mean / size, np.nan)


def sizes(boxes):
    """Longer sides (N,) of boxes (N,4), at least 1 px."""
    return np.maximum((boxes[:, 2:] - boxes[:, :2]).max(-1, initial=1.0), 1.0)


def X_distances(a, b, pairs):
    """Mean distance [m] of the limb joints of poses (N,K,3) and (M,K,3): pairs as above, (n,), NaN = unknown."""
    if np.isnan(a[:, PELVIS, 0]).all() or np.isnan(b[:, PELVIS, 0]).all():
        return np.full(len(pairs[0]), np.nan)
    away = a[:, LIMBS][pairs[0]] - b[:, LIMBS][pairs[1]]
    return np.sqrt(np.einsum("nki,nki->nk", away, away)).mean(-1)
