"""Our answers beside a user's other choices: MediaPipe and our own networks, raw and filtered, and our fits.

All in one run on the same clips, against 3D truth, focal length unknown unless a row says otherwise.
A frame in which an answer is on somebody else counts as a frame without an answer: it lowers coverage,
3DPCK and AUC. MediaPipe follows one person: it is measured on clips with one person to follow.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..inference.fit_settings import FitSettings
from ..inference.keypoints import KEYPOINTS, LIMB_JOINTS, indices
from . import metrics, plots, scenes
from .candidates import Candidate, captured, of_motion, score
from .cases import FEET, nearest_identity
from .filters import one_euro, zero_phase_butterworth
from .peers import peer
from .tables import header, number, row

NEAR = 0.25  # of the true person's extent in the picture: the answer's 2D is on this person
SPARSE = 3  # of so many clips one is looked at in a short run
LOWER, HIGHER = -1, 1
COLUMNS = [  # metric, title, digits, what is better
    ("mpjpe", "MPJPE", 1, LOWER), ("n_mpjpe", "N-MPJPE", 1, LOWER), ("pa_mpjpe", "PA", 1, LOWER),
    ("clip_mpjpe", "clip", 1, LOWER), ("pck", "3DPCK", 1, HIGHER), ("auc", "AUC", 1, HIGHER),
    ("acceleration", "accel [m/s^2]", 1, LOWER), ("jitter", "jitter [10 m/s^3]", 1, LOWER),
    ("skate", "skate [mm]", 1, LOWER), ("coverage", "coverage", 3, HIGHER),
]  # fmt: skip
LIVE, OURS, TRUTH = "our live fit", "our take fit", "the truth itself"
FILTERS = {
    "raw": lambda X, case: X,
    "1-Euro": lambda X, case: one_euro(X, scenes.times(case)),
    "Butterworth": lambda X, case: zero_phase_butterworth(X, case.fps),
}


@dataclass(frozen=True)
class Answer:
    """3D of one person over T frames, and where in the picture it was seen."""

    candidate: Candidate
    px: np.ndarray  # (T,12,2) limb joints


def main(args):
    """One table for each set of clips with truth; returns their numbers."""
    result, missing = {}, {}
    for name, found in scenes.sets(args.data):
        rows = {}
        for scene in found[:: SPARSE if args.short and len(found) > SPARSE else 1]:
            for answer, scores in scored(scene, missing):
                rows.setdefault(answer, []).append(scores)
        result[name] = table(name, rows)
    for sentence in missing.values():
        print(f"\n{sentence}")
    plots.accuracy(result, args.plots)
    return result


def scored(scene, missing):
    """Yields (row, (frames, metrics)) for everybody in a scene.

    Why a peer is not among the rows goes into `missing`.
    """
    seen = peers_seen(scene, missing)
    fits = own_fits(scene)
    for case in scene.cases:
        answers = {**peers_answers(seen, case), **own_answers(fits, case)}
        frames = int(np.isfinite(case.X[:, metrics.PELVIS, 0]).sum())
        if not frames:
            continue
        for name, answer in answers.items():
            yield name, (frames, score(gated(answer, case), case))
        yield TRUTH, (frames, score(Candidate(case.X, case.feet, None, True), case))


def peers_seen(scene, missing):
    """{peer: Seen} of a scene; none where several people are to be followed."""
    result = {}
    for name, one in peer.PEERS.items() if len(scene.cases) == 1 else ():
        if name in missing:
            continue
        try:
            result[name] = peer.run(one, scene.clip)
        except peer.PeerError as error:
            missing[name] = str(error)
    return result


def peers_answers(seen, case):
    """{row: Answer} of all peers and filters."""
    result = {}
    for name, one in seen.items():
        X, px = (at_frames(values, one.frame, case) for values in (one.X, one.px))
        result.update(filtered(name, X, px, case))
    return result


def own_fits(scene):
    """{row: Motion} of everybody in a scene."""
    case = scene.cases[0]
    return {
        LIVE: captured(case, FitSettings(solver="live")),
        OURS: captured(case, FitSettings(solver="take")),
        f"{OURS}, focal length given": captured(replace(case, camera=scene.camera)),
    }


def own_answers(fits, case):
    """{row: Answer} of our networks and fits to one person."""
    live = fits[LIVE]
    person = nearest_identity(live.px, case)
    result = filtered("our networks", live.X_raw[person], live.px[person], case)
    return {**result, **{name: of_fit(motion, case) for name, motion in fits.items()}}


def filtered(name, X, px, case):
    """Keypoints X (T,K,3), px (T,K,2) -> {row: Answer}, one for each filter."""
    return {
        f"{name}, {words}": Answer(of_keypoints(smooth(X, case)), px[:, indices(LIMB_JOINTS)])
        for words, smooth in FILTERS.items()
    }


def of_keypoints(X):
    """Pelvis-relative keypoints (T,K,3) -> Candidate without joint rotations."""
    return Candidate(metrics.limb_joints(X, KEYPOINTS), X[:, indices(FEET)], None, False)


def of_fit(motion, case):
    """The person of a Motion that is nearest to the truth -> Answer."""
    person = nearest_identity(motion.px, case)
    return Answer(of_motion(motion, person), motion.px[person][:, indices(LIMB_JOINTS)])


def at_frames(values, frame, case):
    """Rows of `values`, which belong to the frames (n,) of the clip, for the frames of a case; NaN = none."""
    row_of = {int(index): row for row, index in enumerate(frame)}
    rows = np.array([row_of.get(o.index, -1) for o in case.observations])
    result = values[rows].astype(float)
    result[rows < 0] = np.nan
    return result


def gated(answer, case):
    """The Candidate of an Answer, NaN in the frames in which it is not on the person of the case."""
    found = answer.candidate
    if case.px is None:
        return found
    away = ~on_the_person(answer.px, case.px)
    X, feet = found.X.copy(), found.feet.copy()
    X[away] = feet[away] = np.nan
    return replace(found, X=X, feet=feet)


def on_the_person(px, true_px):
    """Limb joints (T,12,2) against the truth's -> (T,) bool: the median one is near its true place."""
    distance = np.linalg.norm(px - true_px, axis=-1)
    extent = np.linalg.norm(np.fmax.reduce(true_px, 1) - np.fmin.reduce(true_px, 1), axis=-1)
    seen = np.isfinite(distance).any(-1)
    middle = np.full(len(px), np.inf)
    middle[seen] = np.nanmedian(distance[seen], axis=-1)
    return middle < NEAR * extent


