"""Somebody who is followed: where last seen, how fast, and where expected at another time."""

from collections import deque
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from .affinity import SEEN, People, people
from .appearance import BINS, Wardrobe

CONFIRMED = 3  # pictures, for somebody to be remembered
PREDICTED = 0.5  # [s] in which a way that nobody sees comes to rest
TRAIL = 0.35  # [s] of the way that tell the velocity
STILL = (0.0, 0.0)
XYXY = [0, 1, 0, 1]


@dataclass(eq=False)
class Track:
    """One person; what is None is not known before the first `see`."""

    id: int
    time_s: float  # last seen
    box: np.ndarray = None  # (4,) smoothed, round the keypoints
    px: np.ndarray = None  # (K,2)
    confidence: np.ndarray = None  # (K,)
    X: np.ndarray = None  # (K,3)
    seen: int = 0  # pictures
    wardrobe: Wardrobe = field(default_factory=Wardrobe)
    trail: deque = field(default_factory=deque)  # time [s], way so far x, y [px]
    velocity: tuple = STILL  # [px/s], see `velocities`

    def see(self, time_s, people, row, way):
        """Takes in what a picture shows, `way` (2,) [px] further."""
        x, y = self.trail[-1][1:] if self.trail else STILL
        while len(self.trail) > 1 and time_s - self.trail[0][0] > TRAIL:
            self.trail.popleft()
        self.trail.append((time_s, x + way[0], y + way[1]))
        self.box, self.px = people.box[row], people.px[row]
        self.confidence, self.X = people.confidence[row], people.X[row]
        self.time_s, self.seen = time_s, self.seen + 1

    @property
    def is_confirmed(self):
        return self.seen >= CONFIRMED


@dataclass(frozen=True)
class Expectation:
    """N tracks as arrays, for looking ahead."""

    people: People  # as they were last seen
    velocity: np.ndarray  # (N,2) [px/s]
    time_s: np.ndarray  # (N,) last seen

    @classmethod
    def of(cls, tracks):
        if not tracks:
            return cls(people(np.zeros((0, 4))), np.zeros((0, 2)), np.zeros(0))
        box, px, confidence, X, velocity, time_s = (
            np.array([getattr(track, name) for track in tracks])
            for name in ("box", "px", "confidence", "X", "velocity", "time_s")
        )
        return cls(People(box, px, confidence, X, prints_of(tracks)), velocity, time_s)

    def at(self, time_s):
        """People as they are expected at a time: their way goes on, and comes to rest."""
        ahead = np.maximum(time_s - self.time_s, 0.0)
        step = (PREDICTED * (1 - np.exp(-ahead / PREDICTED)))[:, None] * self.velocity
        last = self.people
        box, px = last.box + step[:, XYXY], last.px + step[:, None]
        return People(box, px, last.confidence, last.X, last.clothes)


def prints_of(tracks):
    """(N,BINS^2) what each wears."""
    return np.array([track.wardrobe.print for track in tracks]).reshape(-1, BINS * BINS)


def velocities(tracks):
    """(N,2) [px/s] the slope of each track's trail: of the straight line with the least squares."""
    if not tracks:
        return np.zeros((0, 2))
    lengths = np.array([len(track.trail) for track in tracks])
    points = [track.trail for track in tracks]
    points = np.fromiter(chain.from_iterable(chain.from_iterable(points)), float).reshape(-1, 3)
    first = np.cumsum(lengths) - lengths
    mean = np.add.reduceat(points, first) / lengths[:, None]
    away = points - np.repeat(mean, lengths, axis=0)
    spread, *covariance = np.add.reduceat(away * away[:, :1], first).T
    return np.divide(covariance, spread, out=np.zeros((2, len(tracks))), where=spread > 0).T


def moved(before, after):
    """Ways (N,2) [px] of people (N,) between two pictures: the median keypoint's, else that of the box.

    A box moves by its middle and its upper edge, which somebody in front hides last.
    """
    both = (before.confidence > SEEN) & (after.confidence > SEEN)
    ways = np.where(both[..., None], after.px - before.px, np.inf)
    middle = np.maximum(both.sum(1) - 1, 0) // 2
    ways = np.sort(ways, axis=1)[np.arange(len(both)), middle]
    sides = after.box - before.box
    of_box = np.stack([(sides[:, 0] + sides[:, 2]) / 2, sides[:, 1]], -1)
    return np.where(both.any(1, keepdims=True), ways, of_box)
