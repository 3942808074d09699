"""Pictures -> Observations: detector on a schedule, 2D and 3D networks over everybody at once.

The 3D network of one picture runs on a thread while the next picture's 2D is found: people are
followed by their 2D, so nothing has to wait for the 3D.
"""

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import blazepose, simcc, yolox
from .take import Observation, as_kept, empty_observation
from .tracking import Tracker

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
        self.tracker = Tracker()
        self._pending = deque()
        self._executor = ThreadPoolExecutor(max_workers=1)
        self.seconds = {"detector": 0.0, "pose_2d": 0.0, "pose_3d": 0.0, "pose_3d_wait": 0.0}
        self.detections = 0

    def observe(self, picture):
        """Feeds one picture; yields the Observations that are complete, in order."""
        people, found = self._people(picture)
        located = self._executor.submit(self._locate, picture, people, found)
        self._pending.append((picture, people, located))
        while len(self._pending) > IN_FLIGHT:
            yield self._finished()

    def resume(self, observations):
        """Goes on after the last picture of a take as if there had been no interruption."""
        for seen in observations:
            self._detection_is_due(*self.tracker.replay(seen))

    def flush(self):
        """Yields what is still under way."""
        while self._pending:
            yield self._finished()

    def close(self):
        self._executor.shutdown(cancel_futures=True)

    def _finished(self):
        picture, people, future = self._pending.popleft()
        start = time.perf_counter()
        found = future.result()
        self.seconds["pose_3d_wait"] += time.perf_counter() - start
        ids, boxes, px, confidence = people
        if not len(ids):
            return empty_observation(picture.index, picture.time_s)
        return Observation(
            picture.index, picture.time_s, ids, boxes, px, confidence,
            found.px, found.visibility, found.X, found.presence,
        )  # fmt: skip

    def _locate(self, picture, people, found):
        """Thread: the 3D of everybody in a picture, unless the 2D step has found it already."""
        start = time.perf_counter()
        if found is None and len(people[0]):
            _, _, px, confidence = people
            found = self._estimate_3d.estimate(self._pose_3d, picture.image, px, confidence)
        self.seconds["pose_3d"] += time.perf_counter() - start
        return found

    def _people(self, picture):
        """-> (ids (N,), boxes (N,4), px (N,K,2), confidence (N,K)) of everybody, Locations or None."""
        tracker, time_s = self.tracker, picture.time_s
        lost, found = False, []
        if tracker.tracks:
            px, confidence, located = self._look(picture.image, *tracker.regions(time_s))
            kept = tracker.update(time_s, px, confidence)
            lost = not kept.all()
            found.append((located, kept))
        if self._detection_is_due(lost, tracker.missed(time_s)):
            found.append(self._greet(picture))
        if not tracker.tracks:
            return (np.zeros(0, int), None, None, None), None
        for track in tracker.tracks:
            track.box = as_kept(track.box)
        ids = np.array([track.id for track in tracker.tracks])
        state = zip(*((t.box, t.px, t.confidence) for t in tracker.tracks))
        return (ids, *(np.array(values) for values in state)), blazepose.joined(found)

    def _detection_is_due(self, lost, missed):
        """Counts the pictures between two looks of the detector; call it once a picture."""
        self._since_detection += 1
        due = lost or self._since_detection >= (DETECT_MISSED if missed else self._detect_every)
        if due:
            self._since_detection = 0
        return due

    def _greet(self, picture):
        """Asks the detector who else is there -> what was found of them, who was accepted."""
        start = time.perf_counter()
        detections = self._detect(self._detector, picture.image)
        self.detections += 1
        self.seconds["detector"] += time.perf_counter() - start
        boxes = self.tracker.unknown(picture.time_s, detections)
        if self._max_people:
            boxes = boxes[: max(0, self._max_people - len(self.tracker.tracks))]
        if not len(boxes):
            return None, None
        px, confidence, located = self._look(picture.image, boxes)
        return located, self.tracker.welcome(picture.time_s, px, confidence)

    def _look(self, image, boxes, px=None, confidence=None):
        """2D of the people in the boxes -> px, confidence, and the Locations where the 3D network gave them."""
        start = time.perf_counter()
        found = None
        if self._estimate_2d:
            px, confidence = self._estimate_2d(self._pose_2d, image, boxes)
        else:
            found = self._estimate_3d.follow(self._pose_3d, image, boxes, px, confidence)
            px, confidence = found.px, found.visibility * (found.presence[:, None] > PRESENT)
        self.seconds["pose_2d"] += time.perf_counter() - start
        return as_kept(px), as_kept(confidence), found