def table(name, rows):
    """Prints one set's table, with what beats our take fit in bold; returns its numbers."""
    scores = {
        answer: {key: weighted(found, key) for key, *_ in COLUMNS} for answer, found in rows.items()
    }
    ahead = {answer: better_than_ours(answer, scores) for answer in scores}
    header(name, *(title for _, title, *_ in COLUMNS))
    for answer, values in scores.items():
        cells = [
            f"**{number(values[key], digits)}**"
            if key in ahead[answer]
            else number(values[key], digits)
            for key, _, digits, _ in COLUMNS
        ]
        row(answer, *cells)
    say_behind(ahead)
    return scores


def weighted(found, key):
    """Mean of one metric over clips, weighed by their frames; clips without it are left out."""
    pairs = [(frames, scores[key]) for frames, scores in found if np.isfinite(scores[key])]
    return (
        float(np.average([v for _, v in pairs], weights=[n for n, _ in pairs])) if pairs else np.nan
    )


def better_than_ours(answer, scores):
    """Metrics in which a row that is not ours beats our take fit.

    Jitter and foot skate below the truth's own are no merit, so there the truth's own is good enough.
    """
    if answer.startswith("our") or answer == TRUTH:
        return []
    result = []
    for key, _, _, sign in COLUMNS:
        ours, other = scores[OURS][key], scores[answer][key]
        enough = scores[TRUTH][key] if key in ("jitter", "skate") else sign * np.inf
        if sign * other > sign * ours and sign * ours < sign * enough:
            result.append(key)
    return result


def say_behind(ahead):
    """Where our take fit is behind a peer, or that it is ahead everywhere."""
    peers = {answer: keys for answer, keys in ahead.items() if answer.startswith(tuple(peer.PEERS))}
    behind = {answer: keys for answer, keys in peers.items() if keys}
    for answer, keys in behind.items():
        print(f"behind {answer}: {', '.join(keys)}")
    if peers and not behind:
        print("Our take fit is ahead of every peer in every column.")
