"""Somebody who is followed: where last seen, how fast, and where expected at another time."""

import math
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np

from .affinity import SEEN, People, people
from .appearance import Wardrobe

CONFIRMED = 3  # pictures, for somebody to be remembered
PREDICTED = 0.5  # [s] in which a way that nobody sees comes to rest
TRAIL = 0.35  # [s] of the way that tell the velocity
STILL = (0.0, 0.0)
XYXY = [0, 1, 0, 1]


@dataclass
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
    velocity: tuple = STILL  # [px/s], see `refresh_velocities`

    def see(self, time_s, people, row, way):
        """Takes in what a picture shows, `way` (2,) [px] further."""
        x, y = self.trail[-1][1:] if self.trail else STILL
        while len(self.trail) > 1 and time_s - self.trail[0][0] > TRAIL:
            self.trail.popleft()
        self.trail.append((time_s, x + way[0], y + way[1]))
        self.box, self.px = people.box[row], people.px[row]
        self.confidence, self.X = people.confidence[row], people.X[row]
        self.time_s, self.seen = time_s, self.seen + 1

    def step(self, time_s):
        """Factor [s] of the velocity that the way goes on until a time; it comes to rest."""
        ahead = max(time_s - self.time_s, 0.0)
        return PREDICTED * (1 - math.exp(-ahead / PREDICTED))

    @property
    def is_confirmed(self):
        return self.seen >= CONFIRMED


@dataclass(frozen=True)
class Expectation:
    """Tracks as arrays, for looking ahead more than once."""

    people: People  # as they were last seen
    velocity: np.ndarray  # (N,2) [px/s]
    tracks: tuple

    @classmethod
    def of(cls, tracks):
        if not tracks:
            return cls(people(np.zeros((0, 4))), np.zeros((0, 2)), ())
        values = [
            np.array([getattr(track, name) for track in tracks])
            for name in ("box", "px", "confidence", "X")
        ]
        prints = np.array([track.wardrobe.print for track in tracks])
        velocity = np.array([track.velocity for track in tracks])
        return cls(People(*values, prints), velocity, tuple(tracks))

    def at(self, time_s):
        """People as they are expected at a time."""
        if not self.tracks:
            return self.people
        ahead = np.array([track.step(time_s) for track in self.tracks])
        step = ahead[:, None] * self.velocity
        return replace(
            self.people, box=self.people.box + step[:, XYXY], px=self.people.px + step[:, None]
        )


def refresh_velocities(tracks):
    """The velocity of each track is the slope of its trail: of the straight line with the least squares."""
    lengths = np.array([len(track.trail) for track in tracks])
    points = np.array([point for track in tracks for point in track.trail]).reshape(-1, 3)
    first = np.cumsum(lengths) - lengths
    mean = np.add.reduceat(points, first) / lengths[:, None]
    away = points - np.repeat(mean, lengths, axis=0)
    spread, *covariance = np.add.reduceat(away * away[:, :1], first).T
    slopes = np.divide(covariance, spread, out=np.zeros((2, len(tracks))), where=spread > 0)
    for track, velocity in zip(tracks, slopes.T):
        track.velocity = velocity


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
