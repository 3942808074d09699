"""Human3.6M with --data DIR (its S9 and S11): MPJPE by action, beside published numbers.

Published methods are trained on other subjects of it and know its cameras; we tell ours nothing. Root-relative,
14 joints (13 for the networks alone) where the published ones average 17, every frame, no alignment but what a
row says.
"""

import numpy as np

from . import metrics, published
from .datasets import METRIC, SIZE, answered, paired
from .readers import h36m as reader
from .tables import header, number, row

TITLE = "Human3.6M"
RULERS = (METRIC, SIZE)
MEASURES = {  # title: (X, Y, fps) -> number
    "PA-MPJPE [mm]": lambda X, Y, fps: metrics.pa_mpjpe(X, Y),
    "3DPCK": lambda X, Y, fps: metrics.pck(X, Y),
    "AUC": lambda X, Y, fps: metrics.auc(X, Y),
    "acceleration error [m/s^2]": metrics.acceleration_error,
    "coverage": lambda X, Y, fps: metrics.coverage(X, Y),
}


def main(args):
    """Both tables; returns {answer: MPJPE of all frames [mm]}."""
    errors, measured = {}, {}
    for sequence, answers in answered(reader, args.data, TITLE):
        action = reader.action(sequence.name)
        for name, answer in answers.items():
            for ruler in RULERS:
                X, Y = (points[:, 0] for points in paired(sequence, answer, ruler))
                rows = errors.setdefault(f"{name}, {ruler}", {})
                rows.setdefault(action, []).append(metrics.errors(X, Y))
                values = [measure(X, Y, sequence.fps) for measure in MEASURES.values()]
                measured.setdefault(f"{name}, {ruler}", []).append(values)
    if not errors:
        return {}
    header(f"{TITLE}, means of clips", *MEASURES)
    for name, rows in measured.items():
        row(name, *(number(metrics.mean(column), 2) for column in zip(*rows)))
    return by_action(errors)


def by_action(errors):
    header(f"{TITLE}, MPJPE [mm]", *published.H36M_ACTIONS, "all")
    for name, values in published.rows("h36m").items():
        row(name, *map(number, values))
    result = {}
    for name, rows in errors.items():
        values = [
            metrics.mean(np.concatenate(rows[action])) if action in rows else None
            for action in published.H36M_ACTIONS
        ]
        result[name] = metrics.mean(np.concatenate(sum(rows.values(), [])))
        row(name, *map(number, values), number(result[name]))
    return result
