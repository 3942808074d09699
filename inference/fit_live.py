"""The live fit: one Levenberg-Marquardt solve per frame, all people at once, no future (Mehta 2020, Eq. 8.3).

    E = E_3D (bone vectors) + E_2D (reprojection) + E_lim + E_temp + E_depth + E_rest

Every residual is in standard deviations, see `LiveSettings`.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import residuals
from .analytic_pose import LIMBS, analytic_pose
from .camera import Camera
from .keypoints import indices
from .kinematics import forward
from .rotations import wrapped
from .skeleton import NUM_ROOT, SKELETON, Body
from .smoothing import CalmPose, OneEuro
from .solver import levenberg_marquardt
from .targets import pair_lengths, root_by_reprojection, targets
from .terms import ANGLE_SCALE, FrameTerms

LOSS = "charbonnier"
AWAY = np.cos(np.radians(60.0))  # what points further away than this may be stuck
SHORTEST = (
    1e-3  # [s] frames that are nearer to each other, or have the same time, count as that far apart
)
STAY = 15.0  # [squared standard deviations] the last pose is left for one that costs so much less
TRIAL = 4  # steps that a way out gets before it is judged
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
    own_lengths: bool = True  # bone vectors are as long as our bones, not as the network says
    pairs: str = "bones"  # what E_3D compares, a name in `residuals.PAIRS`
    reprojection: float = 0.010  # of the person's height in the picture
    pixels: float = 0.0  # [px] instead, whatever the size of the person
    limit: float = np.radians(4.0)
    acceleration: float = 100.0  # [m/s^2] of what a degree of freedom moves
    momentum: float = 0.8  # share of the velocity that is expected to go on
    depth_speed: float = 3.0  # [m/s] of the pelvis, along the view
    speed: float = 6.0  # [m/s] of the pelvis
    turn_speed: float = 10.0  # [rad/s] of a joint
    rest: float = 2.0  # spreads of natural poses
    filter_2d: tuple = (1.7, 0.3)  # 1-Euro fc_min [Hz], beta; as published
    filter_3d: tuple = (0.8, 0.4)
    filter_pose: tuple = (2.0, 1.0)  # of metres and radians per second
    robust: float = 3.0  # scale of the robust loss, in standard deviations
    iterations: int = 2
    near: float = 0.06  # [m] or [rad] steps that are shorter need no other one
    first_iterations: int = 25
    forget_after: float = 0.3  # [s] without being seen: starts anew


METRES = 0.03  # standard deviation of E_3D to which the published weights are scaled
# As published, on positions and without robust loss; weights w become METRES sqrt(w_3D / w) of a millimetre
# and a crop's pixel (VNect: Mehta 2017, Sec. 4.4), of a metre and a pixel (XNect: Mehta 2020, Eq. 8.3).
_PUBLISHED = {
    "pairs": "positions", "own_lengths": False, "vector": (METRES,) * 3, "robust": 1e6,
    "momentum": 1.0, "speed": np.inf, "turn_speed": np.inf, "near": 0.0, "rest": np.inf,
    "filter_pose": (np.inf, 0.0),
}  # fmt: skip
PRESETS = {
    "monorig": LiveSettings(),
    "vnect": LiveSettings(
        **_PUBLISHED,
        pixels=1e3 * METRES * np.sqrt(1 / 44),
        limit=np.inf,
        acceleration=METRES * np.sqrt(1 / 0.07) * 30**2,
        depth_speed=METRES * np.sqrt(1 / 0.11) * 30,
    ),
    "xnect": LiveSettings(
        **_PUBLISHED,
        pixels=METRES * np.sqrt(0.9 / 1e-5),
        limit=METRES * np.sqrt(0.9 / 0.5),
        acceleration=METRES * np.sqrt(0.9 / 1e-7) * 30**2,
        depth_speed=METRES * np.sqrt(0.9 / 8e-6) * 30,
    ),
}


def chosen(settings):
    """LiveSettings of a user's FitSettings."""
    usual = PRESETS[settings.weights]
    return replace(
        usual,
        filter_pose=tuple(value / settings.smoothing for value in usual.filter_pose),
        limit=usual.limit if settings.limits else np.inf,
    )


