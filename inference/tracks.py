"""Somebody who is followed: where last seen, how fast, and where expected at another time."""

import math
from dataclasses import dataclass, field

import numpy as np

from .affinity import SEEN, People, people
from .appearance import Wardrobe

CONFIRMED = 3  # pictures, for somebody to be remembered
PREDICTED = 0.5  # [s] in which a way that nobody sees comes to rest
TRAIL = 0.35  # [s] of the way that tell the velocity
STILL = (0.0, 0.0)


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
    trail: list = field(default_factory=list)  # [s] from time_s, way so far x, y [px]
    velocity: tuple = STILL  # [px/s]

    def see(self, time_s, people, row, way):
        """Takes in what a picture shows, `way` (2,) [px] further; the velocity is the slope of the trail."""
        since = time_s - self.time_s
        before = [(ago - since, x, y) for ago, x, y in self.trail]
        recent = [point for point in before if point[0] >= -TRAIL] or before[-1:]
        so_far = recent[-1][1:] if recent else STILL
        self.trail = [*recent, (0.0, so_far[0] + way[0], so_far[1] + way[1])]
        self.velocity = slope(self.trail)
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


def expectation(tracks, time_s=-math.inf):
    """Tracks -> People as they are expected at a time; without a time, as they were last seen."""
    if not tracks:
        return people(np.zeros((0, 4)))
    ahead = np.array([track.step(time_s) for track in tracks])
    step = ahead[:, None] * np.array([track.velocity for track in tracks])
    return People(
        np.array([track.box for track in tracks]) + np.tile(step, 2),
        np.array([track.px for track in tracks]) + step[:, None],
        np.array([track.confidence for track in tracks]),
        np.array([track.X for track in tracks]),
        np.array([track.wardrobe.print for track in tracks]),
    )


def slope(points):
    """Slope (2,) of the straight line through [(time, x, y)] with the least squares."""
    n = len(points)
    mean = sum(point[0] for point in points) / n
    spread = sum((point[0] - mean) ** 2 for point in points)
    if not spread:
        return STILL
    return tuple(sum((p[0] - mean) * p[axis] for p in points) / spread for axis in (1, 2))


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
