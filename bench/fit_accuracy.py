"""How right the fits are: on known motions seen through made-up errors, and on real video with 3D truth."""

import contextlib
from dataclasses import replace

import numpy as np

from ..inference.fit_settings import WEIGHTS, FitSettings
from . import cases, metrics
from .candidates import baselines_and_fits, captured, of_motion, score, with_height
from .cases import nearest_identity
from .motions import ON_THE_FLOOR
from .real_takes import TruthMissing, real
from .synthetic_observations import HABITS, PLAIN
from .tables import header, row, several

ANSWERS = ("raw", "filtered", "live", "take")
COLUMNS = [
    ("angle", "joint angles, median [deg]", 1),
    ("mpjpe", "MPJPE [mm]", 0),
    ("pa_mpjpe", "PA-MPJPE [mm]", 0),
    ("acceleration", "acceleration error [m/s^2]", 1),
]
REAL_COLUMNS = [
    ("mpjpe", "MPJPE", 1), ("n_mpjpe", "N-MPJPE", 1), ("pa_mpjpe", "PA", 1), ("clip_mpjpe", "clip", 1),
    ("pck", "3DPCK", 1), ("auc", "AUC", 1), ("acceleration", "accel [m/s^2]", 1),
    ("jitter", "jitter [10 m/s^3]", 1), ("bone_std", "bones [mm]", 1), ("skate", "skate [mm]", 1),
    ("root", "root path", 0), ("depth", "depth / truth", 3),
]  # fmt: skip
WEIGHTS_COLUMNS = [column for column in REAL_COLUMNS if column[0] not in ("bone_std", "clip_mpjpe")]
EASIER = [
    ("as in the target", PLAIN),
    ("no outliers", replace(PLAIN, outliers=0.0)),
    ("nothing hidden", replace(PLAIN, hidden=0.0)),
    ("3D noise does not drift", replace(PLAIN, drift=0.0)),
    ("no 3D noise", replace(PLAIN, X=0.0)),
    ("2D noise only", replace(PLAIN, X=0.0, outliers=0.0, hidden=0.0)),
    ("no errors", replace(PLAIN, px=0.0, X=0.0, outliers=0.0, hidden=0.0)),
]
EASIER_KINDS = ("walk", "dance", "boxing")


def synthetic_table(data, errors, title):
    """Per kind of motion, all answers in one cell; returns the table's numbers."""
    found = {}
    for case in cases.synthetic(data, errors):
        scores = {name: score(c, case) for name, c in baselines_and_fits(case).items()}
        found.setdefault(case.kind, []).append((len(case.X), scores))
    print(f"\n{title}; every cell: raw / filtered raw / live / take")
    header("motion", "frames", *(words for _, words, _ in COLUMNS))
    for kind, rows in [*found.items(), ("all", sum(found.values(), []))]:
        cells = [
            several([_mean(rows, name, key) for name in ANSWERS], digits)
            for key, _, digits in COLUMNS
        ]
        row(kind, sum(frames for frames, _ in rows), *cells)
    _say_worse(found)
    everything = sum(found.values(), [])
    return {
        f"{name}_{key}": _mean(everything, name, key) for name in ANSWERS for key, _, _ in COLUMNS
    }


def _mean(rows, name, key):
    """Mean of one answer's metric, clips weighed by their frames."""
    return float(
        np.average([scores[name][key] for _, scores in rows], weights=[n for n, _ in rows])
    )


def _say_worse(found):
    """Motions on the floor on which a fit is worse than the raw 3D."""
    for kind in ON_THE_FLOOR:
        for fit in ("live", "take"):
            if kind in found and _mean(found[kind], fit, "mpjpe") > _mean(
                found[kind], "raw", "mpjpe"
            ):
                print(f"worse than the raw 3D: {fit}, {kind}")


def easier_table(data):
    """What the error of the take fit is made of: errors of the networks left out, stature given."""
    header(
        "take fit, errors of the networks",
        *(words for _, words, _ in COLUMNS),
        "stature given: MPJPE [mm]",
    )
    result = {}
    for name, errors in EASIER:
        rows, given = [], []
        for case in cases.synthetic(data, errors, kinds=EASIER_KINDS):
            rows.append((len(case.X), {"take": score(of_motion(captured(case), 0), case)}))
            told = captured(case, with_height(case))
            given.append(metrics.mpjpe(of_motion(told, 0).X, case.X))
        numbers = [_mean(rows, "take", key) for key, _, _ in COLUMNS]
        row(
            name,
            *(several([v], digits) for v, (_, _, digits) in zip(numbers, COLUMNS)),
            several([np.mean(given)], 0),
        )
        result[name] = numbers[0]
    return result


def weights_table(groups):
    """The live fit with our weights and with the published ones; groups {what: cases}."""
    header("live fit, weights", "of", *(words for _, words, _ in WEIGHTS_COLUMNS))
    result = {}
    for weights in WEIGHTS:
        for what, group in groups.items():
            settings = FitSettings(solver="live", weights=weights)
            motions = [(case, captured(case, settings)) for case in group]
            scores = [
                score(of_motion(m, nearest_identity(m.px, case)), case) for case, m in motions
            ]
            mean = {key: float(np.mean([s[key] for s in scores])) for key, _, _ in WEIGHTS_COLUMNS}
            row(
                weights, what, *(several([mean[key]], digits) for key, _, digits in WEIGHTS_COLUMNS)
            )
            result[f"{weights}_{what}"] = mean
    return result


def real_table(data):
    """Two real views: all answers, focal length given and unknown."""
    try:
        known, unknown = real(data), real(data, known_focal=False)
    except TruthMissing as missing:
        print(f"\nReal takes are left out: {missing}.")
        return {}
    header("real take", "answer", *(words for _, words, _ in REAL_COLUMNS))
    result = {}
    for cases_of, focal in ((known, "given"), (unknown, "unknown")):
        scores = [
            {name: score(c, case) for name, c in baselines_and_fits(case).items()}
            for case in cases_of
        ]
        answers = ANSWERS if focal == "given" else ANSWERS[2:]
        for answer in answers:
            for case, found in zip(cases_of, scores):
                _real_row(case.name, answer, focal, found[answer])
        for answer in answers:
            mean = {
                k: float(np.mean([f[answer].get(k, np.nan) for f in scores]))
                for k, _, _ in REAL_COLUMNS
            }
            _real_row("mean", answer, focal, mean)
            result[f"real_{answer}_focal_{focal}"] = mean
    return result


def _real_row(view, answer, focal, found):
    words = f"{answer}, focal length {focal}" if answer in ("live", "take") else answer
    row(view, words, *(several([found.get(key)], digits) for key, _, digits in REAL_COLUMNS))


def tables(data):
    """All accuracy tables; returns their numbers."""
    if not cases.motions.available(data):
        print(
            "\nKnown motions are left out: the measuring material has none (--data or MONORIG_MATERIAL)."
        )
        return real_table(data)
    result = {
        "plain": synthetic_table(
            data, PLAIN, "Errors as in the target: 2D 3 px, 3D 3 cm, half of it drifting"
        ),
        "habits": synthetic_table(
            data, HABITS, "Errors as networks make them: depth twice as bad, limbs 10 to 20 % short"
        ),
        "easier": easier_table(data),
    }
    groups = {"made-up errors": cases.synthetic(data, HABITS, kinds=EASIER_KINDS)}
    with contextlib.suppress(TruthMissing):  # real_table says so
        groups["real video"] = real(data)
    return {**result, **real_table(data), "weights": weights_table(groups)}
