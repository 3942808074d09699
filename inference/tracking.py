"""People followed from one picture to the next, each under a number that nobody else ever gets.

Everybody known is moved on at constant velocity and given to those seen at the least total unlikeness
(`affinity`, `assignment`). Whom nobody sees is lost and waited for: for a second where the way leads, for
REMEMBERED by clothes alone. Weak candidates go on with somebody known but are nobody new (Zhang et al.
2022, ByteTrack). Somebody new has to be seen again before being waited for.

The state follows from the Observations alone, so that a resumed take goes on as if nothing had happened.
"""

import numpy as np

from . import affinity
from .affinity import SEEN, People, overlaps, people
from .appearance import distances, is_known
from .assignment import assign
from .tracks import STILL, Expectation, Track, moved, prints_of, velocities

LEAST_SEEN = 5  # keypoints, for a person to be there
LEAST_CONFIDENCE, BEST = 0.35, 8  # mean of so many best keypoints
WEAKLY_SEEN, WEAK_CONFIDENCE = 0.2, 0.25  # are enough to go on with somebody who is followed
GROW = (0.15, 0.08)  # box grown beyond the keypoints, of its width and height
MOMENTUM = 0.5  # of the box size, so that a hidden leg does not shrink the region at once
COVERED = 0.3  # overlap from which a detection belongs to somebody known
NEW_SCORE = 0.5
AGAIN_SCORE = 0.35  # is enough while somebody is missed
SAME_BODY = 0.12  # mean keypoint distance, of the height, below which two poses are one body
STRANGER = 0.8  # unlikeness of somebody else
WAITED = 1.0  # [s] that somebody lost is looked for where the way leads
REMEMBERED = 30.0  # [s] that somebody lost is known again by the clothes
SAME_CLOTHES, OTHERS_CLOTHES = 0.35, 0.12  # distance; the next person must be further by this
DOUBTED = 0.2  # [s] that others are waited for
LOSS = 0.3  # unlikeness for each second that somebody was not seen
WEAK = 0.7  # of STRANGER, for candidates that are nobody new
MEETING = 0.1  # overlap of two people who may be taken for each other
NOBODY = 0


