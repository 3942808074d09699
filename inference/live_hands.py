"""Hands in live mode: looked for beside the bodies, so that no pose waits for them.

A thread looks at the hands of one picture while bodies go on; pictures that come meanwhile are left out, so that
it takes what time is left over, however many hands there are. What it finds is calmed and held until the next look
is over; hands that are not seen relax. Palms are compared with the forearms of the picture that they were seen in,
so that a wrist stays turned as it was while its arm moves on.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from . import hand_fit, wrists
from . import hand_skeleton as hand
from .blazepose import Locations
from .easing import Eased
from .hand_finder import PRESENT, HandFinder
from .hand_motion import FINGERS


@dataclass(frozen=True)
class Arms:
    """Both arms of P people as the body's fit has them in one picture; left, right."""

    numbers: list  # P, the tracker's
    fitted: np.ndarray  # (P,2,3) twist of the forearm, bend and side of the wrist [rad]
    R_camera_forearm: np.ndarray  # (P,2,3,3)


NO_ARMS = Arms([], np.zeros((0, 2, 3)), np.zeros((0, 2, 3, 3)))


@dataclass(frozen=True)
class _Look:
    """What was found of N people in one picture; NaN and weight 0 where nothing."""

    numbers: list  # N, the tracker's
    angles: np.ndarray  # (N,2,21) of the fingers [rad]
    weight: np.ndarray  # (N,2) 0..1
    beside: np.ndarray  # (N,2,3) wrists, from the body's fit [rad]
    time_s: float


class _Hand:
    """One hand, calmed: angles (21,) of its fingers, and how far its wrist is (3,) from the body's fit [rad]."""

    def __init__(self):
        self._fingers = Eased(hand.RELAXED, FINGERS)
        self._wrist = Eased(np.zeros(3), wrists.AWAY)
        self.angles, self.beside = hand.RELAXED, np.zeros(3)

    def see(self, angles, beside, weight, time_s):
        self.angles = np.clip(self._fingers(angles, weight, time_s), hand.LOWER, hand.UPPER)
        known = weight if np.isfinite(beside).all() else 0.0
        self.beside = self._wrist(beside, known, time_s)


class LiveHands:
    """Hand and palm networks (the latter may be None) on the pictures of one live session.

    looks   how many pictures were looked at
    """

    def __init__(self, network, palm_network=None):
        self._finder = HandFinder(
            network, palm_network, sure=PRESENT
        )  # the next picture comes soon
        self._thread, self._look = ThreadPoolExecutor(max_workers=1), None
        self._hands = {}  # tracker's number -> both its _Hand
        self.looks = 0

    def watch(self, picture, seen, arms):
        """Takes in what was found since the last call, and begins to look at this picture unless it still looks.

        seen    Observation of the picture; raises what the networks raised
        arms    Arms in the picture, of those who have a pose
        """
        if self._look is not None and self._look.done():
            self._take_in(self._look.result())
            self._look = None
        if self._look is None and len(seen.id):
            self._look = self._thread.submit(self._found, picture, seen, arms)

    def angles(self, numbers):
        """Tracker's numbers of P people -> (P,2,21) [rad], relaxed where nothing was seen yet."""
        found = [[one.angles for one in self._both(number)] for number in numbers]
        return np.array(found).reshape(len(numbers), 2, hand.NUM_DOFS)

    def beside(self, numbers):
        """Tracker's numbers of P people -> wrists (P,2,3), from the fit [rad]; 0 where none was seen yet."""
        found = [[one.beside for one in self._both(number)] for number in numbers]
        return np.array(found).reshape(len(numbers), 2, 3)

    def close(self):
        """Waits for the look that is under way."""
        self._thread.shutdown(cancel_futures=True)

    def _both(self, number):
        return self._hands.get(number) or (_Hand(), _Hand())

    def _found(self, picture, seen, arms):
        """Thread: -> _Look."""
        located = Locations(seen.px_3d, seen.visibility, seen.X, seen.presence)
        found = self._finder.look(picture, seen.id, seen, located)
        rows = np.nonzero(found.score > 0)
        poses = hand_fit.fit(found.px[rows], found.X[rows], rows[1] == 1)
        angles = np.full((*found.score.shape, hand.NUM_DOFS), np.nan)
        weight = np.zeros(found.score.shape)
        angles[rows], weight[rows] = poses.angles, found.score[rows] * poses.sureness
        R_camera_palm = np.full((*found.score.shape, 3, 3), np.nan)
        R_camera_palm[rows] = poses.R_camera_hand
        numbers = seen.id.tolist()
        beside = _beside(numbers, R_camera_palm, arms)
        return _Look(numbers, angles, weight, beside, picture.time_s)

    def _take_in(self, look):
        """Calms what was found; who was not in the picture is forgotten."""
        self.looks += 1
        self._hands = {number: self._both(number) for number in look.numbers}
        for row, number in enumerate(look.numbers):
            for side, one in enumerate(self._hands[number]):
                place = row, side
                one.see(look.angles[place], look.beside[place], look.weight[place], look.time_s)


def _beside(numbers, R_camera_palm, arms):
    """Wrists (N,2,3) from the fit of the Arms, NaN where it has none or no palm is believed.

    R_camera_palm (N,2,3,3)
    """
    found = np.full((len(numbers), 2, 3), np.nan)
    rows = [row for row, number in enumerate(numbers) if number in arms.numbers]
    people = [arms.numbers.index(numbers[row]) for row in rows]
    place = arms.fitted[people], arms.R_camera_forearm[people]
    beside, believed = wrists.away(*place, R_camera_palm[rows])
    found[rows] = np.where(believed[..., None], beside, np.nan)
    return found
