"""How unlike people who are known and people who are seen are: place, pose, 3D pose and clothes.

The similarity of Mehta 2020, 8.3.1 (appearance, 2D pose, 3D pose), with the overlap of boxes, so that
boxes alone will do. Every cue is a number that is 0 for the same and about 1 for strangers; cues that
one of the two does not have are left out. N known, M seen.
"""

from dataclasses import dataclass
from functools import cached_property

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
LIKE_RATIO = np.log(LIKE_SIZE)
MEETING = 0.1  # overlap of two people who may be taken for each other
AGREES = 0.5  # of POSE_REACH: who shows that pose may be of another size, as where legs are hidden
WEIGHTS = np.array([[1.0], [1.0], [0.3], [0.5]])  # of boxes, pose, 3D pose, clothes
UNKNOWN_WEIGHTS = np.array([[1.0], [0.0], [0.0], [0.5]])  # where a cue is not known
MOST = np.array([[1.0], [2.0], [2.0], [1.0]])  # that a cue counts
NEUTRAL = 0.5  # distance of clothes where they are not known
IMPOSSIBLE = np.inf
OUTWARD = np.array([-1.0, -1.0, 1.0, 1.0])
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

    @cached_property
    def shown(self):
        """(N,K) the keypoints that count, as complex numbers x + iy [px]; NaN elsewhere."""
        points = np.ascontiguousarray(self.px, float).view(complex)[..., 0]
        return np.where(self.confidence > SEEN, points, np.nan)

    @cached_property
    def size(self):
        """(N,) longer sides of the boxes, at least 1 px."""
        return sizes(self.box)

    @cached_property
    def beside(self):
        """(N,N) intersection over union of each two boxes, 0 with oneself."""
        outward = _outward(self.box)
        shares = _shared(outward[..., None], outward[..., None, :])
        shares.flat[:: len(self) + 1] = 0.0
        return shares

    @property
    def meets(self):
        """(N,) bool: whose box lies over somebody else's."""
        return (self.beside > MEETING).any(-1)


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


def unlikeness(known, seen, unseen_s, astray=0.0):
    """(N,M) of everybody known, moved on to now, with everybody seen; inf = too far or of another size.

    unseen_s    (N,) [s] since each was seen
    astray      of the size, by which everybody may be beside the way
    """
    buffer = BUFFER + GROWING * unseen_s
    shares = buffered_overlaps(known.box, seen.box, buffer, astray * known.size)
    near = a, b = np.nonzero(shares)
    cues = np.empty((4, len(a)))
    cues[0] = 1 - shares[near]
    pose = pose_distances(known, seen, near) / POSE_REACH
    pose[unseen_s[a] > POSE_HOLDS] = np.nan
    cues[1] = pose
    cues[2] = X_distances(known.X, seen.X, near) / X_REACH
    cues[3] = appearance.distances_of(known.clothes, seen.clothes, near)
    unknown = np.isnan(cues)
    weights = np.where(unknown, UNKNOWN_WEIGHTS, WEIGHTS)
    np.copyto(cues, NEUTRAL, where=unknown)
    cues = np.minimum(cues, MOST, out=cues)
    ratio = np.abs(np.log(known.size[a] / seen.size[b]))
    possible = ~(pose > 2) & ((ratio <= LIKE_RATIO) | (pose < AGREES))
    total = np.full(shares.shape, IMPOSSIBLE)
    mean = np.add.reduce(weights * cues) / np.add.reduce(weights)
    total[near] = np.where(possible, mean, IMPOSSIBLE)
    return total


def overlaps(a, b):
    """Intersection over union of boxes a (N,4) and b (M,4): (N,M)."""
    return _shared(_outward(a)[..., None], _outward(b)[..., None, :])


def buffered_overlaps(a, b, buffer, margin=0.0):
    """`overlaps` of boxes grown on each side by a share (N,) of their size (Yang et al. 2023, C-BIoU).

    margin    (N,) [px] besides
    """
    a, b = _outward(a)[..., None], _outward(b)[..., None, :]
    by, margin = buffer[:, None], np.reshape(margin, (-1, 1))
    return _shared(a + by * (a[0] + a[1]) + margin, b + by * (b[0] + b[1]) + margin)


def _outward(boxes):
    """Boxes (N,4) -> (2,2,N): -x1 -y1, x2 y2, which grow as the boxes do, and whose sum is the size."""
    return (boxes * OUTWARD).T.reshape(2, 2, -1)


def _shared(a, b):
    """Intersection over union of boxes (2,2,N,M) as from `_outward`; either may have N or M = 1."""
    width, height = np.maximum(np.add(*np.minimum(a, b)), 0.0)
    common = width * height
    area_a, area_b = np.multiply(*(a[0] + a[1])), np.multiply(*(b[0] + b[1]))
    return common / np.maximum(area_a + area_b - common, 1e-9)


def pose_distances(a, b, pairs):
    """Mean distance of the keypoints that both show, of the larger size: (n,), NaN = too few.

    pairs   rows of a (n,), rows of b (n,)
    """
    away = np.abs(a.shown.take(pairs[0], 0) - b.shown.take(pairs[1], 0))
    count = np.add.reduce(away < np.inf, -1, float)
    total = np.add.reduce(np.fmax(away, 0.0), -1)
    count[count < LEAST_SHARED] = np.nan
    return total / (count * np.maximum(a.size[pairs[0]], b.size[pairs[1]]))


def sizes(boxes):
    """Longer sides (N,) of boxes (N,4), at least 1 px."""
    return np.maximum.reduce(boxes[:, 2:] - boxes[:, :2], -1, initial=1.0)


def X_distances(a, b, pairs):
    """Mean distance [m] of the limb joints of poses (N,K,3) and (M,K,3): pairs as above, (n,), NaN = unknown."""
    if np.isnan(a[:, PELVIS, 0]).all() or np.isnan(b[:, PELVIS, 0]).all():
        return np.full(len(pairs[0]), np.nan)
    away = a[:, LIMBS][pairs[0]] - b[:, LIMBS][pairs[1]]
    return np.sqrt(np.einsum("nki,nki->nk", away, away)).mean(-1)
