"""Mistakes of the networks that the rest of the clip gives away: swapped sides, jumps, borrowed limbs.

Works on whole tracks, so only takes can have it. Distances are in heights of the person in the picture.
"""

import numpy as np

from .keypoints import KEYPOINTS, indices

TRUNK = (
    "shoulder",
    "hip",
    "eye",
    "ear",
    "mouth",
)  # swapped together when back and front are confused
ARMS = ("elbow", "wrist", "thumb", "index", "pinky")
LEGS = ("knee", "ankle", "heel", "big_toe", "small_toe")
SWAP_COST = 0.004  # of a swapped frame: a swap has to save more than that by its two jumps
LONGEST_STEP = 0.5  # a larger step counts like this: everything is possible after a gap
JUMP = 0.08  # off the line between its neighbours in time: an outlier
STEADY = 0.04  # while these are that near to each other
BORROWED = 0.03  # two people's same keypoint this near: it belongs to one of them


def mirror(names=KEYPOINTS):
    """Index of the other side's keypoint, for each keypoint."""
    other = {"_l": "_r", "_r": "_l"}
    mirrored = [n[:-2] + other[n[-2:]] if n[-2:] in other else n for n in names]
    return np.array([list(names).index(n) for n in mirrored])


MIRROR = mirror()
GROUPS = [
    np.array(indices([f"{n}_{side}" for n in group for side in "lr"]))
    for group in (TRUNK, ARMS, LEGS)
]


def swapped(px, confidence, height):
    """Where the two arms, the two legs or both sides of the trunk carry each other's keypoints.

    px (T,K,2), confidence (T,K), height (T,) [px] -> (T,K) bool. The cheapest sequence of swapped and
    unswapped frames (Viterbi), where a step costs what the keypoints move.
    """
    out = np.zeros(confidence.shape, bool)
    seen = np.flatnonzero(np.isfinite(height) & (confidence > 0).any(-1))
    if len(seen) < 3:
        return out
    for group in GROUPS:
        x = px[seen][:, group] / height[seen, None, None]
        y = px[seen][:, MIRROR[group]] / height[seen, None, None]
        weight = np.nan_to_num(
            np.minimum(confidence[seen][:, group], confidence[seen][:, MIRROR[group]])
        )
        both = np.minimum(weight[1:], weight[:-1])
        stay, cross = (_steps(then - x[:-1], both) for then in (x[1:], y[1:]))
        out[np.ix_(seen, group)] = _cheapest(stay, cross)[:, None]
    return out


def _steps(moved, weight):
    """Weighted mean distance of each step (T-1,)."""
    distance = np.minimum(np.nan_to_num(np.linalg.norm(moved, axis=-1)), LONGEST_STEP)
    return (weight * distance).sum(-1) / np.maximum(weight.sum(-1), 1e-6)


def _cheapest(stay, cross):
    """Sequence (T,) bool of the two states with the least cost of steps and of being swapped."""
    cost, back = np.array([0.0, SWAP_COST]), []
    for s, c in zip(stay, cross):
        ways = cost[:, None] + np.array([[s, c], [c, s]])
        back.append(ways.argmin(0))
        cost = ways.min(0) + [0.0, SWAP_COST]
    state, states = int(cost.argmin()), []
    for step in reversed(back):
        states.append(state)
        state = int(step[state])
    return np.array([state, *reversed(states)], bool)


def jumped(px, height):
    """Keypoints that leave their path for a single frame: (T,K) bool, for px (T,K,2), height (T,)."""
    out = np.zeros(px.shape[:2], bool)
    if len(px) < 3:
        return out
    middle = (px[:-2] + px[2:]) / 2
    size = height[1:-1, None]
    with np.errstate(invalid="ignore"):
        away = np.linalg.norm(px[1:-1] - middle, axis=-1) > JUMP * size
        steady = np.linalg.norm(px[2:] - px[:-2], axis=-1) < STEADY * size
    out[1:-1] = away & steady
    return out


def borrowed(px, confidence, height):
    """Limb keypoints that two people claim: (P,T,K) bool, True for the one who fits worse.

    px (P,T,K,2), confidence (P,T,K), height (P,T). Who fits better is who moved less to get there.
    """
    out = np.zeros(confidence.shape, bool)
    limbs = np.unique(np.concatenate(GROUPS[1:]))
    moved = np.full(confidence.shape, np.inf)
    moved[:, 1:] = np.linalg.norm(px[:, 1:] - px[:, :-1], axis=-1) / height[:, 1:, None]
    moved = np.where(np.isfinite(moved), moved, 1.0)
    for a in range(len(px)):
        for b in range(a + 1, len(px)):
            size = np.fmin(height[a], height[b])[:, None]
            with np.errstate(invalid="ignore"):
                near = np.linalg.norm(px[a] - px[b], axis=-1) < BORROWED * size
            near &= (confidence[a] > 0) & (confidence[b] > 0)
            near[:, np.setdiff1d(np.arange(px.shape[2]), limbs)] = False
            worse_a = moved[a] / np.maximum(confidence[a], 0.05) > moved[b] / np.maximum(
                confidence[b], 0.05
            )
            out[a] |= near & worse_a
            out[b] |= near & ~worse_a
    return out
