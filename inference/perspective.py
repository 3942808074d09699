"""How strong perspective is in people's bodies, which tells the focal length of an unknown camera.

The depth of a person is focal length x size / size in the picture. A longer focal length puts everybody
further away, where near and far limbs differ less in the picture. So poses of a person at a few moments,
the segment lengths and W / f are solved together (bundle adjustment, Triggs 2000):

    E = E_3D (bone vectors, turned by w) + E_2D (reprojection) + E_lim + E_rest + |w|^2 + |lengths|^2

The networks see a crop: their 3D is as if the camera were turned towards the person (Mehta 2020, B.1), so
it is turned back by the ray through the person's middle, and may be turned by w more. Unknowns of a moment are
the pose and w, of a person the lengths and W / f; the former are eliminated (Schur complement).
"""

from dataclasses import dataclass

import numpy as np

from . import residuals
from .analytic_pose import analytic_pose
from .camera import Camera, towards
from .keypoints import KEYPOINTS
from .kinematics import forward, marker_jacobian, segment_jacobian
from .rotations import exp, hat
from .skeleton import SEGMENTS, SKELETON, scaled_body
from .take_problem import TakeSettings
from .targets import Targets, pair_lengths, root_by_reprojection, targets

BETWEEN = 0.1  # [s] moments are at least so far apart
MOMENTS = 30  # of a person at most
LEAST_SEEN = 8  # keypoints of a moment
TURN = np.radians(12.0)  # standard deviation of the orientation that the network gives
LENGTH = 0.04  # of the logarithm of a segment's length
SPREADS = 3.0  # of natural poses are one standard deviation
STEPS = 14
SMALLEST, LARGEST = 0.2, 2.4  # W / f: 11 to 100 degrees
FARTHER = 1.4  # times W / f in one step, at most
DONE = 1e-3  # share by which a last step lowers the cost
SETTINGS = TakeSettings()
PAIRS = residuals.PAIRS[SETTINGS.pairs]
# What networks show of depth is off alike for a whole clip, so the picture is to say more than in a fit:
# measured on real, rendered and made-up clips with known cameras.
SIGMA = 3.0 * np.array(SETTINGS.vector)
K, D, G = len(KEYPOINTS), SKELETON.num_dofs, len(SEGMENTS)
N_OWN = D + 3  # unknowns of a moment: pose, turn


@dataclass(frozen=True)
class Strength:
    """W / f as one person's body shows it; W = longer side of the picture."""

    ratio: float
    spread: float  # standard deviation as the residuals say
    size: float  # height of the person in the picture, in W
    moments: int


@dataclass(frozen=True)
class State:
    """Unknowns of N moments; q in the axes of the camera."""

    q: np.ndarray  # (N,D)
    turn: np.ndarray  # (N,3) [rad]
    lengths: np.ndarray  # (G,) logarithms
    ratio: float  # W / f


def strength(evidence, person, body, time_s, image_size, ratio):
    """Evidence of one person -> Strength, or None where too little is seen; starts from W / f = ratio.

    body   Body of universal proportions of this person
    """
    frames = moments(evidence.present[person], time_s)
    target = targets(evidence, (person, frames), pair_lengths(body, SETTINGS), SETTINGS)
    seen = (target.px_weight > 0).sum(-1) >= LEAST_SEEN
    seen &= (target.vector_weight > 0).sum(-1) >= LEAST_SEEN
    if seen.sum() < 2:
        return None
    frames = frames[seen]
    target = Targets(*(getattr(target, name)[seen] for name in Targets.__dataclass_fields__))
    problem = Problem(target, body, image_size)
    state = problem.start(evidence.X[person][frames], ratio)
    ratio, spread = problem.solve(state)
    size = float(np.median(evidence.height_px[person][frames])) / max(image_size)
    return Strength(ratio, spread, size, len(frames))


def moments(present, time_s):
    """Rows of (T,) bool, at least BETWEEN apart, MOMENTS at most, evenly."""
    chosen, last = [], -np.inf
    for frame in np.flatnonzero(present):
        if time_s[frame] - last > BETWEEN - 1e-6:
            chosen.append(frame)
            last = time_s[frame]
    chosen = np.array(chosen, int)
    if len(chosen) > MOMENTS:
        chosen = chosen[np.linspace(0, len(chosen) - 1, MOMENTS).astype(int)]
    return chosen


