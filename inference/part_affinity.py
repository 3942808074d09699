"""Joints of many people, told apart by part affinity fields (Cao 2017, Section 2.3 and 2.4).

Outputs `heatmaps` (1,K+,h,w): one map per joint, peak about 1; what comes after the joints (a background
map) is not read. `fields` (1,2B,h,w): for each of the B limbs (a, b) two maps, x and y of the unit vector
from joint a towards joint b, on and beside the limb, 0 elsewhere.

A limb between two candidates is as likely as the field along the line between them points its way:

    E = mean over u in [0,1] of  L(p(u)) . (d_b - d_a) / |d_b - d_a|,   p(u) = (1 - u) d_a + u d_b   (Eq. 10, 11)

For each limb the candidates are matched by falling E, each used once; limbs that share a joint make a person.

Where the same joint of two people is nearly at one place their peaks are one: one of them gets it, the other goes
without, and nothing tells whose limbs go on from there. Such a joint and those beyond it are in doubt.
"""

from dataclasses import dataclass

import numpy as np

from . import heatmaps as maps_of
from .crops import from_letterbox, letterbox
from .keypoints import KEYPOINTS, scatter

SAMPLES = 10  # places along a limb
PROBES = [3, 5, 7]  # of them, looked at first
LEAST_PEAK = 0.1  # of a heatmap, to be a candidate
LEAST_FIELD = 0.05  # agreement at a place along the limb
LEAST_AGREEING = 0.8  # share of the places that agree
LONGEST = 0.5  # of the map's height; longer limbs lose score
MOST_PEOPLE = 64
LEAST_JOINTS = 4
RIVAL = 0.5  # of the score of a limb: others that end at the same joint are as likely
DOUBTED = 0.5  # times the confidence of joints that may be somebody else's
LEAST_MEAN = 0.2  # score of a person per joint: half of peaks and limbs


@dataclass(frozen=True)
class Groups:
    """Joints of P people in cells of the maps; NaN and 0 where a joint was not seen."""

    cell: np.ndarray  # (P,K,2)
    score: np.ndarray  # (P,K) height of the peak
    doubt: np.ndarray  # (P,K) bool: it may be somebody else's

    def __getitem__(self, rows):
        return Groups(self.cell[rows], self.score[rows], self.doubt[rows])


def group(heatmaps, fields, limbs):
    """Maps -> Groups.

    heatmaps (K,h,w), fields (2B,h,w), limbs: B pairs of joints, each pair away from the trunk
    """
    peaks = maps_of.local_maxima(heatmaps, LEAST_PEAK, MOST_PEOPLE)
    start = np.searchsorted(peaks.joint, np.arange(len(heatmaps) + 1))
    pairs = _likely(peaks.cell, fields, *_pairs(limbs, start))
    count = len(peaks.joint)
    ends = pairs.ends(count)
    kept = _matched(pairs.score, pairs.limb, ends)
    people = _assemble(peaks, pairs[kept])
    rows = np.repeat(np.arange(len(people)), [len(person.peaks) for person in people])
    found = np.array([peak for person in people for peak in person.peaks.values()], int)
    places, shape = (rows, peaks.joint[found]), (len(people), len(heatmaps))
    cell, strength = np.full((*shape, 2), np.nan), np.zeros(shape)
    cell[places], strength[places] = peaks.cell[found], peaks.score[found]
    doubt = np.zeros(shape, bool)
    doubt[places] = _shared(pairs.score, ends, kept, count)[found]
    if doubt.any():
        doubt = doubt @ _beyond(limbs, len(heatmaps))
    return Groups(cell, strength, doubt)


def _beyond(limbs, joints):
    """(K,K) bool: [a, b] = joint b is a, or comes after it on the way from the trunk."""
    steps = np.eye(joints)
    steps[tuple(np.transpose(limbs))] = 1.0
    return np.linalg.matrix_power(steps, joints) > 0


@dataclass(frozen=True)
class _Pairs:
    """L pairs of peaks that could be a limb."""

    limb: np.ndarray  # (L,)
    first: np.ndarray  # (L,) peak nearer to the trunk
    second: np.ndarray  # (L,)
    score: np.ndarray  # (L,) E

    def __getitem__(self, rows):
        return _Pairs(self.limb[rows], self.first[rows], self.second[rows], self.score[rows])

    def ends(self, count):
        """(2,L) one number for each limb and peak that it begins with, or ends with; of `count` peaks."""
        return self.limb * count + np.stack([self.first, self.second])


def _pairs(limbs, start):
    """All pairs of candidates that could be a limb -> limb (L,), peak of a (L,), peak of b (L,)."""
    a, b = np.asarray(limbs).T
    count = np.diff(start)
    many = count[a] * count[b]
    limb = np.repeat(np.arange(len(limbs)), many)
    pair = np.arange(len(limb)) - (np.cumsum(many) - many)[limb]
    width = count[b][limb]
    row = pair // width
    return limb, start[a][limb] + row, start[b][limb] + pair - row * width


