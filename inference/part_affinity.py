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
    limbs_of, first, second = _pairs(limbs, start)
    score = _limb_scores(peaks.cell, fields, limbs_of, first, second)
    kept = _matched(limbs_of, first, second, score)
    shared = _shared(limbs_of, first, second, score, kept)
    people = _assemble(peaks, first[kept], second[kept], score[kept])
    cell = np.full((len(people), len(heatmaps), 2), np.nan)
    strength = np.zeros((len(people), len(heatmaps)))
    for row, person in enumerate(people):
        found = np.fromiter(person.peaks.values(), int)
        cell[row, peaks.joint[found]] = peaks.cell[found]
        strength[row, peaks.joint[found]] = peaks.score[found]
    doubt = np.zeros(strength.shape, bool)
    for row, person in enumerate(people if shared else ()):
        mine = [joint for joint, peak in person.peaks.items() if peak in shared]
        doubt[row] = _beyond(limbs, len(heatmaps))[mine].any(0)
    return Groups(cell, strength, doubt)


def _beyond(limbs, joints):
    """(K,K) bool: [a, b] = joint b is a, or comes after it on the way from the trunk."""
    steps = np.eye(joints)
    steps[tuple(np.transpose(limbs))] = 1.0
    return np.linalg.matrix_power(steps, joints) > 0


def _pairs(limbs, start):
    """All pairs of candidates that could be a limb -> limb (L,), peak of a (L,), peak of b (L,)."""
    a, b = np.asarray(limbs).T
    count = np.diff(start)
    many = count[a] * count[b]
    limb = np.repeat(np.arange(len(limbs)), many)
    pair = np.arange(len(limb)) - np.repeat(np.cumsum(many) - many, many)
    width = count[b][limb]
    return limb, start[a][limb] + pair // width, start[b][limb] + pair % width


def _limb_scores(cell, fields, limb, first, second):
    """E of each pair (L,), lowered where it is very long; -inf where too few places agree."""
    cell = cell.astype(np.float32)
    places = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    some = _along(cell, fields, limb, first, second, places[PROBES])
    # More than LEAST_AGREEING allows disagree already: most pairs need no closer look.
    left = np.flatnonzero((some > LEAST_FIELD).any(1))
    limb, first, second = limb[left], first[left], second[left]
    along = _along(cell, fields, limb, first, second, places)
    length = np.maximum(np.hypot(*(cell[second] - cell[first]).T), 1e-6)
    mean = along.mean(1) + np.minimum(LONGEST * fields.shape[1] / length - 1, 0)
    agrees = (along > LEAST_FIELD).sum(1) >= LEAST_AGREEING * SAMPLES
    score = np.full(len(some), -np.inf)
    score[left] = np.where(agrees & (mean > 0), mean, -np.inf)
    return score


def _along(cell, fields, limb, first, second, places):
    """L(p(u)) . direction of each pair at places u in 0..1: (L, places)."""
    height, width = fields.shape[-2:]
    start, way = cell[first], cell[second] - cell[first]
    direction = way / np.maximum(np.hypot(*way.T), 1e-6)[:, None]
    # + 1/2 and cut off: rounded, as no cell is negative by more than 1/2
    x = (start[:, :1] + places * way[:, :1] + 0.5).astype(np.int32)
    y = (start[:, 1:] + places * way[:, 1:] + 0.5).astype(np.int32)
    place = (2 * height * limb.astype(np.int32)[:, None] + y) * width + x
    flat = fields.reshape(-1)
    return flat[place] * direction[:, :1] + flat[place + height * width] * direction[:, 1:]


def _matched(limb, first, second, score):
    """Rows of the pairs taken by falling score, each candidate once per limb; ordered by limb."""
    possible = np.flatnonzero(np.isfinite(score))
    order = possible[np.lexsort((-score[possible], limb[possible]))]
    many = 1 + max(first.max(initial=0), second.max(initial=0))
    starts, ends = (limb * many + first)[order].tolist(), (limb * many + second)[order].tolist()
    begun, ended, kept = set(), set(), []
    for row, a, b in zip(order.tolist(), starts, ends):
        if a not in begun and b not in ended:
            begun.add(a)
            ended.add(b)
            kept.append(row)
    return np.array(kept, int)


def _shared(limb, first, second, score, kept):
    """Peaks that two limbs of a kind want about as much, of which one has to go without: a set."""
    lost, shared = np.isfinite(score), set()
    lost[kept] = False
    lost = np.flatnonzero(lost)
    many = 1 + max(first.max(initial=0), second.max(initial=0))
    best = np.empty(
        (2, (1 + limb.max(initial=0)) * many)
    )  # of the limbs that begin and end at a peak
    best.fill(np.inf)
    keys = limb * many + np.stack([first, second])
    for side in (0, 1):
        best[side][keys[side, kept]] = score[kept]
    for end, other in ((0, 1), (1, 0)):
        alone = np.isinf(best[other][keys[other, lost]])
        as_likely = score[lost] > RIVAL * best[end][keys[end, lost]]
        shared.update((keys[end, lost[alone & as_likely]] % many).tolist())
    return shared


@dataclass(eq=False)
class _Person:
    peaks: dict  # joint -> peak
    score: float


def _assemble(peaks, first, second, scores):
    """Limbs (peak, peak, score) -> people: those that share a peak are one, where no joint is there twice."""
    joint, height, owner = peaks.joint.tolist(), peaks.score.tolist(), {}
    for a, b, score in zip(first.tolist(), second.tolist(), scores.tolist()):
        one = owner.get(a) or _Person({joint[a]: a}, height[a])
        other = owner.get(b) or _Person({joint[b]: b}, height[b])
        if one is not other:
            if not one.peaks.keys().isdisjoint(other.peaks):
                continue
            one.peaks.update(other.peaks)
            one.score += other.score
            owner[a] = one
            for peak in other.peaks.values():
                owner[peak] = one
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
