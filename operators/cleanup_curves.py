"""Values of keys made smoother or livelier over a range; the keys stay where they are in time. numpy only.

Smooth is the local straight line through the neighbours, weighed by a Gaussian of the time between (Cleveland 1979
with another kernel): right for keys at any spacing, and at the ends. Livelier adds what smooth would take away.
"""

import numpy as np

SPAN = 0.06  # [s] standard deviation of the Gaussian at amount 1
REACH = 3  # standard deviations that count
MOST = 200  # keys on either side that count
FADE = 0.15  # [s] over which the change comes and goes at the ends of the range


def share(frames, first, last, fps):
    """(N,) 0..1: how much each key at scene frames (N,) is changed, fading inside the range's ends."""
    if first > frames[0] or last < frames[-1]:
        edge = np.minimum(
            np.where(first > frames[0], frames - first, np.inf),
            np.where(last < frames[-1], last - frames, np.inf),
        )
        return np.clip((edge + 1) / max(FADE * fps, 1.0), 0.0, 1.0)
    return np.ones(len(frames))


def smooth(frames, values, sigma):
    """Values (N,C) at scene frames (N,), sigma in frames -> smooth values (N,C)."""
    step = max(float(np.diff(frames).min()), 1e-3) if len(frames) > 1 else 1.0
    reach = int(min(np.ceil(REACH * sigma / step), MOST, len(frames) - 1))
    sums = [np.zeros((len(frames), 1)) for _ in range(3)]  # of 1, dt, dt^2
    of_values = [np.zeros_like(values) for _ in range(2)]  # of v, dt v
    for shift in range(-reach, reach + 1):
        here = slice(max(0, -shift), len(frames) - max(0, shift))
        there = slice(max(0, shift), len(frames) + min(0, shift))
        dt = (frames[there] - frames[here])[:, None]
        weight = np.exp(-0.5 * (dt / sigma) ** 2)
        for power, total in enumerate(sums):
            total[here] += weight * dt**power
        for power, total in enumerate(of_values):
            total[here] += weight * dt**power * values[there]
    (s0, s1, s2), (v0, v1) = sums, of_values
    spread = s0 * s2 - s1 * s1
    alone = spread < 1e-9 * np.maximum(s0 * s0, 1e-12)
    return np.where(alone, values, (s2 * v0 - s1 * v1) / np.where(alone, 1.0, spread))


def changed(frames, values, amount, span, fps):
    """Values (N,C), amount > 0 smoother, < 0 livelier, over scene frames span = (first, last) -> values (N,C)."""
    away = values - smooth(frames, values, SPAN * abs(amount) * fps)
    return values - np.sign(amount) * share(frames, *span, fps)[:, None] * away


def changed_turns(frames, quaternions, amount, span, fps):
    """The same for quaternions (N,4), which stay of length 1 and without jumps of sign."""
    dots = (quaternions[1:] * quaternions[:-1]).sum(-1)
    signs = np.concatenate([[1.0], np.cumprod(np.where(dots < 0, -1.0, 1.0))])[:, None]
    turned = changed(frames, quaternions * signs, amount, span, fps)
    length = np.linalg.norm(turned, axis=-1, keepdims=True)
    meant = (length > 1e-6) & (share(frames, *span, fps) > 0)[:, None]
    return np.where(meant, turned / np.maximum(length, 1e-6) * signs, quaternions)
