# ruff: noqa: N999 - named as the data set is
"""3DPW with --data DIR (its sequenceFiles and imageFiles): MPJPE and PA-MPJPE, beside published numbers.

Root-relative, 13 of the joints of SMPL's skeleton (12 of the limbs, and the middle of the shoulders). Published
methods answer with SMPL itself and are compared on 14 joints of its surface: differences of 2 cm say nothing.
The camera is carried about, and our fit takes it to stand still: no path through the world is measured.
"""

from . import metrics, metrics_people, published
from .datasets import METRIC, SIZE, answered, numbers, paired
from .readers import threedpw as reader
from .tables import header, number, row

TITLE = "3DPW"
RULERS = (METRIC, SIZE)
TITLES = ("MPJPE [mm]", "PA-MPJPE [mm]", "3DPCK", "acceleration error [m/s^2]", "people matched")


def main(args):
    """The table; returns {answer: numbers}."""
    measured = {}
    for sequence, answers in answered(reader, args.data, TITLE):
        for name, answer in answers.items():
            for ruler in RULERS:
                X, Y = paired(sequence, answer, ruler)
                for person in range(Y.shape[1]):
                    values = measures(X[:, person], Y[:, person], sequence.fps)
                    frames = int(sequence.counts[:, person].sum())
                    measured.setdefault(f"{name}, {ruler}", []).append((frames, values))
    if not measured:
        return {}
    header(TITLE, *TITLES)
    for name, values in published.rows("threedpw").items():
        row(name, *map(number, values), *["-"] * (len(TITLES) - len(values)))
    result = {}
    for name, rows in measured.items():
        values = [weighed(rows, column) for column in range(len(TITLES))]
        row(name, *map(number, values))
        result[name] = numbers(TITLES, values)
    return result


def measures(X, Y, fps):
    """Numbers of TITLES for one person (T,J,3)."""
    far = metrics.errors_missing_as_far(X, Y)
    return (
        metrics.mpjpe(X, Y),
        metrics.pa_mpjpe(X, Y),
        metrics.share_correct(far),
        metrics.acceleration_error(X, Y, fps),
        metrics_people.share_matched(far),
    )


def weighed(rows, column):
    """Mean of a column over people, each weighed by the frames that count; people without a number left out."""
    known = [
        (frames, values[column]) for frames, values in rows if values[column] == values[column]
    ]
    total = sum(frames for frames, _ in known)
    return sum(frames * value for frames, value in known) / total if total else float("nan")
