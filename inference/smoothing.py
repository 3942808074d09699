"""Filters over time that need no future: the 1-Euro filter, batched, and the same for poses."""

import numpy as np

from .rotations import quaternion_exp, quaternion_log, quaternion_product
from .skeleton import NUM_ROOT

TURN = slice(3, NUM_ROOT)  # the root's rotation vector in a pose


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


class CalmPose:
    """1-Euro on every degree of freedom of poses; the root's rotation is filtered where it is, as a rotation.

    A rotation vector has singular places, and jumps by whole turns. So the filter sees the turn since what
    was given last, as a vector in the world, added to where the filter was.
    """

    def __init__(self, fc_min, beta, num_people):
        self._filter = OneEuro(fc_min, beta, num_people)
        self._turned = np.zeros((num_people, 3))  # [rad] where the filter is
        self._given = np.zeros((num_people, 4))  # what that means, as a quaternion
        self._given[:, 0] = 1.0

    def forget(self, people):
        """These start anew."""
        self._filter.forget(people)

    def __call__(self, people, q, time_s):
        """q (n,D) of the chosen people (n,) at a time -> filtered q, the root's angle at most pi."""
        given, turned = self._given[people], self._turned[people]
        inverse = given * [1, -1, -1, -1]
        since = quaternion_log(quaternion_product(quaternion_exp(q[:, TURN]), inverse))
        values = q.copy()
        values[:, TURN] = turned + since
        out = self._filter(people, values[:, :, None], time_s)[:, :, 0]
        self._turned[people] = out[:, TURN]
        given = quaternion_product(quaternion_exp(out[:, TURN] - turned), given)
        self._given[people] = given / np.linalg.norm(given, axis=-1, keepdims=True)
        out[:, TURN] = quaternion_log(given)
        return out


def _alpha(cutoff, dt):
    return 1 / (1 + 1 / (2 * np.pi * cutoff * dt))