class Tracker:
    """The people that are followed, and those who are waited for."""

    def __init__(self, first_id=1, remembered=REMEMBERED):
        self.tracks = []
        self.lost = []
        self.next_id = first_id
        self._memory = remembered
        self._expected = Expectation.of([])  # of the tracks
        self._now = None  # time [s], and who is expected then

    def regions(self, time_s):
        """-> boxes (N,4), keypoints (N,K,2), confidence (N,K) expected at a time, one row a track."""
        expected = self._expected_at(time_s)
        return expected.box, expected.px, expected.confidence

    def wants_look(self, time_s):
        """(N,) bool: whose clothes should be looked at, one row a track."""
        due = [track.wardrobe.is_due(time_s) for track in self.tracks]
        return np.array(due, bool) | meeting(self.regions(time_s)[0])

    def missed(self, time_s):
        """Somebody was lost a moment ago."""
        return any(time_s - track.time_s <= WAITED for track in self.lost)

    def step(self, time_s, seen, scores):
        """One picture of which the candidates are known all at once -> numbers (M,), NOBODY = dropped.

        seen      People, M candidates, boxes alone will do
        scores    (M,) of a detector, 0..1
        """
        numbers = self.follow(time_s, seen, scores >= NEW_SCORE)
        new = (numbers == NOBODY) & (scores >= NEW_SCORE)
        if new.any():
            numbers[new] = self.welcome(time_s, seen[new], numbers[~new])
        return numbers

    def follow(self, time_s, seen, sure):
        """Gives everybody known to somebody seen -> numbers (M,), NOBODY = of nobody known.

        seen    People, M candidates
        sure    (M,) bool; who is not sure may only be somebody who is followed
        """
        waited = self._waited(time_s)
        known = [*self.tracks, *waited] if waited else self.tracks
        cost = self._unlikeness(known, time_s, seen)
        rows, columns = assign(np.where(sure, cost, np.inf), STRANGER)
        if not sure.all():
            left = cost.copy()
            left[rows], left[len(self.tracks) :], left[:, sure] = np.inf, np.inf, np.inf
            weak = assign(left, WEAK * STRANGER)
            rows, columns = (np.concatenate(both) for both in zip((rows, columns), weak))
        best_first = np.argsort(cost[rows, columns])
        rows, columns = rows[best_first], columns[best_first]
        single = ~doubles(seen[columns])
        numbers = np.full(len(seen), NOBODY)
        for row, column in zip(rows[single], columns[single]):
            numbers[column] = known[row].id
        return numbers

    def welcome(self, time_s, seen, taken):
        """Numbers (M,) of people whom nobody followed: those of the lost whom they must be, else new ones.

        taken    numbers that are given in this picture already
        """
        numbers = np.full(len(seen), NOBODY)
        taken = set(taken)
        waited = [track for track in self._waited(time_s) if track.id not in taken]
        cost = self._unlikeness(waited, time_s, seen)
        for row, column in zip(*assign(cost, STRANGER)):
            numbers[column] = waited[row].id
        left = np.flatnonzero(numbers == NOBODY)
        numbers[left] = self._known_again(time_s, seen[left], taken | set(numbers))
        new = numbers == NOBODY
        numbers[new] = self.next_id + np.arange(new.sum())
        return numbers

    def _known_again(self, time_s, seen, taken):
        """Numbers (M,) of the lost who wear the same clothes and whom nobody else looks like, or NOBODY."""
        known = [*self.tracks, *self._remembered(time_s)]
        free = np.array([track.id not in taken for track in known], bool)
        numbers = np.full(len(seen), NOBODY)
        if not free.any() or not len(seen):
            return numbers
        away = distances(np.array([track.wardrobe.print for track in known]), seen.clothes)
        away = np.where(np.isnan(away), np.inf, away)
        others = [np.delete(away, row, 0).min(0, initial=np.inf) for row in range(len(known))]
        away[np.array(others) < away + OTHERS_CLOTHES] = np.inf
        away[~free] = np.inf
        for row, column in zip(*assign(away, SAME_CLOTHES)):
            numbers[column] = known[row].id
        return numbers

    def boxes(self, numbers, boxes):
        """Boxes (M,4) round what is seen of people, calmed: they shrink slowly."""
        known = {track.id: track for track in (*self.tracks, *self.lost)}
        calmed = [known[n].box if n in known else box for n, box in zip(numbers, boxes)]
        old, new = np.array(calmed).reshape(-1, 4), np.asarray(boxes)
        centre = (new[:, :2] + new[:, 2:]) / 2
        half_old, half_new = ((b[:, 2:] - b[:, :2]) / 2 for b in (old, new))
        smaller = MOMENTUM * half_old + (1 - MOMENTUM) * half_new
        half = np.where(half_new < half_old, smaller, half_new)
        return np.concatenate([centre - half, centre + half], -1)

    def commit(self, time_s, numbers, seen, looks):
        """Takes in who was seen in a picture, everybody at once, as the take keeps it."""
        known = {track.id: track for track in (*self.tracks, *self.lost)}
        there = set(numbers.tolist())
        gone = [track for track in self.tracks if track.id not in there]
        tracks = [known.get(number) or Track(number, time_s) for number in numbers.tolist()]
        again = [row for row, track in enumerate(tracks) if track.seen]
        before = self._as_arrays([tracks[row] for row in again]).people
        ways = dict(zip(again, moved(before, seen[again]).tolist()))
        for row, track in enumerate(tracks):
            track.see(time_s, seen, row, ways.get(row, STILL))
        velocity = velocities(tracks)
        for track, one in zip(tracks, velocity):
            track.velocity = one
        looked = is_known(looks)
        for row in np.flatnonzero(looked & ~meeting(seen.box)) if looked.any() else ():
            tracks[row].wardrobe.add(seen.clothes[row], time_s)
        shown = People(seen.box, seen.px, seen.confidence, seen.X, prints_of(tracks))
        self._expected = Expectation(shown, velocity, np.full(len(tracks), time_s))
        self.tracks, self._now = tracks, None
        self.lost = [track for track in (*self.lost, *gone) if track.id not in there]
        self.lost = self._remembered(time_s)
        self.next_id = max([self.next_id, *(number + 1 for number in there)])

    def replay(self, seen):
        """Takes in an Observation of a take, as it was then."""
        if seen.cut:
            self.forget()
        self.commit(
            seen.time_s,
            seen.id,
            people(seen.box, seen.px, seen.confidence, seen.X, seen.torso),
            seen.torso,
        )

    def unknown(self, time_s, boxes, detections):
        """Detections (M,5) that nobody known covers -> boxes (U,4).

        boxes    (N,4) of those who are followed in this picture; they grow, in place, to what is detected
        """
        least = AGAIN_SCORE if self.missed(time_s) or len(boxes) < len(self.tracks) else NEW_SCORE
        shared = overlaps(detections[:, :4], boxes)
        unknown = []
        for detection, overlap in zip(detections, shared):
            row = int(overlap.argmax()) if overlap.size else 0
            if not overlap.size or overlap[row] <= COVERED:
                if detection[4] >= least:
                    unknown.append(detection[:4])
            elif overlap[row] > 0.5:
                boxes[row, :2] = np.minimum(boxes[row, :2], detection[:2])
                boxes[row, 2:] = np.maximum(boxes[row, 2:], detection[2:4])
        return np.array(unknown).reshape(-1, 4)

    def forget(self):
        """The picture shows another scene: nobody is followed or waited for."""
        self.tracks, self.lost, self._expected, self._now = [], [], Expectation.of([]), None

    def _remembered(self, time_s):
        """The lost who may still come back."""
        return [
            track
            for track in self.lost
            if time_s - track.time_s <= (self._memory if track.is_confirmed else DOUBTED)
        ]

    def _waited(self, time_s):
        """The lost who may still come back where the way leads."""
        return [track for track in self._remembered(time_s) if time_s - track.time_s <= WAITED]

    def _unlikeness(self, known, time_s, seen):
        if not len(known) or not len(seen):
            return np.zeros((len(known), len(seen)))
        unseen_s = np.array([time_s - track.time_s for track in known])
        own = known is self.tracks
        expected = self._expected_at(time_s) if own else Expectation.of(known).at(time_s)
        return affinity.unlikeness(expected, seen, unseen_s) + LOSS * unseen_s[:, None]

    def _as_arrays(self, tracks):
        """Expectation of some tracks, as it is at hand of those who are followed."""
        return self._expected if tracks == self.tracks else Expectation.of(tracks)

    def _expected_at(self, time_s):
        """People whom the tracks are expected to be at a time; asked for more than once in a picture."""
        if self._now is None or self._now[0] != time_s:
            self._now = time_s, self._expected.at(time_s)
        return self._now[1]


