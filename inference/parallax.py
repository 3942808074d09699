"""Where a camera went, up to a factor, and how it turned: near things shift more than far ones.

One key picture and the pictures that its corners were followed into are solved together (bundle adjustment,
Triggs 2000), corners as inverse depths along the rays of the key picture (Civera 2008):

    x_tj ~ R_t (r_j - rho_j b_t)

R_t and the place b_t of each picture are eliminated (Schur complement), so that a step costs one system of as
many unknowns as corners. It starts from what a camera that only turns leaves unexplained: its first
principal component over the corners is their inverse depth but for sign, size and offset (Tomasi and Kanade
1992), so both signs are tried. Only b_t / rho_j^-1 is seen: the factor is common to a key picture.
"""

from dataclasses import dataclass

import numpy as np

from .rotations import exp, hat

STEPS, DONE = 25, 1e-4
REACH = 3.0  # standard deviations from which a corner is let go
NARROWING = REACH * 2.0 ** np.array([7, 7, 6, 5, 4, 3, 2, 1, 1, 0, 0, 0])  # on the way there
AT_ONCE = 120  # pictures solved with the depths; the others after them
FROM = 0.5, 0.35  # inverse depths that it starts from: mean, spread
WORTH = 4.0  # by how much a further unknown must lower the cost
LOOSE = 2.0  # standard deviation of an inverse depth of which nothing is known, mean 1
BEHIND = 0.02  # the same of an inverse depth below 0
RANGE = 5.0  # standard deviation of a place, in usual depths
LEAST = 8  # corners of a picture
LEAST_NEAR = 1e-3  # inverse depth, of usual ones, below which a corner is as far as any
NEAREST = 1e-3  # along the view, in depths in the key picture, that a corner may come


@dataclass(frozen=True)
class Seen:
    """M corners of a key picture in T pictures, in focal lengths from the middle."""

    start: np.ndarray  # (M,2) in the key picture
    end: np.ndarray  # (T,M,2), 0 where lost
    weight: np.ndarray  # (T,M) 1 or 0 where lost

    def part(self, rows):
        return Seen(self.start, self.end[rows], self.weight[rows])

    @property
    def rays(self):
        """(M,3), z = 1."""
        return np.append(self.start, np.ones((len(self.start), 1)), 1)


@dataclass(frozen=True)
class Solved:
    """T pictures beside their key picture; lengths in usual depths of its corners."""

    R: np.ndarray  # (T,3,3) axes of the key picture -> those of the picture
    place: np.ndarray  # (T,3) in the axes of the key picture
    spread: np.ndarray  # (T,) standard deviation of the place
    near: np.ndarray  # (M,) inverse depths of the corners
    near_spread: np.ndarray  # (M,)
    error: float  # median distance of the corners from where they should be, in standard deviations


def solve(seen, R, off, known=None):
    """Seen, turns R (T,3,3) to start from, standard deviation `off` of a corner's place -> Solved.

    None where turns alone explain the corners as well: there parallax tells nothing.

    known    (mean, spread) of inverse depths (M,), some of them less than the mean; None = none is known
    """
    if len(R) < 2:
        return None
    rows = np.unique(np.linspace(0, len(R) - 1, min(AT_ONCE, len(R))).astype(int))
    some, turns = seen.part(rows), R[rows]
    far, one = np.zeros(len(seen.start)), np.ones(len(seen.start))
    turning = Bundle(some, off, (far, one)).resected(turns, far, places=False)
    bundle = Bundle(some, off, (one, LOOSE * one))
    found = [bundle.descended(turning.R, near) for near in _starts(some, turning.R)]
    found = min(found, key=lambda state: state.cost)
    if turning.cost - found.cost < WORTH * (3 * len(rows) + len(far)):
        return None
    size = max(float(np.median(found.near)), LEAST_NEAR)
    if known is not None:
        sure = known[1] < np.maximum(known[0], LEAST_NEAR)
        factor = np.median(known[0][sure] / np.maximum(found.near[sure], LEAST_NEAR))
        bundle, size = Bundle(some, off, known), 1.0
        found = bundle.descended(found.R, factor * found.near)
    near, near_spread = found.near / size, bundle.near_spread(found) / size
    whole = Bundle(seen, off, (near, np.maximum(near_spread, 1e-6)))
    all_rows = whole.resected(_between(rows, found.R, R), near)
    return Solved(
        all_rows.R,
        all_rows.place,
        whole.place_spread(all_rows),
        near,
        near_spread,
        whole.error(all_rows),
    )


def _between(rows, found, R):
    """Turns (T,3,3) to start from: those found at some rows carried over to the rows after them."""
    nearest = rows[np.abs(np.arange(len(R))[:, None] - rows).argmin(1)]
    place = np.searchsorted(rows, nearest)
    correction = found[place] @ np.swapaxes(R[nearest], -1, -2)
    return correction @ R


def _starts(seen, R):
    """Inverse depths (M,) to start from."""
    X = np.einsum("tij,mj->tmi", R, seen.rays)
    left = (X[..., :2] / X[..., 2:] - seen.end) * seen.weight[..., None]
    _, _, Vt = np.linalg.svd(
        np.swapaxes(left, 1, 2).reshape(-1, len(seen.start)), full_matrices=False
    )
    shape = (Vt[0] - np.median(Vt[0])) / max(Vt[0].std(), 1e-9)
    mean, spread = FROM
    return [np.clip(mean + sign * spread * shape, 0.02, 2.0) for sign in (1, -1)]


