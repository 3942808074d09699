"""The terms of the fit, each a small function that gives a residual and its Jacobian.

Residuals are in standard deviations. m are the markers in the world, Jm = d m / d q. Equations:
Mehta 2020, 8.3.3; numbers in brackets. Leading axes `...` = people or frames.
"""

import numpy as np

from .camera import NEAR
from .keypoints import INDEX
from .skeleton import SKELETON

_PAIRS = [
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
BONE_START = np.array([INDEX[a] for a, _ in _PAIRS])
BONE_END = np.array([INDEX[b] for _, b in _PAIRS])


def bone_vectors(m, Jm, R_camera_world, target, sigma):
    """E_3D on vectors between markers instead of positions, so that one wrong hip moves no limb (8.4).

    r = (R_camera_world (m_end - m_start) - target) / sigma
    target, sigma (...,B,3) [m] in camera axes -> r (...,B,3), J (...,B,3,D)
    """
    v = (m[..., BONE_END, :] - m[..., BONE_START, :]) @ R_camera_world.T
    J = Jm.take(BONE_END, -3)
    J -= Jm.take(BONE_START, -3)
    return (v - target) / sigma, (R_camera_world / sigma[..., None]) @ J


def reprojection(m, Jm, camera, px, sigma):
    """E_2D: r = (Pi(m) - px) / sigma (8.5); px (...,K,2) ideal lens, sigma (...,K) [px].

    -> r (...,K,2), J (...,K,2,D). Markers nearer than 0.1 m are held at 0.1 m.
    """
    X, R = camera.to_camera(m), camera.R_camera_world
    focal, centre = camera.K[[0, 1], [0, 1]], camera.K[:2, 2]
    inverse = 1 / np.maximum(X[..., 2:], NEAR)
    x = X[..., :2] * inverse
    slope = (focal * inverse / sigma[..., None])[..., None] * (R[:2] - x[..., None] * R[2])
    return (x * focal + centre - px) / sigma[..., None], slope @ Jm


def limits(q, sigma):
    """E_lim: quadratic outside the range, none on the root (8.6). r (...,D), J (...,D) diagonal."""
    low, high = SKELETON.lower, SKELETON.upper
    below, above = q < low, q > high
    r = np.where(below, q - low, np.where(above, q - high, 0.0)) / sigma
    return r, (below | above) / sigma


def steadiness(m, Jm, predicted, sigma):
    """E_temp: the velocity stays, r = (m(t) - (2 m(t-1) - m(t-2))) / sigma (8.7). sigma (...,).

    -> r (...,K,3), J (...,K,3,D)
    """
    return (m - predicted) / sigma[..., None, None], Jm / sigma[..., None, None, None]


def depth(m, Jm, R_camera_world, before, sigma):
    """E_depth: the pelvis keeps its distance, r = (z(t) - z(t-1)) / sigma; sigma (...,).

    before (...,3) is the last pelvis -> r (...,1), J (...,1,D)
    """
    pelvis = INDEX["pelvis"]
    towards = R_camera_world[2]
    r = (m[..., pelvis, :] - before) @ towards / sigma
    return r[..., None], (towards @ Jm[..., pelvis, :, :])[..., None, :] / sigma[..., None, None]


def planted(m, Jm, points, places, sigma):
    """E_contact: what stands keeps its place, r = (m - place) / sigma.

    points: columns of the markers, places (...,n,3) -> r (...,n,3), J (...,n,3,D)
    """
    return (m[..., points, :] - places) / sigma, Jm[..., points, :, :] / sigma


def rest(q, sigma):
    """What nothing is seen of stays near the rest pose. r (...,D) without the root, J (D,) diagonal."""
    weight = np.where(np.isfinite(SKELETON.lower), 1.0 / sigma, 0.0)
    return q * weight, np.broadcast_to(weight, q.shape)


def charbonnier(r, scale):
    """Robust weights of vector residuals that never let go (Charbonnier 1997): rho = 2 (sqrt(1 + s) - 1).

    r (...,n), s = |r|^2 / scale^2 -> weight (...,) for r^T r, cost (...,)
    """
    root = np.sqrt(1 + np.einsum("...i,...i->...", r, r) / scale**2)
    return 1 / root, 2 * scale**2 * (root - 1)


def geman_mcclure(r, scale):
    """Robust weights that let outliers go (Geman and McClure 1985): rho = s / (1 + s).

    r (...,n), s = |r|^2 / scale^2 -> weight (...,) for r^T r, cost (...,)
    """
    s = np.einsum("...i,...i->...", r, r) / scale**2
    return 1 / (1 + s) ** 2, scale**2 * s / (1 + s)
