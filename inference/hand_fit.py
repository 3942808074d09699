"""Angles of a hand from what a network sees of it, each picture by itself: a small least-squares problem per hand.

Unknown are the hand's turn, its place and size in the picture (weak perspective) and its 21 angles. Known are 21
points in the picture, and the same in space, of which only the directions of bones are taken: the network's hands
have all the same size. Closed form first (turn of the palm by Kabsch 1976, bends between bones), then
Levenberg-Marquardt, all hands at once. Right hands are solved as left ones in a mirror.
"""

from dataclasses import dataclass

import numpy as np

from . import hand_skeleton as hand
from .keypoints import FINGERS, HAND_POINTS
from .rotations import exp_and_left_jacobian
from .solver import levenberg_marquardt

ITERATIONS = 7
PX_SIGMA = 0.03  # of points in the picture, of the hand's length
DIRECTION_SIGMA = np.array([0.2, 0.2, 0.35])  # of unit vectors along bones; depth is seen worse
LIMIT_SIGMA = np.radians(4.0)
TIP_FOLLOWS, TIP_SIGMA = (
    2 / 3,
    np.radians(20.0),
)  # last joint bends with the one before (Rijpkema 1991)
WORST = 0.10  # deviation in the picture, of the hand's length, at which nothing is believed
AT_ONCE = 400  # hands solved together: 200 kB each
PALM = [0, *(HAND_POINTS.index(f"{finger}_1") for finger in FINGERS[1:])]
CHILD = np.arange(1, len(HAND_POINTS))
PARENT = np.where(CHILD % 4 == 1, 0, CHILD - 1)  # bones as pairs of points; roots hang at the wrist
LENGTHS = np.linalg.norm(hand.REST_POINTS[CHILD] - hand.REST_POINTS[PARENT], axis=-1)
MIDDLE = {f: [hand.DOF_NAMES.index(f"{f}_{j}_bend") for j in (2, 3)] for f in FINGERS[1:]}
NUM_PLACE = 6  # turn, log of size, shift
UNIT = 1 / hand.HAND_LENGTH  # lengths of the fit are in hands


@dataclass(frozen=True)
class HandPoses:
    """N hands."""

    angles: np.ndarray  # (N,21) [rad]
    R_camera_hand: np.ndarray  # (N,3,3) camera axes; of the joint axes of `skeleton`
    sureness: np.ndarray  # (N,) 0..1 how well the points fit a hand


def fit(px, X, right):
    """Points px (N,21,2) in the picture and X (N,21,3) in camera axes; right (N,) bool -> HandPoses."""
    nothing = np.zeros((0, hand.NUM_DOFS)), np.zeros((0, 3, 3)), np.zeros(0)
    given, parts = (px, X, np.asarray(right)), range(0, len(px), AT_ONCE)
    solved = [nothing, *(_fit(*(a[k : k + AT_ONCE] for a in given)) for k in parts)]
    return HandPoses(*(np.concatenate(values) for values in zip(*solved)))


def closed_form_of(px, X):
    """Angles (N,21) of left hands that the fit starts from."""
    return _Problem(px, X).start()[:, NUM_PLACE:]


def _fit(px, X, right):
    mirror = np.where(right, -1.0, 1.0)[:, None, None]
    px, X = px * np.append(mirror, np.ones_like(mirror), -1), X.copy()
    X[..., 0] *= mirror[..., 0]
    problem = _Problem(px, X)
    x, _ = levenberg_marquardt(problem.start(), problem.evaluate, ITERATIONS, problem.cost)
    R, _ = problem.turn(x)
    R = np.where(right[:, None, None], hand.mirrored(R), R)
    away = np.sqrt((problem.misses(x) ** 2).sum(-1).mean(-1))
    return x[:, NUM_PLACE:], R, np.clip(1 - away / WORST, 0, 1)


