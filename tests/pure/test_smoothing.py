"""The 1-Euro filter against its definition and its promises."""

import numpy as np
from monorig.inference.smoothing import OneEuro

EVERYBODY = np.array([0, 1])


def run(values, fps=30.0, fc_min=1.7, beta=0.3):
    """values (T,2,K,c) -> filtered (T,2,K,c)."""
    euro = OneEuro(fc_min, beta, 2)
    return np.stack([euro(EVERYBODY, frame, t / fps) for t, frame in enumerate(values)])


def test_the_first_value_passes_and_a_constant_stays(rng):
    values = np.broadcast_to(rng.normal(size=(1, 2, 5, 2)), (20, 2, 5, 2))
    np.testing.assert_allclose(run(values), values, atol=1e-12)


def test_the_second_value_is_the_published_formula():
    out = run(np.stack([np.zeros((2, 1, 1)), np.ones((2, 1, 1))]))
    alpha = lambda fc: 1 / (1 + 30 / (2 * np.pi * fc))  # noqa: E731
    speed = alpha(1.0) * 30.0
    np.testing.assert_allclose(out[1], alpha(1.7 + 0.3 * speed), rtol=1e-12)


def test_noise_at_rest_becomes_less_and_fast_motion_lags_less_than_slow_motion(rng):
    noise = rng.normal(0, 1e-3, (300, 2, 4, 3))
    assert run(noise)[50:].std() < 0.6 * noise[50:].std()
    time_s = np.arange(300)[:, None, None, None] / 30.0
    lag = [
        (v * time_s - run(np.broadcast_to(v * time_s, (300, 2, 1, 1))))[-1].max() / v
        for v in (0.1, 50)
    ]
    assert lag[1] < 0.5 * lag[0]


def test_a_point_that_was_hidden_starts_anew_where_it_appears():
    values = np.zeros((10, 2, 1, 2))
    values[4:6], values[6:] = np.nan, 7.0
    out = run(values)
    assert np.isnan(out[4:6]).all()
    np.testing.assert_allclose(out[6:], 7.0)


def test_a_forgotten_person_starts_anew_and_the_other_goes_on():
    euro = OneEuro(0.5, 0.0, 2)
    euro(EVERYBODY, np.zeros((2, 1, 1)), 0.0)
    euro.forget(np.array([0]))
    out = euro(EVERYBODY, np.ones((2, 1, 1)), 1 / 30)
    assert out[0, 0, 0] == 1.0 and 0 < out[1, 0, 0] < 0.5
