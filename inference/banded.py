"""Normal equations of a whole take: one dense block per frame, frames coupled through second differences.

    (blockdiag(H_t) + N (x) diag(w)) x = -g,      N = E^T E,  E x = second difference of x over time

N has two side diagonals, so two frames together make a block-tridiagonal system, solved by block
elimination: cost linear in the number of frames.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Coupling:
    """The bands of N (T,T) [1/s^4]: main, first and second side diagonal."""

    main: np.ndarray  # (T,)
    first: np.ndarray  # (T-1,)
    second: np.ndarray  # (T-2,)

    def times(self, x):
        """N x for x (T,n)."""
        out = self.main[:, None] * x
        for shift, band in ((1, self.first), (2, self.second)):
            if len(band):
                out[:-shift] += band[:, None] * x[shift:]
                out[shift:] += band[:, None] * x[:-shift]
        return out


def second_differences(time_s):
    """Coupling of frames at times (T,) [s], any spacing: E x is the acceleration of x, by parabolas."""
    T = len(time_s)
    main, first, second = np.zeros(T), np.zeros(max(T - 1, 0)), np.zeros(max(T - 2, 0))
    if T < 3:
        return Coupling(main, first, second)
    h = np.diff(time_s)
    before, after = h[:-1], h[1:]
    a, c = 2 / (before * (before + after)), 2 / (after * (before + after))
    b = -(a + c)
    main[:-2] += a * a
    main[1:-1] += b * b
    main[2:] += c * c
    first[:-1] += a * b
    first[1:] += b * c
    second += a * c
    return Coupling(main, first, second)


def solve(H, coupling, weight, rhs):
    """x of (blockdiag(H) + N (x) diag(weight)) x = rhs.

    H (T,n,n) symmetric, weight (n,), rhs (T,n,m) -> x (T,n,m). Solved in the precision of H.
    """
    T, n, m = rhs.shape
    pairs = (T + 1) // 2
    S, R, L = _pair_blocks(H, coupling, weight, rhs, pairs)
    carried = np.empty((pairs, 2 * n, 2 * n + m), H.dtype)
    for i in range(pairs):
        if i:
            S[i] -= L[i - 1] @ carried[i - 1, :, : 2 * n]
            R[i] -= L[i - 1] @ carried[i - 1, :, 2 * n :]
        up = L[i].T if i < pairs - 1 else np.zeros((2 * n, 2 * n), H.dtype)
        carried[i] = np.linalg.solve(S[i], np.concatenate([up, R[i]], 1))
    x = np.empty((pairs, 2 * n, m), H.dtype)
    x[-1] = carried[-1, :, 2 * n :]
    for i in range(pairs - 2, -1, -1):
        x[i] = carried[i, :, 2 * n :] - carried[i, :, : 2 * n] @ x[i + 1]
    return x.reshape(2 * pairs, n, m)[:T]


def _pair_blocks(H, coupling, weight, rhs, pairs):
    """Main blocks S (pairs,2n,2n), right sides R, and the blocks L below the main ones."""
    T, n, m = rhs.shape
    S = np.zeros((pairs, 2, n, 2, n), H.dtype)
    R = np.zeros((pairs, 2, n, m), H.dtype)
    L = np.zeros((max(pairs - 1, 0), 2, n, 2, n), H.dtype)
    d = np.arange(n)
    S[-1, 1, d, 1, d] = 1.0  # an odd last frame is filled up with an identity
    even, odd = np.arange(0, T, 2), np.arange(1, T, 2)
    for half, frames in ((0, even), (1, odd)):
        S[: len(frames), half, :, half, :] = H[frames]
        S[: len(frames), half, d, half, d] += coupling.main[frames][:, None] * weight
        R[: len(frames), half] = rhs[frames]
    within = coupling.first[0::2][:, None] * weight
    S[: len(within), 0, d, 1, d] = within
    S[: len(within), 1, d, 0, d] = within
    across = coupling.first[1::2][:, None] * weight
    L[: len(across), 0, d, 1, d] = across
    for half in (0, 1):
        skip = coupling.second[half::2][:, None] * weight
        L[: len(skip), half, d, half, d] = skip
    return S.reshape(pairs, 2 * n, 2 * n), R.reshape(pairs, 2 * n, m), L.reshape(-1, 2 * n, 2 * n)
