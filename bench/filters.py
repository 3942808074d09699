"""What a user does without a fit: raw 3D, smoothed after the fact."""

import numpy as np

from ..inference.smoothing import OneEuro

CUTOFF = 3.0  # [Hz]
FC_MIN, BETA = 0.8, 0.4  # of the 1-Euro filter on 3D (Mehta 2020, 8.2.1), for values in decimetres
DECIMETRE = 0.1  # [m]


def one_euro(X, time_s):
    """1-Euro filter (Casiez 2012) over points X (T,K,3) [m] at times (T,); NaN is passed through."""
    smooth, everybody = OneEuro(FC_MIN, BETA, 1), np.zeros(1, int)
    rows = [smooth(everybody, x[None] / DECIMETRE, t)[0] for x, t in zip(X, time_s)]
    return np.array(rows).reshape(np.shape(X)) * DECIMETRE


def zero_phase_butterworth(values, fps, cutoff=CUTOFF):
    """Second-order Butterworth low pass, forwards and backwards, over the first axis of (T,...).

    Bilinear transform with k = tan(pi fc / fps); the ends are continued by reflection in a point, as usual.
    NaN is bridged for the filter and stays NaN.
    """
    flat = np.array(values, float).reshape(len(values), -1)
    missing = ~np.isfinite(flat)
    frames = np.arange(len(flat))
    for column in np.flatnonzero(missing.any(0) & ~missing.all(0)):
        known = ~missing[:, column]
        flat[:, column] = np.interp(frames, frames[known], flat[known, column])
    reach = min(len(flat) - 1, int(round(fps)))
    before = 2 * flat[:1] - flat[reach:0:-1]
    after = 2 * flat[-1:] - flat[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, flat, after])
    smooth = _low_pass(_low_pass(padded, fps, cutoff)[::-1], fps, cutoff)[::-1][
        reach : reach + len(flat)
    ]
    smooth[missing] = np.nan
    return smooth.reshape(np.shape(values))


def _low_pass(x, fps, cutoff):
    """One causal pass over x (T,n), at rest on its first value."""
    k = np.tan(np.pi * cutoff / fps)
    norm = 1 / (1 + np.sqrt(2) * k + k * k)
    gain, a1, a2 = k * k * norm, 2 * (k * k - 1) * norm, (1 - np.sqrt(2) * k + k * k) * norm
    u = x - x[:1]
    y = np.zeros_like(u)
    zero = np.zeros_like(u[0])
    for t in range(1, len(u)):
        u2, y2 = (u[t - 2], y[t - 2]) if t > 1 else (zero, zero)
        y[t] = gain * (u[t] + 2 * u[t - 1] + u2) - a1 * y[t - 1] - a2 * y2
    return y + x[:1]
