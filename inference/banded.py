"""Normal equations of a whole take: one dense block per frame, frames coupled through second differences.

    (blockdiag(H_t) + sum_i w_i e_i e_i^T) x = -g,      e_i x = second difference of one unknown at one time

The coupling has two side diagonals of diagonal blocks, so two frames together make a block-tridiagonal
system, solved by block elimination: cost linear in the number of frames.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Coupling:
    """The bands that couple frames, one value per unknown n: main, first and second side diagonal."""

    main: np.ndarray  # (T,n)
    first: np.ndarray  # (T-1,n)
    second: np.ndarray  # (T-2,n)


def second_differences(time_s):
    """Coefficients (3,T-2) [1/s^2] of the acceleration at the inner frames, by parabolas.

    acceleration[i] = c[0,i] x[i] + c[1,i] x[i+1] + c[2,i] x[i+2]; times (T,) [s] of any spacing
    """
    h = np.diff(time_s)
    before, after = h[:-1], h[1:]
    a, c = 2 / (before * (before + after)), 2 / (after * (before + after))
    return np.stack([a, -(a + c), c])


def accelerations(coefficients, x):
    """Second differences (T-2,n) of x (T,n)."""
    a, b, c = coefficients[:, :, None]
    return a * x[:-2] + b * x[1:-1] + c * x[2:] if len(x) > 2 else np.zeros((0, x.shape[1]))


def spread(coefficients, values, num_frames):
    """The transpose of `accelerations`: values (T-2,n) -> (T,n)."""
    out = np.zeros((num_frames, values.shape[1]))
    for shift, c in enumerate(coefficients):
        out[shift : shift + len(values)] += c[:, None] * values
    return out


def couple(coefficients, weight, num_frames):
    """Coupling of weighted second differences; weight (T-2,n)."""
    n = weight.shape[1]
    main, first, second = (np.zeros((max(num_frames - k, 0), n)) for k in range(3))
    if num_frames > 2:
        a, b, c = coefficients[:, :, None]
        main[:-2] += a * a * weight
        main[1:-1] += b * b * weight
        main[2:] += c * c * weight
        first[:-1] += a * b * weight
        first[1:] += b * c * weight
        second += a * c * weight
    return Coupling(main, first, second)


def solve(H, coupling, rhs):
    """x of (blockdiag(H) + coupling) x = rhs.

    H (T,n,n) symmetric, rhs (T,n,m) -> x (T,n,m). Solved in the precision of H.
    """
    T, n, m = rhs.shape
    pairs = (T + 1) // 2
    S, R = _pair_blocks(H, coupling, rhs, pairs)
    ties = _ties(coupling, n, pairs)
    carried = np.zeros((pairs, 2 * n, 2 * n + m), H.dtype)
    d = np.arange(n)
    for i in range(pairs):
        if i:
            left = _tied(ties[:, i - 1], carried[i - 1])
            S[i] -= left[:, : 2 * n]
            R[i] -= left[:, 2 * n :]
        right = np.zeros((2 * n, 2 * n + m), H.dtype)
        right[d, d], right[n + d, d], right[n + d, n + d] = ties[:, i]
        right[:, 2 * n :] = R[i]
        carried[i] = np.linalg.solve(S[i], right)
    x = np.empty((pairs, 2 * n, m), H.dtype)
    x[-1] = carried[-1, :, 2 * n :]
    for i in range(pairs - 2, -1, -1):
        x[i] = carried[i, :, 2 * n :] - carried[i, :, : 2 * n] @ x[i + 1]
    return x.reshape(2 * pairs, n, m)[:T]


def _ties(coupling, n, pairs):
    """Diagonals (3,pairs,n) of the block [[a, b], [0, c]] that ties a pair of frames to the one before it."""
    ties = np.zeros((3, pairs, n))
    for row, band in enumerate(
        (coupling.second[0::2], coupling.first[1::2], coupling.second[1::2])
    ):
        ties[row, : len(band)] = band
    return ties


def _tied(tie, X):
    """[[a, b], [0, c]] X for diagonals tie (3,n) and X (2n,m)."""
    a, b, c = tie[:, :, None]
    n = len(X) // 2
    return np.concatenate([a * X[:n] + b * X[n:], c * X[n:]])


def _pair_blocks(H, coupling, rhs, pairs):
    """Main blocks S (pairs,2n,2n) and right sides R (pairs,2n,m)."""
    T, n, m = rhs.shape
    S = np.zeros((pairs, 2, n, 2, n), H.dtype)
    R = np.zeros((pairs, 2, n, m), H.dtype)
    d = np.arange(n)
    S[-1, 1, d, 1, d] = 1.0  # an odd last frame is filled up with an identity
    even, odd = np.arange(0, T, 2), np.arange(1, T, 2)
    for half, frames in ((0, even), (1, odd)):
        S[: len(frames), half, :, half, :] = H[frames]
        S[: len(frames), half, d, half, d] += coupling.main[frames]
        R[: len(frames), half] = rhs[frames]
    within = coupling.first[0::2]
    S[: len(within), 0, d, 1, d] = within
    S[: len(within), 1, d, 0, d] = within
    return S.reshape(pairs, 2 * n, 2 * n), R.reshape(pairs, 2 * n, m)
