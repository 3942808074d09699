"""Where a camera went and how it turned, from corners of all depths."""

import numpy as np
import pytest
from monorig.inference import parallax
from monorig.inference.rotations import exp, log

T, M = 40, 40
OFF = 3e-4  # in focal lengths
WAVES = np.sin(np.linspace(0, 6, T)[:, None] * [1.0, 1.4, 0.8, 1.2, 0.7, 0.9] + np.arange(6))


def filmed(rng, shift, depths=(2.0, 12.0), wrong=0.0):
    """Seen, turns (T,3,3), places (T,3) and inverse depths (M,) of a camera that sways by `shift`."""
    start = rng.uniform([-0.5, -0.3], [0.5, 0.3], (M, 2))
    depth = rng.uniform(*depths, M)
    R, place = exp(0.05 * WAVES[:, :3]), shift * WAVES[:, 3:]
    X = np.append(start, np.ones((M, 1)), 1) * depth[:, None]
    X = np.einsum("tij,tmj->tmi", R, X - place[:, None])
    end = X[..., :2] / X[..., 2:] + rng.normal(0, OFF, (T, M, 2))
    end[rng.random((T, M)) < wrong] += 0.05
    return parallax.Seen(start, end, np.ones((T, M))), R, place, 1 / depth


def compared(solved, R, place):
    """Largest errors of turns [deg] and, but for the factor, of places [of the longest way]."""
    factor = (solved.place * place).sum() / (solved.place**2).sum()
    turn = log(solved.R @ np.swapaxes(R, -1, -2))
    away = np.linalg.norm(factor * solved.place - place, axis=-1).max()
    return np.degrees(np.linalg.norm(turn, axis=-1)).max(), away / np.linalg.norm(
        np.ptp(place, axis=0)
    )


@pytest.mark.parametrize("shift, wrong", [(0.1, 0.0), (0.8, 0.0), (0.4, 0.15)])
def test_the_way_is_found_but_for_its_factor(rng, shift, wrong):
    seen, R, place, near = filmed(rng, shift, wrong=wrong)
    solved = parallax.solve(seen, np.tile(np.eye(3), (T, 1, 1)), OFF)
    turn, away = compared(solved, R, place)
    assert turn < 0.15 and away < 0.04
    assert np.corrcoef(solved.near, near)[0, 1] > 0.98


def test_the_spread_is_that_of_the_error(rng):
    seen, R, place, _ = filmed(rng, 0.4)
    solved = parallax.solve(seen, R, OFF)
    factor = (solved.place * place).sum() / (solved.place**2).sum()
    error = np.linalg.norm(solved.place - place / factor, axis=-1)
    assert 0.3 < np.sqrt((error**2).mean()) / np.median(solved.spread) < 3.0


def test_known_depths_carry_the_factor_on(rng):
    seen, R, place, near = filmed(rng, 0.4)
    known = np.where(np.arange(M) < 10, near, 0.2), np.where(np.arange(M) < 10, 0.01, 0.4)
    solved = parallax.solve(seen, R, OFF, known)
    np.testing.assert_allclose(solved.place, place, atol=0.04)


@pytest.mark.parametrize("shift, depths", [(0.0, (2.0, 12.0)), (0.02, (60.0, 80.0))])
def test_where_turns_explain_as_much_nothing_is_said(rng, shift, depths):
    seen, R, _, _ = filmed(rng, shift, depths)
    assert parallax.solve(seen, R, OFF) is None


def test_pictures_that_lost_their_corners_do_no_harm(rng):
    seen, R, place, _ = filmed(rng, 0.4)
    seen.weight[5:8, 2:] = 0.0
    solved = parallax.solve(seen, R, OFF)
    rows = np.r_[:5, 8:T]
    assert np.isfinite(solved.place).all() and np.isfinite(solved.R).all()
    part = parallax.Solved(solved.R[rows], solved.place[rows], *(None,) * 4)
    assert max(compared(part, R[rows], place[rows])) < 0.15
