"""Levenberg-Marquardt on a batch of small dense least-squares problems; knows nothing of people.

Levenberg 1944, Marquardt 1963. Every problem of the batch has its own damping and accepts or rejects
its own steps (Madsen 2004, Eq. 3.15). Damping goes with the diagonal of H (Marquardt) and a share of its
median (Levenberg): the diagonal alone does not hold unknowns of which little is known, like the twist of
a straight limb. Steps that fail one after the other raise the damping ever faster, as Nielsen 1999 has it.
"""

import numpy as np

LEAST_DAMPING, MOST_DAMPING = 1e-9, 1e6
LOWER, RAISE = 1 / 5, 6.0  # damping after a step that was good, after one that was not
EVENLY = 0.3  # of the median of the diagonal, for all unknowns


def levenberg_marquardt(x, evaluate, iterations, cost_of=None, first=None, damping=1e-3, near=0.0):
    """Minimises the cost of B problems of n unknowns.

    x           (B,n) start
    evaluate    x -> cost (B,), H (B,n,n) = J^T J, g (B,n) = J^T r
    iterations  evaluations after the first, at most
    cost_of     x -> cost (B,), where that alone is cheaper: all that is asked of the last step
    first       evaluate(x), where that is known already
    near        a problem of which a step changes no unknown by more is through
    returns x (B,n), cost (B,); the cost of a problem never rises, and x is finite if the start was
    """
    cost, H, g = first or evaluate(x)
    B, n = x.shape
    lam, raising, through = np.full(B, damping), np.full(B, RAISE), np.zeros(B, bool)
    for remaining in range(iterations, 0, -1):
        damped = H.copy()
        diagonal = damped.reshape(B, n * n)[:, :: n + 1]
        evenly = EVENLY * np.sort(diagonal, axis=-1)[:, n // 2, None] + 1e-6
        diagonal += lam[:, None] * (diagonal + evenly)
        step = np.linalg.solve(damped, g[..., None])[..., 0]
        step[through] = 0.0
        through |= np.abs(step).max(-1) < near
        trial, last = x - step, remaining == 1 or through.all()
        if cost_of and last:
            trial_cost = cost_of(trial)
        else:
            trial_cost, trial_H, trial_g = evaluate(trial)
        better = trial_cost < cost
        x = np.where(better[:, None], trial, x)
        cost = np.where(better, trial_cost, cost)
        if last:
            break
        H = np.where(better[:, None, None], trial_H, H)
        g = np.where(better[:, None], trial_g, g)
        lam = np.clip(lam * np.where(better, LOWER, raising), LEAST_DAMPING, MOST_DAMPING)
        raising = np.where(better, RAISE, np.minimum(raising * RAISE, MOST_DAMPING))
    return x, cost
