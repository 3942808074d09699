"""The take fit's cost and normal equations: T frames of one person and the segment lengths together."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from . import banded, contacts, residuals, retouch
from .kinematics import forward
from .skeleton import NUM_ROOT, Body, scaled_body
from .targets import Targets
from .terms import ANGLE_SCALE, FrameTerms

PLACE = slice(0, 3)  # of the degrees of freedom
ACROSS, ALONG = 0, 2  # of a place in camera axes


@dataclass(frozen=True)
class TakeSettings:
    """Standard deviations of the terms. Axes: camera x, y, z."""

    vector: tuple = (0.05, 0.05, 0.06)  # [m] of a bone vector of the network's 3D
    own_lengths: bool = True  # bone vectors are as long as our bones, not as the network says
    pairs: str = "bones"  # what E_3D compares, a name in `residuals.PAIRS`
    reprojection: float = 0.012  # of the person's height in the picture
    pixels: float = 0.0  # [px] instead, whatever the size of the person
    limit: float = np.radians(4.0)
    acceleration: float = (
        16.0  # [m/s^2] of what a degree of freedom moves, until the motion is known
    )
    liveliness: float = (
        2.0  # then: so many times the motion's own acceleration, this person, this take
    )
    acceleration_span: float = (
        0.1  # [s] over which that is measured, so that it is motion and not noise
    )
    acceleration_range: tuple = (1.0, 60.0)  # [m/s^2] within which it may go
    of_the_moment: float = (
        0.9  # share of its square that follows the moment, the rest is the take's
    )
    moment: float = 0.15  # [s] standard deviation of the Gaussian that makes a moment
    quickest: float = 2.0  # times the take's mean square: what seems quicker may be badly seen
    robust_acceleration: float = 2.0  # in standard deviations: from here a landing, not noise
    rest: float = 2.0  # spreads of natural poses
    length: float = (
        0.04  # of the logarithm of a segment's length, against the universal proportions
    )
    same_error: float = (
        0.5  # [s] for which the networks repeat an error: counts as one look at the lengths
    )
    robust: float = 2.0  # scale of the robust losses, in standard deviations
    rounds: tuple = ("charbonnier",) * 2 + ("geman_mcclure",) * 2  # one step each
    contact: float = 0.004  # [m] by which a planted foot may move; inf = feet are not planted
    contact_rounds: int = 2  # steps after the contacts were found
    held_rounds: int = 4  # more where the animator holds a foot, which may have far to go
    bridge: float = 1.0  # [s] longest gap that is filled; longer ones stay gaps
    window: int = 400  # frames solved at once
    overlap: int = 40  # frames by which windows reach into each other, blended there


class TakeProblem:
    """Cost and normal equations of T frames of one person."""

    def __init__(self, target: Targets, time_s, body: Body, camera, settings, solve_lengths, said):
        self.solve_lengths, self._said = solve_lengths, said
        self.target, self.body, self.camera, self.settings = target, body, camera, settings
        self._differences = banded.second_differences(time_s)
        self._sigma = settings.acceleration * ANGLE_SCALE
        self._time_s = time_s
        step = np.median(np.diff(time_s)) if len(time_s) > 1 else settings.same_error
        self._looks = max(settings.same_error / max(step, 1e-3), 1.0)  # frames that say the same
        self.contact = np.zeros((len(time_s), len(contacts.FEET)), bool)
        self._places = None

    @property
    def holds_feet(self):
        """Whether the animator holds a foot that the fit may have seen move."""
        return bool((self._said.feet == retouch.STANDS).any())

    def adapt(self, q):
        """Takes the expected acceleration from the motion itself.

        A walk is smoothed more than a jump, and who stands before the jump more than in it.
        """
        s = self.settings
        step = np.median(np.diff(self._time_s)) if len(q) > 1 else s.acceleration_span
        apart = max(1, int(round(s.acceleration_span / max(step, 1e-3))))
        if s.liveliness <= 0 or len(q) < 2 * apart + 1:
            return
        turned = q[2 * apart :] - 2 * q[apart:-apart] + q[: -2 * apart]
        acceleration = turned / (apart * step) ** 2 / ANGLE_SCALE
        acceleration[:, PLACE] = acceleration[:, PLACE] @ self.camera.T_world_camera[:3, :3]
        square = acceleration**2
        take = self._expected(square.mean(0))
        now = self._expected(averaged(square, s.moment / max(step, 1e-3)))
        now = np.minimum(now, s.quickest * take)
        square = s.of_the_moment * now + (1 - s.of_the_moment) * take
        sigma = np.pad(s.liveliness * np.sqrt(square), ((apart - 1, apart - 1), (0, 0)), "edge")
        self._sigma = np.clip(sigma, *s.acceleration_range) * ANGLE_SCALE

    def _expected(self, square):
        """Mean square of the acceleration (...,D), place in camera axes -> what to expect, place in world axes.

        Empirical Bayes: half of it is the degree of freedom's own, half that of its group: the root's place,
        all of the root, the joints. Along the view not more than across it: depth follows from size, which
        looks changed whenever a pose is wrong, as in somebody who curls up; people move no more towards the
        camera than they do sideways.
        """
        own = square.copy()
        own[..., ALONG] = np.minimum(own[..., ALONG], own[..., ACROSS])
        own[..., PLACE] = own[..., PLACE] @ (self.camera.T_world_camera[:3, :3] ** 2).T
        group = np.empty_like(own)
        for part in (slice(NUM_ROOT, None), slice(NUM_ROOT), PLACE):  # the place is of the root too
            group[..., part] = own[..., part].mean(-1, keepdims=True)
        return (own + group) / 2

    def plant(self, q, s):
        """Finds the contacts of q and pins them where they are."""
        feet = forward(q, scaled_body(self.body, s)).markers[:, contacts.FEET]
        found = contacts.detect(feet, self.camera.T_world_camera[:3, 2], self._time_s)
        self.contact = retouch.with_feet(found, self._said)
        self._places = self.camera.to_camera(contacts.anchors(feet, self.contact))

    def _contact_terms(self, X):
        term = residuals.planted(X[..., contacts.FEET, :], self._places, self.settings.contact)
        return [(contacts.FEET, *term, self.contact)]

    def evaluate(self, q, s, loss):
        """Cost and normal equations at q (T,D) and segment lengths s (G,).

        -> cost (), Equations
        """
        more = self._contact_terms if self.contact.any() else None
        body = scaled_body(self.body, s)
        terms = FrameTerms(body, self.camera, self.target, self.settings, loss, more=more)
        cost, H, g = terms.evaluate(q, self.solve_lengths)
        D = q.shape[1]
        sigma = self._sigma / self._said.smooth[1:-1, None]
        r = banded.accelerations(self._differences, q) / sigma
        w, rough = residuals.charbonnier(r * r, self.settings.robust_acceleration)
        coupling = banded.couple(self._differences, w / sigma**2, len(q))
        g_q = g[:, :D] + banded.spread(self._differences, w * r / sigma, len(q))
        prior = self._looks / self.settings.length**2 if self.settings.length > 0 else 0.0
        C = H[:, D:, D:].sum(0) + prior * np.eye(H.shape[-1] - D)
        h = g[:, D:].sum(0) + prior * s[: H.shape[-1] - D]
        equations = Equations(H[:, :D, :D], coupling, g_q, H[:, :D, D:], C, h)
        return cost.sum() + rough.sum() + prior * (s**2).sum(), equations


def averaged(values, spread):
    """Values (n,D) averaged over the first axis by a Gaussian of so many rows; the ends are mirrored."""
    reach = min(int(np.ceil(2 * spread)), len(values) - 1)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    around = sliding_window_view(
        np.pad(values, ((reach, reach), (0, 0)), "reflect"), len(kernel), 0
    )
    return around @ (kernel / kernel.sum())


@dataclass(frozen=True)
class Equations:
    """(A + damping) dq + B ds = -g,  B^T dq + C ds = -h; A = blockdiag(H) + coupling; ds may be empty."""

    H: np.ndarray  # (T,D,D)
    coupling: banded.Coupling
    g: np.ndarray  # (T,D)
    B: np.ndarray  # (T,D,G)
    C: np.ndarray  # (G,G)
    h: np.ndarray  # (G,)

    def step(self, damping):
        """Gauss-Newton step, Levenberg-damped: dq (T,D), ds (G,), by the Schur complement of A."""
        d = np.arange(self.H.shape[-1])
        damped = self.H.copy()
        damped[:, d, d] += damping * (self.H[:, d, d] + 1.0)
        right = np.concatenate([-self.g[..., None], self.B], -1)
        x = banded.solve(damped, self.coupling, right)
        dq, Y = x[..., 0], x[..., 1:]
        S = self.C - np.einsum("tdg,tdh->gh", self.B, Y)
        ds = np.linalg.solve(S, -self.h - np.einsum("tdg,td->g", self.B, dq))
        return dq - Y @ ds, ds
