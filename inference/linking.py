"""Who is who over the cuts of a clip: people of a shot are those of earlier shots who wear the same.

A cut hides everybody's way, so clothes alone tell, of all who were ever seen at once and at the least total
distance (`assignment`). Who looks like two known people, or like one whom somebody else resembles as much, is
nobody known: a new person can be merged, a wrong link has to be found first. So is who was never looked at.
The lengths of limbs, as networks show them, are no help: those of one person in two shots differ as much as
those of two people (docs/benchmarks.md).
"""

import numpy as np

from . import appearance
from .assignment import assign, clear
from .tracking import OTHERS_CLOTHES, SAME_CLOTHES


def linked(parts):
    """Tracklets, of each person one within a shot -> [[Tracklet]], one list for each person of the clip."""
    people = []
    for scene in sorted({part.scene for part in parts}):
        here = [part for part in parts if part.scene == scene]
        away = appearance.distances(_prints(people), _prints([[part] for part in here]))
        cost = clear(np.where(np.isnan(away), np.inf, away), OTHERS_CLOTHES)
        known = {column: people[row] for row, column in zip(*assign(cost, SAME_CLOTHES))}
        for column, part in enumerate(here):
            if column in known:
                known[column].append(part)
            else:
                people.append([part])
    return people


def _prints(people):
    """[[Tracklet]] -> (N,BINS^2) what each wears, by all looks together; NaN = never looked at."""
    out = np.full((len(people), appearance.BINS**2), np.nan)
    for row, parts in enumerate(people):
        looks = np.concatenate([part.prints for part in parts])
        if len(looks):
            out[row] = np.sqrt((looks**2).mean(0))
    return out
