"""Pictures -> Observations: detector on a schedule, 2D and 3D networks over everybody at once.

The 3D network of one picture runs on a thread while the next picture's 2D is found: people are
followed by their 2D, so nothing has to wait for the 3D.
"""

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import blazepose, simcc, yolox
from .affinity import people
from .appearance import torso
from .scene_cuts import SceneCuts
from .sightings import Sighting, nobody, together
from .take import SHAPES, Observation, as_kept, empty_observation
from .tracking import NOBODY, Tracker, doubles, is_person, keypoint_boxes, may_be_person

DETECTORS = {"yolox": yolox.detect}
POSES_2D = {"simcc": simcc.estimate}
POSES_3D = {"blazepose": blazepose}
IN_FLIGHT = 2
PRESENT = 0.5  # probability from which the 3D network itself believes in a person
DETECT_MISSED = 3  # pictures between two looks of the detector while somebody is missed


class Observer:
    """The networks of one chain at work on the pictures of one clip.

    networks        {"detector": Network, "pose_2d": Network or None, "pose_3d": Network}
    detect_every    pictures between two looks of the detector while nobody is lost
    max_people      0 = no limit
    """

    def __init__(self, networks, detect_every=10, max_people=0):
        self._detector, self._pose_2d = networks["detector"], networks["pose_2d"]
        self._pose_3d = networks["pose_3d"]
        self._detect = DETECTORS[self._detector.spec.decoder]
        self._estimate_2d = POSES_2D[self._pose_2d.spec.decoder] if self._pose_2d else None
        self._estimate_3d = POSES_3D[self._pose_3d.spec.decoder]
        self._detect_every, self._max_people = detect_every, max_people
        self._since_detection = detect_every
        self._scene_cuts = SceneCuts()
        self.tracker = Tracker()
        self._pending = deque()
        self._executor = ThreadPoolExecutor(max_workers=1)
        self.seconds = {"detector": 0.0, "pose_2d": 0.0, "pose_3d": 0.0, "pose_3d_wait": 0.0}
        self.detections = 0

    def observe(self, picture):
        """Feeds one picture; yields the Observations that are complete, in order."""
        sighting, flags = self._look_at(picture)
        located = self._executor.submit(self._locate, picture, sighting)
        self._pending.append((picture, flags, sighting, located))
        while len(self._pending) > IN_FLIGHT:
            yield self._finished()

    def resume(self, observations):
        """Goes on after the last picture of a take as if there had been no interruption."""
        for seen in observations:
            self.tracker.replay(seen)
            self._since_detection = 0 if seen.detected else self._since_detection + 1

    def flush(self):
        """Yields what is still under way."""
        while self._pending:
            yield self._finished()

    def close(self):
        self._executor.shutdown(cancel_futures=True)

    def _finished(self):
        picture, flags, sighting, future = self._pending.popleft()
        start = time.perf_counter()
        found = future.result()
        self.seconds["pose_3d_wait"] += time.perf_counter() - start
        if not len(sighting):
            return empty_observation(picture.index, picture.time_s, **flags)
        seen = sighting.people
        return Observation(
            picture.index, picture.time_s, sighting.numbers, seen.box, seen.px, seen.confidence,
            found.px, found.visibility, found.X, found.presence, sighting.looks, **flags,
        )  # fmt: skip

    def _locate(self, picture, sighting):
        """Thread: the 3D of everybody in a picture, unless the 2D step has found it already."""
        start = time.perf_counter()
        found, seen = sighting.located, sighting.people
        if found is None and len(sighting):
            found = self._estimate_3d.estimate(
                self._pose_3d, picture.image, seen.px, seen.confidence
            )
        self.seconds["pose_3d"] += time.perf_counter() - start
        return found

    def _look_at(self, picture):
        """-> Sighting of everybody in a picture, {"cut", "detected"}."""
        cut = self._scene_cuts.begins(picture.image)
        if cut:
            self.tracker.forget()
        sighting = self._followed(picture)
        lost = cut or len(sighting) < len(self.tracker.tracks)
        detected = self._detection_is_due(lost, self.tracker.missed(picture.time_s))
        if detected:
            sighting = together(sighting, self._greeted(picture, sighting))
        sighting = sighting.as_kept()
        self.tracker.commit(picture.time_s, sighting.numbers, sighting.people, sighting.looks)
        return sighting, {"cut": cut, "detected": detected}

    def _detection_is_due(self, lost, missed):
        """Counts the pictures between two looks of the detector; call it once a picture."""
        self._since_detection += 1
        due = lost or self._since_detection >= (DETECT_MISSED if missed else self._detect_every)
        if due:
            self._since_detection = 0
        return due

    def _followed(self, picture):
        """Those known already, each looked for where expected."""
        tracker, time_s = self.tracker, picture.time_s
        if not tracker.tracks:
            return nobody()
        expected = tracker.regions(time_s)
        found = self._sighted(picture, expected, tracker.wants_look(time_s))
        numbers = tracker.follow(time_s, found.people, is_person(found.people.confidence))
        boxes = tracker.boxes(numbers, found.people.box)
        return found.named(numbers, boxes)[numbers != NOBODY]

    def _greeted(self, picture, followed):
        """Those whom the detector sees besides; boxes of the followed grow to what it sees of them."""
        start = time.perf_counter()
        detections = self._detect(self._detector, picture.image)
        self.detections += 1
        self.seconds["detector"] += time.perf_counter() - start
        boxes = self.tracker.unknown(picture.time_s, followed.people.box, detections)
        if self._max_people:
            boxes = boxes[: max(0, self._max_people - len(followed))]
        if not len(boxes):
            return nobody()
        found = self._sighted(picture, (boxes, None, None), np.ones(len(boxes), bool))
        new = is_person(found.people.confidence) & ~doubles(found.people, followed.people)
        found = found[new]
        numbers = self.tracker.welcome(picture.time_s, found.people, followed.numbers)
        return found.named(numbers, found.people.box)

    def _sighted(self, picture, regions, looked):
        """What is in the regions (boxes, keypoints, confidence) -> Sighting, not yet numbered.

        looked    (N,) bool: whose clothes are looked at
        """
        start = time.perf_counter()
        px, confidence, located = self._poses(picture.image, *regions)
        self.seconds["pose_2d"] += time.perf_counter() - start
        there = np.flatnonzero(may_be_person(confidence))
        px, confidence = px[there], confidence[there]
        box = keypoint_boxes(px, confidence)
        looks = np.zeros((len(there), *SHAPES["torso"]), np.uint8)
        for row in np.flatnonzero(looked[there]):
            looks[row] = torso(picture.image, box[row], px[row], confidence[row])
        located = blazepose.joined([(located, there)])
        X = located.X if located else None
        return Sighting(
            np.zeros(len(there), int), people(box, px, confidence, X, looks), looks, located
        )

    def _poses(self, image, boxes, px, confidence):
        """2D of the people in the boxes -> px, confidence, and the Locations where the 3D network gave them."""
        if self._estimate_2d:
            px, confidence = self._estimate_2d(self._pose_2d, image, boxes)
            return as_kept(px), as_kept(confidence), None
        found = self._estimate_3d.follow(self._pose_3d, image, boxes, px, confidence)
        confidence = found.visibility * (found.presence[:, None] > PRESENT)
        return as_kept(found.px), as_kept(confidence), found
