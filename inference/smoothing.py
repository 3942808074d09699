"""Filters over time that need no future: the 1-Euro filter, batched."""

import numpy as np


class OneEuro:
    """Low pass whose cut-off rises with speed: slow motion is calmed, fast motion is not delayed.

        fc = fc_min + beta |v|,    alpha = 1 / (1 + 1 / (2 pi fc dt)),    x <- alpha x_new + (1 - alpha) x

    v is the low-passed speed (1 Hz) of the whole vector. Source: Casiez 2012; Mehta 2020, 8.2.1 for the
    parameters. Values (N,K,n); NaN is passed through and forgotten, each point starts where it appears.
    """

    SPEED_CUTOFF = 1.0  # [Hz]

    def __init__(self, fc_min, beta, num_people):
        self._fc_min, self._beta = fc_min, beta
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
        dt = np.maximum(time_s - self._time[people], 1e-4)[:, None, None]
        old = np.where(np.isfinite(dt), self._value[people], np.nan)
        dt = np.where(np.isfinite(dt), dt, 1.0)
        known = np.isfinite(old) & np.isfinite(values)
        step = np.where(known, values - old, 0.0) / dt
        a = _alpha(self.SPEED_CUTOFF, dt)
        velocity = np.where(known, a * step + (1 - a) * self._velocity[people], 0.0)
        speed = np.linalg.norm(velocity, axis=-1, keepdims=True)
        a = _alpha(self._fc_min + self._beta * speed, dt)
        out = np.where(
            known, a * np.where(known, values, 0) + (1 - a) * np.where(known, old, 0), values
        )
        self._value[people], self._velocity[people], self._time[people] = out, velocity, time_s
        return out


def _alpha(cutoff, dt):
    return 1 / (1 + 1 / (2 * np.pi * cutoff * dt))
