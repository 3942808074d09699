"""The terms of one frame summed up: cost and normal equations, the same for the live and the take fit.

Every term on markers is a spring that pulls at one marker, or, for bone vectors, between two. So the normal
equations are gathered over the markers first, where they are small and sparse, and taken to the pose
once, with J = d X / d q:

    H = J^T W J,    g = J^T f,    W = sum_i w_i S_i^T S_i,    f = sum_i w_i S_i^T r_i
"""

from dataclasses import dataclass

import numpy as np

from . import residuals
from .keypoints import KEYPOINTS
from .kinematics import forward, marker_jacobian, segment_jacobian
from .residuals import PAIRS, Pairs
from .skeleton import SKELETON

# degree of freedom -> how far what it turns reaches [m]: an acceleration [m/s^2] becomes one of the angle
REACH = [
    ("pelvis.rotation", 0.45), ("spine", 0.45), ("chest", 0.45), ("neck", 0.25), ("head", 0.2),
    ("clavicle", 0.5), ("shoulder", 0.45), ("upper_arm", 0.25), ("elbow", 0.25), ("forearm", 0.1),
    ("hand", 0.1), ("hip", 0.7), ("thigh", 0.3), ("shin", 0.4), ("foot", 0.15), ("toe", 0.08),
]  # fmt: skip


def angle_scale():
    """(D,) [1 or 1/m]: acceleration of a degree of freedom per acceleration of what it moves."""
    scale = np.ones(SKELETON.num_dofs)
    for column, name in enumerate(SKELETON.dof_names):
        for prefix, reach in REACH:
            if name.startswith(prefix):
                scale[column] = 1 / reach
    return scale


ANGLE_SCALE = angle_scale()


@dataclass(frozen=True)
class Pull:
    """What pulls at the markers X of one frame or many; leading axes `...`."""

    cost: np.ndarray  # (...,)
    force: np.ndarray  # (...,K,3) f
    single: np.ndarray  # (...,K,3,3) W of the terms on one marker each
    pairs: Pairs
    paired: np.ndarray  # (...,B) weights of their vectors
    slope: np.ndarray  # (3,) derivative of these by their end

    def equations(self, J):
        """J (...,K,3,D) = d X / d unknowns -> H (...,D,D), g (...,D)."""
        batch, (K, _, D) = J.shape[:-3], J.shape[-3:]
        between = (self.paired @ self.pairs.products).reshape(*batch, K, K)
        along = (J * (self.slope**2)[:, None]).reshape(*batch, K, 3 * D)
        pulled = (between @ along).reshape(J.shape)
        pulled += self.single @ J
        Jt = np.swapaxes(J.reshape(*batch, 3 * K, D), -1, -2)
        H = Jt @ pulled.reshape(*batch, 3 * K, D)
        return H, (Jt @ self.force.reshape(*batch, 3 * K, 1))[..., 0]


