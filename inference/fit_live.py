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
from .kinematics import forward
from .rotations import wrapped
from .skeleton import NUM_ROOT, SKELETON, Body
from .solver import levenberg_marquardt
from .targets import bone_lengths, direction_scale, root_by_reprojection, targets
from .terms import frame_terms, robust_rows

LOSS = "charbonnier"
AWAY = np.cos(np.radians(45.0))  # a limb that points further away than this is stuck


@dataclass(frozen=True)
class LiveSettings:
    """Standard deviations of the terms. Axes: camera x, y, z."""

    vector: tuple = (0.04, 0.04, 0.06)  # [m] of a bone vector of the network's 3D
    reprojection: float = 0.010  # of the person's height in the picture
    limit: float = np.radians(4.0)
    acceleration: float = 150.0  # [m/s^2] of a marker
    speed: float = 4.0  # [m/s] of a marker, in the second frame of a person
    depth_speed: float = 3.0  # [m/s] of the pelvis, along the view
    rest: float = np.radians(90.0)
    robust: float = 3.0  # scale of the robust loss, in standard deviations
    iterations: int = 4
    first_iterations: int = 25
    forget_after: float = 0.3  # [s] without being seen: starts anew


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


@dataclass(frozen=True)
class History:
    """What the last frames of P people let expect of the next."""

    predicted: np.ndarray  # (P,K,3) markers at constant velocity [m]
    sigma: np.ndarray  # (P,) [m], inf = no history
    pelvis: np.ndarray  # (P,3) last place
    depth_sigma: np.ndarray  # (P,) [m]


class FrameProblem:
    """Cost and normal equations of one frame for P people."""

    def __init__(self, target, body, camera, settings, history):
        self.target, self.body, self.camera = target, body, camera
        self.settings, self.history = settings, history

    def evaluate(self, q):
        """q (P,D) -> cost (P,), H (P,D,D), g (P,D)."""
        s, h, R = self.settings, self.history, self.camera.R_camera_world

        def with_history(m, Jm):
            steady = residuals.steadiness(m, Jm, h.predicted, h.sigma)
            depth = residuals.depth(m, Jm, R, h.pelvis, h.depth_sigma)
            yield robust_rows(*steady, 1.0, LOSS, s.robust)
            yield robust_rows(depth[0][:, None], depth[1][:, None], 1.0, LOSS, s.robust)

        return frame_terms(q, self.body, self.camera, self.target, s, LOSS, with_history)


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
        chosen = (slice(None), frame)
        scale = direction_scale(evidence.X[chosen], self._lengths)
        target = targets(evidence, chosen, scale, s)
        fresh = present & ~(time_s - self._time[0] <= s.forget_after)
        if fresh.any():
            self._begin(np.flatnonzero(fresh), evidence.X[:, frame], target)
        people = np.flatnonzero(present)
        q = np.full_like(self._q, np.nan)
        if not len(people):
            return q
        problem = FrameProblem(
            _pick(target, people), _pick(self.body, people), self.camera, s, self._history(people, time_s)
        )
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

    def _history(self, people, time_s):
        """What the last two frames let expect; sigma inf where there were none."""
        s = self.settings
        now, old = self._markers[:, people]
        t_now, t_old = self._time[:, people]
        first, second = np.isfinite(t_now), np.isfinite(t_old)
        dt = np.where(first, time_s - np.where(first, t_now, 0), 1.0)
        elapsed = np.where(second, t_now - np.where(second, t_old, 0), 1.0)
        step = np.where(second[:, None, None], now - old, 0.0)
        predicted = now + step * (dt / elapsed)[:, None, None]
        return History(
            np.where(first[:, None, None], predicted, 0.0),
            np.where(second, s.acceleration * dt**2, np.where(first, s.speed * dt, np.inf)),
            np.where(first[:, None], now[:, INDEX["pelvis"]], 0.0),
            np.where(first, s.depth_speed * dt, np.inf),
        )

    def _remember(self, people, q, time_s):
        self._q[people] = q
        self._markers[1, people], self._time[1, people] = self._markers[0, people], self._time[0, people]
        self._markers[0, people] = forward(q, _pick(self.body, people)).markers
        self._time[0, people] = time_s


def _pick(record, chosen):
    """The chosen people of a record of arrays."""
    return type(record)(*(getattr(record, name)[chosen] for name in record.__dataclass_fields__))
