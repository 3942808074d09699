"""Who is in a picture: one finder for each kind of chain, all with the same two methods.

    find(picture, cut)   Picture -> Sighting of everybody, numbered by the tracker, and whether it looked for new
                         people; cut = another scene begins
    resume(seen)         takes in an Observation of a take as if it had been found just now

They are made of (networks {step: Network or None}, Tracker, seconds, Settings); `seconds` {step: [s]} is counted
up, `detections` is how often new people were looked for.
"""

import time
from dataclasses import dataclass

import numpy as np

from . import blazepose, location_maps, simcc, views, yolox
from .affinity import people
from .appearance import torso
from .blazepose import Locations
from .chain_forms import ALL_AT_ONCE, IN_CROPS, ONE_FOLLOWED
from .decoders import DECODERS, LIFTED
from .presence import is_person, keypoint_boxes, may_be_person
from .sightings import Sighting, nobody, together
from .take import SHAPES, as_kept
from .tracking import NOBODY, doubles

DETECTORS = {"yolox": yolox.detect}
POSES_2D = {"simcc": simcc.estimate}
FOLLOWING_3D = {"blazepose": blazepose.follow}
PRESENT = 0.5  # probability from which the 3D network itself believes in a person
DETECT_AFTER = 1.0  # [s] between two looks at most, where pictures are far between
DETECT_MISSED = 3  # pictures between two looks of the detector while somebody is missed


@dataclass(frozen=True)
class Settings:
    """What an Observer was asked for."""

    detect_every: int  # pictures between two looks of a detector while nobody is lost
    max_people: int  # 0 = no limit
    K: np.ndarray | None  # (3,3) intrinsics where they are known


class InCrops:
    """A detector now and then; everybody known is looked for in a crop where expected."""

    def __init__(self, networks, tracker, seconds, settings):
        self._detector, self._pose_2d = networks["detector"], networks["pose_2d"]
        self._pose_3d, self._tracker, self._seconds = networks["pose_3d"], tracker, seconds
        self._detect_every, self._max_people = settings.detect_every, settings.max_people
        self._since_detection, self._detected_s = settings.detect_every, -np.inf
        self.detections = 0

    def find(self, picture, cut):
        sighting = self._followed(picture)
        lost = cut or len(sighting) < len(self._tracker.tracks)
        detected = self._detection_is_due(picture.time_s, lost)
        if detected:
            sighting = together(sighting, self._greeted(picture, sighting))
        return sighting, detected

    def resume(self, seen):
        self._count(seen.time_s, seen.detected)

    def _detection_is_due(self, time_s, lost):
        """Counts the pictures between two looks of the detector; call it once a picture."""
        pictures = DETECT_MISSED if self._tracker.missed(time_s) else self._detect_every
        waited = self._since_detection + 1 >= pictures or time_s - self._detected_s >= DETECT_AFTER
        self._count(time_s, lost or waited)
        return lost or waited

    def _count(self, time_s, detected):
        self._since_detection = 0 if detected else self._since_detection + 1
        self._detected_s = time_s if detected else self._detected_s

    def _followed(self, picture):
        """Those known already, each looked for where expected."""
        tracker, time_s = self._tracker, picture.time_s
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
        detections = DETECTORS[self._detector.spec.decoder](self._detector, picture.image)
        self.detections += 1
        self._seconds["detector"] += time.perf_counter() - start
        boxes = self._tracker.unknown(picture.time_s, followed.people.box, detections)
        if self._max_people:
            boxes = boxes[: max(0, self._max_people - len(followed))]
        if not len(boxes):
            return nobody()
        found = self._sighted(picture, (boxes, None, None), np.ones(len(boxes), bool))
        new = is_person(found.people.confidence) & ~doubles(found.people, followed.people)
        found = found[new]
        numbers = self._tracker.welcome(picture.time_s, found.people, followed.numbers)
        return found.named(numbers, found.people.box)

    def _sighted(self, picture, regions, looked):
        """What is in the regions (boxes, keypoints, confidence) -> Sighting, not yet numbered."""
        start = time.perf_counter()
        px, confidence, located = self._poses(picture.image, *regions)
        self._seconds["pose_2d"] += time.perf_counter() - start
        return sighted(picture.image, px, confidence, located, looked)

    def _poses(self, image, boxes, px, confidence):
        """2D of the people in the boxes -> px, confidence, and the Locations where the 3D network gave them."""
        if self._pose_2d:
            estimate = POSES_2D[self._pose_2d.spec.decoder]
            return *estimate(self._pose_2d, image, boxes), None
        follow = FOLLOWING_3D[self._pose_3d.spec.decoder]
        found = follow(self._pose_3d, image, boxes, px, confidence)
        return found.px, found.visibility * (found.presence[:, None] > PRESENT), found


