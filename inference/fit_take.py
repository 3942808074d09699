"""The take fit: all frames of a person at once, with the future, and the person's proportions with them.

Minimises over q(t) and the segment lengths s

    sum_t  E_3D (bone vectors) + E_2D (reprojection) + E_lim + E_rest   +   |acceleration of q|^2   +   |s|^2

by Gauss-Newton steps on the block-banded normal equations (`banded`), observations weighed robustly,
Levenberg's damping, windows with overlap for long takes. Segment lengths are exp(s) times the universal
ones; the network's limbs, which are too short by a constant factor, are scaled to the person once, so
that no free scale can collapse.
"""

from dataclasses import dataclass

import numpy as np

from . import banded, contacts, residuals
from .analytic_pose import analytic_pose
from .kinematics import forward
from .rotations import wrapped
from .skeleton import NUM_ROOT, SKELETON, Body
from .targets import Targets, bone_lengths, direction_scale, root_by_reprojection, targets
from .terms import frame_terms, robust_rows

# degree of freedom -> how far what it turns reaches [m]: an acceleration [m/s^2] becomes one of the angle
REACH = [
    ("pelvis.rotation", 0.45), ("spine", 0.45), ("chest", 0.45), ("neck", 0.25), ("head", 0.2),
    ("clavicle", 0.5), ("shoulder", 0.45), ("upper_arm", 0.25), ("elbow", 0.25), ("forearm", 0.1),
    ("hand", 0.1), ("hip", 0.7), ("thigh", 0.3), ("shin", 0.4), ("foot", 0.15), ("toe", 0.08),
]  # fmt: skip


@dataclass(frozen=True)
class TakeSettings:
    """Standard deviations of the terms. Axes: camera x, y, z."""

    vector: tuple = (0.05, 0.05, 0.06)  # [m] of a bone vector of the network's 3D
    reprojection: float = 0.012  # of the person's height in the picture
    limit: float = np.radians(4.0)
    acceleration: float = 4.0  # [m/s^2] of what a degree of freedom moves, before the motion is known
    liveliness: float = 1.5  # then: so many times the motion's own acceleration, this person, this take
    acceleration_range: tuple = (1.5, 15.0)  # [m/s^2] within which that may go
    robust_acceleration: float = 2.0  # in standard deviations: from here a landing, not noise
    rest: float = np.radians(120.0)
    robust: float = 2.0  # scale of the robust losses, in standard deviations
    rounds: tuple = ("charbonnier",) * 3 + ("geman_mcclure",) * 3  # one step each
    contact: float = 0.004  # [m] by which a planted foot may move; inf = feet are not planted
    contact_rounds: int = 3  # steps after the contacts were found
    bridge: float = 1.0  # [s] longest gap that is filled; longer ones stay gaps
    window: int = 400  # frames solved at once
    overlap: int = 40  # frames by which windows reach into each other, blended there


def angle_scale():
    """(D,) [1 or 1/m]: acceleration of a degree of freedom per acceleration of what it moves."""
    scale = np.ones(SKELETON.num_dofs)
    for column, name in enumerate(SKELETON.dof_names):
        for prefix, reach in REACH:
            if name.startswith(prefix):
                scale[column] = 1 / reach
    return scale


ANGLE_SCALE = angle_scale()


def start_poses(target, X_camera, camera, body):
    """Closed-form pose of every frame: q (T,D), continuous; frames without evidence from their neighbours."""
    q = analytic_pose(X_camera @ camera.R_camera_world)
    posed = forward(q, body).markers
    q[:, :3] = camera.T_world_camera[:3, 3] + root_by_reprojection(posed, target, camera)
    seen = np.isfinite(target.px_sigma).any(-1) & (target.vector_weight.max(-1) > 0)
    frames = np.arange(len(q))
    if seen.any():
        nearest = frames[seen][np.abs(frames[:, None] - frames[seen]).argmin(1)]
        q = q[nearest]
    q[:, 3:NUM_ROOT] = continuous(q[:, 3:NUM_ROOT])
    return q


def continuous(rotvec):
    """Rotation vectors (...,T,3) without jumps of a whole turn between frames."""
    out = wrapped(rotvec)
    for t in range(1, out.shape[-2]):
        now, before = out[..., t, :], out[..., t - 1, :]
        angle = np.linalg.norm(now, axis=-1, keepdims=True)
        axis = now / np.where(angle > 0, angle, 1)
        turns = np.round(((before - now) * axis).sum(-1, keepdims=True) / (2 * np.pi))
        out[..., t, :] = np.where(np.isfinite(turns), now + turns * 2 * np.pi * axis, now)
    return out


