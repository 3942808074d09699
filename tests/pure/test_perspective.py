"""The focal length from perspective in bodies: people who were really seen by such a camera."""

import numpy as np
import pytest
from monorig.inference import perspective
from monorig.inference.camera import make, project, towards
from monorig.inference.evidence import Evidence
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.inference.kinematics import forward
from monorig.inference.rotations import exp
from monorig.inference.skeleton import SKELETON, scaled_body, universal_body

SIZE = (1280, 720)
MIDDLE_OF_RANGE = (SKELETON.lower[6:] + SKELETON.upper[6:]) / 2
BODY = universal_body(1.7)


def moving(rng, frames=24):
    """Markers (1,T,K,3), camera axes, of somebody who turns about and swings arms and legs."""
    t = np.linspace(0, 2 * np.pi, frames)[:, None]
    q = np.zeros((frames, SKELETON.num_dofs))
    span = (SKELETON.upper - SKELETON.lower)[6:]
    q[:, 6:] = np.clip(
        0.25 * span * np.sin(t * rng.integers(1, 4, len(span)) + rng.uniform(0, 6, len(span))),
        SKELETON.lower[6:],
        SKELETON.upper[6:],
    )
    q[:, 5:6] = 0.8 * np.sin(t)
    markers = forward(q, BODY).markers @ exp(np.array([np.pi / 2 + 0.2, 0, 0])).T
    return markers[None]


def evidence(rng, ratio, away=3.0, side=0.0, noise=0.0, shown=1.0):
    """Evidence of `moving`, so far away that it fills the picture of a camera of this W / f."""
    place = np.array([side, 0.0, 1.0]) * away / ratio
    X = moving(rng) * shown + place
    px = project(X, make(SIZE, focal=SIZE[0] / ratio).K) + noise * 3 * rng.normal(
        size=(*X.shape[:3], 2)
    )
    ray = X[:, :, INDEX["pelvis"]]
    local = (X - X[:, :, [INDEX["pelvis"]]]) @ towards(ray) + noise * 0.02 * rng.normal(
        size=X.shape
    )
    box = np.concatenate([px.min(2), px.max(2)], -1)
    sure = np.full(px.shape[:3], 0.9)
    tall = np.maximum(box[..., 3] - box[..., 1], box[..., 2] - box[..., 0])
    present = np.ones(px.shape[:2], bool)
    return Evidence(np.array([1]), present, box, tall, px, px, sure, local, sure)


def found(seen, body=BODY, start=1.0):
    times = np.arange(seen.present.shape[1]) / 10
    return perspective.strength(seen, 0, body, times, SIZE, start)


@pytest.mark.parametrize("ratio", [0.63, 1.0, 1.6])
@pytest.mark.parametrize("side", [0.0, 0.35])
def test_a_body_shows_the_focal_length(rng, ratio, side):
    strength = found(evidence(rng, ratio, side=side))
    assert strength.ratio == pytest.approx(ratio, rel=0.12)
    assert strength.moments == 24 and 0.2 < strength.size < 1.2


@pytest.mark.parametrize("start", [0.6, 1.0, 1.7])
def test_it_does_not_matter_where_the_search_starts(rng, start):
    seen = evidence(rng, 1.2)
    assert found(seen, start=start).ratio == pytest.approx(found(seen).ratio, rel=0.05)


def test_with_noise_the_truth_is_within_what_the_spread_says(rng):
    for ratio in (0.7, 1.3):
        strength = found(evidence(rng, ratio, noise=1.0))
        assert abs(strength.ratio - ratio) < 3 * strength.spread
        assert 0.01 < strength.spread < 0.4


def test_who_is_twice_as_far_away_shows_half_as_much(rng):
    near, far = (found(evidence(rng, 1.0, away, noise=1.0)) for away in (3.0, 9.0))
    assert far.spread > 1.5 * near.spread and far.size < 0.5 * near.size


def test_the_size_of_the_body_does_not_matter(rng):
    child = found(evidence(rng, 1.0, shown=0.65, away=2.0))
    assert child.ratio == pytest.approx(found(evidence(rng, 1.0)).ratio, abs=0.15)


@pytest.mark.parametrize("cut", ["one frame", "hidden", "absent"])
def test_of_whom_too_little_is_seen_nothing_is_said(rng, cut):
    seen = evidence(rng, 1.0)
    if cut == "one frame":
        seen = seen.until(1)
    elif cut == "hidden":
        seen.confidence[:], seen.trust[:] = 0.0, 0.0
    else:
        seen.present[:] = False
    assert found(seen) is None


def test_moments_are_apart_and_not_too_many():
    times = np.arange(0, 60, 1 / 30)
    chosen = perspective.moments(np.ones(len(times), bool), times)
    assert len(chosen) == perspective.MOMENTS and np.diff(times[chosen]).min() > 1.0
    few = perspective.moments(np.arange(30) < 10, times[:30])
    assert (np.diff(times[few]) > perspective.BETWEEN - 1e-6).all() and few.max() < 10


def test_the_gradient_is_that_of_the_cost(rng):
    seen = evidence(rng, 1.0, side=0.02, noise=1.0)
    problem, state = set_up(seen)
    _, H, g = problem.evaluate(state)
    own = 1e-4 * rng.normal(size=(len(g), perspective.N_OWN))
    shared = 1e-4 * rng.normal(size=perspective.G + 1)
    shared[-1] *= 0.1
    ahead, behind = (
        problem.evaluate(problem.moved(state, way * own, way * shared))[0] for way in (1, -1)
    )
    n = perspective.N_OWN
    slope = (g[:, :n] * own).sum() + (g[:, n:] * shared).sum()
    slope += (state.lengths / perspective.LENGTH**2) @ shared[:-1]
    assert (ahead - behind) / 2 == pytest.approx(2 * slope, rel=0.02)


def set_up(seen):
    """Problem of all frames, and a state beside the optimum."""
    target = perspective.targets(
        seen, 0, perspective.pair_lengths(BODY, perspective.SETTINGS), perspective.SETTINGS
    )
    problem = perspective.Problem(target, BODY, SIZE)
    return problem, problem.start(seen.X[0], 1.1)


def test_a_person_of_other_proportions_shows_it_too(rng):
    other = scaled_body(BODY, rng.normal(0, 0.04, perspective.G))
    assert len(KEYPOINTS) == other.places.shape[0]
    assert found(evidence(rng, 1.3), body=other).ratio == pytest.approx(1.3, rel=0.2)
