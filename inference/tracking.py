"""People followed from one picture to the next, each under a number that nobody else ever gets.

Everybody known is moved on at constant velocity and given to those seen at the least total unlikeness
(`affinity`, `assignment`). Whom nobody sees is lost and waited for: for a second where the way leads, for
REMEMBERED by clothes alone. Weak candidates go on with somebody known but are nobody new (Zhang et al.
2022, ByteTrack). Somebody new has to be seen again before being waited for.

The state follows from the Observations alone, so that a resumed take goes on as if nothing had happened.
"""

import numpy as np

from . import affinity
from .affinity import MEETING, overlaps, people
from .appearance import distances, is_known
from .assignment import assign
from .tracks import STILL, Expectation, Track, moved, prints_of

MOMENTUM = 0.5  # of the box size, so that a hidden leg does not shrink the region at once
OUTWARD = MOMENTUM / 2 * np.array([[-1.0], [1.0]])  # by which both corners keep it
COVERED = 0.3  # overlap from which a detection belongs to somebody known
NEW_SCORE = 0.5
AGAIN_SCORE = 0.35  # is enough while somebody is missed
SAME_BODY = 0.12  # mean keypoint distance, of the height, below which two poses are one body
STRANGER = 0.8  # unlikeness of somebody else
WAITED = 1.0  # [s] that somebody lost is looked for where the way leads
PATIENCE = 2.5  # pictures that somebody lost is looked for, where they are far between
FILM = 0.1  # [s] between two pictures at most; what is more is no reason to miss anybody
WANDER = 0.5  # of the size, for each second squared of that, by which a way may have bent
REMEMBERED = 30.0  # [s] that somebody lost is known again by the clothes
SAME_CLOTHES, OTHERS_CLOTHES = 0.35, 0.12  # distance; the next person must be further by this
DOUBTED = 0.2  # [s] that others are waited for
LOSS = 0.3  # unlikeness for each second that somebody was not seen
WEAK = 0.7  # of STRANGER, for candidates that are nobody new
NOBODY = 0


