"""Who keeps whose number: IDF1, MOTA, identity switches, through the package motmetrics (an optional extra).

Boxes are (N,4) x1 y1 x2 y2 [px]. The overlap of boxes is ours: that of motmetrics 1.4.0 calls a function
that numpy 2 no longer has, while the rest of it runs with numpy 1.26 and 2.3 alike.
"""

import numpy as np

OVERLAP = 0.5  # least intersection over union of a match (MOTChallenge)
MEASURES = {
    "idf1": "idf1",  # Ristani et al. 2016
    "mota": "mota",  # Bernardin & Stiefelhagen 2008
    "switches": "num_switches",
    "fragments": "num_fragmentations",
    "precision": "precision",
    "recall": "recall",
}


class MotmetricsMissing(Exception):
    """One sentence: the package that measures identities is not installed."""


def identity_metrics(true, found, overlap=OVERLAP):
    """{measure: number} of MEASURES; idf1, mota, precision and recall in [%].

    true, found    {frame: {identity: box}}; frames of `true` and `found` are all measured
    """
    accumulator = _motmetrics().MOTAccumulator()
    for frame in sorted({*true, *found}):
        here, there = true.get(frame, {}), found.get(frame, {})
        shared = intersection_over_union(_boxes(here), _boxes(there))
        distance = np.where(shared >= overlap, 1 - shared, np.nan)
        accumulator.update(list(here), list(there), distance, frameid=frame)
    table = _motmetrics().metrics.create().compute(accumulator, metrics=list(MEASURES.values()))
    values = {name: float(table[column].iloc[0]) for name, column in MEASURES.items()}
    shares = ("idf1", "mota", "precision", "recall")
    return {name: 100 * value if name in shares else int(value) for name, value in values.items()}


def of_motion(motion):
    """{frame: {identity: box}} of everybody whom a Motion has a box for."""
    seen = np.isfinite(motion.box).all(-1)
    return {
        int(frame): {int(motion.identity[p]): motion.box[p, t] for p in np.flatnonzero(seen[:, t])}
        for t, frame in enumerate(motion.frame)
    }


def intersection_over_union(a, b):
    """Boxes a (N,4), b (M,4) -> (N,M), 0..1. Jaccard index; 0 for boxes without area."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    area_a, area_b = (np.clip(box[:, 2:] - box[:, :2], 0, None).prod(-1) for box in (a, b))
    return shared / np.maximum(area_a[:, None] + area_b[None] - shared, 1e-12)


def _boxes(people):
    return np.array(list(people.values()), float).reshape(-1, 4)


def _motmetrics():
    try:
        import motmetrics
    except ModuleNotFoundError as missing:
        raise MotmetricsMissing(
            f"identities are not measured: the package {missing.name} is not installed"
        ) from missing
    return motmetrics
