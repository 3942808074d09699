"""Boxes alone through the project's tracker and its second pass, as a clip with keypoints goes through them."""

import time
from dataclasses import dataclass

import numpy as np

from ..inference import people, splicing
from ..inference.affinity import people as seen_people
from ..inference.take import SHAPES, Observation
from ..inference.tracking import NOBODY, Tracker

FILLED = 2.0  # [s] longest gap in which somebody is taken to have gone on straight


@dataclass(frozen=True)
class Boxes:
    """Detections of T pictures."""

    box: list  # T x (N,4) x1 y1 x2 y2 [px]
    score: list  # T x (N,)
    looks: list  # T x (N,LOOK_BINS,3) at the clothes; 0 = not looked at
    fps: float
    image_size: tuple

    def by_frame(self):
        """{frame: (boxes, scores)}"""
        return dict(enumerate(zip(self.box, self.score)))


@dataclass(frozen=True)
class Tracked:
    """{frame: {identity: box}} of the tracker alone, of the whole take, of that with gaps filled."""

    live: dict
    take: dict
    filled: dict
    processor_ms: float  # a picture, in the tracker


def track(boxes):
    """Boxes -> Tracked."""
    observations, spent = observed(boxes)
    resolved = splicing.resolved(observations, boxes.image_size)
    live, take = (by_frame(one, boxes.fps) for one in (observations, resolved))
    return Tracked(live, take, with_gaps_filled(take, boxes.fps), spent)


def observed(boxes):
    """Boxes -> what a take would keep of them, processor time of the tracker [ms a picture]."""
    tracker, observations, spent = Tracker(), [], time.process_time()
    for t, (box, score, looks) in enumerate(zip(boxes.box, boxes.score, boxes.looks)):
        time_s, seen = t / boxes.fps, seen_people(box, looks=looks)
        numbers = tracker.step(time_s, seen, score)
        kept = numbers != NOBODY
        tracker.commit(time_s, numbers[kept], seen[kept], looks[kept])
        observations.append(observation(t, time_s, numbers[kept], seen.box[kept], looks[kept]))
    return observations, 1000 * (time.process_time() - spent) / max(len(observations), 1)


def observation(t, time_s, numbers, box, looks):
    """What a take would keep of a picture in which there are boxes only."""
    N = len(numbers)
    arrays = {name: np.full((N, *shape), np.nan) for name, shape in SHAPES.items()}
    arrays |= {"confidence": np.zeros(arrays["confidence"].shape), "torso": looks}
    return Observation(t, time_s, **{**arrays, "id": numbers.astype(int), "box": box})


def by_frame(observations, fps):
    """Observations -> {frame: {identity: box}} of those who are seen for long enough to be people."""
    found = {t: {} for t in range(len(observations))}
    for identity, places in people.identities(observations, fps).items():
        for frame, row in places:
            found[frame][identity] = observations[frame].box[row]
    return found


def with_gaps_filled(found, fps):
    """{frame: {identity: box}} with straight lines over gaps of at most FILLED seconds."""
    filled = {frame: dict(boxes) for frame, boxes in found.items()}
    last = {}
    for frame in sorted(found):
        for identity, box in found[frame].items():
            before = last.get(identity, frame)
            gap = frame - before
            for step in range(1, gap if gap <= FILLED * fps else 1):
                start = found[before][identity]
                filled[before + step][identity] = start + (box - start) * step / gap
            last[identity] = frame
    return filled