def meeting(boxes):
    """(N,) bool: whose box (N,4) lies over somebody else's."""
    return (overlaps(boxes, boxes) - np.eye(len(boxes)) > MEETING).any(-1)


def is_person(confidence):
    """(N,) bool: enough keypoints (N,K) are seen well enough."""
    return _shows_person(confidence, SEEN, LEAST_CONFIDENCE)


def may_be_person(confidence):
    """(N,) bool: enough to go on with somebody who is followed."""
    return _shows_person(confidence, WEAKLY_SEEN, WEAK_CONFIDENCE)


def _shows_person(confidence, seen, least):
    known = np.nan_to_num(confidence)
    best = np.sort(known, -1)[:, ::-1][:, :BEST]
    return ((known > seen).sum(-1) >= LEAST_SEEN) & (best.mean(-1) > least)


def keypoint_boxes(px, confidence):
    """Boxes (N,4) x1 y1 x2 y2 round the seen keypoints (N,K,2), grown; at least the LEAST_SEEN best ones."""
    trust = np.where(np.isfinite(px[..., 0] + px[..., 1]), confidence, 0.0)
    least = np.minimum(SEEN, np.partition(trust, -LEAST_SEEN)[:, -LEAST_SEEN])
    seen = (trust >= least[:, None]) & (px[..., 0] == px[..., 0])
    low = np.where(seen[..., None], px, np.inf).min(1)
    high = np.where(seen[..., None], px, -np.inf).max(1)
    grow = (high - low) * GROW
    return np.concatenate([low - grow, high + grow], -1)


def doubles(seen, others=None):
    """(M,) bool: whose pose is that of somebody before in the list, or of one of the others."""
    double = np.zeros(len(seen), bool)
    if others is not None and len(others):
        double[_same_bodies(others, seen, overlaps(others.box, seen.box) > MEETING)[1]] = True
    near = np.triu(overlaps(seen.box, seen.box) > MEETING, 1)
    for first, second in zip(*_same_bodies(seen, seen, near)):
        double[second] |= not double[first]
    return double


def _same_bodies(a, b, near):
    """Rows of a (n,), rows of b (n,): pairs of those near (N,M) whose pose is the same, in order."""
    pairs = np.nonzero(near)
    if not len(pairs[0]):
        return pairs
    same = affinity.pose_distances(a, b, pairs) < SAME_BODY
    return pairs[0][same], pairs[1][same]