class _Problem:
    """N left hands. Unknowns (N,27): turn after the closed form's, log of size, shift [hands], angles."""

    def __init__(self, px, X):
        self._R = kabsch(X[:, PALM], hand.REST_POINTS[PALM])
        bones = X[:, CHILD] - X[:, PARENT]
        self._directions = bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
        self._angles = closed_form(self._directions, self._R)
        seen = hand.points(hand.bone_rotations(self._angles)) * UNIT
        seen = np.einsum("nij,nkj->nki", self._R, seen)[..., :2]
        spreads = [np.sqrt((_centred(points) ** 2).sum((1, 2))) for points in (px, seen)]
        self._size = spreads[0] / np.maximum(spreads[1], 1e-9)  # [px/hand]
        self._px = (px - px.mean(1, keepdims=True)) / self._size[:, None, None]
        self._shift = -seen.mean(1)

    def start(self):
        N = len(self._px)
        return np.concatenate([np.zeros((N, 4)), self._shift, self._angles], -1)

    def turn(self, x):
        """-> R (N,3,3) hand to camera, and J (N,3,3) with dR = hat(J dv) R."""
        R, J = exp_and_left_jacobian(x[:, :3])
        return R @ self._R, J

    def misses(self, x):
        """(N,21,2) distance of the hand's points from those in the picture [hands]."""
        R, _ = self.turn(x)
        p = np.einsum("nij,nkj->nki", R, hand.points(hand.bone_rotations(x[:, NUM_PLACE:])) * UNIT)
        return np.exp(x[:, 3])[:, None, None] * p[..., :2] + x[:, None, 4:6] - self._px

    def cost(self, x):
        return self.evaluate(x)[0]

    def evaluate(self, x):
        """-> cost (N,), H (N,27,27), g (N,27)."""
        r, J = self._residuals(x)
        Jt = np.swapaxes(J, -1, -2)
        return 0.5 * (r * r).sum(-1), Jt @ J, (Jt @ r[..., None])[..., 0]

    def _residuals(self, x):
        """-> r (N,M), J (N,M,27)."""
        N, (R, left) = len(x), self.turn(x)
        p, dp = hand.points_and_jacobian(x[:, NUM_PLACE:])
        p, dp = np.einsum("nij,nkj->nki", R, p * UNIT), R[:, None] @ (dp * UNIT)
        turned = np.cross(np.swapaxes(left, -1, -2)[:, None], p[:, :, None])  # (N,21,3 turns,3)
        dp = np.concatenate([np.swapaxes(turned, -1, -2), dp], -1)  # (N,21,3,3+21)
        s = np.exp(x[:, 3])[:, None, None]
        r_px = (s * p[..., :2] + x[:, None, 4:6] - self._px) / PX_SIGMA
        J_px = np.zeros((N, *r_px.shape[1:], x.shape[1]))
        J_px[..., :3], J_px[..., NUM_PLACE:] = (
            s[..., None] * dp[..., :2, :3],
            s[..., None] * dp[..., :2, 3:],
        )
        J_px[..., 3], J_px[..., [0, 1], [4, 5]] = s * p[..., :2], 1.0
        J_px /= PX_SIGMA
        scale = 1 / (LENGTHS[:, None] * UNIT * DIRECTION_SIGMA)
        r_bone = (p[:, CHILD] - p[:, PARENT]) * scale - self._directions / DIRECTION_SIGMA
        d_bone = (dp[:, CHILD] - dp[:, PARENT]) * scale[..., None]
        J_bone = np.zeros((N, *r_bone.shape[1:], x.shape[1]))
        J_bone[..., :3], J_bone[..., NUM_PLACE:] = d_bone[..., :3], d_bone[..., 3:]
        r_usual, J_usual = habits(x[:, NUM_PLACE:])
        rows = [r_px.reshape(N, -1), r_bone.reshape(N, -1), r_usual]
        J_usual = np.concatenate([np.zeros((N, r_usual.shape[1], NUM_PLACE)), J_usual], -1)
        parts = [J_px.reshape(N, -1, x.shape[1]), J_bone.reshape(N, -1, x.shape[1]), J_usual]
        return np.concatenate(rows, -1), np.concatenate(parts, 1)


def habits(angles):
    """What hands usually do: near the relaxed one, within their limits, tips bend with their fingers.

    angles (N,21) -> r (N,46), J (N,46,21)
    """
    N, identity = len(angles), np.eye(hand.NUM_DOFS)
    over = angles - np.clip(angles, hand.LOWER, hand.UPPER)
    outside = (over != 0) / LIMIT_SIGMA
    middle, tip = np.array(list(MIDDLE.values())).T
    follows = (identity[tip] - TIP_FOLLOWS * identity[middle]) / TIP_SIGMA
    r = [(angles - hand.RELAXED) / hand.USUAL, over / LIMIT_SIGMA, angles @ follows.T]
    J = [
        np.broadcast_to(np.diag(1 / hand.USUAL), (N, *identity.shape)),
        outside[..., None] * identity,
        np.broadcast_to(follows, (N, *follows.shape)),
    ]
    return np.concatenate(r, -1), np.concatenate(J, 1)


def closed_form(directions, R):
    """Angles (N,21) of bones that point along `directions` (N,20,3) when the palm is turned by R (N,3,3)."""
    along = np.einsum("nji,nbj->nbi", R, directions).reshape(len(R), len(FINGERS), 4, 3)
    angles = np.tile(hand.RELAXED, (len(R), 1))
    for row, finger in enumerate(FINGERS[1:], 1):
        first = along[:, row, 1]
        bent = np.arctan2(-first[:, 2], np.hypot(first[:, 0], first[:, 1]))
        behind = first[:, 0] < 0  # a knuckle bent by more than a right angle
        found = {
            1: np.where(behind, np.pi - bent, bent),
            **{j: _between(along[:, row, j - 1], along[:, row, j]) for j in (2, 3)},
        }
        for joint, values in found.items():
            angles[:, hand.DOF_NAMES.index(f"{finger}_{joint}_bend")] = values
        side = np.arcsin(np.clip(-first[:, 1], -0.5, 0.5))
        angles[:, hand.DOF_NAMES.index(f"{finger}_1_side")] = side
    return np.clip(angles, hand.LOWER, hand.UPPER)


def kabsch(points, rest):
    """Rotations (N,3,3) that take rest (k,3) to points (N,k,3) best, places aside."""
    U, _, Vt = np.linalg.svd(np.einsum("nki,kj->nij", _centred(points), _centred(rest[None])[0]))
    flip = np.ones((len(points), 3))
    flip[:, 2] = np.sign(np.linalg.det(U @ Vt))
    return (U * flip[:, None]) @ Vt


def _centred(points):
    return points - points.mean(-2, keepdims=True)


def _between(a, b):
    """Angle (N,) from one direction (N,3) to the next."""
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1))
