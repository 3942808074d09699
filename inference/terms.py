"""The terms of one frame summed up: cost and normal equations, the same for the live and the take fit."""

import numpy as np

from . import residuals
from .kinematics import forward, marker_jacobian, segment_jacobian


def robust_rows(r, J, weight, loss, scale):
    """Vector residuals weighed by a robust loss, as rows.

    r (...,N,n), J (...,N,n,D), weight (...,N); loss a name in `residuals`
    returns cost (...,), r and J as they came, root (...,N) that both are to be multiplied with
    """
    w, cost = getattr(residuals, loss)(r, scale)
    return (weight * cost).sum(-1), r, J, np.sqrt(w * weight)


def stacked(rows):
    """What `robust_rows` gave for several terms -> J (...,M,D), r (...,M), written into one array each."""
    batch, D = rows[0][1].shape[:-2], rows[0][2].shape[-1]
    ends = np.cumsum([r.shape[-2] * r.shape[-1] for _, r, _, _ in rows])
    J_all, r_all = np.empty((*batch, ends[-1], D)), np.empty((*batch, ends[-1]))
    for end, (_, r, J, root) in zip(ends, rows, strict=True):
        part = slice(end - r.shape[-2] * r.shape[-1], end)
        np.multiply(J, root[..., None, None], out=J_all[..., part, :].reshape(J.shape))
        np.multiply(r, root[..., None], out=r_all[..., part].reshape(r.shape))
    return J_all, r_all


def frame_terms(q, body, camera, target, settings, loss, more_rows=None, lengths=False):
    """E_3D + E_2D + E_lim + E_rest of every frame.

    q (...,D); target with the same leading axes; more_rows(m, Jm) -> further `robust_rows` of the caller.
    With `lengths` the unknowns are q and, behind it, the G logarithms of the segment lengths.
    returns cost (...,), H (...,D,D) = J^T J, g (...,D) = J^T r; D + G for D with lengths
    """
    pose = forward(q, body)
    m, Jm = pose.markers, marker_jacobian(pose)
    if lengths:
        Jm = np.concatenate([Jm, segment_jacobian(pose, body)], -1)
    rows = observed_rows(m, Jm, camera, target, settings, loss, more_rows)
    cost = sum(row[0] for row in rows)
    J, r = stacked(rows)
    Jt = np.swapaxes(J, -1, -2)
    H, g = Jt @ J, (Jt @ r[..., None])[..., 0]
    d = np.arange(q.shape[-1])
    for r_q, J_q in prior_rows(q, settings):
        H[..., d, d] += J_q**2
        g[..., d] += J_q * r_q
        cost = cost + (r_q**2).sum(-1)
    return cost, H, g


def frame_cost(q, body, camera, target, settings, loss, more_rows=None):
    """The cost of `frame_terms` alone, (...,)."""
    m = forward(q, body).markers
    no_unknowns = np.zeros((*m.shape, 0))
    rows = observed_rows(m, no_unknowns, camera, target, settings, loss, more_rows)
    priors = prior_rows(q, settings)
    return sum(row[0] for row in rows) + sum((r_q**2).sum(-1) for r_q, _ in priors)


def observed_rows(m, Jm, camera, target, settings, loss, more_rows):
    """`robust_rows` of E_3D, E_2D and of the caller's own terms."""
    vectors = residuals.bone_vectors(
        m, Jm, camera.R_camera_world, target.vector, np.asarray(settings.vector)
    )
    pixels = residuals.reprojection(m, Jm, camera, target.px, target.px_sigma)
    return [
        robust_rows(*vectors, target.vector_weight, loss, settings.robust),
        robust_rows(*pixels, np.isfinite(target.px_sigma), loss, settings.robust),
        *(more_rows(m, Jm) if more_rows else ()),
    ]


def prior_rows(q, settings):
    """E_lim and E_rest: residuals (...,D) and their diagonal Jacobians (...,D)."""
    return residuals.limits(q, settings.limit), residuals.rest(q, settings.rest)
