"""The block-banded normal equations against the same thing written out in full."""

import numpy as np
import pytest
from monorig.inference.banded import accelerations, couple, second_differences, solve, spread

N = 4
FRAMES = [1, 2, 3, 4, 5, 8, 9]


def uneven(rng, count):
    """Times (count,) [s] as of a phone."""
    return np.cumsum(rng.uniform(0.02, 0.07, count))


def difference_matrix(coefficients, frames):
    """(T-2,T) with matrix @ x = accelerations of one unknown."""
    matrix = np.zeros((max(frames - 2, 0), frames))
    for i in range(len(matrix)):
        matrix[i, i : i + 3] = coefficients[:, i]
    return matrix


def test_the_acceleration_of_a_parabola_is_exact(rng):
    time_s = uneven(rng, 9)
    x = np.stack([3 - 2 * time_s + 4.5 * time_s**2, 7 * time_s], -1)
    found = accelerations(second_differences(time_s), x)
    np.testing.assert_allclose(found, np.broadcast_to([9.0, 0.0], (7, 2)), atol=1e-9)


@pytest.mark.parametrize("frames", FRAMES)
def test_spread_is_the_transpose(rng, frames):
    coefficients = second_differences(uneven(rng, frames))
    values = rng.normal(size=(max(frames - 2, 0), N))
    expected = difference_matrix(coefficients, frames).T @ values
    np.testing.assert_allclose(spread(coefficients, values, frames), expected, atol=1e-9)


@pytest.mark.parametrize("frames", FRAMES)
def test_the_banded_solution_is_that_of_the_full_system(rng, frames):
    coefficients = second_differences(uneven(rng, frames) * 20)
    weight = rng.uniform(0.1, 2.0, (max(frames - 2, 0), N))
    half = rng.normal(size=(frames, N, N))
    H = half @ np.swapaxes(half, -1, -2) + np.eye(N)
    rhs = rng.normal(size=(frames, N, 2))
    full = np.zeros((frames, N, frames, N))
    full[np.arange(frames), :, np.arange(frames)] = H
    D = difference_matrix(coefficients, frames)
    for n in range(N):
        full[:, n, :, n] += D.T @ (weight[:, n, None] * D)
    expected = np.linalg.solve(full.reshape(frames * N, -1), rhs.reshape(frames * N, 2))
    found = solve(H, couple(coefficients, weight, frames), rhs)
    np.testing.assert_allclose(found.reshape(frames * N, 2), expected, atol=1e-9)


def test_steep_smoothing_of_frames_without_evidence_costs_no_digits(rng):
    frames, time_s = 60, np.arange(60) / 60
    H = np.broadcast_to(1e-2 * np.eye(N), (frames, N, N)).copy()
    H[::9] += 50 * np.eye(N)
    coupling = couple(second_differences(time_s), np.ones((frames - 2, N)), frames)
    x = rng.normal(size=(frames, N, 1))
    rhs = H @ x + coupling.main[..., None] * x
    for band, gap in ((coupling.first, 1), (coupling.second, 2)):
        rhs[:-gap] += band[..., None] * x[gap:]
        rhs[gap:] += band[..., None] * x[:-gap]
    np.testing.assert_allclose(solve(H, coupling, rhs), x, atol=1e-7)
