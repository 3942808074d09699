"""Stretches of a take that are one person, and how unlike the end of one and the start of another are.

A person goes on: the way moved on from both sides meets in the middle of a gap, the speed is the same,
so are the size, the clothes and the lengths of the limbs. The number is 0 for a seamless continuation in
the same clothes and about 1 for strangers.
"""

from dataclasses import dataclass

import numpy as np

from . import appearance
from .keypoints import indices

WINDOW = 0.6  # [s] of the way at an end
LEAST_WINDOW = 0.12  # [s] below which somebody is thought to stand
HORIZON = 0.3  # [s] over which a change of speed counts
POSITION, DRIFT = (
    0.15,
    0.25,
)  # of the height: error of a way that is moved on, at once and in a second
SIZE = 0.35  # change of the logarithm of the height that makes a stranger
WAY_WEIGHT, SIZE_WEIGHT, CLOTHES_WEIGHT, BONES_WEIGHT = 0.7, 0.3, 1.5, 0.3
LIKE_CLOTHES = 0.4  # distance of prints that speaks neither for nor against
LIKE_BONES = 0.06  # relative difference of lengths, likewise
LATELY = 4.0  # [s] of looks at the clothes at an end
GAP_COST = 0.15  # for each second
BRIEFLY, BRIDGED = 0.25, 2.0  # [s] gaps: shorter is no gap; the way says nothing about longer ones
OVERLAP = 0.25  # [s] that a start may lie before an end
SAME_CLOTHES = 0.35  # distance of prints over longer gaps and at the sides of the picture
SIDE = 0.02  # of the picture's width
LIMBS = (
    ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"), ("shoulder", "hip"),
)  # fmt: skip
BONES = np.array([indices([f"{a}_{side}", f"{b}_{side}"]) for side in "lr" for a, b in LIMBS])


@dataclass(frozen=True)
class Tracklet:
    """n pictures of one person, L looks at the clothes; one person for certain or not yet known better."""

    number: int  # that the tracker gave
    scene: int  # counts the scene changes of the clip
    frames: np.ndarray  # (n,) rows of the take's observations, ascending
    rows: np.ndarray  # (n,) of the person in each
    time_s: np.ndarray  # (n,)
    box: np.ndarray  # (n,4)
    bones: np.ndarray  # (n,B) [m] lengths of BONES, NaN = unknown
    looked_s: np.ndarray  # (L,)
    prints: np.ndarray  # (L,BINS^2)

    @property
    def seconds(self):
        return self.time_s[-1] - self.time_s[0]

    def part(self, first, end):
        """The tracklet from its place `first` up to `end`, without `end`."""
        chosen = slice(first, end)
        time_s = self.time_s[chosen]
        looks = (self.looked_s >= time_s[0]) & (self.looked_s <= time_s[-1])
        return Tracklet(
            self.number, self.scene, self.frames[chosen], self.rows[chosen], time_s,
            self.box[chosen], self.bones[chosen], self.looked_s[looks], self.prints[looks],
        )  # fmt: skip

    def without(self, gone):
        """The tracklet without some of its places, (n,) bool."""
        names = ("frames", "rows", "time_s", "box", "bones")
        kept = {name: getattr(self, name)[~gone] for name in names}
        return Tracklet(self.number, self.scene, **kept, looked_s=self.looked_s, prints=self.prints)


def joined(parts):
    """Tracklets one after the other -> one; where two have the same frame the first is right."""
    if len(parts) == 1:
        return parts[0]
    frames = np.concatenate([part.frames for part in parts])
    first = np.unique(frames, return_index=True)[1]
    names = ("frames", "rows", "time_s", "box", "bones")
    values = {n: np.concatenate([getattr(part, n) for part in parts])[first] for n in names}
    looks = {
        n: np.concatenate([getattr(part, n) for part in parts]) for n in ("looked_s", "prints")
    }
    return Tracklet(parts[0].number, parts[0].scene, **values, **looks)


def tracklets(observations):
    """Observations of a take -> [Tracklet], one for each number of the tracker."""
    scene = np.cumsum([seen.cut for seen in observations])
    places = {}
    for frame, seen in enumerate(observations):
        for row, number in enumerate(np.asarray(seen.id)):
            places.setdefault(int(number), []).append((frame, row))
    return [_tracklet(n, where, observations, scene) for n, where in places.items()]


def _tracklet(number, places, observations, scene):
    frames, rows = np.array(places).T
    seen = [(observations[frame], row) for frame, row in places]
    time_s = np.array([one.time_s for one, _ in seen], float)
    X = np.array([one.X[row] for one, row in seen])
    looks = np.array([one.torso[row] for one, row in seen], np.uint8)
    known = appearance.is_known(looks)
    bones = np.linalg.norm(X[:, BONES[:, 0]] - X[:, BONES[:, 1]], axis=-1)
    box = np.array([one.box[row] for one, row in seen])
    return Tracklet(
        number, int(scene[frames[0]]), frames, rows, time_s, box, bones,
        time_s[known], appearance.prints(looks[known]),
    )  # fmt: skip


