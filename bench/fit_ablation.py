"""What every term of the take fit is worth: each taken out alone, on real and on known motions."""

from dataclasses import replace

import numpy as np

from ..inference.fit_take import TakeSettings
from . import cases
from .candidates import score, variant
from .real_takes import TruthMissing, real
from .synthetic_observations import HABITS
from .tables import header, row, several

OFF = 1e3  # times the usual standard deviation
KINDS = ("walk", "dance", "crawling")
COLUMNS = [
    ("mpjpe", "MPJPE", 1),
    ("pa_mpjpe", "PA", 1),
    ("angle", "angle [deg]", 1),
    ("acceleration", "accel [m/s^2]", 1),
    ("jitter", "jitter", 1),
    ("skate", "skate", 1),
]


def variants():
    """[(what is changed, keywords of `variant`)]"""
    usual = TakeSettings()
    off = {
        "2D": {"reprojection": OFF * usual.reprojection},
        "bone vectors": {"vector": tuple(OFF * v for v in usual.vector)},
        "joint limits": {"limit": OFF * usual.limit},
        "acceleration": {"acceleration": OFF * usual.acceleration, "liveliness": 0.0},
        "strength of smoothing taken from the motion": {"liveliness": 0.0},
        "contacts": {"contact": np.inf},
        "rest pose": {"rest": OFF * usual.rest},
        "robust loss": {"robust": OFF * usual.robust, "robust_acceleration": OFF},
        "segment lengths solved": {"length": 1e-4},
        "lengths of our own for bone vectors": {"own_lengths": False},
    }
    rows = [("everything on", {})]
    rows += [
        (f"without {name}", {"settings": replace(usual, **change)}) for name, change in off.items()
    ]
    rows += [
        ("2D of the 2D network alone", {"only_2d_network": True}),
    ]
    return rows


def tables(data):
    """Real views and known motions, each a mean over its cases; returns the numbers."""
    groups = {"known motions": cases.synthetic(data, HABITS, kinds=KINDS)}
    try:
        groups["real video"] = real(data)
    except TruthMissing as missing:
        print(f"\nThe ablation on real takes is left out: {missing}.")
    result = {}
    for name, group in groups.items():
        if group:
            result[name] = _table(name, group)
    return result


def _table(name, group):
    columns = [c for c in COLUMNS if c[0] != "angle" or group[0].R is not None]
    header(f"take fit, {name}", *(words for _, words, _ in columns))
    result = {}
    for words, change in variants():
        scores = [score(variant(case, **change), case) for case in group]
        found = {key: float(np.mean([s[key] for s in scores])) for key, _, _ in columns}
        row(words, *(several([found[key]], digits) for key, _, digits in columns))
        result[words] = found
    return result
