"""Filters over time that need no future: the 1-Euro filter, batched."""

import numpy as np


class OneEuro:
    """Low pass whose cut-off rises with speed: slow motion is calmed, fast motion is not delayed.

        fc = fc_min + beta |v|,    alpha = 1 / (1 + 1 / (2 pi fc dt)),    x <- alpha x_new + (1 - alpha) x

    v is the low-passed speed (1 Hz) of the whole vector. Source: Casiez 2012; Mehta 2020, 8.2.1 for the
    parameters. Values (N,K,n); fc_min [Hz] and beta of all points or (K,) of each. NaN is passed through and
    forgotten, each point starts where it appears.
    """

    SPEED_CUTOFF = 1.0  # [Hz]

    def __init__(self, fc_min, beta, num_people):
        self._fc_min, self._beta = (np.atleast_1d(v)[:, None] for v in (fc_min, beta))
        self._value = self._velocity = None
        self._time = np.full(num_people, -np.inf)

    def forget(self, people):
        """These start anew."""
        self._time[people] = -np.inf

    def __call__(self, people, values, time_s):
        """values (n,K,c) of the chosen people (n,) at a time -> filtered values."""
        if self._value is None:
            shape = (len(self._time), *values.shape[1:])
            self._value, self._velocity = np.full(shape, np.nan), np.zeros(shape)
        dt = np.maximum(time_s - self._time[people], 1e-4)[:, None, None]  # inf: starts anew
        old, before = self._value[people], self._velocity[people]
        velocity = before + _alpha(self.SPEED_CUTOFF, dt) * ((values - old) / dt - before)
        speed = np.sqrt(np.einsum("...i,...i->...", velocity, velocity))[..., None]
        out = old + _alpha(self._fc_min + self._beta * speed, dt) * (values - old)
        anew = ~(np.isfinite(out) & np.isfinite(dt))
        if anew.any():
            out, velocity = np.where(anew, values, out), np.where(anew, 0.0, velocity)
        self._value[people], self._velocity[people], self._time[people] = out, velocity, time_s
        return out


def _alpha(cutoff, dt):
    return 1 / (1 + 1 / (2 * np.pi * cutoff * dt))
