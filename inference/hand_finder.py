"""The hands of everybody in a picture: looked for where the wrists are, followed by their own points from then on.

1. Each hand's region: round its points of the last picture, moved with the wrist; where it was not seen there, or
   not clearly, from the wrist and the forearm, and once more round what that shows.
2. Every few pictures, a hand that was not found although its wrist is seen is looked for by the palm detector.
3. A hand is this wrist's only if it begins near it, is as large as a hand of that person, and is of that side as
   far as the network can tell; of two wrists that show the same hand, the less likely loses it. Sides are never
   swapped.
"""

from dataclasses import dataclass

import numpy as np

from . import hands, palms
from .keypoints import INDEX
from .take import as_kept

PRESENT = 0.5  # score from which a hand is believed
SURE = 0.8  # score of a hand from which nothing more is tried
MAYBE = 0.2  # presence from which a second look round the points is worth it
PALMS_EVERY = 5  # pictures between two looks for palms
SAME_WRIST_M = 0.15  # from the body's wrist to the hand's
OUTSIDE = 0.3  # share of points outside the picture from which a hand is an invention
SPAN_M = (0.08, 1.0)  # least and greatest side of a hand's region, at the person's distance
SIDE_CERTAIN = 0.5  # probability of the right side from which nothing is taken off the score
SAME_HAND = 0.35  # mean distance of points, of the region's side / 2
LENGTH_M = 0.19  # of a hand, for its size in the picture
SMALLEST_PX = 24.0  # a hand of this length or less is not believed, see docs/networks.md
SURE_PX = 36.0  # one of this length or more for what it is


@dataclass(frozen=True)
class Found:
    """The hands of N people, left and right. Absent: NaN, score 0."""

    px: np.ndarray  # (N,2,21,2)
    X: np.ndarray  # (N,2,21,3) [m] relative to the hand's middle, camera axes
    score: np.ndarray  # (N,2) 0..1


class HandFinder:
    """Hand and palm networks (the latter may be None) on the pictures of one clip.

    sure   score below which a second look is taken: where the wrist says, then round what is there
    """

    def __init__(self, network, palm_network=None, sure=SURE):
        self._network, self._palms, self._sure = network, palm_network, sure
        self._last = {}  # tracker's number -> points (2,21,2) of the last picture, NaN where there was no hand

    def look(self, picture, numbers, people, located):
        """Picture, (N,) numbers of the tracker, People and Locations of N people -> Found."""
        scale = hands.pixels_per_metre(people.px, located.X, people.confidence)
        sought = _Sought(people, scale)
        regions = hands.regions_of_wrists(people, located, scale).reshape(-1, 5)
        followed = self._followed(numbers, sought)
        old = np.isfinite(followed[:, 0])
        rows = _Rows(len(regions))
        self._estimate(rows, picture.image, np.where(old[:, None], followed, regions), sought)
        self._estimate(rows, picture.image, _only(regions, old & (rows.score < self._sure)), sought)
        fresh = (rows.presence > MAYBE) & (rows.score < self._sure)
        self._estimate(rows, picture.image, _only(rows.regions(), fresh), sought)
        if self._palms and picture.index % PALMS_EVERY == 0:
            self._search(rows, picture.image, sought)
        rows.take_doubles()
        found = rows.found()
        self.remember(numbers, found.px, found.score)
        return found

    def remember(self, numbers, px, score):
        """What is known when the next picture comes; as precise as in a take's log, so that it can be resumed."""
        known = np.where((score > 0)[..., None, None], as_kept(px), np.nan)
        self._last = dict(zip(np.asarray(numbers).tolist(), known))

    def _followed(self, numbers, sought):
        """Regions (2N,5) round the points of the last picture, moved with the wrist; NaN where there are none."""
        nothing = np.full((2, hands.NUM_POINTS, 2), np.nan)
        points = np.array([self._last.get(int(number), nothing) for number in numbers])
        points = points.reshape(-1, hands.NUM_POINTS, 2)
        regions = hands.regions_of_points(points)
        regions[:, :2] += sought.wrist - points[:, hands.WRIST]
        return regions

    def _estimate(self, rows, image, regions, sought):
        """Looks at the regions (2N,5) that are not NaN, and keeps what is there where it is better than before."""
        where = np.flatnonzero(np.isfinite(regions).all(-1))
        if len(where):
            found = hands.estimate(self._network, image, regions[where])
            rows.keep(where, found, likelihood(found, sought, where, image.shape[1::-1]))

    def _search(self, rows, image, sought):
        """Looks for the palms of hands that were not found although their wrists are seen."""
        where = np.flatnonzero(sought.visible & (rows.score < PRESENT))
        if len(where):
            regions = np.full((len(rows.score), 5), np.nan)
            regions[where] = palms.estimate(
                self._palms, image, sought.wrist[where], sought.scale[where]
            )
            self._estimate(rows, image, regions, sought)
            again = np.isfinite(regions).all(-1) & (rows.presence > MAYBE)
            self._estimate(rows, image, _only(rows.regions(), again), sought)


