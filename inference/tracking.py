"""People followed from one picture to the next by their own keypoints.

As in VNect (Mehta 2020, 8.2.2), but for everybody: the region of the next picture comes from the last
keypoints moved on at constant velocity; the detector is asked only every few pictures and when somebody
was lost. A person lost for a short while keeps the number.
"""

from dataclasses import dataclass, field

import numpy as np

SEEN = 0.3  # confidence from which a keypoint counts
LEAST_SEEN = 5  # keypoints, for a person to be there
LEAST_CONFIDENCE = 0.35  # mean of the best keypoints
BUFFER = (0.15, 0.08)  # box grown beyond the keypoints, of its width and height
MOMENTUM = 0.5  # of the box size, so that a hidden leg does not shrink the region at once
COVERED = 0.3  # overlap from which a detection belongs to somebody known
NEW_SCORE = 0.5
AGAIN_SCORE = 0.35  # is enough while somebody is missed
SAME_BODY = 0.12  # mean keypoint distance, of the height, below which two tracks are one body
REMEMBERED = 1.0  # [s] that a lost person is waited for
NEAR = 0.4  # of the larger height: where a lost person is taken up again
DRIFT = 1.2  # and further by this each second: the speed at the end is unsure
LIKE_SIZE = 2.0  # and not more than so many times larger or smaller


@dataclass
class Track:
    id: int
    px: np.ndarray  # (K,2) last seen
    confidence: np.ndarray  # (K,)
    box: np.ndarray  # (4,) smoothed, round the keypoints
    time_s: float
    velocity: np.ndarray = field(default_factory=lambda: np.zeros(2))  # (2,) [px/s]

    def predicted(self, time_s):
        """Box and keypoints moved on to a time."""
        step = self.velocity * np.clip(time_s - self.time_s, 0, 0.25)
        return self.box + np.tile(step, 2), self.px + step


class Tracker:
    """The people that are followed, and those lost a moment ago."""

    def __init__(self, first_id=1):
        self.tracks = []
        self.lost = []
        self.next_id = first_id

    def regions(self, time_s):
        """-> boxes (N,4), keypoints (N,K,2), confidence (N,K) expected at a time, one row a track."""
        if not self.tracks:
            return np.zeros((0, 4)), np.zeros((0, 0, 2)), np.zeros((0, 0))
        boxes, px = zip(*(track.predicted(time_s) for track in self.tracks))
        return np.array(boxes), np.array(px), np.array([t.confidence for t in self.tracks])

    def update(self, time_s, px, confidence):
        """Takes what was seen in each region; drops whom it lost. -> kept (N,) bool."""
        kept = np.array([is_person(c) for c in confidence], bool)
        kept &= ~self._duplicates(time_s, px, confidence, kept)
        for track, points, trust, keep in zip(self.tracks, px, confidence, kept):
            if keep:
                self._follow(track, time_s, points, trust)
        gone = [track for track, keep in zip(self.tracks, kept) if not keep]
        self.tracks = [track for track, keep in zip(self.tracks, kept) if keep]
        self._remember(gone, time_s)
        return kept

    def _remember(self, gone, time_s):
        """Adds to the lost, and forgets those lost too long ago."""
        recent = (track for track in (*self.lost, *gone) if time_s - track.time_s <= REMEMBERED)
        self.lost = list(recent)

    def unknown(self, time_s, detections):
        """Detections (M,5) that nobody known covers -> boxes (U,4); known boxes learn their size."""
        boxes = self.regions(time_s)[0]
        unknown = []
        for detection in detections:
            overlap = overlaps(boxes, detection[:4])
            if overlap.size and overlap.max() > COVERED:
                track = self.tracks[int(overlap.argmax())]
                track.box = (
                    np.concatenate(
                        [
                            np.minimum(track.box[:2], detection[:2]),
                            np.maximum(track.box[2:], detection[2:4]),
                        ]
                    )
                    if overlap.max() > 0.5
                    else track.box
                )
            elif detection[4] >= (AGAIN_SCORE if self.missed(time_s) else NEW_SCORE):
                unknown.append(detection[:4])
        return np.array(unknown).reshape(-1, 4)

    def missed(self, time_s):
        """Somebody was lost a moment ago."""
        return any(time_s - track.time_s <= REMEMBERED for track in self.lost)

    def welcome(self, time_s, px, confidence):
        """New people from unknown detections -> accepted (U,) bool; the lost take their number again."""
        accepted = []
        for points, trust in zip(px, confidence):
            known = any(_same_body(points, trust, t.px, t.confidence) for t in self.tracks)
            accept = is_person(trust) and not known
            accepted.append(accept)
            if accept:
                box = keypoint_box(points, trust)
                self.tracks.append(Track(self._number(time_s, box), points, trust, box, time_s))
        return np.array(accepted, bool)

    def replay(self, seen):
        """Follows people through an Observation of a take as it was then (resuming).

        -> somebody was lost in that picture, somebody was missed in it
        """
        rows = {int(number): row for row, number in enumerate(seen.id)}
        gone = [track for track in self.tracks if track.id not in rows]
        self.tracks = [track for track in self.tracks if track.id in rows]
        for track in self.tracks:
            self._follow(
                track, seen.time_s, seen.px[rows[track.id]], seen.confidence[rows[track.id]]
            )
        self._remember(gone, seen.time_s)
        missed = self.missed(seen.time_s)
        known = {track.id: track for track in self.tracks}
        self.tracks = [
            known.get(number)
            or Track(number, seen.px[row], seen.confidence[row], seen.box[row], seen.time_s)
            for number, row in rows.items()
        ]
        for track, box in zip(self.tracks, seen.box):
            track.box = box
        self.lost = [track for track in self.lost if track.id not in rows]
        self.next_id = max([self.next_id, *(number + 1 for number in rows)])
        return bool(gone), missed

    def _number(self, time_s, box):
        """The id of somebody lost near that box, the latest first, else a new one."""
        self._remember([], time_s)
        for track in sorted(self.lost, key=lambda t: -t.time_s):
            if _may_be(track, time_s, box):
                self.lost.remove(track)
                return track.id
        self.next_id += 1
        return self.next_id - 1

    @staticmethod
    def _follow(track, time_s, px, confidence):
        box = keypoint_box(px, confidence)
        both = (confidence > SEEN) & (track.confidence > SEEN)
        if both.any() and time_s > track.time_s:
            motion = np.median((px - track.px)[both], axis=0) / (time_s - track.time_s)
            track.velocity = 0.5 * track.velocity + 0.5 * motion
        old = (track.box[2:] - track.box[:2]) / 2
        new = (box[2:] - box[:2]) / 2
        half = np.where(new < old, MOMENTUM * old + (1 - MOMENTUM) * new, new)
        centre = (box[:2] + box[2:]) / 2
        track.box = np.concatenate([centre - half, centre + half])
        track.px, track.confidence, track.time_s = px, confidence, time_s

    def _duplicates(self, time_s, px, confidence, kept):
        """(N,) bool: tracks that slid onto a body which another follows better."""
        duplicate = np.zeros(len(px), bool)
        expected = self.regions(time_s)[1]
        for a in range(len(px)):
            for b in range(a + 1, len(px)):
                if not (kept[a] and kept[b]) or duplicate[a] or duplicate[b]:
                    continue
                if _same_body(px[a], confidence[a], px[b], confidence[b]):
                    jump = [_distance(px[i], confidence[i], expected[i]) for i in (a, b)]
                    duplicate[a if jump[0] > jump[1] else b] = True
        return duplicate


