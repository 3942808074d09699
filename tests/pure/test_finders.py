"""How often new people are looked for: by pictures, and by time where pictures are far between."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import finders
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.tracking import Tracker
from monorig.inference.video import Picture
from synthetic_motion import IMAGE_SIZE

BOX = np.array([100.0, 50.0, 200.0, 350.0])
EVERY = 10  # pictures


@pytest.fixture
def finder(monkeypatch):
    """A finder that sees one person who stands still, and its tracker."""
    corners = np.linspace([0.1, 0.05], [0.9, 0.95], len(KEYPOINTS))
    px = BOX[:2] + corners * (BOX[2:] - BOX[:2])
    monkeypatch.setitem(finders.DETECTORS, "one", lambda *_: np.array([[*BOX, 0.9]]))
    monkeypatch.setitem(
        finders.POSES_2D,
        "one",
        lambda network, image, boxes: (np.stack([px] * len(boxes)), np.ones((len(boxes), len(px)))),
    )
    network = SimpleNamespace(spec=SimpleNamespace(decoder="one"))
    networks = {"detector": network, "pose_2d": network, "pose_3d": network}
    seconds, tracker = {"detector": 0.0, "pose_2d": 0.0}, Tracker()
    return finders.InCrops(networks, tracker, seconds, finders.Settings(EVERY, 0, None)), tracker


def looked(finder, tracker, between, pictures=30):
    """Indices of the pictures, so many seconds apart, in which new people are looked for."""
    found, image = [], np.zeros((*IMAGE_SIZE[::-1], 3), np.uint8)
    for index in range(pictures):
        picture = Picture(index, index * between, image)
        sighting, detected = finder.find(picture, False)
        tracker.commit(picture.time_s, sighting.numbers, sighting.people, sighting.looks)
        assert sighting.numbers.tolist() == [1]
        found += [index] * detected
    return found


def test_new_people_are_looked_for_in_every_tenth_picture_of_a_film(finder):
    assert looked(*finder, between=1 / 30) == [0, 10, 20] and finder[0].detections == 3


def test_where_pictures_are_far_between_they_are_looked_for_every_second(finder):
    assert looked(*finder, between=0.4, pictures=10) == [0, 3, 6, 9]
