"""What the fits pull at: evidence made into targets with standard deviations, and where the root starts."""

from dataclasses import dataclass

import numpy as np

from . import residuals
from .kinematics import forward
from .skeleton import SKELETON, Body

SEEN = 0.2  # confidence from which a keypoint pulls


@dataclass(frozen=True)
class Targets:
    """What is pulled at. Leading axes `...` = people, or frames of one person."""

    vector: np.ndarray  # (...,B,3) [m] camera axes
    vector_weight: np.ndarray  # (...,B) 0..1
    px: np.ndarray  # (...,K,2) ideal lens; 0 where unseen
    px_sigma: np.ndarray  # (...,K) [px], inf = unseen


def bone_lengths(body):
    """Rest distance of the marker pairs of `residuals.bone_vectors`: (P,B) [m].

    Only pairs within one link or across a hinge keep it in every pose; see `RIGID`.
    """
    markers = forward(np.zeros((*body.height.shape, SKELETON.num_dofs)), body).markers
    return np.linalg.norm(
        markers[..., residuals.BONE_END, :] - markers[..., residuals.BONE_START, :], axis=-1
    )


def _rigid_pairs():
    """(B,) bool: the pair's distance does not change with the pose."""
    rng = np.random.default_rng(0)
    body = Body(*(np.asarray(v) for v in (1.0, SKELETON.link_offsets, SKELETON.marker_place)))
    markers = forward(rng.normal(0, 0.5, (8, SKELETON.num_dofs)), body).markers
    length = np.linalg.norm(
        markers[:, residuals.BONE_END] - markers[:, residuals.BONE_START], axis=-1
    )
    return np.ptp(length, axis=0) < 1e-9


RIGID = _rigid_pairs()


def targets(evidence, chosen, scale, settings):
    """Part of an Evidence -> Targets.

    chosen     index of its leading axes (P,T): one frame of everybody, or all frames of one person
    scale      (...,B) factor of the network's bone vectors; NaN = take our own length, keep the direction
    """
    X, trust = evidence.X[chosen], evidence.trust[chosen]
    vector = X[..., residuals.BONE_END, :] - X[..., residuals.BONE_START, :]
    weight = np.minimum(trust[..., residuals.BONE_END], trust[..., residuals.BONE_START])
    usable = np.isfinite(vector).all(-1)
    confidence, height = evidence.confidence[chosen], evidence.height_px[chosen]
    seen = (confidence > SEEN) & np.isfinite(evidence.px_ideal[chosen]).all(-1)
    size = np.where(np.isfinite(height), np.maximum(height, 20.0), 20.0)[..., None]
    sigma = settings.reprojection * size / np.sqrt(np.maximum(confidence, 0.05))
    return Targets(
        np.where(usable[..., None], vector * scale[..., None], 0.0),
        np.where(usable, weight, 0.0),
        np.where(seen[..., None], evidence.px_ideal[chosen], 0.0),
        np.where(seen, sigma, np.inf),
    )


def direction_scale(X, lengths):
    """Factor (...,B) that gives every rigid bone vector of keypoints X (...,K,3) our length (...,B)."""
    vector = X[..., residuals.BONE_END, :] - X[..., residuals.BONE_START, :]
    length = np.linalg.norm(vector, axis=-1)
    usable = RIGID & (length > 0.005)
    return np.where(usable, lengths / np.where(usable, length, 1.0), 1.0)


def root_by_reprojection(markers, target, camera):
    """Translation t (P,3), world axes, that puts markers (P,K,3) best onto their pixels.

    Linear in t: (m + t)_x f = u (m + t)_z and the same for y (Mehta 2017, Sec. 4.3).
    """
    m = markers @ camera.R_camera_world.T
    uv = (target.px - camera.K[:2, 2]) / np.diag(camera.K)[:2]
    weight = np.where(np.isfinite(target.px_sigma), 1.0, 1e-4)
    A = np.zeros((*uv.shape, 3))
    A[..., 0, 0] = A[..., 1, 1] = 1.0
    A[..., 2] = -uv
    b = uv * m[..., 2:] - m[..., :2]
    A, b = A * weight[..., None, None], b * weight[..., None]
    A, b = A.reshape(len(m), -1, 3), b.reshape(len(m), -1)
    AtA = np.einsum("pni,pnj->pij", A, A) + 1e-6 * np.eye(3)
    t = np.linalg.solve(AtA, np.einsum("pni,pn->pi", A, b)[..., None])[..., 0]
    t[:, 2] = np.clip(t[:, 2], 0.5, 100.0)
    return t @ camera.R_camera_world
