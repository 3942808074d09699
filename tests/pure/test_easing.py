"""Values that are seen now and then: calm where they are seen, at rest elsewhere, softly between."""

import numpy as np
import pytest
from monorig.inference.easing import SOLVERS, Easing, shot_by_shot, with_future, without_future

HOW = Easing(sigma=0.1, acceleration=60.0, rest=1.5, outlier=0.4, settle_s=0.15)
TIME = np.arange(120) / 30
REST = np.array([0.2, -0.1])
SLOW = 1.0 + 0.5 * np.sin(2 * np.pi * 0.7 * TIME)[:, None] * [1.0, -1.0]
BOTH = pytest.mark.parametrize("solve", [with_future, without_future], ids=["future", "live"])


def jitter(x):
    return np.sqrt((np.diff(x, 2, axis=0) ** 2).mean())


@BOTH
def test_noise_is_calmed_and_the_motion_stays(rng, solve):
    noisy = SLOW + 0.1 * rng.normal(size=SLOW.shape)
    found = solve(noisy, np.ones(120), TIME, REST, HOW)
    assert np.abs(found - SLOW)[10:].mean() < np.abs(noisy - SLOW)[10:].mean()
    assert jitter(found) < 0.4 * jitter(noisy)


def test_the_future_brings_no_delay():
    found = with_future(SLOW, np.ones(120), TIME, REST, HOW)
    off = [np.abs(found[10 + k : 100 + k] - SLOW[10:100]).mean() for k in (-2, -1, 0, 1, 2)]
    assert np.argmin(off) == 2


@pytest.mark.parametrize(
    ("solve", "resting"), [(with_future, slice(58, 62)), (without_future, slice(76, 80))]
)
def test_a_long_gap_goes_to_rest_and_back_softly(solve, resting):
    values, weight = SLOW.copy(), np.ones(120)
    values[40:80], weight[40:80] = np.nan, 0.0
    found = solve(values, weight, TIME, REST, HOW)
    assert np.allclose(found[resting], REST, atol=0.15)
    assert np.abs(np.diff(found, axis=0)).max() < 0.35


def test_a_short_gap_is_bridged():
    values, weight = SLOW.copy(), np.ones(120)
    values[40:43], weight[40:43] = np.nan, 0.0
    assert np.abs(with_future(values, weight, TIME, REST, HOW) - SLOW)[38:45].max() < 0.1


def test_a_single_wrong_moment_is_passed_over():
    values = SLOW.copy()
    values[50] += 2.0
    assert np.abs(with_future(values, np.ones(120), TIME, REST, HOW) - SLOW)[45:56].max() < 0.15


@BOTH
@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_moments_are_enough(solve, count):
    found = solve(SLOW[:count], np.ones(count), TIME[:count], REST, HOW)
    assert np.allclose(found, SLOW[:count], atol=0.1)


@BOTH
def test_what_is_never_seen_rests(solve):
    nothing = np.full_like(SLOW, np.nan)
    assert np.allclose(solve(nothing, np.zeros(120), TIME, REST, HOW), REST)


@pytest.mark.parametrize("name", SOLVERS)
def test_nothing_is_eased_over_a_cut(name):
    """At a cut somebody stands otherwise from one picture to the next."""
    values = np.concatenate([SLOW[:60], SLOW[60:] - 1.5])
    solve = shot_by_shot(name, [slice(0, 60), slice(60, 120)])
    found = solve(values, np.ones(120), TIME, REST, HOW)
    assert np.abs(found - values)[[59, 60]].max() < 0.2
    if name != "raw":
        over = SOLVERS[name](values, np.ones(120), TIME, REST, HOW)
        assert np.abs(over - values)[58:62].max() > 0.3