class AllAtOnce:
    """A network that sees everybody in the whole picture; a lifter behind it works at once."""

    def __init__(self, networks, tracker, seconds, settings):
        self._network, lifter = networks["pose_2d"], networks["pose_3d"]
        lifts = lifter is not None and DECODERS[lifter.spec.decoder].gives == LIFTED
        self._lifter = lifter if lifts else None
        self._tracker, self._seconds, self._max_people = tracker, seconds, settings.max_people
        self.detections = 0

    def find(self, picture, cut):
        start = time.perf_counter()
        view = views.look(self._network, picture.image)
        if self._lifter:
            view = views.look(self._lifter, picture.image, view)
        self.detections += 1
        self._seconds["pose_2d"] += time.perf_counter() - start
        looked = np.ones(len(view.px), bool)
        found = sighted(picture.image, view.px, view.confidence, _located(view), looked)
        found = _with_hidden_limbs(found)
        return numbered(self._tracker, picture.time_s, found, self._max_people), True

    def resume(self, seen):
        """Every picture is looked at for itself."""


class OneFollowed:
    """A network that follows one person by its own keypoints."""

    def __init__(self, networks, tracker, seconds, settings):
        self._tracker, self._seconds = tracker, seconds
        self._follower = location_maps.Follower(networks["pose_3d"], settings.K)
        self.detections = 0

    def find(self, picture, cut):
        start = time.perf_counter()
        if cut:
            self._follower.forget()
        located = self._follower.look(picture.image)
        self._seconds["pose_3d"] += time.perf_counter() - start
        looked = np.ones(len(located.px), bool)
        found = sighted(picture.image, located.px, located.visibility, located, looked)
        found = numbered(self._tracker, picture.time_s, found, 1)
        self._follower.remember(found.people.px, found.people.confidence)
        searched = not len(found)
        self.detections += searched
        return found, searched

    def resume(self, seen):
        if seen.cut:
            self._follower.forget()
        self._follower.remember(seen.px, seen.confidence)


FINDERS = {IN_CROPS: InCrops, ALL_AT_ONCE: AllAtOnce, ONE_FOLLOWED: OneFollowed}


def sighted(image, px, confidence, located, looked):
    """Poses of candidates, those of them that may be people -> Sighting, not yet numbered.

    px (N,K,2), confidence (N,K); located their Locations or None
    looked    (N,) bool: whose clothes are looked at
    """
    px, confidence = as_kept(px), as_kept(confidence)
    there = np.flatnonzero(may_be_person(confidence))
    px, confidence = px[there], confidence[there]
    box = keypoint_boxes(px, confidence)
    looks = np.zeros((len(there), *SHAPES["torso"]), np.uint8)
    for row in np.flatnonzero(looked[there]):
        looks[row] = torso(image, box[row], px[row], confidence[row])
    located = blazepose.joined([(located, there)])
    X = located.X if located else None
    return Sighting(
        np.zeros(len(there), int), people(box, px, confidence, X, looks), looks, located
    )


def numbered(tracker, time_s, found, max_people):
    """Everybody of a picture, candidates of one network, best first -> Sighting of those with numbers.

    max_people   0 = no limit
    """
    sure = is_person(found.people.confidence)
    numbers = tracker.follow(time_s, found.people, sure)
    known = numbers != NOBODY
    new = np.flatnonzero(sure & ~known)
    new = new[~doubles(found.people[new], found.people[known])]
    if max_people:
        new = new[: max(0, max_people - int(known.sum()))]
    boxes = tracker.boxes(numbers, found.people.box)
    numbers[new] = tracker.welcome(time_s, found.people[new], numbers[known])
    return found.named(numbers, boxes)[numbers != NOBODY]


def _with_hidden_limbs(found):
    """Boxes that also hold the joints of which only the 3D is known, so that nobody shrinks who is half hidden.

    They are put where weak perspective through the seen joints has them: px = s (x, y) + t, least squares.
    """
    if found.located is None:
        return found
    people, X = found.people, found.located.X[..., :2]
    weight = np.where(np.isfinite(people.px + X).all(-1), people.confidence, 0.0)[..., None]
    weight /= np.maximum(weight.sum(1, keepdims=True), 1e-9)
    px, X_seen = (np.where(weight > 0, points, 0.0) for points in (people.px, X))
    px_mean, X_mean = ((weight * points).sum(1, keepdims=True) for points in (px, X_seen))
    spread = (weight * (X_seen - X_mean) ** 2).sum((1, 2))
    scale = (weight * (px - px_mean) * (X_seen - X_mean)).sum((1, 2)) / np.maximum(spread, 1e-9)
    placed = px_mean + scale[:, None, None] * (X - X_mean)
    known = np.isfinite(placed)
    low, high = np.where(known, placed, np.inf).min(1), np.where(known, placed, -np.inf).max(1)
    box = people.box.copy()
    box[:, :2], box[:, 2:] = np.minimum(box[:, :2], low), np.maximum(box[:, 2:], high)
    return found.named(found.numbers, box)


def _located(view):
    """Locations of a View, None where it has no 3D."""
    if not len(view.px) or np.isnan(view.X).all():
        return None
    return Locations(view.px, view.confidence, view.X, view.confidence.max(-1))