@dataclass(frozen=True)
class State:
    R: np.ndarray  # (T,3,3)
    place: np.ndarray  # (T,3)
    near: np.ndarray  # (M,)
    cost: float = np.inf


class Bundle:
    """Cost and normal equations; unknowns of a picture are a turn and a place, of a corner its inverse depth."""

    def __init__(self, seen, off, known):
        self._seen, self._off, self._known = seen, off, known

    def descended(self, R, near):
        """Levenberg-Marquardt from turns (T,3,3) and inverse depths (M,) -> State."""
        state = self.resected(R, near)
        damping, parts = 1e-3, self._parts(state)
        for _ in range(STEPS):
            own, shared = _step(parts, damping)
            trial = State(exp(own[:, :3]) @ state.R, state.place + own[:, 3:], state.near + shared)
            trial_parts = self._parts(trial)
            gain = parts[0] - trial_parts[0]
            if gain > 0:
                state, parts, damping = trial, trial_parts, damping / 5
            else:
                damping *= 8
            if 0 < gain < DONE * parts[0]:
                break
        return State(state.R, state.place, state.near, parts[0])

    def resected(self, R, near, places=True):
        """Each picture by itself, the depths as they are -> State; the reach is narrowed step by step."""
        state, columns = State(R, np.zeros((len(R), 3)), near), 6 if places else 3
        for reach in NARROWING:
            _, H, g, _, _, _ = self._parts(state, reach)
            H = H[:, :columns, :columns] + 1e-9 * np.eye(columns)
            own = np.linalg.solve(H, -g[:, :columns, None])[..., 0]
            place = state.place + own[:, 3:] if places else state.place
            state = State(exp(own[:, :3]) @ state.R, place, near)
        return State(state.R, state.place, near, self._parts(state)[0])

    def near_spread(self, state):
        """(M,) standard deviations, without that of a factor which all have in common."""
        S = _reduced(self._parts(state), 1e-9)[0]
        common = state.near / np.linalg.norm(state.near)
        return np.sqrt(np.diag(np.linalg.inv(S + np.trace(S) * np.outer(common, common))))

    def error(self, state):
        """Median distance of the corners from where they should be, in standard deviations."""
        r = self._residuals(state)[0]
        return float(np.median(np.linalg.norm(r, axis=-1)[self._seen.weight > 0]))

    def place_spread(self, state):
        """(T,) standard deviations of the places, the depths taken as known."""
        H = self._parts(state)[1] + 1e-9 * np.eye(6)
        return np.sqrt(np.trace(np.linalg.inv(H)[:, 3:, 3:], axis1=1, axis2=2))

    def _residuals(self, state):
        """-> r (T,M,2), J (T,M,2,6) by the turn and the place of a picture, J_near (T,M,2)."""
        seen, R = self._seen, state.R
        away = seen.rays - state.near[:, None] * state.place[:, None]  # (T,M,3)
        X = np.einsum("tij,tmj->tmi", R, away)
        depth = np.maximum(X[..., 2], NEAREST)
        x = X[..., :2] / depth[..., None]
        by_X = np.zeros((*x.shape, 3))
        by_X[..., 0, 0] = by_X[..., 1, 1] = 1 / depth
        by_X[..., 2] = -x / depth[..., None]
        by_X /= self._off
        by_place = by_X @ R[:, None]
        J = np.concatenate([-by_X @ hat(X), -state.near[:, None, None] * by_place], -1)
        return (x - seen.end) / self._off, J, -np.einsum("tmij,tj->tmi", by_place, state.place)

    def _parts(self, state, reach=REACH):
        """-> cost, H (T,6,6), g (T,6), B (T,6,M), C (M,), h (M,)."""
        r, J, J_near = self._residuals(state)
        square = (r * r).sum(-1)
        weight = self._seen.weight / (1 + square / reach**2) ** 2
        Jw = J * weight[..., None, None]
        H = np.einsum("tmia,tmib->tab", Jw, J)
        g = np.einsum("tmia,tmi->ta", Jw, r)
        B = np.einsum("tmia,tmi->tam", Jw, J_near)
        C = (weight[..., None] * J_near**2).sum((0, 2))
        h = (weight[..., None] * J_near * r).sum((0, 2))
        cost = (self._seen.weight * square / (1 + square / reach**2)).sum()
        H[:, range(3, 6), range(3, 6)] += 1 / RANGE**2
        g[:, 3:] += state.place / RANGE**2
        for off, spread in (
            (state.near - self._known[0], self._known[1]),
            (np.minimum(state.near, 0.0), np.where(state.near < 0, BEHIND, np.inf)),
        ):
            C, h, cost = C + spread**-2, h + off / spread**2, cost + (off**2 / spread**2).sum()
        return cost + (state.place**2).sum() / RANGE**2, H, g, B, C, h


def _reduced(parts, damping):
    """Equations of the inverse depths alone: S (M,M), right side (M,), and what gives back the pictures'."""
    _, H, g, B, C, h = parts
    d = range(6)
    damped = H.copy()
    damped[:, d, d] += damping * (H[:, d, d] + 1e-3)
    solved = np.linalg.solve(damped, np.concatenate([-g[..., None], B], -1))
    own, Y = solved[..., 0], solved[..., 1:]
    S = np.diag(C * (1 + damping)) - np.einsum("tam,tan->mn", B, Y)
    return S, -h - np.einsum("tam,ta->m", B, own), own, Y


def _step(parts, damping):
    """Levenberg-damped step: own (T,6), shared (M,)."""
    S, right, own, Y = _reduced(parts, damping)
    shared = np.linalg.solve(S, right)
    return own - np.einsum("tam,m->ta", Y, shared), shared
