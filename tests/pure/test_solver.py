"""Levenberg-Marquardt on problems whose answer is known, and on some that have none."""

import numpy as np
import pytest
from monorig.inference.solver import levenberg_marquardt


def least_squares(A, b):
    """evaluate() of |A x - b|^2 for a batch A (B,m,n), b (B,m)."""

    def evaluate(x):
        r = (A @ x[..., None])[..., 0] - b
        At = np.swapaxes(A, -1, -2)
        return (r**2).sum(-1), At @ A, (At @ r[..., None])[..., 0]

    return evaluate


def valley(x):
    """Rosenbrock's curved valley as residuals 10 (y - x^2), 1 - x: least at (1, 1)."""
    r = np.stack([10 * (x[:, 1] - x[:, 0] ** 2), 1 - x[:, 0]], -1)
    J = np.zeros((len(x), 2, 2))
    J[:, 0, 0], J[:, 0, 1], J[:, 1, 0] = -20 * x[:, 0], 10, -1
    Jt = np.swapaxes(J, -1, -2)
    return (r**2).sum(-1), Jt @ J, (Jt @ r[..., None])[..., 0]


def test_a_linear_problem_is_solved(rng):
    A, b = rng.normal(size=(5, 9, 4)), rng.normal(size=(5, 9))
    x, cost = levenberg_marquardt(np.zeros((5, 4)), least_squares(A, b), iterations=8)
    expected = [np.linalg.lstsq(a, each, rcond=None)[0] for a, each in zip(A, b)]
    np.testing.assert_allclose(x, expected, atol=1e-6)
    np.testing.assert_allclose(cost, least_squares(A, b)(x)[0], rtol=1e-12)


def test_the_curved_valley_is_followed_to_its_end():
    x, cost = levenberg_marquardt(
        np.array([[-1.2, 1.0], [3.0, -2.0], [0.0, 0.0]]), valley, iterations=60
    )
    np.testing.assert_allclose(x, 1.0, atol=1e-5)
    assert (cost < 1e-9).all()


@pytest.mark.parametrize("iterations", [0, 1, 2, 5, 20])
def test_the_cost_never_rises(rng, iterations):
    start = rng.normal(0, 3, (200, 2))
    _, cost = levenberg_marquardt(start, valley, iterations)
    assert (cost <= valley(start)[0]).all()


def test_more_iterations_are_never_worse(rng):
    start = rng.normal(0, 3, (50, 2))
    costs = [levenberg_marquardt(start, valley, n)[1] for n in range(12)]
    assert (np.diff(costs, axis=0) <= 0).all()


def test_a_wrong_derivative_cannot_make_it_worse(rng):
    def misled(x):
        cost, H, g = valley(x)
        return cost, H, -g

    start = rng.normal(0, 2, (20, 2))
    x, cost = levenberg_marquardt(start, misled, iterations=10)
    assert (cost <= valley(start)[0]).all() and np.isfinite(x).all()


def test_each_problem_of_a_batch_is_solved_as_if_alone(rng):
    start = rng.normal(0, 3, (7, 2))
    together, costs = levenberg_marquardt(start, valley, iterations=9)
    for i in range(7):
        alone, cost = levenberg_marquardt(start[i : i + 1], valley, iterations=9)
        np.testing.assert_allclose(together[i], alone[0], atol=1e-12)
        assert costs[i] == pytest.approx(cost[0])


def test_a_problem_without_an_answer_keeps_its_start_says_so_and_disturbs_nobody(rng):
    def half_broken(x):
        cost, H, g = valley(x)
        cost[0], H[0], g[0] = np.nan, np.nan, np.nan
        return cost, H, g

    start = np.array([[2.0, 2.0], [-1.2, 1.0]])
    x, cost = levenberg_marquardt(start.copy(), half_broken, iterations=60)
    assert np.isnan(cost[0]) and (x[0] == start[0]).all()
    np.testing.assert_allclose(x[1], 1.0, atol=1e-5)


def test_an_unknown_that_nothing_depends_on_stays(rng):
    A = np.zeros((1, 3, 4))
    A[0, :, :3] = rng.normal(size=(3, 3))
    x, _ = levenberg_marquardt(
        np.array([[0, 0, 0, 7.0]]), least_squares(A, np.ones((1, 3))), iterations=8
    )
    assert x[0, 3] == 7.0 and np.isfinite(x).all()


def test_a_step_into_the_undefined_is_taken_back():
    """|x| grows until the logarithm of 1 - x ends: the steps must stay before it."""

    def near_a_cliff(x):
        with np.errstate(invalid="ignore"):
            r = np.log(1 - x) + 20.0
        J = -1 / (1 - x)
        return (r**2).sum(-1), (J * J)[:, :, None], J * r

    x, cost = levenberg_marquardt(np.array([[0.0]]), near_a_cliff, iterations=80)
    assert 0 < x[0, 0] < 1 and cost[0] < 1.0


def test_the_number_of_evaluations_is_fixed():
    calls = []

    def counted(x):
        calls.append(len(x))
        return valley(x)

    levenberg_marquardt(np.ones((3, 2)), counted, iterations=6)
    assert calls == [3] * 7


def test_no_problem_at_all_is_no_problem():
    x, cost = levenberg_marquardt(np.zeros((0, 2)), valley, iterations=3)
    assert x.shape == (0, 2) and cost.shape == (0,)


def test_problems_that_are_through_are_left_alone_and_do_not_depend_on_others(rng):
    start, asked = rng.normal(0, 3, (40, 2)), []

    def counted(x):
        asked.append(len(x))
        return valley(x)

    together = levenberg_marquardt(start, counted, 60, near=0.01)[0]
    assert len(asked) < 61, "all were through before"
    alone = [levenberg_marquardt(one[None], valley, 60, near=0.01)[0][0] for one in start]
    np.testing.assert_allclose(together, alone, rtol=1e-12)
    assert np.median(np.linalg.norm(together - 1.0, axis=-1)) < 0.05