class Problem:
    """Cost and normal equations of N moments of one person. Columns: D pose, 3 turn, G lengths, W / f."""

    def __init__(self, target, body, image_size):
        self._target, self._body = target, body
        self._longer, self._centre = max(image_size), (np.asarray(image_size, float) - 1) / 2
        weight = target.px_weight[..., None] ** 2
        self._middle = (target.px * weight).sum(1) / weight.sum(1) - self._centre  # (N,2) [px]

    def start(self, X, ratio):
        """Closed-form poses of raw keypoints X (N,K,3) -> State."""
        q = analytic_pose(X @ np.swapaxes(self._view(ratio), -1, -2))
        posed = forward(q, self._body).markers
        q[:, :3] = root_by_reprojection(posed, self._target, self._camera(ratio))
        return State(q, np.zeros((len(q), 3)), np.zeros(G), ratio)

    def solve(self, state):
        """Damped Gauss-Newton -> W / f and its standard deviation."""
        damping = 1e-3
        cost, H, g = self.evaluate(state)
        for _ in range(STEPS):
            own, shared = step(H, g, state.lengths, damping)
            trial = self.moved(state, own, shared)
            trial_cost, trial_H, trial_g = self.evaluate(trial)
            gain = cost - trial_cost
            if gain > 0:
                state, cost, H, g = trial, trial_cost, trial_H, trial_g
                damping /= 5
            else:
                damping *= 8
            if 0 < gain < DONE * cost:
                break
        information = reduced(H, g, state.lengths, 0.0)[0]
        return state.ratio, float(np.sqrt(np.linalg.inv(information)[-1, -1]))

    def moved(self, state, own, shared):
        """State after a step own (N,D+3), shared (G+1,); when f grows everybody stands as much further away."""
        within = max(SMALLEST, state.ratio / FARTHER), min(LARGEST, state.ratio * FARTHER)
        ratio = float(np.clip(state.ratio + shared[-1], *within))
        q = state.q + own[:, :D]
        q[:, 2] = np.maximum(q[:, 2], residuals.NEAR) * state.ratio / ratio
        return State(q, state.turn + own[:, D:], state.lengths + shared[:G], ratio)

    def evaluate(self, state):
        """-> cost, H (N,M,M), g (N,M) of all terms but the one on the lengths' own prior, M = D + 3 + G + 1."""
        body = scaled_body(self._body, state.lengths)
        pose = forward(state.q, body)
        J = np.concatenate([marker_jacobian(pose), segment_jacobian(pose, body)], -1)
        terms = [self._vectors(pose.markers, J, state), self._pixels(pose.markers, J, state)]
        N, M = len(state.q), N_OWN + G + 1
        H, g, cost = np.zeros((N, M, M)), np.zeros((N, M)), (state.lengths**2).sum() / LENGTH**2
        for r, J_term, trust in terms:
            weight, rough = residuals.geman_mcclure(residuals.squared(r), SETTINGS.robust)
            J_flat = J_term.reshape(N, -1, M)
            weighed = (J_term * (trust * weight)[..., None, None]).reshape(N, -1, M)
            H += np.swapaxes(weighed, -1, -2) @ J_flat
            g += (np.swapaxes(weighed, -1, -2) @ r.reshape(N, -1, 1))[..., 0]
            cost += (trust * rough).sum()
        for r, S, columns in (
            (*residuals.limits(state.q, SETTINGS.limit), range(D)),
            (*residuals.natural(state.q, SPREADS), range(D)),
            (state.turn / TURN, 1 / TURN, range(D, N_OWN)),
        ):
            H[:, columns, columns] += S * S
            g[:, columns] += r * S
            cost += (r * r).sum()
        return cost, H, g

    def _vectors(self, X, J, state):
        """E_3D: r (N,B,3), J (N,B,3,M), trust (N,B)."""
        R = exp(state.turn) @ self._view(state.ratio)
        vector = self._target.vector @ np.swapaxes(R, -1, -2)
        r, S = residuals.vectors(X, PAIRS, vector, 1 / SIGMA)
        between = (PAIRS.incidence @ J.reshape(len(X), K, -1)).reshape(len(X), -1, 3, D + G)
        between = between * S[:, None]
        turned = hat(vector) * S[:, None]
        none = np.zeros((*r.shape, 1))
        J_all = np.concatenate([between[..., :D], turned, between[..., D:], none], -1)
        return r, J_all, self._target.vector_weight

    def _pixels(self, X, J, state):
        """E_2D: r (N,K,2), J (N,K,2,M), trust (N,K)."""
        camera = self._camera(state.ratio)
        weight = self._target.px_weight
        r, S = residuals.reprojection(X, camera.K, self._target.px, weight)
        J_px = S @ J
        none = np.zeros((*r.shape, 3))
        # f = W / ratio, and the root's depth is kept in proportion to f
        place = X[..., :2] / np.maximum(X[..., 2:], residuals.NEAR)
        by_ratio = -self._longer / state.ratio**2 * place * weight[..., None]
        by_ratio = by_ratio - J_px[..., 2] * (state.q[:, 2] / state.ratio)[:, None, None]
        parts = [J_px[..., :D], none, J_px[..., D:], by_ratio[..., None]]
        return r, np.concatenate(parts, -1), np.ones(weight.shape)

    def _view(self, ratio):
        """(N,3,3) axes of a camera turned towards the person -> axes of the camera."""
        ray = np.append(self._middle * ratio / self._longer, np.ones((len(self._middle), 1)), 1)
        return towards(ray)

    def _camera(self, ratio):
        focal = self._longer / ratio
        intrinsics = np.diag([focal, focal, 1.0])
        intrinsics[:2, 2] = self._centre
        return Camera(intrinsics, np.zeros(5), np.eye(4))


def reduced(H, g, lengths, damping):
    """Equations of the shared unknowns alone: S (G+1,G+1), right side (G+1,), and what gives back the own ones."""
    A = H[:, :N_OWN, :N_OWN].copy()
    A[:, range(N_OWN), range(N_OWN)] += damping * (A[:, range(N_OWN), range(N_OWN)] + 1)
    B = H[:, :N_OWN, N_OWN:]
    C, h = H[:, N_OWN:, N_OWN:].sum(0), g[:, N_OWN:].sum(0)
    C[range(G), range(G)] += 1 / LENGTH**2
    h[:G] += lengths / LENGTH**2
    solved = np.linalg.solve(A, np.concatenate([-g[:, :N_OWN, None], B], -1))
    own, Y = solved[..., 0], solved[..., 1:]
    S = C - np.einsum("nag,nah->gh", B, Y)
    return S, -h - np.einsum("nag,na->g", B, own), own, Y


def step(H, g, lengths, damping):
    """Gauss-Newton step, Levenberg-damped: own (N,D+3), shared (G+1,)."""
    S, right, own, Y = reduced(H, g, lengths, damping)
    shared = np.linalg.solve(S + damping * np.diag(np.diag(S)), right)
    return own - Y @ shared, shared
