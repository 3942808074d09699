"""What a face shows, in a few channels called as ARKit calls its blend shapes, from the measures of a whole take.

    channel = (measure - at rest) / (full - at rest),   0..1

What is at rest differs from face to face: it is a quantile of the person's own measures over the take, as people
mostly keep mouths shut, eyes open and brows down. The ranges are what the network showed of rendered faces at full
(docs/networks.md); it shows brows hardly at all, and one closed eye as two that are half closed.
"""

from dataclasses import replace

import numpy as np

from . import shot_rows
from .easing import Easing, shot_by_shot
from .face_measures import MEASURES

# channel, measure, its sign, quantile at rest, how far it goes from there to full
_CENTRE = [("jawOpen", "jaw", 1, 0.3, 0.33), ("mouthPucker", "mouth_width", -1, 0.5, 0.10)]
_SIDED = [
    ("mouthSmile", "smile", 1, 0.4, 0.17),
    ("eyeBlink", "eye", -1, 0.3, 0.14),
    ("browOuterUp", "brow", 1, 0.5, 0.12),
    ("browDown", "brow", -1, 0.5, 0.08),
]
TABLE = [
    *_CENTRE,
    *(
        (f"{name}{side}", f"{measure}_{side.lower()}", *rest)
        for name, measure, *rest in _SIDED
        for side in ("Left", "Right")
    ),
]
NAMES = tuple(row[0] for row in TABLE)
COLUMN = [MEASURES.index(row[1]) for row in TABLE]
SIGN, AT_REST, RANGE = (np.array([row[k] for row in TABLE], float) for k in (2, 3, 4))
SHOWN = Easing(
    sigma=0.08, acceleration=250.0, rest=3.0, outlier=0.6, settle_s=0.15, one_euro=(4.0, 4.0)
)
LEAST = 3  # pictures from which a face at rest is known


def with_face(motion, observations, identities, settings):
    """The Motion with face channels, where any face was seen in these observations; else as it is.

    settings   FitSettings: solver and smoothing
    """
    if not any(seen.face_score.any() for seen in observations):
        return motion
    P, T = motion.present.shape
    values, seen = np.zeros((P, T, len(NAMES))), np.zeros((P, T))
    how = replace(SHOWN, acceleration=SHOWN.acceleration / settings.smoothing)
    solve = shot_by_shot(settings.solver, shot_rows.ranges(observations))
    for p, places in enumerate(identities.values()):
        measured, score = np.full((T, len(MEASURES)), np.nan), np.zeros(T)
        for t, row in places:
            measured[t], score[t] = observations[t].face[row], observations[t].face_score[row]
        seen[p] = np.where(motion.present[p], score, 0.0)
        values[p] = solve(channels(measured), score, motion.time_s, np.zeros(len(NAMES)), how)
    values[~motion.present] = np.nan
    values = np.clip(values, 0, 1)
    return replace(motion, face_names=np.array(NAMES), face=values, face_seen=seen)


def channels(measured):
    """Measures (T,M) of one person, NaN where not seen -> channels (T,C) from about 0 to 1, NaN there too."""
    signed = SIGN * measured[:, COLUMN]
    if np.isfinite(measured[:, 0]).sum() < LEAST:
        return np.full_like(signed, np.nan)
    rest = [np.nanquantile(column, quantile) for column, quantile in zip(signed.T, AT_REST)]
    return (signed - rest) / RANGE