class _Sought:
    """Of each hand, left and right of N people in turn: the body's wrist, its size in the picture."""

    def __init__(self, people, scale):
        wrists = [INDEX[f"wrist_{side}"] for side in hands.SIDES]
        self.wrist = people.px[:, wrists].reshape(-1, 2)
        self.scale = np.repeat(scale, 2)  # [px/m]
        seen = people.confidence[:, wrists].reshape(-1) > hands.SEEN
        self.visible = seen & np.isfinite(self.scale)
        self.right = np.tile([False, True], len(people.px))


class _Rows:
    """What was found of each hand so far."""

    def __init__(self, count):
        self.px = np.full((count, hands.NUM_POINTS, 2), np.nan)
        self.X = np.full((count, hands.NUM_POINTS, 3), np.nan)
        self.presence, self.score = np.zeros(count), np.zeros(count)

    def regions(self):
        return hands.regions_of_points(self.px)

    def keep(self, where, found, score):
        """Takes over Hands of the rows `where` if they are at least as likely this person's as those before."""
        better = (score >= self.score[where]) & (found.presence > 0)
        rows = where[better]
        self.px[rows], self.X[rows] = found.px[better], found.X[better]
        self.presence[rows], self.score[rows] = found.presence[better], score[better]

    def take_doubles(self):
        """Of two that are one hand, only the likelier stays."""
        order = np.argsort(-self.score, kind="stable")
        order = order[self.score[order] > 0]
        side = self.regions()[:, 2]
        for place, row in enumerate(order):
            for better in order[:place]:
                away = np.linalg.norm(self.px[row] - self.px[better], axis=-1).mean()
                if self.score[better] > 0 and away < SAME_HAND * side[better] / 2:
                    self.score[row] = 0.0

    def found(self):
        """-> Found; what is not believed is absent."""
        score = np.where(self.score >= PRESENT, self.score, 0.0).reshape(-1, 2)
        absent = (score == 0)[..., None, None]
        px, X = (
            np.where(absent, np.nan, a.reshape(-1, 2, *a.shape[1:])) for a in (self.px, self.X)
        )
        return Found(px, X, score)


def _only(regions, chosen):
    return np.where(chosen[:, None], regions, np.nan)


def likelihood(found, sought, where, image_size):
    """(n,) 0..1: that Hands are those of the wrists sought[where]; image_size (width, height) [px]"""
    scale, right = sought.scale[where], sought.right[where]
    away = np.linalg.norm(found.px[:, hands.WRIST] - sought.wrist[where], axis=-1) / scale
    span = hands.regions_of_points(found.px)[:, 2] / scale
    outside = ((found.px < 0) | (found.px > np.subtract(image_size, 1))).any(-1).mean(-1)
    possible = (away < SAME_WRIST_M) & (span > SPAN_M[0]) & (span < SPAN_M[1]) & (outside < OUTSIDE)
    sided = np.clip(np.where(right, found.right, 1 - found.right) / SIDE_CERTAIN, 0, 1)
    large = np.clip((lengths(found.px, found.X) - SMALLEST_PX) / (SURE_PX - SMALLEST_PX), 0, 1)
    return np.where(possible, found.presence * sided * large, 0.0)


def lengths(px, X):
    """(...,) how long flat hands would be in the picture [px]; px (...,21,2), X (...,21,3)."""
    spread = [
        np.sqrt(((points - points.mean(-2, keepdims=True)) ** 2).sum((-1, -2)))
        for points in (px, X[..., :2])
    ]
    return LENGTH_M * spread[0] / np.maximum(spread[1], 1e-6)
