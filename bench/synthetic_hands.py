"""Hands of known angles, and what a network would see of them."""

from dataclasses import dataclass

import numpy as np

from ..inference import hand_skeleton as hand
from ..inference import rotations

FPS = 30.0
LENGTH_M, LENGTH_PX = 0.19, 120.0  # of a hand, and how large it is in the picture
PX_NOISE = 0.02  # of the hand's length
X_NOISE = np.array([0.004, 0.004, 0.009])  # [m], depth is seen worse
LAGS = 0.8  # share of the noise that stays from one picture to the next, as a network's does


@dataclass(frozen=True)
class Seen:
    """T pictures of one hand."""

    angles: np.ndarray  # (T,21) [rad] the truth
    R: np.ndarray  # (T,3,3) camera axes of the hand's, the truth
    px: np.ndarray  # (T,21,2)
    X: np.ndarray  # (T,21,3) [m] relative to the hand's middle, camera axes


def moving(frames, rng):
    """Angles (T,21) of fingers that open and close on their own, inside the limits."""
    t = np.arange(frames)[:, None] / FPS
    speed, phase = rng.uniform(0.3, 0.9, hand.NUM_DOFS), rng.uniform(0, 6.28, hand.NUM_DOFS)
    low = np.maximum(hand.LOWER, hand.RELAXED - 1.2 * hand.USUAL)
    high = np.minimum(hand.UPPER, hand.RELAXED + 1.6 * hand.USUAL)
    angles = low + (high - low) * (0.5 + 0.45 * np.sin(2 * np.pi * speed * t + phase))
    for finger in ("index", "middle", "ring", "pinky"):  # tips bend with their fingers
        middle, tip = (hand.DOF_NAMES.index(f"{finger}_{joint}_bend") for joint in (2, 3))
        angles[:, tip] = 0.6 * angles[:, middle]
    return angles


def turning(frames, rng):
    """Rotations (T,3,3) of a hand that shows its palm and turns by some 40 degrees about all axes."""
    t = np.arange(frames)[:, None] / FPS
    facing = rotations.exp(np.array([0.0, 0.0, -np.pi / 2])) @ rotations.exp(
        np.array([np.pi / 2, 0.0, 0.0])
    )
    sway = 0.7 * np.sin(2 * np.pi * rng.uniform(0.1, 0.4, 3) * t + rng.uniform(0, 6.28, 3))
    return rotations.exp(sway) @ facing


def seen(angles, R, right, rng, noise=1.0):
    """Angles (T,21), R (T,3,3) of a left hand -> Seen; a right one is its mirror image."""
    p = np.einsum("tij,tkj->tki", R, hand.points(hand.bone_rotations(angles)))
    p = p / hand.HAND_LENGTH
    if right:
        p, R = p * hand.MIRROR, hand.mirrored(R)
    px_error, X_error = (_lagging(rng, (len(p), 21, n)) for n in (2, 3))
    px = LENGTH_PX * (p[..., :2] + noise * PX_NOISE * px_error) + [640.0, 360.0]
    X = LENGTH_M * p + noise * X_NOISE * X_error
    return Seen(angles, R, px, X - X.mean(1, keepdims=True))


def _lagging(rng, shape):
    """Noise of deviation 1 that changes slowly over the first axis."""
    values = rng.normal(size=shape)
    for t in range(1, len(values)):
        values[t] = LAGS * values[t - 1] + np.sqrt(1 - LAGS**2) * values[t]
    return values