def start_pose(X_camera, target, body, camera):
    """The analytic pose of the raw 3D, moved to where its pixels are: q (P,D)."""
    q = analytic_pose(X_camera @ camera.R_camera_world)
    posed = forward(q, body).markers
    q[:, :3] = camera.T_world_camera[:3, 3] + root_by_reprojection(posed, target, camera)
    return q


def away(model, seen):
    """(...,) bool: directions (...,3) that differ by more than AWAY; no direction is not away."""
    cosine, square, other = (
        np.einsum("...i,...i->...", a, b) for a, b in ((model, seen), (model, model), (seen, seen))
    )
    with np.errstate(invalid="ignore"):
        return cosine < AWAY * np.sqrt(square * other)


def stuck(markers, X_world):
    """(P,) bool: the trunk or a limb of the pose points away from the raw 3D.

    markers, X_world (P,K,3): markers of the pose, raw keypoints in world axes (any origin, NaN = unseen)
    """
    vectors = (v.take(CHECKED[:, 1], 1) - v.take(CHECKED[:, 0], 1) for v in (markers, X_world))
    return away(*vectors).any(-1)


def limbs_reset(q, markers, q_seen, X_world):
    """q (P,D) with every limb that points away from the raw 3D set to the analytic pose q_seen (P,D)."""
    out = q.copy()
    for limb in LIMBS.values():
        a, b, c = limb["points"]
        wrong = np.zeros(len(q), bool)
        for start, end in ((a, b), (b, c)):
            wrong |= away(markers[:, end] - markers[:, start], X_world[:, end] - X_world[:, start])
        out[np.ix_(wrong, limb["columns"])] = q_seen[np.ix_(wrong, limb["columns"])]
    return out


