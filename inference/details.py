"""What a chain sees of people beyond their poses: hands and faces, for those who ask for it."""

import time

import numpy as np

from . import face_finder
from .hand_finder import HandFinder


class Details:
    """The networks for details of one chain at work on the pictures of one clip; it may have none of them.

    networks   {"hands", "palms", "face": Network, None or missing where the chain has none}
    seconds    {"hands", "face": [s]} is counted up
    """

    def __init__(self, networks, seconds):
        self._face, self._seconds = networks.get("face"), seconds
        hand, palm = networks.get("hands"), networks.get("palms")
        self._hands = HandFinder(hand, palm) if hand else None

    def look(self, picture, numbers, people, located):
        """Picture, (N,) numbers of the tracker, People and Locations -> arrays of an Observation."""
        found = {}
        start = time.perf_counter()
        if self._hands:
            seen = self._hands.look(picture, numbers, people, located)
            found["hands"] = np.concatenate([seen.px, seen.X], -1)
            found["hand_score"] = seen.score
        between = time.perf_counter()
        if self._face:
            seen = face_finder.look(self._face, picture.image, people, located)
            found["face"], found["face_score"] = seen.measures, seen.score
        self._seconds["hands"] += between - start
        self._seconds["face"] += time.perf_counter() - between
        return found

    def resume(self, seen):
        """Takes in an Observation of a take as if it had been found just now."""
        if self._hands and len(seen.id):
            self._hands.remember(seen.id, seen.hands[..., :2], seen.hand_score)
