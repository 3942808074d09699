"""What the animator says about the motion of a person over a range of frames, made ready for the fit.

Sides are exchanged in the evidence, after the repair that may have got them wrong. Feet override what the
fit finds out about contacts. Smoothing narrows the acceleration that is expected, frame by frame; at the
ends of a range it fades in and out. What is said about people or frames that are not there says nothing.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from . import contacts
from .repair import MIRROR

FADE = 6  # frames over which another smoothing comes and goes
AUTO, STANDS, FREE = 0, 1, -1
POINTS = {"l": [0, 1], "r": [2, 3]}  # columns of `contacts.FEET`


@dataclass(frozen=True)
class Said:
    """P people, T frames; one person's arrays have no first axis."""

    sides: np.ndarray  # (P,T) bool: left and right are exchanged
    feet: np.ndarray  # (P,T,4) AUTO, STANDS or FREE, in the order of `contacts.FEET`
    smooth: np.ndarray  # (P,T) so many times as smooth

    def of(self, person):
        """One person's."""
        return self.during(person)

    def during(self, chosen):
        """With an index of the first axis."""
        return Said(*(getattr(self, f.name)[chosen] for f in fields(self)))


def said(edits, identity, frames):
    """Edits -> Said of people `identity` (P,) over the file's frames (T,)."""
    identity, frames = np.asarray(identity), np.asarray(frames)
    shape = len(identity), len(frames)
    out = Said(
        np.zeros(shape, bool), np.zeros((*shape, len(contacts.FEET)), np.int8), np.ones(shape)
    )

    def places(span):
        inside = (frames >= span.first) & (frames < span.end)
        return np.ix_(identity == span.identity, inside)

    for span in edits.sides:
        out.sides[places(span)] ^= True
    for span in edits.feet:
        rows, columns = places(span)
        out.feet[rows[..., None], columns[..., None], POINTS[span.foot]] = (
            STANDS if span.hold else FREE
        )
    for span in edits.smooth:
        away = np.maximum(np.maximum(span.first - frames, frames - (span.end - 1)), 0)
        share = np.clip(1 - away / FADE, 0, 1)
        person = identity == span.identity
        out.smooth[person] *= (span.factor / out.smooth[person]) ** share
    return out


def nothing_said(count):
    """Said about one person over so many frames: nothing."""
    return Said(
        np.zeros(count, bool), np.zeros((count, len(contacts.FEET)), np.int8), np.ones(count)
    )


def with_sides(evidence, told):
    """Evidence with left and right exchanged where that is said."""
    mirrored = {}
    for name in ("px", "px_ideal", "confidence", "X", "trust"):
        values = getattr(evidence, name)
        where = told.sides.reshape(*told.sides.shape, *[1] * (values.ndim - 2))
        mirrored[name] = np.where(where, values[:, :, MIRROR], values)
    return replace(evidence, **mirrored)


def with_feet(contact, told):
    """Contacts (T,4) of one person as found -> as said."""
    return np.where(told.feet == AUTO, contact, told.feet == STANDS)
