"""The one-frame problem solved by our Levenberg-Marquardt and by scipy's (MINPACK), to equal cost.

Both minimise the same sum of squares from the same start (the truth's pose of 3 frames before):
bone vectors, reprojection, limits and rest pose, without robust loss. scipy gets residuals and the
analytic Jacobian in two functions; ours gets normal equations of all people at once. Each is stopped as
early as its cost is within a tenth of a per cent of the least cost.
"""

import functools
import time

import numpy as np

from ..inference import residuals
from ..inference.fit_live import LiveSettings
from ..inference.kinematics import forward, marker_jacobian
from ..inference.solver import levenberg_marquardt
from ..inference.targets import pair_lengths, targets
from ..inference.terms import FrameTerms
from .fit_speed import crowd, evidence_of
from .tables import header, number, row

EQUAL = 1.001
MOST_ITERATIONS = 40
FRAMES = 12
QUADRATIC = 1e6  # scale of the robust loss at which it is none
TOLERANCES = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8)
TARGETS = {1: 2.0, 10: 6.0}


class FrameOfPeople:
    """The problem of one frame for P people."""

    def __init__(self, target, body, camera):
        self.target, self.body, self.camera = target, body, camera
        self.settings = LiveSettings(robust=QUADRATIC)
        terms = FrameTerms(body, camera, target, self.settings, "charbonnier")
        self.evaluate, self.cost = terms.evaluate, terms.cost  # for ours

    def _pieces(self, q, with_jacobian):
        """Residuals with their Jacobians of one person; the Jacobian costs nothing where it is not asked for."""
        s, t, camera = self.settings, self.target, self.camera
        pose, pairs = forward(q, self.body), residuals.PAIRS[s.pairs]
        X = camera.to_camera(pose.markers)
        JX = (
            marker_jacobian(pose, camera.R_camera_world)
            if with_jacobian
            else np.zeros((len(X), 3, 1))
        )
        r, slope = residuals.vectors(X, pairs, t.vector, 1 / np.asarray(s.vector))
        root = np.sqrt(t.vector_weight)
        yield (
            r * root[:, None],
            ((JX[pairs.end] - JX[pairs.start]) * slope[:, None] * root[:, None, None]),
        )
        r, S = residuals.reprojection(X, camera.K, t.px, t.px_weight)
        yield r, S @ JX
        for r, S in (residuals.limits(q, s.limit), residuals.natural(q, s.rest)):
            yield r, np.diag(S) if with_jacobian else S

    def residual(self, q):
        """For scipy: (N,) of one person."""
        return np.concatenate([r.ravel() for r, _ in self._pieces(q, False)])

    def jacobian(self, q):
        return np.concatenate([J.reshape(-1, len(q)) for _, J in self._pieces(q, True)])


def problems(case, people, frame, start_q, rng):
    """-> FrameOfPeople of P people, FrameOfPeople of each, start (P,D)."""
    evidence, body, _ = evidence_of(crowd(case, people), case)
    seen = evidence.at(frame)
    settings = LiveSettings()
    target = targets(seen, ..., pair_lengths(body, settings), settings)
    each = [FrameOfPeople(_one(target, p), _one(body, p), case.camera) for p in range(people)]
    start = start_q + rng.normal(0, 0.03, (people, len(start_q)))
    return FrameOfPeople(target, body, case.camera), each, start


def _one(record, person):
    return type(record)(
        *(np.asarray(getattr(record, name)[person]) for name in record.__dataclass_fields__)
    )


def ours(together, start, least):
    """Seconds of the shortest run that brings everybody within EQUAL of the least cost."""
    for iterations in range(1, MOST_ITERATIONS):
        solve = functools.partial(
            levenberg_marquardt, start, together.evaluate, iterations, together.cost
        )
        if (solve()[1] <= EQUAL * least).all():
            return timed(solve)[0], iterations
    return np.nan, MOST_ITERATIONS


def theirs(one, start, least):
    """Seconds of scipy's shortest run to the same cost, for one person."""
    from scipy.optimize import least_squares

    for tolerance in TOLERANCES:
        limits = {"ftol": tolerance, "xtol": 1e-12, "gtol": 1e-12}
        solve = functools.partial(
            least_squares, one.residual, start, one.jacobian, method="lm", **limits
        )
        if 2 * solve().cost <= EQUAL * least:
            seconds, found = timed(solve)
            return seconds, found.nfev
    return np.nan, 0


def timed(run):
    """Least processor time [s] of three runs, and what the last gave."""
    seconds = []
    for _ in range(3):
        start = time.thread_time()
        result = run()
        seconds.append(time.thread_time() - start)
    return min(seconds), result


def compare(case, poses, people):
    """Medians over frames: our ms per person, scipy's ms per person, iterations of both."""
    rng, rows = np.random.default_rng(5), []
    for frame in np.linspace(5, len(case.observations) - 1, FRAMES).astype(int):
        together, each, start = problems(case, people, frame, poses[frame - 3], rng)
        least = levenberg_marquardt(start, together.evaluate, 80)[1]
        our_seconds, our_steps = ours(together, start, least)
        their = [theirs(one, q, cost) for one, q, cost in zip(each, start, least)]
        their_seconds = sum(seconds for seconds, _ in their)
        rows.append([our_seconds / people, their_seconds / people, our_steps, their[0][1]])
    return np.nanmedian(rows, axis=0)


def scipy_table(case, poses):
    """poses (T,D): what the live fit found, in the world of the case's camera."""
    try:
        import scipy
    except ImportError:
        print("\nscipy is not installed; the comparison with it is left out.")
        return {}
    header(
        "one-frame problem, people",
        "ours [ms per person]",
        f"scipy {scipy.__version__} lm [ms per person]",
        "ratio",
        "target",
        "iterations",
        "scipy's evaluations",
    )
    result = {}
    for people in TARGETS:
        our, their, steps, evaluations = compare(case, poses, people)
        result[f"scipy_ratio_{people}"] = their / our
        row(
            people,
            number(1000 * our, 2),
            number(1000 * their, 2),
            number(their / our),
            TARGETS[people],
            number(steps, 0),
            number(evaluations, 0),
        )
    return result
