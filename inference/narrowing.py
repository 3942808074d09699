"""Which people of a take are meant: those in a part of the picture, those who move, those seen longest."""

from dataclasses import replace

import numpy as np

from .edits import EditsError, apply

STILL = 0.02  # of the size: who never leaves the place by more than this never moves
STILL_SECONDS = 3.0  # at least
MOSTLY = 0.95  # of the pictures
SURE = 0.3  # median confidence of keypoints that are looked at


def narrowed(edits, identities, observations):
    """Edits of which region, stillness and limit are made into people to ignore.

    identities    {identity: [(frame row, person row)]} before the edits
    Raises EditsError where nobody would be left.
    """
    left = apply(edits, identities, [seen.index for seen in observations])
    out = []
    for identity, places in left.items():
        seen = [(observations[frame], row) for frame, row in places]
        if _is_outside(seen, edits.region) or (edits.still and _is_still(seen)):
            out.append(identity)
    inside = [identity for identity in left if identity not in out]
    longest_first = sorted(inside, key=lambda identity: -len(left[identity]))
    out += longest_first[edits.limit :] if edits.limit else []
    if left and len(out) == len(left):
        raise EditsError("These edits leave nobody.")
    return replace(edits, ignore=(*edits.ignore, *out), region=(), still=False, limit=0)


def _is_outside(seen, region):
    """Whether somebody, [(Observation, row)], has the middle outside a region most of the time."""
    if not region:
        return False
    middle = np.array([(one.box[row, :2] + one.box[row, 2:]) / 2 for one, row in seen])
    inside = (middle >= region[:2]) & (middle <= region[2:])
    return inside.all(-1).mean() < 0.5


def _is_still(seen):
    """Whether somebody, [(Observation, row)], never moves."""
    if seen[-1][0].time_s - seen[0][0].time_s < STILL_SECONDS:
        return False
    box = np.array([one.box[row] for one, row in seen])
    px = np.array([one.px[row] for one, row in seen])
    trust = np.array([one.confidence[row] for one, row in seen])
    size = np.median((box[:, 2:] - box[:, :2]).max(-1))
    points = px[:, np.median(trust, 0) > SURE] if (trust > SURE).any() else box.reshape(-1, 2, 2)
    away = np.linalg.norm(points - np.nanmedian(points, 0), axis=-1)
    return bool(np.nanquantile(away, MOSTLY) < STILL * size)
