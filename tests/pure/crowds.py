"""Made-up people for the tests of who is who: figures, clothes, and a film that a tracker sees."""

import numpy as np
from monorig.inference.affinity import people
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.presence import is_person, keypoint_boxes
from monorig.inference.take import SHAPES
from monorig.inference.tracking import Tracker

K = len(KEYPOINTS)
SURE, UNSEEN = np.full(K, 0.9), np.full(K, 0.05)
NOT_LOOKED = np.zeros(SHAPES["torso"], np.uint8)


def person(x, y=300.0, height=200.0, figure=0):
    """px (K,2) of somebody standing with the middle at (x, y), always the same figure."""
    points = np.random.default_rng(figure).uniform([-0.2, -0.5], [0.2, 0.5], (K, 2))
    return np.array([x, y]) + height * points


def box_round(px, confidence=SURE):
    """Box (4,) of somebody's keypoints (K,2)."""
    return keypoint_boxes(px[None], confidence[None])[0]


def clothes(hue, saturation=20):
    """A look (LOOK_BINS,3) at clothes of one colour, in bins of hue and saturation (0 to 29)."""
    look = NOT_LOOKED.copy()
    spread = np.random.default_rng(hue).integers(-1, 2, (len(look), 2))
    look[:, 0] = (hue + spread[:, 0]) % 30
    look[:, 1] = np.clip(saturation + spread[:, 1], 0, 29)
    look[:, 2] = 255
    return look


class Film:
    """Pictures of people at known places, one after the other, and the tracker that sees them."""

    def __init__(self, step=1 / 30, keypoints=True):
        self.tracker, self.time_s, self.seconds = Tracker(), 0.0, step
        self._keypoints = keypoints

    def show(self, *bodies, looks=None):
        """One picture with px (K,2) of everybody -> numbers."""
        return self.step([0.9] * len(bodies), *bodies, looks=looks)

    def hold(self, pictures, *bodies, looks=None):
        """The same picture several times."""
        for _ in range(pictures):
            self.show(*bodies, looks=looks)

    def wait(self, seconds):
        """Nobody is to be seen for a while."""
        for _ in range(round(seconds / self.seconds)):
            self.show()

    def step(self, scores, *bodies, looks=None):
        """`show` with the scores of a detector."""
        seen, looks = self._people(bodies, looks)
        numbers = self.tracker.step(self.time_s, seen, np.array(scores, float))
        kept = numbers > 0
        self.tracker.commit(self.time_s, numbers[kept], seen[kept], looks[kept])
        self.time_s += self.seconds
        return numbers.tolist()

    def follow(self, *bodies, sure=None):
        """Whom the tracker takes them for, without going on."""
        seen, _ = self._people(bodies, None)
        sure = is_person(seen.confidence) if sure is None else np.array(sure)
        return self.tracker.follow(self.time_s, seen, sure).tolist()

    def _people(self, bodies, looks):
        looks = np.array(looks or [NOT_LOOKED] * len(bodies), np.uint8).reshape(
            -1, *NOT_LOOKED.shape
        )
        box = np.array([box_round(px) for px in bodies]).reshape(-1, 4)
        if not self._keypoints:
            return people(box, looks=looks), looks
        px, trust = np.array(bodies).reshape(-1, K, 2), np.tile(SURE, (len(bodies), 1))
        return people(box, px, trust, looks=looks), looks
