"""The live fit: one Levenberg-Marquardt solve per frame, all people at once, no future (Mehta 2020, Eq. 8.3).

    E = E_3D (bone vectors) + E_2D (reprojection) + E_lim + E_temp + E_depth + E_rest

Every residual is in standard deviations, see `LiveSettings`.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import residuals
from .analytic_pose import LIMBS, analytic_pose
from .camera import Camera
from .keypoints import INDEX, indices
from .kinematics import forward
from .rotations import wrapped
from .skeleton import NUM_ROOT, SKELETON
from .smoothing import OneEuro
from .solver import levenberg_marquardt
from .targets import bone_lengths, direction_scale, root_by_reprojection, targets
from .terms import frame_cost, frame_terms, robust_rows

LOSS = "charbonnier"
AWAY = np.cos(np.radians(60.0))  # what points further away than this may be stuck
STAY = 0.8  # the last pose is left for one that costs less than this share of it
CHECKED = np.array(
    [
        indices(pair)
        for pair in [("hip_r", "hip_l"), ("shoulder_r", "shoulder_l"), ("pelvis", "neck")]
        + [
            (f"{a}_{side}", f"{b}_{side}")
            for side in "lr"
            for a, b in [
                ("shoulder", "elbow"),
                ("elbow", "wrist"),
                ("hip", "knee"),
                ("knee", "ankle"),
            ]
        ]
    ]
)


@dataclass(frozen=True)
class LiveSettings:
    """Standard deviations of the terms. Axes: camera x, y, z."""

    vector: tuple = (0.04, 0.04, 0.06)  # [m] of a bone vector of the network's 3D
    reprojection: float = 0.010  # of the person's height in the picture
    limit: float = np.radians(4.0)
    acceleration: float = 400.0  # [m/s^2] of a marker
    speed: float = 4.0  # [m/s] of a marker, in the second frame of a person
    depth_speed: float = 3.0  # [m/s] of the pelvis, along the view
    turn_speed: float = 16.0  # [rad/s] of a joint
    rest: float = np.radians(90.0)
    filter_2d: tuple = (1.7, 0.3)  # 1-Euro fc_min [Hz], beta; as published
    filter_3d: tuple = (0.8, 0.4)
    filter_pose: tuple = (2.0, 1.0)  # of metres and radians per second
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


def stuck(markers, X_world):
    """(P,) bool: the trunk or a limb of the pose points away from the raw 3D.

    markers, X_world (P,K,3): markers of the pose, raw keypoints in world axes (any origin, NaN = unseen)
    """
    model, seen = (v[:, CHECKED[:, 1]] - v[:, CHECKED[:, 0]] for v in (markers, X_world))
    cosine = (model * seen).sum(-1)
    with np.errstate(invalid="ignore"):
        return (cosine < AWAY * np.linalg.norm(model, axis=-1) * np.linalg.norm(seen, axis=-1)).any(
            -1
        )


def limbs_reset(q, markers, q_seen, X_world):
    """q (P,D) with every limb that points away from the raw 3D set to the analytic pose q_seen (P,D)."""
    out = q.copy()
    for limb in LIMBS.values():
        a, b, c = limb["points"]
        away = np.zeros(len(q), bool)
        for start, end in ((a, b), (b, c)):
            model, seen = markers[:, end] - markers[:, start], X_world[:, end] - X_world[:, start]
            cosine = (model * seen).sum(-1)
            with np.errstate(invalid="ignore"):
                away |= cosine < AWAY * np.linalg.norm(model, axis=-1) * np.linalg.norm(
                    seen, axis=-1
                )
        out[np.ix_(away, limb["columns"])] = q_seen[np.ix_(away, limb["columns"])]
    return out


@dataclass(frozen=True)
class History:
    """What the last frames of P people let expect of the next."""

    predicted: np.ndarray  # (P,K,3) markers at constant velocity [m]
    sigma: np.ndarray  # (P,) [m], inf = no history
    pelvis: np.ndarray  # (P,3) last place
    depth_sigma: np.ndarray  # (P,) [m]
    q: np.ndarray  # (P,D) last pose: what nothing is seen of, like a twist, stays
    q_sigma: np.ndarray  # (P,D), inf for the root


def no_history(P):
    """Nothing is expected."""
    K = len(SKELETON.marker_link)
    nowhere, free = np.full(P, np.inf), np.full((P, SKELETON.num_dofs), np.inf)
    start = np.zeros(free.shape)
    return History(np.zeros((P, K, 3)), nowhere, np.zeros((P, 3)), nowhere, start, free)


class FrameProblem:
    """Cost and normal equations of one frame for P people."""

    def __init__(self, target, body, camera, settings, history):
        self.target, self.body, self.camera = target, body, camera
        self.settings, self.history = settings, history

    def evaluate(self, q):
        """q (P,D) -> cost (P,), H (P,D,D), g (P,D)."""
        cost, H, g = frame_terms(q, *self._frame())
        r = (q - self.history.q) / self.history.q_sigma
        d = np.arange(q.shape[-1])
        H[:, d, d] += 1 / self.history.q_sigma**2
        return cost + (r**2).sum(-1), H, g + r / self.history.q_sigma

    def cost(self, q):
        """q (P,D) -> cost (P,)."""
        r = (q - self.history.q) / self.history.q_sigma
        return frame_cost(q, *self._frame()) + (r**2).sum(-1)

    def _frame(self):
        return self.body, self.camera, self.target, self.settings, LOSS, self._with_history

    def _with_history(self, m, Jm):
        h, scale = self.history, self.settings.robust
        steady = residuals.steadiness(m, Jm, h.predicted, h.sigma)
        depth = residuals.depth(m, Jm, self.camera.R_camera_world, h.pelvis, h.depth_sigma)
        yield robust_rows(*steady, 1.0, LOSS, scale)
        yield robust_rows(depth[0][:, None], depth[1][:, None], 1.0, LOSS, scale)


class LiveFit:
    """Frame after frame: `step` takes what is seen and gives q. Camera and bodies are fixed."""

    def __init__(self, body, camera: Camera, settings=LiveSettings()):
        P = len(body.height)
        self.body, self.camera, self.settings = body, camera, settings
        self._lengths = bone_lengths(body)
        self._q = np.zeros((P, SKELETON.num_dofs))
        self._markers = np.full((2, P, len(SKELETON.marker_link), 3), np.nan)  # t-1, t-2
        self._time = np.full((2, P), -np.inf)
        self._calm_2d = OneEuro(*settings.filter_2d, P)
        self._calm_3d = OneEuro(*settings.filter_3d, P)
        self._calm_pose = OneEuro(*settings.filter_pose, P)
        self._given = np.zeros((P, SKELETON.num_dofs))

    def step(self, seen, time_s):
        """Evidence of one frame (leading axes (P,)) -> q (P,D), NaN for who is absent."""
        s = self.settings
        q = np.full_like(self._q, np.nan)
        people = np.flatnonzero(seen.present)
        if not len(people):
            return q
        fresh = ~(time_s - self._time[0, people] <= s.forget_after)
        self._forget(people[fresh])
        seen, body = self._calmed(_pick(seen, people), people, time_s), _pick(self.body, people)
        target = targets(seen, ..., direction_scale(seen.X, self._lengths[people]), s)
        start, moved = self._start(people, fresh, seen.X, target, body)
        self._forget(people[moved])
        problem = FrameProblem(target, body, self.camera, s, self._history(people, time_s))
        iterations = s.first_iterations if moved.any() else s.iterations
        solved, _ = levenberg_marquardt(start, problem.evaluate, iterations, problem.cost)
        solved[:, 3:NUM_ROOT] = wrapped(solved[:, 3:NUM_ROOT])
        self._remember(people, solved, time_s)
        q[people] = self._steadied(people, solved, time_s)
        return q

    def _steadied(self, people, q, time_s):
        """What is given out: 1-Euro on every degree of freedom, outside the loop so that it cannot swing."""
        last, turned = self._given[people, 3:NUM_ROOT], q[:, 3:NUM_ROOT]
        angle = np.linalg.norm(turned, axis=-1, keepdims=True)
        axis = turned / np.where(angle > 0, angle, 1)
        turns = np.round(((last - turned) * axis).sum(-1, keepdims=True) / (2 * np.pi))
        q = q.copy()
        q[:, 3:NUM_ROOT] = turned + turns * 2 * np.pi * axis
        q = self._calm_pose(people, q[:, :, None], time_s)[:, :, 0]
        self._given[people] = q
        return q

    def _calmed(self, seen, people, time_s):
        """1-Euro on what the networks say: 2D as if the person were 300 px tall, 3D in decimetres."""
        size = 300 / np.maximum(seen.height_px, 20.0)[:, None, None]
        px = self._calm_2d(people, seen.px_ideal * size, time_s) / size
        return replace(seen, px_ideal=px, X=self._calm_3d(people, seen.X * 10, time_s) / 10)

    def _start(self, people, fresh, X, target, body):
        """The best of the last pose, the last pose with limbs reset, and the closed-form pose.

        -> q (n,D), and who leaves the last pose (n,) bool; judged by the data alone, as a wrong past must
        not defend itself.
        """
        q = self._q[people]
        X_world = X @ self.camera.R_camera_world
        markers = forward(q, body).markers
        moved = fresh | stuck(markers, X_world)
        if not moved.any():
            return q, moved
        anew = start_pose(X, target, body, self.camera)
        data = FrameProblem(target, body, self.camera, self.settings, no_history(len(people)))
        candidates = np.stack([q, limbs_reset(q, markers, anew, X_world), anew])
        cost = np.stack([data.cost(candidate) for candidate in candidates])
        cost[0] *= STAY
        cost[:2, fresh] = np.inf
        best = np.where(moved, cost.argmin(0), 0)
        return candidates[best, np.arange(len(people))], best > 0

    def _forget(self, people):
        """These have no past."""
        self._markers[:, people], self._time[:, people] = np.nan, -np.inf
        self._calm_2d.forget(people)
        self._calm_3d.forget(people)
        self._calm_pose.forget(people)

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
            self._q[people],
            np.where(
                first[:, None] & np.isfinite(SKELETON.lower), s.turn_speed * dt[:, None], np.inf
            ),
        )

    def _remember(self, people, q, time_s):
        self._q[people] = q
        self._markers[1, people], self._time[1, people] = (
            self._markers[0, people],
            self._time[0, people],
        )
        self._markers[0, people] = forward(q, _pick(self.body, people)).markers
        self._time[0, people] = time_s


def _pick(record, chosen):
    """The chosen people of a record of arrays."""
    return type(record)(*(getattr(record, name)[chosen] for name in record.__dataclass_fields__))
