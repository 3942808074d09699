"""How tall a person is and how long the limbs are, from the raw 3D of the networks.

The networks' limbs come out 10 to 25 % short, their trunks about right; so only the stature is taken
from them, by a robust mean over segments and frames, and the limbs follow the universal proportions.
"""

import numpy as np

from .keypoints import INDEX
from .skeleton import universal_body

# segment, its length in statures (mid hips to neck, thigh, shank), weight
SEGMENTS = [
    ("pelvis", "neck_mid", 0.297, 2.0),
    ("hip_l", "knee_l", 0.238, 1.0),
    ("hip_r", "knee_r", 0.238, 1.0),
    ("knee_l", "ankle_l", 0.246, 1.0),
    ("knee_r", "ankle_r", 0.246, 1.0),
]
TYPICAL, SPREAD = 1.70, 0.12  # [m] statures of people
NOISE = 0.06  # relative error of the stature that the network shows


def statures(evidence, num_frames=None):
    """Stature of each person: (P,) [m].

    A weighted quantile over frames of the segments' statures, drawn towards 1.70 m as far as its spread
    leaves doubt. num_frames: only so many frames from where the person appears (live); None = all.
    """
    rows = []
    for X, trust, present in zip(evidence.X, evidence.trust, evidence.present, strict=True):
        frames = np.flatnonzero(present)[:num_frames]
        rows.append(_stature(X[frames], trust[frames]))
    return np.array(rows)


def _stature(X, trust):
    values, weights = [], []
    for start, end, share, weight in SEGMENTS:
        a, trust_a = _point(X, trust, start)
        b, trust_b = _point(X, trust, end)
        length = np.linalg.norm(b - a, axis=-1) / share
        certain = np.minimum(trust_a, trust_b) * weight
        good = np.isfinite(length) & (certain > 0)
        values.append(length[good])
        weights.append(certain[good])
    values, weights = np.concatenate(values), np.concatenate(weights)
    if not weights.sum() > 0:
        return TYPICAL
    seen = weighted_quantile(values, weights, 0.6)
    certain = 1 / (NOISE * TYPICAL) ** 2
    return float((certain * seen + TYPICAL / SPREAD**2) / (certain + 1 / SPREAD**2))


def _point(X, trust, name):
    if name == "neck_mid":
        pair = [INDEX["shoulder_l"], INDEX["shoulder_r"]]
        return X[:, pair].mean(1), trust[:, pair].min(1)
    return X[:, INDEX[name]], trust[:, INDEX[name]]


def weighted_quantile(values, weights, share):
    """Smallest value below which `share` of the weight lies."""
    order = np.argsort(values)
    heap = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(heap, share * heap[-1])])


def bodies(evidence, heights=None, num_frames=None):
    """Evidence -> Body of P people; heights (P,) [m] overrides what was measured, NaN = measured."""
    measured = statures(evidence, num_frames)
    if heights is not None:
        measured = np.where(np.isfinite(heights), heights, measured)
    return universal_body(measured.reshape(-1))
