"""Values that are seen now and then -> values all the time: calm where they are seen, at rest where they are not.

    minimise  sum_t w_t |x_t - y_t|^2 / s^2  +  |x_t - rest|^2 / r^2  +  |x''_t|^2 / a^2

With the future (take): all times at once (Whittaker 1923, with true times), zero phase; out of a gap and into it
the values go softly, as sqrt(r / a) tells. Without (live): a 1-Euro filter, faded to rest and from there.
"""

from dataclasses import dataclass

import numpy as np

from . import banded
from .smoothing import OneEuro

ROUNDS = 2  # in which outliers lose weight


@dataclass(frozen=True)
class Easing:
    """How values of one kind behave; in their own unit."""

    sigma: float  # s, of what is seen
    acceleration: float  # a [1/s^2]
    rest: float  # r, how far from rest they may be without being seen
    outlier: (
        float  # deviation, mean over the values seen together, at which a moment counts a quarter
    )
    settle_s: float  # [s] time constant of the way to rest, without the future
    one_euro: tuple = (1.5, 1.0)  # lowest cut-off [Hz], its rise with speed


def with_future(values, weight, time_s, rest, how):
    """values (T,n), NaN where not seen, weight (T,) 0..1, times (T,), rest (n,) -> (T,n)."""
    coefficients = banded.second_differences(time_s)
    steady = np.full((max(len(time_s) - 2, 0), 1), how.acceleration**-2)
    coupling = banded.couple(coefficients, steady, len(time_s))
    known = np.where(np.isfinite(values), values, rest)
    trust = weight
    for _ in range(1 + ROUNDS):
        data = trust[:, None] / how.sigma**2
        H = (data + how.rest**-2)[..., None]
        x = banded.solve(H, coupling, (data * known + rest * how.rest**-2)[:, None])[:, 0]
        away = np.sqrt(((known - x) ** 2).mean(-1))
        trust = weight / (1 + (away / how.outlier) ** 2) ** 2
    return x


def without_future(values, weight, time_s, rest, how):
    """The same, each time knowing only what was before."""
    eased = Eased(rest, how)
    return np.array([eased(*now) for now in zip(values, weight, time_s)]).reshape(values.shape)


class Eased:
    """One moment after the other: values (n,), NaN where not seen, weight 0..1, time [s] -> (n,)."""

    def __init__(self, rest, how):
        self._rest, self._settle_s = rest, how.settle_s
        self._calm, self._last = OneEuro(*how.one_euro, 1), rest
        self._share, self._before = None, -np.inf  # share of what was seen last, the others rest

    def __call__(self, values, weight, now):
        there = float(weight > 0)
        if there:
            self._last = self._calm(np.array([0]), values[None, :, None], now)[0, :, 0]
        moves = 1 - np.exp(-(now - self._before) / self._settle_s)
        share = there if self._share is None else self._share
        self._share, self._before = share + moves * (there - share), now
        return self._rest + self._share * (self._last - self._rest)


def each_for_itself(values, weight, time_s, rest, how):
    """What is seen as it is, rest elsewhere."""
    return np.where((weight > 0)[:, None], values, rest)


def shot_by_shot(name, frames):
    """The solver of this name, which knows nothing of what is before and after a cut.

    frames   [slice] of each shot, as of `shot_rows.ranges`
    """
    solve = SOLVERS[name]

    def solved(values, weight, time_s, rest, how):
        each = [solve(values[f], weight[f], time_s[f], rest, how) for f in frames]
        return np.concatenate(each)

    return solved


SOLVERS = {"take": with_future, "live": without_future, "raw": each_for_itself}