def _likely(cell, fields, limb, first, second):
    """Those of the pairs (L,) along which enough places agree -> _Pairs; E is lowered where one is very long."""
    lines = _lines(*cell.T.astype(np.float32), limb, first, second)
    places = np.linspace(0, 1, SAMPLES, dtype=np.float32)[:, None]
    # More than LEAST_AGREEING allows disagree already: most pairs need no closer look.
    left = np.flatnonzero(_along(lines, fields, places[PROBES]).max(0) > LEAST_FIELD)
    lines = [values.take(left) for values in lines]
    along = _along(lines, fields, places)
    length = np.maximum(np.hypot(*lines[3:]), 1e-6)
    score = along.mean(0) + np.minimum(LONGEST * fields.shape[1] / length - 1, 0)
    agrees = (along > LEAST_FIELD).sum(0) >= LEAST_AGREEING * SAMPLES
    kept = np.flatnonzero(agrees & (score > 0))
    rows = left[kept]
    return _Pairs(limb[rows], first[rows], second[rows], score[kept])


def _lines(x, y, limb, first, second):
    """Peaks x, y (M,), pairs (L,) -> limb, where each begins x y, the way to where it ends x y; each (L,)."""
    start = x.take(first), y.take(first)
    return limb, *start, x.take(second) - start[0], y.take(second) - start[1]


def _along(lines, fields, places):
    """L(p(u)) . direction of `_lines` at places u (U,1) in 0..1: (U,L)."""
    limb, x, y, way_x, way_y = lines
    height, width = fields.shape[-2:]
    # + 1/2 and cut off: rounded, as no cell is negative by more than 1/2
    column, line = ((x + 0.5 + places * way_x).astype(int), (y + 0.5 + places * way_y).astype(int))
    line += 2 * height * limb
    line *= width
    line += column
    flat, length = fields.reshape(-1), np.maximum(np.hypot(way_x, way_y), 1e-6)
    agreement = flat.take(line) * (way_x / length)
    line += height * width
    return agreement + flat.take(line) * (way_y / length)


def _matched(score, limb, ends):
    """Rows of the pairs taken by falling score, each candidate once per limb; ordered by limb."""
    order = np.lexsort((-score, limb))
    begun, ended, kept = set(), set(), []
    for row, a, b in zip(order.tolist(), *ends[:, order].tolist()):
        if a not in begun and b not in ended:
            begun.add(a)
            ended.add(b)
            kept.append(row)
    return np.array(kept, int)


def _shared(score, ends, kept, count):
    """(M,) bool: peaks that two limbs of a kind want about as much, of which one has to go without.

    kept    rows of the pairs that are taken
    """
    shared, lost = np.zeros(count, bool), np.ones(len(score), bool)
    lost[kept] = False
    best = np.full(
        (2, ends.max(initial=0) + 1), np.inf
    )  # of what is taken, by where it begins, ends
    for side in (0, 1):
        best[side, ends[side, kept]] = score[kept]
    ends, score = ends[:, lost], score[lost]
    for end, other in ((0, 1), (1, 0)):
        alone = np.isinf(best[other, ends[other]])
        as_likely = score > RIVAL * best[end, ends[end]]
        shared[ends[end, alone & as_likely] % count] = True
    return shared


@dataclass(eq=False)
class _Person:
    peaks: dict  # joint -> peak
    score: float


def _assemble(peaks, limbs):
    """Pairs that are limbs -> people: those that share a peak are one, where no joint is there twice."""
    joint, height, owner = peaks.joint.tolist(), peaks.score.tolist(), {}
    ends = (limbs.first.tolist(), limbs.second.tolist(), limbs.score.tolist())
    for a, b, score in zip(*ends):
        one = owner.get(a)
        if one is None:
            one = owner[a] = _Person({joint[a]: a}, height[a])
        other = owner.get(b)
        if other is None:
            other = _Person({joint[b]: b}, height[b])
        if one is not other:
            if not one.peaks.keys().isdisjoint(other.peaks):
                continue
            one.peaks.update(other.peaks)
            one.score += other.score
            owner.update(dict.fromkeys(other.peaks.values(), one))
        one.score += score
    sure = [
        person
        for person in dict.fromkeys(owner.values())
        if len(person.peaks) >= LEAST_JOINTS
        and person.score / (2 * len(person.peaks)) >= LEAST_MEAN
    ]
    return sorted(sure, key=lambda person: -person.score)


def of_network(outputs, spec):
    """Maps of a network -> Groups of its keypoints, and input pixels per cell."""
    heatmaps = outputs["heatmaps"][0, : len(spec.keypoints)]
    groups = group(heatmaps, outputs["fields"][0], spec.decoding["limbs"])
    return groups, maps_of.stride(heatmaps, spec.size)


def decode(outputs, spec, scale):
    """-> px (P,K,2) in the picture, confidence (P,K): canonical keypoints, NaN / 0 where none.

    scale   of the letterbox
    """
    groups, stride = of_network(outputs, spec)
    return canonical(maps_of.to_input(groups.cell, stride), groups, spec.keypoints, scale)


def canonical(px_input, groups, names, scale):
    """Joints in input pixels (P,J,2) and their Groups -> px, confidence of the canonical keypoints."""
    score = groups.score * np.where(groups.doubt, DOUBTED, 1.0)
    channels, columns = scatter(names)
    px = np.full((len(px_input), len(KEYPOINTS), 2), np.nan)
    confidence = np.zeros((len(px_input), len(KEYPOINTS)))
    px[:, columns] = from_letterbox(px_input[:, channels], scale)
    confidence[:, columns] = np.clip(score, 0, 1)[:, channels]
    return px, confidence


def estimate(network, image):
    """Picture -> px, confidence of everybody, see `decode`."""
    values, scale = letterbox(image, network.spec)
    return decode(network.run(values), network.spec, scale)
