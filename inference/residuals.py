"""The terms of the fit, each a small function that gives a residual r and its derivative S.

Residuals are in standard deviations. X are markers in camera axes [m]; terms on them give S = d r / d X of
the marker that they look at, terms on the pose q give d r / d q, as a diagonal (...,D) or as rows (...,n,D).
What a marker has to do with the pose is the business of `terms`. Equations: Mehta 2020, 8.3.3; numbers in
brackets. Leading axes `...` = people or frames.
"""

import tomllib
from pathlib import Path

import numpy as np

from .camera import NEAR
from .keypoints import INDEX
from .skeleton import SKELETON

_BONES = [
    ("pelvis", "neck"),
    ("hip_r", "hip_l"),
    ("shoulder_r", "shoulder_l"),
    ("pelvis", "hip_l"),
    ("pelvis", "hip_r"),
    ("neck", "shoulder_l"),
    ("neck", "shoulder_r"),
    ("neck", "nose"),
    ("nose", "ear_l"),
    ("nose", "ear_r"),
    ("ear_r", "ear_l"),
    *[
        (f"{a}_{side}", f"{b}_{side}")
        for side in "lr"
        for a, b in [
            ("hip", "shoulder"),
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("wrist", "index"),
            ("wrist", "pinky"),
            ("pinky", "index"),
            ("hip", "knee"),
            ("knee", "ankle"),
            ("ankle", "heel"),
            ("ankle", "big_toe"),
            ("heel", "big_toe"),
        ]
    ],
]
LIMITED = np.isfinite(SKELETON.lower)  # (D,) all but the root


def _natural():
    """Mean and spread of every degree of freedom, (2,D) [rad]; the root has neither."""
    text = Path(__file__).with_name("natural_poses.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    names = [name.removesuffix(".L").removesuffix(".R") for name in SKELETON.dof_names]
    return np.radians([table.get(name, (0.0, 1.0)) for name in names]).T


NATURAL = _natural()


class Pairs:
    """Pairs of markers whose difference vector E_3D compares, (start, end) by name."""

    def __init__(self, names):
        self.start, self.end = (np.array([INDEX[pair[side]] for pair in names]) for side in (0, 1))
        self.count = len(names)
        self.incidence = np.eye(len(INDEX))[self.end] - np.eye(len(INDEX))[self.start]  # (B,K)
        products = np.einsum("bk,bl->bkl", self.incidence, self.incidence)
        self.products = products.reshape(len(names), -1)  # (B,K*K)


PAIRS = {
    "bones": Pairs(_BONES),  # so that one wrong hip moves no limb
    "positions": Pairs([("pelvis", name) for name in INDEX if name != "pelvis"]),  # as published
}


def vectors(X, pairs, target, weight):
    """E_3D on vectors between markers (8.4): r = (X_end - X_start - target) weight.

    pairs a `Pairs`; target (...,B,3) [m], weight (3,) = 1 / sigma of the camera's axes
    -> r (...,B,3), S (3,) by the end, -S by the start, axis by axis
    """
    return (pairs.incidence @ X - target) * weight, weight


def reprojection(X, K, px, weight):
    """E_2D: r = (Pi(X) - px) weight (8.5); px (...,K,2) ideal lens, weight (...,K) = 1 / sigma [1/px].

    K (3,3) camera matrix -> r (...,K,2), S (...,K,2,3). Markers nearer than 0.1 m are held at 0.1 m.
    """
    weight = weight[..., None]
    inverse = 1 / np.maximum(X[..., 2:], NEAR)
    x = X[..., :2] * inverse
    focal = K.diagonal()[:2] * weight
    slope = focal * inverse
    S = np.zeros((*X.shape[:-1], 2, 3))
    S[..., 0, 0], S[..., 1, 1], S[..., 2] = slope[..., 0], slope[..., 1], -slope * x
    return x * focal + (K[:2, 2] - px) * weight, S


def planted(X, places, sigma):
    """E_contact: what stands keeps its place, r = (X - place) / sigma.

    X, places (...,n,3) -> r (...,n,3), S (...,n,3,3)
    """
    S = np.broadcast_to(np.eye(3) / sigma, (*X.shape, 3))
    return (X - places) / sigma, S


def limits(q, sigma):
    """E_lim: quadratic outside the range, none on the root (8.6). r, S (...,D)."""
    r = (q - np.minimum(np.maximum(q, SKELETON.lower), SKELETON.upper)) * (1 / sigma)
    return r, (r != 0) * (1 / sigma)


def expected(q, expectation, weight):
    """E_temp and what else is known of a pose beforehand: r = (q - expectation) weight.

    At the last pose continued with its velocity this is the change of velocity (8.7). weight (...,D) =
    1 / sigma, 0 = free -> r, S (...,D)
    """
    return (q - expectation) * weight, weight


def depth(place, view, before, weight):
    """E_depth: the root keeps its distance, r = (z(t) - z(t-1)) weight.

    place (...,3) of the root, view (3,) the camera's z axis in the world, before (...,1) [m], weight (...,1)
    = 1 / sigma -> r (...,1), S (...,1,3)
    """
    return (place @ view[:, None] - before) * weight, view * weight[..., None]


def natural(q, spreads):
    """E_rest: r = (q - mean) / (spreads spread) of how people usually hold themselves, 0 for the root.

    What is seen badly or not at all then looks like people. Means and spreads: `natural_poses.toml`.
    spreads: so many of these are one standard deviation, inf = none of it -> r, S (...,D)
    """
    weight = LIMITED / (spreads * NATURAL[1])
    return (q - NATURAL[0]) * weight, weight


def squared(r):
    """|r|^2 of vector residuals (...,n,m) -> (...,n): what a robust loss looks at."""
    return np.einsum("...i,...i->...", r, r)


def charbonnier(square, scale):
    """Robust weights that never let go (Charbonnier 1997): rho = 2 (sqrt(1 + s) - 1), s = |r|^2 / scale^2.

    square (...,) = |r|^2 -> weight (...,) for r^T r, cost (...,)
    """
    root = np.sqrt(1 + square / scale**2)
    return 1 / root, 2 * scale**2 * (root - 1)


def geman_mcclure(square, scale):
    """Robust weights that let outliers go (Geman and McClure 1985): rho = s / (1 + s), s = |r|^2 / scale^2.

    square (...,) = |r|^2 -> weight (...,) for r^T r, cost (...,)
    """
    s = square / scale**2
    return 1 / (1 + s) ** 2, scale**2 * s / (1 + s)
