"""Levenberg-Marquardt on a batch of small dense least-squares problems; knows nothing of people.

Levenberg 1944, Marquardt 1963. Every problem of the batch has its own damping and accepts or rejects
its own steps (Madsen 2004, Eq. 3.15).
"""

import numpy as np

LEAST_DAMPING, MOST_DAMPING = 1e-9, 1e6


def levenberg_marquardt(x, evaluate, iterations, cost_of=None, damping=1e-3):
    """Minimises the cost of B problems of n unknowns.

    x           (B,n) start
    evaluate    x -> cost (B,), H (B,n,n) = J^T J, g (B,n) = J^T r
    iterations  evaluations after the first: constant cost
    cost_of     x -> cost (B,), where that alone is cheaper: all that is asked of the last step
    returns x (B,n), cost (B,); the cost of a problem never rises, and x is finite if the start was
    """
    cost, H, g = evaluate(x)
    lam = np.full(len(x), damping)
    diagonal = np.arange(x.shape[-1])
    for remaining in range(iterations, 0, -1):
        damped = H.copy()
        damped[:, diagonal, diagonal] += lam[:, None] * (H[:, diagonal, diagonal] + 1e-6)
        step = -np.linalg.solve(damped, g[..., None])[..., 0]
        trial = x + step
        if cost_of and remaining == 1:
            trial_cost = cost_of(trial)
        else:
            trial_cost, trial_H, trial_g = evaluate(trial)
        better = trial_cost < cost
        x = np.where(better[:, None], trial, x)
        cost = np.where(better, trial_cost, cost)
        if remaining == 1:
            break
        H = np.where(better[:, None, None], trial_H, H)
        g = np.where(better[:, None], trial_g, g)
        lam = np.clip(np.where(better, lam / 5, lam * 6), LEAST_DAMPING, MOST_DAMPING)
    return x, cost
