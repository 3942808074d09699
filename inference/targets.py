"""What the fits pull at: evidence made into targets with standard deviations, and where the root starts."""

from dataclasses import dataclass

import numpy as np

from .kinematics import forward
from .residuals import PAIRS, squared
from .skeleton import SKELETON, Body

SEEN = 0.2  # confidence from which a keypoint pulls
SHORT = 0.005  # [m] a vector shorter than this has no direction
SMALL = 20.0  # [px] nobody counts as smaller


@dataclass(frozen=True)
class Targets:
    """What is pulled at. Leading axes `...` = people, or frames of one person."""

    vector: np.ndarray  # (...,B,3) [m] camera axes, of the pairs of the settings
    vector_weight: np.ndarray  # (...,B) 0..1
    px: np.ndarray  # (...,K,2) ideal lens; 0 where unseen
    px_weight: np.ndarray  # (...,K) [1/px] 1 / sigma, 0 = unseen


def pair_lengths(body, settings):
    """Rest distance of the markers of `settings.pairs`: (P,B) [m].

    Only pairs within one link or across a hinge keep it in every pose; see `RIGID`.
    """
    pairs = PAIRS[settings.pairs]
    markers = forward(np.zeros((*body.height.shape, SKELETON.num_dofs)), body).markers
    return np.linalg.norm(pairs.incidence @ markers, axis=-1)


def _rigid(pairs):
    """(B,) bool: the pair's distance does not change with the pose."""
    rng = np.random.default_rng(0)
    body = Body(*(np.asarray(v) for v in (1.0, SKELETON.link_offsets, SKELETON.marker_place)))
    markers = forward(rng.normal(0, 0.5, (8, SKELETON.num_dofs)), body).markers
    length = np.linalg.norm(pairs.incidence @ markers, axis=-1)
    return np.ptp(length, axis=0) < 1e-9


RIGID = {name: _rigid(pairs) for name, pairs in PAIRS.items()}


def targets(evidence, chosen, lengths, settings):
    """Part of an Evidence -> Targets.

    chosen     index of its leading axes (P,T): one frame of everybody, or all frames of one person
    lengths    (...,B) [m] as from `pair_lengths`: with `settings.own_lengths` rigid ones take these and keep
               the network's direction alone
    """
    X, trust, pairs = evidence.X[chosen], evidence.trust[chosen], PAIRS[settings.pairs]
    vector = X.take(pairs.end, -2) - X.take(pairs.start, -2)
    length = np.sqrt(squared(vector))
    usable = np.isfinite(length)
    if not usable.all():
        vector, length = np.nan_to_num(vector), np.nan_to_num(length)
    if settings.own_lengths:
        scale = np.where(
            RIGID[settings.pairs] & (length > SHORT), lengths / np.maximum(length, SHORT), 1.0
        )
        vector = vector * scale[..., None]
    weight = np.minimum(trust.take(pairs.end, -1), trust.take(pairs.start, -1))
    confidence, px = evidence.confidence[chosen], evidence.px_ideal[chosen]
    seen = (confidence > SEEN) & np.isfinite(px[..., 0] + px[..., 1])
    tall = np.fmax(evidence.height_px[chosen], SMALL)[..., None]
    sigma = settings.pixels or settings.reprojection * tall
    px_weight = seen * np.sqrt(np.maximum(confidence, 0.05)) / sigma
    return Targets(vector, usable * weight, np.where(seen[..., None], px, 0.0), px_weight)


def root_by_reprojection(markers, target, camera):
    """Translation t (P,3), world axes, that puts markers (P,K,3) best onto their pixels.

    Linear in t: (m + t)_x f = u (m + t)_z and the same for y (Mehta 2017, Sec. 4.3).
    """
    m = markers @ camera.R_camera_world.T
    uv = (target.px - camera.K[:2, 2]) / np.diag(camera.K)[:2]
    weight = np.where(target.px_weight > 0, 1.0, 1e-4)
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