class LiveFit:
    """Frame after frame: `step` takes what is seen and gives q. Camera and bodies are fixed."""

    def __init__(self, body, camera: Camera, settings=LiveSettings()):
        P, K = len(body.height), len(SKELETON.marker_link)
        self.body, self.camera, self.settings = body, camera, settings
        self._lengths = pair_lengths(body, settings)
        self._q = np.zeros((2, P, SKELETON.num_dofs))  # t-1, t-2
        self._time = np.full((2, P), -np.inf)
        filters = np.repeat([settings.filter_2d, settings.filter_3d], K, 0).T
        self._calm_seen = OneEuro(*filters, P)
        self._calm_pose = CalmPose(*settings.filter_pose, P)

    def step(self, seen, time_s):
        """Evidence of one frame (leading axes (P,)) -> q (P,D), NaN for who is absent."""
        s = self.settings
        q = np.full_like(self._q[0], np.nan)
        people = np.flatnonzero(seen.present)
        if not len(people):
            return q
        fresh = ~(time_s - self._time[0, people] <= s.forget_after)
        self._forget(people[fresh])
        seen, body = self._calmed(_pick(seen, people), people, time_s), _pick(self.body, people)
        target = targets(seen, ..., self._lengths[people], s)
        start, pose, moved = self._start(people, fresh, seen.X, target, body)
        self._time[:, people[moved]] = -np.inf  # the filter of what is given out goes on: no jump
        expected, root = self._expectations(people, time_s)
        terms = FrameTerms(body, self.camera, target, s, LOSS, expected, root)
        iterations = s.first_iterations if moved.any() else s.iterations
        first = terms.evaluate(start, pose=pose)
        solved, _ = levenberg_marquardt(
            start, terms.evaluate, iterations, terms.cost, first, near=s.near
        )
        solved[:, 3:NUM_ROOT] = wrapped(solved[:, 3:NUM_ROOT])
        self._remember(people, solved, time_s)
        q[people] = self._calm_pose(
            people, solved, time_s
        )  # outside the loop, so that it cannot swing
        return q

    def change_bodies(self, people, body):
        """These rows (n,) are other people, or the same at other lengths (Body of n): they start anew."""
        for name in Body.__dataclass_fields__:
            getattr(self.body, name)[people] = getattr(body, name)
        self._lengths[people] = pair_lengths(body, self.settings)
        self._forget(people)

    def _calmed(self, seen, people, time_s):
        """1-Euro on what the networks say: 2D as if the person were 300 px tall, 3D in decimetres."""
        K = seen.px_ideal.shape[1]
        size = 300 / np.maximum(seen.height_px, 20.0)[:, None, None]
        values = np.zeros((len(people), 2 * K, 3))
        values[:, :K, :2], values[:, K:] = seen.px_ideal * size, seen.X * 10
        values = self._calm_seen(people, values, time_s)
        return replace(seen, px_ideal=values[:, :K, :2] / size, X=values[:, K:] / 10)

    def _start(self, people, fresh, X, target, body):
        """The best of the last pose, the last pose with limbs reset, and the closed-form pose.

        -> q (n,D), its Pose, and who leaves the last pose (n,) bool; judged by the data alone, as a wrong
        past must not defend itself.
        """
        q = self._q[0, people]
        X_world, pose = X @ self.camera.R_camera_world, forward(q, body)
        moved = fresh | stuck(pose.markers, X_world)
        if not moved.any():
            return q, pose, moved
        chosen = np.flatnonzero(moved)
        best, left = self._best_start(
            q[chosen],
            pose.markers[chosen],
            fresh[chosen],
            X[chosen],
            _pick(target, chosen),
            _pick(body, chosen),
        )
        q[chosen], moved[chosen] = best, left
        return q, forward(q, body), moved

    def _best_start(self, q, markers, fresh, X, target, body):
        """For who is stuck -> q (n,D), left (n,) bool; every candidate gets TRIAL steps before it is judged."""
        n, X_world = len(q), X @ self.camera.R_camera_world
        anew = start_pose(X, target, body, self.camera)
        candidates = np.concatenate([q, limbs_reset(q, markers, anew, X_world), anew])
        three = np.tile(np.arange(n), 3)
        data = FrameTerms(
            _pick(body, three), self.camera, _pick(target, three), self.settings, LOSS
        )
        solved, cost = levenberg_marquardt(candidates, data.evaluate, TRIAL, data.cost)
        cost = cost.reshape(3, n)
        cost[0] -= STAY
        cost[:2, fresh] = np.inf
        best = cost.argmin(0)
        return solved.reshape(3, n, -1)[best, np.arange(n)], best > 0

    def _forget(self, people):
        """These have no past."""
        self._time[:, people] = -np.inf
        self._calm_seen.forget(people)
        self._calm_pose.forget(people)

    def _expectations(self, people, time_s):
        """E_temp, and that what nothing is seen of, like a twist, comes to rest; E_depth. Linear terms at 0.

        Weights are 0 where a person has no last frames.
        """
        s = self.settings
        now, old = self._q[:, people]
        last, before = self._time[:, people, None]
        first, second = np.isfinite(last), np.isfinite(before)
        dt = np.maximum(time_s - last, SHORTEST)  # inf for who has no last frame
        elapsed = np.where(second, np.maximum(last - np.where(second, before, 0), SHORTEST), np.inf)
        predicted = now + s.momentum * (now - old) * (np.where(first, dt, 0.0) / elapsed)
        view, at_zero = self.camera.T_world_camera[:3, 2], np.zeros_like(now)
        steady = second / (s.acceleration * ANGLE_SCALE * np.where(second, dt, 1.0) ** 2)
        return (
            (
                residuals.expected(
                    at_zero,
                    now,
                    1 / (np.array([s.speed] * 3 + [s.turn_speed] * (now.shape[1] - 3)) * dt),
                ),
                residuals.expected(at_zero, predicted, steady),
            ),
            (
                residuals.depth(
                    at_zero[:, :3], view, now[:, :3] @ view[:, None], 1 / (s.depth_speed * dt)
                ),
            ),
        )

    def _remember(self, people, q, time_s):
        old = self._q[0, people]
        old[:, 3:NUM_ROOT] = nearest_turn(old[:, 3:NUM_ROOT], q[:, 3:NUM_ROOT])
        self._q[1, people], self._time[1, people] = old, self._time[0, people]
        self._q[0, people], self._time[0, people] = q, time_s


def nearest_turn(rotvec, reference):
    """The same rotation (n,3) by so many whole turns that it is next to the reference (n,3)."""
    angle = np.sqrt((rotvec * rotvec).sum(-1, keepdims=True))
    axis = rotvec / np.where(angle > 0, angle, 1)
    turns = np.round(((reference - rotvec) * axis).sum(-1, keepdims=True) / (2 * np.pi))
    return rotvec + turns * 2 * np.pi * axis


def _pick(record, chosen):
    """The chosen people of a record of arrays."""
    return type(record)(*(getattr(record, name)[chosen] for name in record.__dataclass_fields__))