class Tracker:
    """The people that are followed, and those who are waited for."""

    def __init__(self, first_id=1, remembered=REMEMBERED):
        self.tracks = []
        self.lost = []
        self.next_id = first_id
        self._memory = remembered
        self._last_s = -np.inf  # time of the last picture
        self._expected = Expectation.of([])  # of the tracks
        self._now = None  # time [s], and who is expected then

    def regions(self, time_s):
        """-> boxes (N,4), keypoints (N,K,2), confidence (N,K) expected at a time, one row a track."""
        expected = self._expected_at(time_s)
        return expected.box, expected.px, expected.confidence

    def wants_look(self, time_s):
        """(N,) bool: whose clothes should be looked at, one row a track."""
        due = [track.wardrobe.is_due(time_s) for track in self.tracks]
        return np.array(due, bool) | self._expected_at(time_s).meets

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
        certain = sure.all()
        rows, columns = assign(cost if certain else np.where(sure, cost, np.inf), STRANGER)
        if not certain:
            left = cost.copy()
            left[rows], left[len(self.tracks) :], left[:, sure] = np.inf, np.inf, np.inf
            weak = assign(left, WEAK * STRANGER)
            rows, columns = (np.concatenate(both) for both in zip((rows, columns), weak))
        numbers = np.full(len(seen), NOBODY)
        numbers[columns] = [known[row].id for row in rows.tolist()]
        best_first = columns[np.argsort(cost[rows, columns])]
        numbers[best_first[_again(seen, best_first)]] = NOBODY
        return numbers

    def welcome(self, time_s, seen, taken):
        """Numbers (M,) of people whom nobody followed: those of the lost whom they must be, else new ones.

        taken    numbers that are given in this picture already
        """
        numbers = np.full(len(seen), NOBODY)
        taken = set(taken)
        missed = [track for track in (*self.tracks, *self._waited(time_s)) if track.id not in taken]
        cost = self._unlikeness(missed, time_s, seen)
        for row, column in zip(*assign(cost, STRANGER)):
            numbers[column] = missed[row].id
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
        new = np.asarray(boxes, float).reshape(-1, 2, 2)
        if self._are_followed(numbers):
            old = self._expected.people.box
        else:
            known = {track.id: track for track in (*self.tracks, *self.lost)}
            old = [known[n].box if n in known else box for n, box in zip(numbers, boxes)]
        shrunk = sides(np.asarray(old, float).reshape(-1, 2, 2)) - sides(new)
        return (new + np.maximum(shrunk, 0.0) * OUTWARD).reshape(-1, 4)

    def commit(self, time_s, numbers, seen, looks):
        """Takes in who was seen in a picture, everybody at once, as the take keeps it."""
        same = self._are_followed(numbers)
        tracks = self.tracks if same else self._change_to(numbers.tolist(), time_s)
        for row, (track, way) in enumerate(zip(tracks, self._ways(tracks, seen, same))):
            track.see(time_s, seen, row, way)
        looked = is_known(looks)
        looked = np.flatnonzero(looked & ~seen.meets) if looked.any() else ()
        for row in looked:
            tracks[row].wardrobe.add(seen.clothes[row], time_s)
        clothes = self._expected.clothes if same and not len(looked) else prints_of(tracks)
        velocity = np.array([track.velocity for track in tracks]).reshape(-1, 2)
        self._expected = Expectation(seen, clothes, velocity, np.full(len(tracks), time_s))
        self.lost = self._remembered(time_s)
        self.tracks, self._now, self._last_s = tracks, None, time_s

    def _are_followed(self, numbers):
        """Whether these are the numbers of the tracks, in their order."""
        return list(numbers) == [track.id for track in self.tracks]

    def _change_to(self, numbers, time_s):
        """[Track] of those who are there now; whom nobody sees any more is lost."""
        known = {track.id: track for track in (*self.tracks, *self.lost)}
        there = set(numbers)
        self.lost = [track for track in (*self.lost, *self.tracks) if track.id not in there]
        self.next_id = max([self.next_id, *(number + 1 for number in there)])
        return [known.get(number) or Track(number, time_s) for number in numbers]

    def _ways(self, tracks, seen, same):
        """[(x, y)] px to where each is seen now; `same`: the tracks are those of the last picture."""
        if same:
            return moved(self._expected.people, seen).tolist()
        again = [row for row, track in enumerate(tracks) if track.seen]
        ways = [STILL] * len(tracks)
        before = Expectation.of([tracks[row] for row in again]).people
        for row, way in zip(again, moved(before, seen[again]).tolist()):
            ways[row] = way
        return ways

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
        longest = max(WAITED, PATIENCE * self._apart(time_s))
        return [track for track in self._remembered(time_s) if time_s - track.time_s <= longest]

    def _unlikeness(self, known, time_s, seen):
        if not len(known) or not len(seen):
            return np.zeros((len(known), len(seen)))
        unseen_s = np.array([time_s - track.time_s for track in known])
        own = known is self.tracks
        expected = self._expected_at(time_s) if own else Expectation.of(known).at(time_s)
        late_s = max(self._apart(time_s) - FILM, 0.0)
        astray = WANDER * min(late_s, WAITED) ** 2
        missed_s = np.maximum(unseen_s - late_s, 0.0)
        return affinity.unlikeness(expected, seen, unseen_s, astray) + LOSS * missed_s[:, None]

    def _apart(self, time_s):
        """[s] since the last picture."""
        return time_s - self._last_s

    def _expected_at(self, time_s):
        """People whom the tracks are expected to be at a time; asked for more than once in a picture."""
        if self._now is None or self._now[0] != time_s:
            self._now = time_s, self._expected.at(time_s)
        return self._now[1]


def meeting(boxes):
    """(N,) bool: whose box (N,4) lies over somebody else's."""
    return people(boxes).meets


def sides(boxes):
    """Boxes (N,2,2) -> width and height (N,1,2) [px]."""
    return boxes[:, 1:] - boxes[:, :1]


def doubles(seen, others=None):
    """(M,) bool: whose pose is that of somebody before in the list, or of one of the others."""
    double = np.zeros(len(seen), bool)
    if others is not None and len(others):
        pairs = np.nonzero(overlaps(others.box, seen.box) > MEETING)
        double[pairs[1][_are_same_bodies(others, seen, pairs)]] = True
    return double | _again(seen, np.arange(len(seen)), double)


def _again(seen, rows, double=None):
    """(n,) bool: which of the rows (n,) of people seen show the pose of one before, who is none of the doubles."""
    double = np.zeros(len(rows), bool) if double is None else double.copy()
    first, second = np.nonzero(seen.beside[rows[:, None], rows] > MEETING)
    first, second = (ranks[first < second] for ranks in (first, second))
    if len(first):
        same = _are_same_bodies(seen, seen, (rows[first], rows[second]))
        for before, after in zip(first[same], second[same]):
            double[after] |= not double[before]
    return double


def _are_same_bodies(a, b, pairs):
    """(n,) bool of rows of a (n,), rows of b (n,): the pose is the same."""
    return affinity.pose_distances(a, b, pairs) < SAME_BODY
