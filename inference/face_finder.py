"""The faces of everybody in a picture: looked for where the eyes are, and once more round what is there."""

from dataclasses import dataclass

import numpy as np

from . import faces, hands
from .face_measures import MEASURES, measures

PRESENT = 0.5  # probability from which a face is believed
SMALLEST_PX, SURE_PX = 40.0, 70.0  # side of a face's region: not believed, believed


@dataclass(frozen=True)
class Found:
    """The faces of N people. Absent: NaN, score 0."""

    measures: np.ndarray  # (N,M) in the order of `face_measures.MEASURES`
    score: np.ndarray  # (N,) 0..1
    px: np.ndarray  # (N,468,2) in the picture


def look(network, image, people, located):
    """Face network, picture, People and Locations of N people -> Found."""
    N = len(people.px)
    scale = hands.pixels_per_metre(people.px, located.X, people.confidence)
    regions = faces.regions_of_eyes(people, scale)
    found = Found(
        np.full((N, len(MEASURES)), np.nan), np.zeros(N), np.full((N, faces.NUM_POINTS, 2), np.nan)
    )
    where = np.flatnonzero(np.isfinite(regions).all(-1) & (regions[:, 2] > SMALLEST_PX))
    for _ in range(2):  # the second time round its own points
        if not len(where):
            break
        seen = faces.estimate(network, image, regions[where])
        there = seen.presence > PRESENT
        where, px = where[there], seen.px[there]
        regions[where] = faces.regions_of_points(px)
    if len(where):
        large = np.clip((regions[where, 2] - SMALLEST_PX) / (SURE_PX - SMALLEST_PX), 0, 1)
        found.px[where], found.measures[where] = px, measures(seen.points[there])
        found.score[where] = seen.presence[there] * large
    return found
