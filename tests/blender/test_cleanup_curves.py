"""Smoother and livelier keys: what a straight line, uneven keys and the ends of a range must give."""

import numpy as np
import pytest
from monorig.operators import cleanup_curves

EVERYWHERE = (-1e6, 1e6)


def test_a_straight_line_stays_also_at_its_ends_and_with_uneven_keys(rng):
    frames = np.sort(rng.uniform(0, 50, 40))
    line = (2 + 0.3 * frames)[:, None]
    np.testing.assert_allclose(cleanup_curves.changed(frames, line, 2.0, EVERYWHERE, 30), line)


def test_more_takes_tremor_away_and_less_brings_it_back(rng):
    frames = np.arange(100.0)
    swing = np.sin(frames / 12)[:, None]
    shaky = swing + rng.normal(0, 0.05, swing.shape)
    calm = cleanup_curves.changed(frames, shaky, 1.0, EVERYWHERE, 30)
    lively = cleanup_curves.changed(frames, calm, -1.0, EVERYWHERE, 30)
    assert np.abs(calm - swing).std() < 0.6 * np.abs(shaky - swing).std()
    assert np.diff(calm, 2, axis=0).std() < np.diff(lively, 2, axis=0).std()


def test_a_key_alone_and_keys_far_apart_stay():
    for frames in (np.array([3.0]), np.array([0.0, 500.0, 1000.0])):
        values = np.arange(len(frames), dtype=float)[:, None]
        np.testing.assert_allclose(
            cleanup_curves.changed(frames, values, 1.0, EVERYWHERE, 30), values
        )


def test_the_change_fades_inside_the_range():
    share = cleanup_curves.share(np.arange(100.0), 20, 60, 30)
    assert not share[:19].any() and not share[62:].any() and (share[25:55] == 1).all()
    assert (np.diff(share[19:24]) > 0).all()
    assert (cleanup_curves.share(np.arange(10.0), 0, 9, 30) == 1).all()


@pytest.mark.parametrize("flipped", [False, True])
def test_turns_keep_their_length_and_a_flipped_sign_is_no_jump(flipped):
    angle = np.linspace(0, 3, 60)
    turns = np.stack([np.cos(angle / 2), np.sin(angle / 2), 0 * angle, 0 * angle], -1)
    if flipped:
        turns[30:] *= -1
    calm = cleanup_curves.changed_turns(np.arange(60.0), turns, 1.0, EVERYWHERE, 30)
    np.testing.assert_allclose(np.linalg.norm(calm, axis=-1), 1.0)
    np.testing.assert_allclose(calm, turns, atol=2e-3)
