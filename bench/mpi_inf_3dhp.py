"""MPI-INF-3DHP with --data DIR (its test set, TS1 ... TS6): 3DPCK, AUC, MPJPE, beside published numbers.

One person, found by us in the whole picture. Published methods answer in the size of the universal skeleton:
rows "at the true size" are the ones to hold beside them. 14 joints, 13 for the networks alone. The evaluation code
averages MPJPE over three joints more (pelvis, spine, head).
"""

from . import metrics, metrics_people, published
from .datasets import METRIC, SIZE, answered, far, numbers
from .mupots import by_joint, pooled
from .readers import mpi_inf_3dhp as reader
from .tables import header, number, row

TITLE = "MPI-INF-3DHP"
RULERS = (SIZE, METRIC)


def main(args):
    """All tables; returns their numbers."""
    errors, labels = {}, {}
    for sequence, answers in answered(reader, args.data, TITLE):
        labels[sequence.name] = sequence.activity
        for name, answer in answers.items():
            for ruler in RULERS:
                found = far(sequence, answer, ruler)
                errors.setdefault(f"{name}, {ruler}", {})[sequence.name] = found
    if not errors:
        return {}
    by_sequence(errors)
    by_joint(f"{TITLE}, 3DPCK", published.rows("mpi_inf_3dhp_joints"), errors)
    return by_activity(errors, labels)


def by_sequence(errors):
    header(f"{TITLE}, 3DPCK", *reader.NAMES, "total")
    for name, rows in errors.items():
        values = [metrics.share_correct(rows[s]) if s in rows else None for s in reader.NAMES]
        row(name, *map(number, values), number(metrics.share_correct(pooled(rows))))


def by_activity(errors, labels):
    """3DPCK of every activity, and all measures of everything; returns {answer: numbers}."""
    activities = tuple(reader.ACTIVITIES.values())
    titles = (*activities, "total", "AUC", "MPJPE [mm]")
    header(f"{TITLE}, 3DPCK", *titles, "frames with the person")
    for name, values in published.rows("mpi_inf_3dhp").items():
        row(name, *map(number, values), "-")
    result = {}
    for name, rows in errors.items():
        parts = [
            metrics_people.by_label(found, labels[s], reader.ACTIVITIES)
            for s, found in rows.items()
        ]
        values = [
            metrics.share_correct(pooled({i: p[a] for i, p in enumerate(parts) if a in p}))
            if any(a in p for p in parts)
            else None
            for a in activities
        ]
        together = pooled(rows)
        values += [
            metrics.share_correct(together),
            metrics.area_under_curve(together),
            metrics.mean(together),
        ]
        row(name, *map(number, values), number(metrics_people.share_matched(together)))
        result[name] = numbers(titles, values)
    return result