class TakeProblem:
    """Cost and normal equations of T frames of one person."""

    def __init__(self, target: Targets, time_s, body: Body, camera, settings):
        self.target, self.body, self.camera, self.settings = target, body, camera, settings
        self._differences = banded.second_differences(time_s)
        self._sigma = settings.acceleration * ANGLE_SCALE
        self._time_s = time_s
        self.contact = np.zeros((len(time_s), len(contacts.FEET)), bool)
        self._places = None

    def adapt(self, q):
        """Takes the expected acceleration from the motion itself: a walk is smoothed more than a jump.

        Empirical Bayes: half of the variance is the degree of freedom's own, half that of its group.
        """
        s = self.settings
        if s.liveliness <= 0 or len(q) < 3:
            return
        square = (banded.accelerations(self._differences, q) / ANGLE_SCALE) ** 2
        own = square.mean(0)
        group = np.where(np.arange(len(own)) < NUM_ROOT, own[:NUM_ROOT].mean(), own[NUM_ROOT:].mean())
        sigma = s.liveliness * np.sqrt((own + group) / 2)
        self._sigma = np.clip(sigma, *s.acceleration_range) * ANGLE_SCALE

    def plant(self, q):
        """Finds the contacts of q and pins them where they are."""
        feet = forward(q, self.body).markers[:, contacts.FEET]
        self.contact = contacts.detect(feet, self.camera.T_world_camera[:3, 2], self._time_s)
        self._places = contacts.anchors(feet, self.contact)

    def _contact_rows(self, m, Jm):
        s = self.settings
        term = residuals.planted(m, Jm, contacts.FEET, self._places, s.contact)
        yield robust_rows(*term, self.contact, "charbonnier", s.robust)

    def evaluate(self, q, loss):
        """q (T,D) -> cost (), H (T,D,D) of single frames, Coupling, g (T,D)."""
        more = self._contact_rows if self.contact.any() else None
        cost, H, g = frame_terms(q, self.body, self.camera, self.target, self.settings, loss, more)
        r = banded.accelerations(self._differences, q) / self._sigma
        w, rough = residuals.charbonnier(r[..., None], self.settings.robust_acceleration)
        g += banded.spread(self._differences, w * r / self._sigma, len(q))
        coupling = banded.couple(self._differences, w / self._sigma**2, len(q))
        return cost.sum() + rough.sum(), H, coupling, g

    @staticmethod
    def step(H, coupling, g, damping):
        """Gauss-Newton step (T,D), Levenberg-damped."""
        d = np.arange(H.shape[-1])
        damped = H.copy()
        damped[:, d, d] += damping * (H[:, d, d] + 1.0)
        return -banded.solve(damped, coupling, g[..., None])[..., 0]


def solve(problem, q):
    """Gauss-Newton through the rounds of the settings, then with the feet planted -> q (T,D), contact (T,4)."""
    settings = problem.settings
    for loss in dict.fromkeys(settings.rounds):
        q = descend(problem, q, loss, settings.rounds.count(loss))
        problem.adapt(q)
    if np.isfinite(settings.contact) and len(q) > 2:
        problem.plant(q)
        q = descend(problem, q, settings.rounds[-1], settings.contact_rounds)
    return q, problem.contact


def descend(problem, q, loss, rounds):
    """Damped Gauss-Newton steps: q (T,D) -> q (T,D); the cost never rises."""
    damping = 1e-3
    cost, *equations = problem.evaluate(q, loss)
    for _ in range(rounds):
        trial = q + problem.step(*equations, damping)
        trial_cost, *trial_equations = problem.evaluate(trial, loss)
        if trial_cost < cost:
            q, cost, equations, damping = trial, trial_cost, trial_equations, damping / 5
        else:
            damping *= 8
    return q


def segments(present, time_s, bridge):
    """Runs [first, end) of frames (T,) bool that are solved together: gaps up to `bridge` [s] inside."""
    seen = np.flatnonzero(present)
    if not len(seen):
        return []
    breaks = np.flatnonzero(np.diff(time_s[seen]) > bridge)
    firsts = np.concatenate([seen[:1], seen[breaks + 1]])
    lasts = np.concatenate([seen[breaks], seen[-1:]])
    return [(int(a), int(b) + 1) for a, b in zip(firsts, lasts)]


def windows(first, end, window, overlap):
    """Ranges of at most `window` frames that cover [first, end), each reaching `overlap` into the next."""
    if end - first <= window:
        return [(first, end)]
    count = int(np.ceil((end - first - overlap) / (window - overlap)))
    starts = np.linspace(first, end - window, count).astype(int)
    return [(int(a), int(a) + window) for a in starts]


def fit_person(evidence, person, time_s, body, camera, settings=TakeSettings(), on_frames=lambda n: None):
    """One person over all frames -> q (T,D), NaN where nobody was for longer than the bridge; contact (T,4).

    body   Body of this one person; on_frames is told how many frames were solved
    """
    q = np.full((len(time_s), SKELETON.num_dofs), np.nan)
    contact = np.zeros((len(time_s), len(contacts.FEET)), bool)
    X = evidence.X[person]
    target = targets(evidence, person, direction_scale(X, bone_lengths(body)), settings)
    for first, end in segments(evidence.present[person], time_s, settings.bridge):
        blended = first  # frames before it are final
        for a, b in windows(first, end, settings.window, settings.overlap):
            chosen = slice(a, b)
            part = Targets(*(getattr(target, name)[chosen] for name in Targets.__dataclass_fields__))
            problem = TakeProblem(part, time_s[chosen], body, camera, settings)
            solved, planted = solve(problem, start_poses(part, X[chosen], camera, body))
            contact[blended:b] = planted[blended - a :]
            _blend(q, solved, a, b, blended)
            on_frames(b - blended)
            blended = b
    return q, contact


def _blend(q, solved, first, end, blended):
    """Writes a window into q; where the last window reached, the two are faded into each other."""
    shared = blended - first
    if shared > 0:
        fade = ((np.arange(shared) + 1) / (shared + 1))[:, None]
        solved[:, 3:NUM_ROOT] = _same_turn(solved[:, 3:NUM_ROOT], q[blended - 1, 3:NUM_ROOT], shared - 1)
        q[first:blended] = (1 - fade) * q[first:blended] + fade * solved[:shared]
    q[max(blended, first) : end] = solved[max(shared, 0) :]


def _same_turn(rotvec, reference, row):
    """Rotation vectors (T,3) unwrapped so that `row` is next to `reference` (3,)."""
    chained = np.concatenate([reference[None], rotvec[row::-1]])
    before = continuous(chained)[1:][::-1]
    after = continuous(np.concatenate([before[-1:], rotvec[row + 1 :]]))[1:]
    shift = reference - continuous(reference[None])[0]
    return np.concatenate([before, after]) + shift
