"""The live fit: one Levenberg-Marquardt solve per frame, all people at once, no future (Mehta 2020, Eq. 8.3).

    E = E_3D (bone vectors) + E_2D (reprojection) + E_lim + E_temp + E_depth + E_rest

Every residual is in standard deviations, see `LiveSettings`.
"""

from dataclasses import dataclass

import numpy as np

from . import residuals
from .camera import Camera
from .analytic_pose import LIMBS, analytic_pose
from .keypoints import INDEX
from .kinematics import forward, marker_jacobian
from .rotations import wrapped
from .skeleton import NUM_ROOT, SKELETON, Body
from .solver import levenberg_marquardt

AWAY = np.cos(np.radians(45.0))  # a limb that points further away than this is stuck


@dataclass(frozen=True)
class LiveSettings:
    """Standard deviations of the terms. Axes: camera x, y, z."""

    vector: tuple = (0.04, 0.04, 0.06)  # [m] of a bone vector of the network's 3D
    reprojection: float = 0.010  # of the person's height in the picture
    limit: float = np.radians(4.0)
    acceleration: float = 150.0  # [m/s^2] of a marker
    depth_speed: float = 3.0  # [m/s]
    rest: float = np.radians(90.0)
    robust: float = 3.0  # scale of the robust loss, in standard deviations
    iterations: int = 4
    first_iterations: int = 25
    forget_after: float = 0.3  # [s] without being seen: starts anew


@dataclass(frozen=True)
class Targets:
    """What one frame pulls at, for P people."""

    vector: np.ndarray  # (P,B,3) [m] camera axes, lengths of the body
    vector_weight: np.ndarray  # (P,B) 0..1
    px: np.ndarray  # (P,K,2)
    px_sigma: np.ndarray  # (P,K) inf = unseen


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
    length = np.linalg.norm(markers[:, residuals.BONE_END] - markers[:, residuals.BONE_START], axis=-1)
    return np.ptp(length, axis=0) < 1e-9


RIGID = _rigid_pairs()


def targets(evidence, frame, lengths, settings):
    """Evidence of one frame -> Targets; rigid bones keep the network's direction and take our length."""
    X, trust = evidence.X[:, frame], evidence.trust[:, frame]
    vector = X[:, residuals.BONE_END] - X[:, residuals.BONE_START]
    weight = np.minimum(trust[:, residuals.BONE_END], trust[:, residuals.BONE_START])
    length = np.linalg.norm(vector, axis=-1)
    usable = np.isfinite(length) & (length > 0.005)
    scale = np.where(RIGID & usable, lengths / np.where(usable, length, 1), 1.0)
    confidence, height = evidence.confidence[:, frame], evidence.height_px[:, frame]
    seen = (confidence > 0.2) & np.isfinite(evidence.px_ideal[:, frame]).all(-1)
    sigma = settings.reprojection * np.maximum(height, 20.0)[:, None] / np.sqrt(np.maximum(confidence, 0.05))
    return Targets(
        np.where(usable[..., None], vector * scale[..., None], 0.0),
        np.where(usable, weight, 0.0),
        np.where(seen[..., None], evidence.px_ideal[:, frame], 0.0),
        np.where(seen, sigma, np.inf),
    )


def start_pose(X_camera, target, body, camera):
    """The analytic pose of the raw 3D, moved to where its pixels are: q (P,D)."""
    q = analytic_pose(X_camera @ camera.R_camera_world)
    posed = forward(q, body).markers
    q[:, :3] = camera.T_world_camera[:3, 3] + root_by_reprojection(posed, target, camera)
    return q


def limbs_reset(q, markers, q_seen, X_world):
    """q with every limb that points away from the raw 3D set to the analytic pose; changed (P,) bool.

    markers (P,K,3) of q; q_seen (P,D) analytic; X_world (P,K,3) raw keypoints in world axes
    """
    out, changed = q.copy(), np.zeros(len(q), bool)
    for limb in LIMBS.values():
        a, b, c = limb["points"]
        away = np.zeros(len(q), bool)
        for start, end in ((a, b), (b, c)):
            model, seen = markers[:, end] - markers[:, start], X_world[:, end] - X_world[:, start]
            cosine = (model * seen).sum(-1)
            cosine /= np.linalg.norm(model, axis=-1) * np.linalg.norm(seen, axis=-1) + 1e-12
            away |= cosine < AWAY
        out[np.ix_(away, limb["columns"])] = q_seen[np.ix_(away, limb["columns"])]
        changed |= away
    return out, changed


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


