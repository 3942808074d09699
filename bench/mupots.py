"""MuPoTS-3D with --data DIR (its TS1 ... TS20): 3DPCK of all and of matched people, beside published numbers.

People are matched as in its evaluation code, which also gives every answer the bone lengths of the truth
before it compares: such rows are the ones to hold beside published ones. 14 joints, 13 for the networks alone.
"""

import numpy as np

from . import metrics, metrics_people, published
from .datasets import BONES, METRIC, SIZE, answered, far, numbers
from .readers import mupots as reader
from .tables import header, number, row

TITLE = "MuPoTS-3D"
RULERS = (BONES, SIZE, METRIC)
GROUPS = ("elbow", "wrist", "knee", "ankle")


def main(args):
    """All tables; returns their numbers."""
    errors, hidden = {}, {}
    for sequence, answers in answered(reader, args.data, TITLE):
        hidden[sequence.name] = sequence.occluded
        for name, answer in answers.items():
            for ruler in RULERS:
                found = far(sequence, answer, ruler)
                errors.setdefault(f"{name}, {ruler}", {})[sequence.name] = found
    if not errors:
        return {}
    matched = {
        name: {sequence: metrics_people.only_matched(found) for sequence, found in rows.items()}
        for name, rows in errors.items()
    }
    by_sequence(f"{TITLE}, all people, 3DPCK", published.rows("mupots_all"), errors)
    by_sequence(f"{TITLE}, matched people, 3DPCK", published.rows("mupots_matched"), matched)
    by_joint(f"{TITLE}, all people, 3DPCK", published.rows("mupots_joints"), errors)
    return summary(errors, matched, hidden)


def by_sequence(title, others, errors):
    """3DPCK of every sequence and of all people together."""
    header(title, *reader.NAMES, "total")
    for name, values in others.items():
        row(name, *map(number, values))
    for name, rows in errors.items():
        values = [metrics.share_correct(rows[s]) if s in rows else None for s in reader.NAMES]
        row(name, *map(number, values), number(metrics.share_correct(pooled(rows))))


def by_joint(title, others, errors):
    """3DPCK of the joints of the limbs and of all joints."""
    header(title, *GROUPS, "total")
    for name, values in others.items():
        row(name, *map(number, values))
    for name, rows in errors.items():
        together = pooled(rows)
        groups = metrics_people.by_joint(together)
        values = [metrics.share_correct(groups[group]) for group in GROUPS]
        row(name, *map(number, values), number(metrics.share_correct(together)))


def summary(errors, matched, hidden):
    """All, matched, visible, occluded; returns {answer: numbers}."""
    titles = (
        "all",
        "matched",
        "visible",
        "occluded",
        "people matched",
        "AUC",
        "MPJPE, matched [mm]",
    )
    header(f"{TITLE}, 3DPCK", *titles)
    for name, values in published.rows("mupots_summary").items():
        row(name, *map(number, values), "-", "-")
    result = {}
    for name, rows in errors.items():
        parts = [metrics_people.by_visibility(found, hidden[s]) for s, found in rows.items()]
        values = [metrics.share_correct(pooled(rows)), metrics.share_correct(pooled(matched[name]))]
        for part in ("visible", "occluded"):
            values.append(metrics.share_correct(np.concatenate([p[part].ravel() for p in parts])))
        values += [
            metrics_people.share_matched(pooled(rows)),
            metrics.area_under_curve(pooled(rows)),
            metrics.mean(pooled(matched[name])),
        ]
        row(name, *map(number, values))
        result[name] = numbers(titles, values)
    return result


def pooled(rows):
    """{sequence: errors (T,P,J)} -> (people of all frames, J)."""
    return np.concatenate([found.reshape(-1, found.shape[-1]) for found in rows.values()])
