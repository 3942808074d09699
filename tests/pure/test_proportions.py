"""How tall somebody is, from the lengths that the networks see."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.kinematics import forward
from monorig.inference.proportions import TYPICAL, bodies, statures, weighted_quantile
from monorig.inference.skeleton import universal_body


def evidence(*heights, frames=30, noise=0.0):
    """Evidence of people of these statures [m] in the rest pose."""
    rng = np.random.default_rng(2)
    body = universal_body(np.array(heights))
    markers = forward(np.zeros((len(heights), 50)), body).markers[:, None]
    X = markers + noise * rng.normal(size=(len(heights), frames, len(KEYPOINTS), 3))
    return SimpleNamespace(X=X, trust=np.ones(X.shape[:3]), present=np.ones(X.shape[:2], bool))


@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_the_tall_are_taller_than_the_small_and_the_typical_is_typical(noise):
    small, typical, tall = statures(evidence(1.5, 1.7, 1.9, noise=noise))
    assert small + 0.03 < typical < tall - 0.03
    assert typical == pytest.approx(1.7, abs=0.01 + noise)  # [m]


def test_of_whom_nothing_is_seen_is_of_typical_height():
    nothing = evidence(1.9)
    nothing.X[:] = np.nan
    assert statures(nothing)[0] == TYPICAL
    untrusted = evidence(1.9)
    untrusted.trust[:] = 0.0
    assert statures(untrusted)[0] == TYPICAL


def test_frames_in_which_somebody_is_absent_do_not_count():
    some = evidence(1.9)
    expected = statures(some)
    some.X[0, 10:], some.present[0, 10:] = np.nan, False
    np.testing.assert_allclose(statures(some), expected, atol=1e-9)


def test_a_known_height_is_taken():
    body = bodies(evidence(1.5, 1.9), heights=np.array([np.nan, 1.83]))
    assert body.height[1] == 1.83 and body.height[0] < 1.65


def test_nobody_gives_no_body():
    assert bodies(evidence()).height.shape == (0,)


def test_the_weighted_quantile_is_where_the_weight_is():
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 98.0])
    assert weighted_quantile(values, weights, 0.5) == 2.0
    assert weighted_quantile(values, np.array([98.0, 1.0, 1.0]), 0.5) == 3.0