class FrameProblem:
    """Cost and normal equations of one frame for P people."""

    def __init__(self, target, body, camera, settings, predicted, sigma_time, before, sigma_depth):
        self.target, self.body, self.camera, self.settings = target, body, camera, settings
        self.predicted, self.sigma_time = predicted, sigma_time
        self.before, self.sigma_depth = before, sigma_depth
        self._vector_sigma = np.asarray(settings.vector)

    def evaluate(self, q):
        """q (P,D) -> cost (P,), H (P,D,D), g (P,D)."""
        s, pose = self.settings, forward(q, self.body)
        m, Jm = pose.markers, marker_jacobian(pose)
        R = self.camera.R_camera_world
        t = self.target
        vectors = residuals.bone_vectors(m, Jm, R, t.vector, self._vector_sigma)
        pixels = residuals.reprojection(m, Jm, self.camera, t.px, t.px_sigma)
        terms = [
            _robust(*vectors, t.vector_weight, s.robust),
            _robust(*pixels, np.isfinite(t.px_sigma), s.robust),
            _robust(*residuals.steadiness(m, Jm, self.predicted, self.sigma_time), 1.0, s.robust),
            _plain(*residuals.depth(m, Jm, R, self.before, self.sigma_depth)),
        ]
        cost = sum(term[0] for term in terms)
        J = np.concatenate([term[1] for term in terms], -2)
        r = np.concatenate([term[2] for term in terms], -1)
        Jt = np.swapaxes(J, -1, -2)
        H, g = Jt @ J, (Jt @ r[..., None])[..., 0]
        diagonal = np.arange(q.shape[-1])
        for r_q, J_q in (residuals.limits(q, s.limit), residuals.rest(q, s.rest)):
            H[..., diagonal, diagonal] += J_q**2
            g += J_q * r_q
            cost = cost + (r_q**2).sum(-1)
        return cost, H, g


def _robust(r, J, weight, scale):
    """Vector residuals (P,N,n) -> cost (P,), rows of J and r weighed robustly."""
    w, cost = residuals.charbonnier(r, scale)
    root = np.sqrt(w * weight)
    P, rows = len(r), r.shape[-2] * r.shape[-1]
    return (
        (weight * cost).sum(-1),
        (J * root[..., None, None]).reshape(P, rows, -1),
        (r * root[..., None]).reshape(P, rows),
    )


def _plain(r, J):
    P = len(r)
    r, J = r.reshape(P, -1), J.reshape(P, -1, J.shape[-1])
    return (r**2).sum(-1), J, r


class LiveFit:
    """Frame after frame: `step` takes what is seen and gives q. Camera and bodies are fixed."""

    def __init__(self, body, camera: Camera, settings=LiveSettings()):
        P = len(body.height)
        self.body, self.camera, self.settings = body, camera, settings
        self._lengths = bone_lengths(body)
        self._q = np.zeros((P, SKELETON.num_dofs))
        self._markers = np.full((2, P, len(SKELETON.marker_link), 3), np.nan)  # t-1, t-2
        self._time = np.full((2, P), -np.inf)

    def step(self, evidence, frame, time_s):
        """Evidence of one frame -> q (P,D), NaN for who is absent."""
        s, present = self.settings, evidence.present[:, frame]
        target = targets(evidence, frame, self._lengths, s)
        fresh = present & ~(time_s - self._time[0] <= s.forget_after)
        if fresh.any():
            self._begin(np.flatnonzero(fresh), evidence.X[:, frame], target)
        people = np.flatnonzero(present)
        q = np.full_like(self._q, np.nan)
        if not len(people):
            return q
        problem = self._problem(people, target, time_s)
        iterations = s.first_iterations if fresh.any() else s.iterations
        start = self._unstuck(people, problem, evidence.X[people, frame])
        solved, _ = levenberg_marquardt(start, problem.evaluate, iterations)
        solved[:, 3:NUM_ROOT] = wrapped(solved[:, 3:NUM_ROOT])
        self._remember(people, solved, time_s)
        q[people] = solved
        return q

    def _begin(self, chosen, X, target):
        body, part = _pick(self.body, chosen), _pick(target, chosen)
        self._q[chosen] = start_pose(X[chosen], part, body, self.camera)
        self._markers[:, chosen], self._time[:, chosen] = np.nan, -np.inf

    def _unstuck(self, people, problem, X):
        """The last pose, with limbs that point away from the raw 3D reset where that costs less."""
        q, body = self._q[people], _pick(self.body, people)
        X_world = X @ self.camera.R_camera_world
        reset, changed = limbs_reset(q, forward(q, body).markers, analytic_pose(X_world), X_world)
        if not changed.any():
            return q
        better = changed & (problem.evaluate(reset)[0] < problem.evaluate(q)[0])
        return np.where(better[:, None], reset, q)

    def _problem(self, people, target, time_s):
        s = self.settings
        now, old = self._markers[:, people]
        t_now, t_old = self._time[:, people]
        first, second = np.isfinite(t_now), np.isfinite(t_old)
        dt = np.where(first, time_s - t_now, 1.0)
        elapsed = np.where(second, t_now - np.where(second, t_old, 0), 1.0)
        step = np.where(second[:, None, None], now - old, 0.0)
        predicted = now + step * (dt / elapsed)[:, None, None]
        sigma = np.where(second, s.acceleration * dt**2, np.where(first, 4.0 * dt, np.inf))
        before = now[:, INDEX["pelvis"]]
        return FrameProblem(
            _pick(target, people), _pick(self.body, people), self.camera, s,
            np.where(first[:, None, None], predicted, 0), sigma,
            np.where(first[:, None], before, 0), np.where(first, s.depth_speed * dt, np.inf),
        )  # fmt: skip

    def _remember(self, people, q, time_s):
        self._q[people] = q
        self._markers[1, people], self._time[1, people] = self._markers[0, people], self._time[0, people]
        self._markers[0, people] = forward(q, _pick(self.body, people)).markers
        self._time[0, people] = time_s


def _pick(record, chosen):
    """The chosen people of a record of arrays."""
    return type(record)(*(getattr(record, name)[chosen] for name in record.__dataclass_fields__))