def _may_be(track, time_s, box):
    """Whether somebody lost may have come to a box in the meantime."""
    expected, _ = track.predicted(time_s)
    size, expected_size = (max((b[2:] - b[:2]).max(), 1.0) for b in (box, expected))
    away = np.linalg.norm((box[:2] + box[2:]) - (expected[:2] + expected[2:])) / 2
    reach = NEAR + DRIFT * (time_s - track.time_s)
    ratio = size / expected_size
    return away < reach * max(size, expected_size) and 1 / LIKE_SIZE < ratio < LIKE_SIZE


def is_person(confidence):
    """Enough keypoints are seen well enough."""
    best = np.sort(confidence[np.isfinite(confidence)])[::-1][:8]
    return bool((confidence > SEEN).sum() >= LEAST_SEEN and best.mean() > LEAST_CONFIDENCE)


def keypoint_box(px, confidence):
    """Box round the seen keypoints, with the buffer: (4,) x1 y1 x2 y2."""
    seen = px[(confidence > SEEN) & np.isfinite(px).all(-1)]
    low, high = seen.min(0), seen.max(0)
    grow = (high - low) * BUFFER
    return np.concatenate([low - grow, high + grow])


def overlaps(boxes, box):
    """Intersection over union of boxes (N,4) with one box (4,)."""
    low = np.maximum(boxes[:, :2], box[:2])
    high = np.minimum(boxes[:, 2:], box[2:])
    common = np.clip(high - low, 0, None).prod(-1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(-1) + (box[2:] - box[:2]).prod()
    return common / np.maximum(areas - common, 1e-9)


def _distance(px, confidence, other):
    seen = (confidence > SEEN) & np.isfinite(other).all(-1)
    return np.linalg.norm(px - other, axis=-1)[seen].mean() if seen.any() else np.inf


def _same_body(px_a, confidence_a, px_b, confidence_b):
    both = (confidence_a > SEEN) & (confidence_b > SEEN)
    if both.sum() < LEAST_SEEN:
        return False
    height = max(np.ptp(px_a[both][:, 1]), np.ptp(px_b[both][:, 1]), 1.0)
    return np.linalg.norm(px_a - px_b, axis=-1)[both].mean() < SAME_BODY * height
