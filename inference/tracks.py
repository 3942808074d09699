"""Somebody who is followed: where last seen, how fast, and where expected at another time."""

from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from operator import mul

import numpy as np

from .affinity import People, people
from .appearance import BINS, Wardrobe

CONFIRMED = 3  # pictures, for somebody to be remembered
PREDICTED = 0.5  # [s] in which a way that nobody sees comes to rest
TRAIL = 0.35  # [s] of the way that tell the velocity
STILL = (0.0, 0.0)
XYXY = [0, 1, 0, 1]


@dataclass(eq=False)
class Track:
    """One person."""

    id: int
    time_s: float  # last seen
    last: tuple = None  # People of that picture, row
    seen: int = 0  # pictures
    wardrobe: Wardrobe = field(default_factory=Wardrobe)
    trail: deque = field(default_factory=deque)  # time [s], way so far x, y [px]
    velocity: tuple = STILL  # [px/s]

    def see(self, time_s, people, row, way):
        """Takes in what a picture shows, `way` (2,) [px] further."""
        _, x, y = self.trail[-1] if self.trail else (time_s, *STILL)
        while len(self.trail) > 1 and time_s - self.trail[0][0] > TRAIL:
            self.trail.popleft()
        self.trail.append((time_s, x + way[0], y + way[1]))
        self.velocity = slope(self.trail)
        self.last, self.time_s, self.seen = (people, row), time_s, self.seen + 1

    @property
    def box(self):
        """(4,) smoothed, round the keypoints."""
        return self.shows("box")

    @property
    def px(self):
        """(K,2) keypoints."""
        return self.shows("px")

    def shows(self, name):
        """What it showed when last seen, by the name of a field of People."""
        people, row = self.last
        return getattr(people, name)[row]

    @property
    def is_confirmed(self):
        return self.seen >= CONFIRMED


@dataclass(frozen=True)
class Expectation:
    """N tracks as arrays, for looking ahead."""

    people: People  # as they were last seen
    clothes: np.ndarray  # (N,BINS^2) what each wears, by all looks
    velocity: np.ndarray  # (N,2) [px/s]
    time_s: np.ndarray  # (N,) last seen

    @classmethod
    def of(cls, tracks):
        if not tracks:
            nobody = people(np.zeros((0, 4)))
            return cls(nobody, nobody.clothes, np.zeros((0, 2)), np.zeros(0))
        last = (
            np.array([track.shows(name) for track in tracks])
            for name in ("box", "px", "confidence", "X")
        )
        velocity = np.array([track.velocity for track in tracks])
        time_s = np.array([track.time_s for track in tracks])
        clothes = prints_of(tracks)
        return cls(People(*last, clothes), clothes, velocity, time_s)

    def at(self, time_s):
        """People as they are expected at a time: their way goes on, and comes to rest."""
        ahead = np.maximum(time_s - self.time_s, 0.0)
        step = (PREDICTED * (1 - np.exp(-ahead / PREDICTED)))[:, None] * self.velocity
        last = self.people
        box, px = last.box + step[:, XYXY], last.px + step[:, None]
        return People(box, px, last.confidence, last.X, self.clothes)


def prints_of(tracks):
    """(N,BINS^2) what each wears."""
    return np.array([track.wardrobe.print for track in tracks]).reshape(-1, BINS * BINS)


def slope(trail):
    """[px/s] of the straight line with the least squares through times and places (t, x, y)."""
    t, x, y = zip(*trail)
    weights = slope_weights(t)
    return sum(map(mul, weights, x)), sum(map(mul, weights, y))


@lru_cache(maxsize=32)
def slope_weights(times):
    """Weights of values at times [s], for the slope; everybody in a picture has the same times."""
    mean = sum(times) / len(times)
    away = [one - mean for one in times]
    spread = sum(map(mul, away, away))
    return tuple(one / spread if spread else 0.0 for one in away)


def moved(before, after):
    """Ways (N,2) [px] of people (N,) between two pictures: the median keypoint's, else that of the box.

    A box moves by its middle and its upper edge, which somebody in front hides last.
    """
    both = after.shown - before.shown
    both = np.array([both.real, both.imag])
    both.sort(-1)  # NaN last
    count = np.add.reduce(both[0] == both[0], -1, int)
    ways = both[:, np.arange(len(count)), np.maximum(count - 1, 0) // 2].T
    hidden = np.flatnonzero(count == 0)
    if len(hidden):
        sides = after.box[hidden] - before.box[hidden]
        ways[hidden] = np.stack([(sides[:, 0] + sides[:, 2]) / 2, sides[:, 1]], -1)
    return ways
