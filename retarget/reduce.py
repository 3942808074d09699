"""Fewer keys: those that straight curves between the others reproduce within a bound are left out.

Ramer 1972, Douglas and Peucker 1973: a stretch keeps its ends; where the straight line between them is off by more
than the bound, the worst frame becomes a key too. All channels of a bone keep the same keys, so that what is
measured is the rotation itself (the angle between what was and what the curves give), not one channel.
"""

import numpy as np

from . import posing


def kept(frames, values, held, error, bound):
    """Indices of the keys that stay, of values (N,n) at frames (N,).

    held    (N,) bool: after this key nothing is interpolated; it and the next one stay
    error   function of (values that the curves give, values that were) -> (M,)
    """
    count = len(frames)
    stays = np.zeros(count, bool)
    ends = np.flatnonzero(held[:-1])
    stays[np.concatenate([[0, count - 1], ends, ends + 1]).astype(int)] = True
    fixed = np.flatnonzero(stays)
    stretches = [(a, b) for a, b in zip(fixed[:-1], fixed[1:]) if b > a + 1]
    while stretches:
        first, last = stretches.pop()
        between = np.arange(first + 1, last)
        share = (frames[between] - frames[first]) / (frames[last] - frames[first])
        straight = values[first] + share[:, None] * (values[last] - values[first])
        off = error(straight, values[between])
        worst = int(off.argmax())
        if off[worst] > bound:
            middle = int(between[worst])
            stays[middle] = True
            stretches += [(a, b) for a, b in ((first, middle), (middle, last)) if b > a + 1]
    return np.flatnonzero(stays)


def rotation_error(mode):
    """Error function [rad] of rotation channels in a bone's mode."""

    def error(given, truth):
        R = np.swapaxes(posing.rotation_matrices(given, mode), -1, -2)
        R = R @ posing.rotation_matrices(truth, mode)
        cosine = (np.trace(R, axis1=-2, axis2=-1) - 1) / 2
        return np.arccos(np.clip(cosine, -1.0, 1.0))

    return error


def location_error(scale):
    """Error function [m] of locations in units that are `scale` metres long."""

    def error(given, truth):
        return np.linalg.norm(given - truth, axis=-1) * scale

    return error