class FrameTerms:
    """E_3D + E_2D + E_lim + E_rest of one frame or many, and what else the caller knows of the pose.

    body, target   with leading axes that broadcast to those of q
    settings       standard deviations (`LiveSettings`, `TakeSettings`)
    loss           of what the networks saw, a name in `residuals`
    expected       terms (r, S) on the pose at q = 0, S (...,D) diagonal
    root           terms (r, S) on the root's place at 0, S (...,n,3)
    more           X (...,K,3) -> terms (markers, r, S, weight) on markers, of which none is ever let go
    """

    def __init__(self, body, camera, target, settings, loss, expected=(), root=(), more=None):
        self._body, self._camera, self._target, self._settings = body, camera, target, settings
        self._loss, self._more = getattr(residuals, loss), more
        self._pairs = PAIRS[settings.pairs]
        self._vector_weight = 1 / np.asarray(settings.vector)
        seen = np.ones((*target.vector_weight.shape[:-1], len(KEYPOINTS)))
        self._weight = np.concatenate([target.vector_weight, seen], -1)
        self._expected = summed([residuals.natural(_AT_REST, settings.rest), *expected])
        self._root = root

    def evaluate(self, q, lengths=False, pose=None):
        """Cost and normal equations at q (...,D); pose is forward(q, body) where that is known already.

        With `lengths` the unknowns are q and, behind it, the G logarithms of the segment lengths.
        returns cost (...,), H (...,D,D) = J^T J, g (...,D) = J^T r; D + G for D with lengths
        """
        pose, R = pose or forward(q, self._body), self._camera.R_camera_world
        pull = self.pull(self._camera.to_camera(pose.markers))
        J = marker_jacobian(pose, R)
        if lengths:
            J = np.concatenate([J, segment_jacobian(pose, self._body, R)], -1)
        H, g = pull.equations(J)
        cost, slope, curvature = self._on_pose(q)
        g[..., : q.shape[-1]] += slope
        _diagonal(H)[..., : q.shape[-1]] += curvature
        for r_0, S in self._root:
            r = r_0 + (S @ q[..., :3, None])[..., 0]
            H[..., :3, :3] += np.swapaxes(S, -1, -2) @ S
            g[..., :3] += (r[..., None, :] @ S)[..., 0, :]
            cost = cost + (r * r).sum(-1)
        return pull.cost + cost, H, g

    def cost(self, q):
        """The cost of `evaluate` alone, (...,)."""
        pull = self.pull(self._camera.to_camera(forward(q, self._body).markers))
        at_root = sum(((r + (S @ q[..., :3, None])[..., 0]) ** 2).sum(-1) for r, S in self._root)
        return pull.cost + self._on_pose(q)[0] + at_root

    def _on_pose(self, q):
        """E_lim, E_rest and what is expected -> cost (...,), slope (...,D), curvature (...,D)."""
        a, b, c = self._expected
        r, S = residuals.limits(q, self._settings.limit)
        slope = a * q + b
        return ((slope + b) * q + r * r).sum(-1) + c, slope + r * S, a + S * S

    def pull(self, X):
        """X (...,K,3) in camera axes -> Pull."""
        target, pairs, scale = self._target, self._pairs, self._settings.robust
        r_pair, slope = residuals.vectors(X, pairs, target.vector, self._vector_weight)
        r, S = residuals.reprojection(X, self._camera.K, target.px, target.px_weight)
        square = np.concatenate([residuals.squared(r_pair), residuals.squared(r)], -1)
        weight, cost = self._loss(square, scale)
        weight, cost = weight * self._weight, (cost * self._weight).sum(-1)
        paired = weight[..., : pairs.count]
        St = np.swapaxes(S, -1, -2) * weight[..., pairs.count :, None, None]
        single, force = St @ S, (St @ r[..., None])[..., 0]
        force += pairs.incidence.T @ (paired[..., None] * r_pair * slope)
        for markers, r, S, trust in self._more(X) if self._more else ():
            weight, rough = residuals.charbonnier(residuals.squared(r), scale)
            St = np.swapaxes(S, -1, -2) * (trust * weight)[..., None, None]
            single[..., markers, :, :] += St @ S
            force[..., markers, :] += (St @ r[..., None])[..., 0]
            cost = cost + (trust * rough).sum(-1)
        return Pull(cost, force, single, pairs, paired, slope)


def summed(terms):
    """Diagonal terms r = S q + r_0 as one: |r|^2 = sum a q^2 + 2 b q, + c -> a, b (...,D), c (...,)."""
    a = sum(S * S for _, S in terms)
    b = sum(r * S for r, S in terms)
    return a, b, sum((r * r).sum(-1) for r, _ in terms)


def _diagonal(H):
    """View of the diagonals of contiguous matrices (...,n,n) -> (...,n)."""
    n = H.shape[-1]
    return H.reshape(*H.shape[:-2], n * n)[..., :: n + 1]


_AT_REST = np.zeros(SKELETON.num_dofs)
