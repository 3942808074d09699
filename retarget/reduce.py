"""Fewer keys: a smooth curve through every few of them, within a bound of all the others.

Between two keys runs a cubic (Hermite) that has the values and the slopes of the motion at both: a Bezier curve
whose handles are aligned, so that it can be edited as if it had been drawn. From a key on, the farthest next
one is taken whose curve stays within the bound at all frames between. All channels of a bone keep the same
keys, so that what is measured is the rotation itself (the angle between what was and what the curves give),
not one channel.
"""

import numpy as np

from . import posing

PATIENCE = 8  # lengths in turn that may fail before none is longer
GROWTH = 1.08  # of lengths that are tried, from where single frames say little


def kept(frames, values, held, error, bound):
    """-> indices of the keys that stay (M,), slopes there per frame (M,n), of values (N,n) at frames (N,).

    held    (N,) bool: after this key nothing is interpolated; it and the next one stay
    error   function of (values that the curves give, values that were) -> (M,)
    """
    ends = np.flatnonzero(held[:-1]) + 1
    indices, slopes = [], []
    for part in np.split(np.arange(len(frames)), ends):
        slope = _slopes(frames[part], values[part])
        stays = _of_part(frames[part], values[part], slope, error, bound)
        indices.append(part[stays])
        slopes.append(slope[stays])
    return np.concatenate(indices), np.concatenate(slopes)


def _slopes(frames, values):
    """(N,n) per frame."""
    return np.gradient(values, frames, axis=0) if len(frames) > 1 else np.zeros_like(values)


def _of_part(frames, values, slopes, error, bound):
    """Indices of the keys of a part without a gap."""
    stays = [0] if len(frames) else []
    while stays and stays[-1] < len(frames) - 1:
        first = stays[-1]
        farthest, failed = first + 1, 0
        for last in _tried(first, len(frames)):
            span = slice(first, last + 1)
            given = cubic(frames[span], values[[first, last]], slopes[[first, last]])
            if error(given, values[span]).max() <= bound:
                farthest, failed = last, 0
            else:
                failed += 1
            if failed == PATIENCE:
                break
        stays.append(farthest)
    return np.array(stays, int)


def _tried(first, count):
    """Generator: the keys at which a curve from `first` may end, nearest first, and the very last."""
    length = 2.0
    while first + int(length) < count - 1:
        yield first + int(length)
        length = max(length + 1, length * GROWTH)
    if first + 2 < count:
        yield count - 1


def cubic(frames, ends, slopes):
    """(N,n) of the curve over frames (N,), values (2,n) and slopes (2,n) per frame at the first and the last."""
    span = frames[-1] - frames[0]
    u = ((frames - frames[0]) / span)[:, None]
    first = (1 + 2 * u) * (1 - u) ** 2 * ends[0] + u * (1 - u) ** 2 * span * slopes[0]
    return first + u * u * (3 - 2 * u) * ends[1] - u * u * (1 - u) * span * slopes[1]


def rotation_error(mode):
    """Error function [rad] of rotation channels in a bone's mode."""

    def error(given, truth):
        if mode == "QUATERNION":
            length = np.linalg.norm(given, axis=-1) * np.linalg.norm(truth, axis=-1)
            cosine = np.abs((given * truth).sum(-1)) / np.maximum(length, 1e-12)
            return 2 * np.arccos(np.minimum(cosine, 1.0))
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