@dataclass(frozen=True)
class End:
    """One end of a tracklet. The way is (x [px], y [px], ln height [px]) of the middle of the head's edge."""

    time_s: float
    way: np.ndarray  # (3,)
    speed: np.ndarray  # (3,) a second
    at_side: bool  # of the picture
    clothes: np.ndarray  # (BINS^2,)


def ends(tracklet, width):
    """First and last End of a tracklet; width of the picture [px]."""
    return _end(tracklet, 0, width), _end(tracklet, -1, width)


def _end(tracklet, place, width):
    time_s, box = tracklet.time_s[place], tracklet.box[place]
    near = np.abs(tracklet.time_s - time_s) <= WINDOW
    way, speed = straight(tracklet.time_s[near] - time_s, ways(tracklet.box[near]))
    looks = tracklet.prints[np.abs(tracklet.looked_s - time_s) <= LATELY]
    clothes = (
        np.sqrt(np.mean(np.square(looks), 0)) if len(looks) else np.full(appearance.BINS**2, np.nan)
    )
    at_side = box[0] < SIDE * width or box[2] > (1 - SIDE) * width
    return End(float(time_s), way, speed, bool(at_side), clothes)


def ways(box):
    """Boxes (n,4) -> (n,3): middle and upper edge, which occlusion by somebody in front spares most, ln height."""
    height = np.maximum(box[:, 3] - box[:, 1], 1.0)
    return np.stack([(box[:, 0] + box[:, 2]) / 2, box[:, 1], np.log(height)], -1)


def straight(time_s, way):
    """The line through a way (n,3) at times (n,) -> its place at time 0, its slope; sizes are held."""
    mean_s, mean = time_s.mean(), way.mean(0)
    if np.ptp(time_s) < LEAST_WINDOW:
        return mean, np.zeros(3)
    t = time_s - mean_s
    slope = (t @ (way - mean)) / (t @ t) * [1, 1, 0]
    return mean - slope * mean_s, slope


def way_unlikeness(a, b):
    """Of an End and a later start: 0 = one straight way of one size."""
    gap = b.time_s - a.time_s
    height = np.exp(max(a.way[2], b.way[2]))
    apart = (a.way + a.speed * gap / 2 - b.way + b.speed * gap / 2)[:2] / height
    turned = (a.speed - b.speed)[:2] / height * HORIZON
    error = np.hypot(np.linalg.norm(apart), np.linalg.norm(turned))
    size = abs(a.way[2] - b.way[2]) / SIZE
    return WAY_WEIGHT * error / (POSITION + DRIFT * max(gap, 0.0)) + SIZE_WEIGHT * size


def clothes_unlikeness(a, b):
    """Distance of the prints of two Ends, NaN = unknown."""
    return float(appearance.distances(a.clothes[None], b.clothes[None])[0, 0])


def bones_unlikeness(a, b):
    """Median relative difference of limb lengths of two tracklets; NaN = unknown."""
    with np.errstate(invalid="ignore"):
        lengths = [_middle(one.bones) for one in (a, b)]
    known = np.isfinite(lengths[0]) & np.isfinite(lengths[1])
    return (
        float(np.median(np.abs(np.log(lengths[0] / lengths[1])[known]))) if known.any() else np.nan
    )


def _middle(values):
    """Medians over the first axis of values (n,B); NaN where there are none."""
    out = np.full(values.shape[1], np.nan)
    for column in np.flatnonzero(np.isfinite(values).any(0)):
        out[column] = np.median(values[np.isfinite(values[:, column]), column])
    return out


def unlikeness(a, end, b, start):
    """Of tracklet `a` with its last End and a later tracklet `b` with its first; inf = impossible."""
    gap = start.time_s - end.time_s
    if not gap >= -OVERLAP or a.scene != b.scene:
        return np.inf
    if gap > BRIEFLY and min(a.seconds, b.seconds) < LEAST_WINDOW:
        return np.inf  # too short to say where the way goes
    clothes = clothes_unlikeness(end, start)
    by_clothes = gap > BRIDGED or (gap > BRIEFLY and (end.at_side or start.at_side))
    if by_clothes and not clothes < SAME_CLOTHES:
        return np.inf
    total = GAP_COST * max(gap, 0.0) if gap <= BRIDGED else 0.0
    total += way_unlikeness(end, start) if gap <= BRIDGED else LIKE_CLOTHES
    if np.isfinite(clothes):
        total += CLOTHES_WEIGHT * (clothes - LIKE_CLOTHES)
    if gap > BRIEFLY and np.isfinite(bones := bones_unlikeness(a, b)):
        total += BONES_WEIGHT * (min(bones / LIKE_BONES, 2) - 1)
    return total
