"""Fingers in live mode: hands are looked for beside the bodies, so that no pose waits for them.

A thread looks at the hands of one picture while bodies go on; pictures that come meanwhile are left out, so that
it takes what time is left over, however many hands there are. What it finds is calmed and held until the next look
is over; hands that are not seen relax.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import hand_fit
from . import hand_skeleton as hand
from .blazepose import Locations
from .easing import Eased
from .hand_finder import PRESENT, HandFinder
from .hand_motion import FINGERS


class LiveHands:
    """Hand and palm networks (the latter may be None) on the pictures of one live session.

    looks   how many pictures were looked at
    """

    def __init__(self, network, palm_network=None):
        self._finder = HandFinder(
            network, palm_network, sure=PRESENT
        )  # the next picture comes soon
        self._thread, self._look = ThreadPoolExecutor(max_workers=1), None
        self._eased, self._angles = (
            {},
            {},
        )  # tracker's number -> Eased and angles (21,) of both hands
        self.looks = 0

    def watch(self, picture, seen):
        """Takes in what was found since the last call, and begins to look at this picture unless it still looks.

        seen   Observation of the picture; raises what the networks raised
        """
        if self._look is not None and self._look.done():
            self._take_in(*self._look.result())
            self._look = None
        if self._look is None and len(seen.id):
            self._look = self._thread.submit(self._found, picture, seen)

    def angles(self, numbers):
        """Tracker's numbers of P people -> (P,2,21) [rad], relaxed where nothing was seen yet."""
        relaxed = (hand.RELAXED, hand.RELAXED)
        found = [self._angles.get(number, relaxed) for number in numbers]
        return np.array(found).reshape(len(numbers), 2, hand.NUM_DOFS)

    def close(self):
        """Waits for the look that is under way."""
        self._thread.shutdown(cancel_futures=True)

    def _found(self, picture, seen):
        """Thread: numbers (N,), angles (N,2,21), NaN where no hand was seen, weight (N,2), time [s]."""
        located = Locations(seen.px_3d, seen.visibility, seen.X, seen.presence)
        found = self._finder.look(picture, seen.id, seen, located)
        rows = np.nonzero(found.score > 0)
        poses = hand_fit.fit(found.px[rows], found.X[rows], rows[1] == 1)
        angles = np.full((*found.score.shape, hand.NUM_DOFS), np.nan)
        weight = np.zeros(found.score.shape)
        angles[rows], weight[rows] = poses.angles, found.score[rows] * poses.sureness
        return seen.id.tolist(), angles, weight, picture.time_s

    def _take_in(self, numbers, angles, weight, time_s):
        """Calms what was found; who was not in the picture is forgotten."""
        self.looks += 1
        self._eased = {n: self._eased.get(n) or self._two_hands() for n in numbers}
        self._angles = {
            number: [
                np.clip(eased(angles[row, side], weight[row, side], time_s), hand.LOWER, hand.UPPER)
                for side, eased in enumerate(self._eased[number])
            ]
            for row, number in enumerate(numbers)
        }

    @staticmethod
    def _two_hands():
        return [Eased(hand.RELAXED, FINGERS) for _ in range(2)]
