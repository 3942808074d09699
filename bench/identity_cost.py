"""What following people costs: made-up people with keypoints, one picture after the other."""

import time

import numpy as np

from ..inference.affinity import people as seen_people
from ..inference.keypoints import KEYPOINTS
from ..inference.presence import keypoint_boxes
from ..inference.take import SHAPES
from ..inference.tracking import Tracker

FPS, APART, HEIGHT = 25.0, 130.0, 200.0
NOISE, SWAY = 2.0, 40.0  # [px]
K = len(KEYPOINTS)


def milliseconds(num_people, pictures, keypoints=True, seed=0):
    """(pictures,) processor time of this thread for each picture [ms], everything but the networks."""
    rng, tracker, spent = np.random.default_rng(seed), Tracker(), []
    figure = rng.uniform([-0.2, -0.5], [0.2, 0.5], (num_people, K, 2)) * HEIGHT
    figure[:, :, 0] += APART * np.arange(num_people)[:, None]
    trust, looks = np.full((num_people, K), 0.9), _looks(num_people, rng)
    for t in range(pictures):
        sway = SWAY * np.sin(t / 10 + np.arange(num_people))
        px = figure + sway[:, None, None] * [1, 0] + rng.normal(0, NOISE, figure.shape)
        start = time.thread_time()
        follow(tracker, t / FPS, px, trust, looks, keypoints)
        spent.append(1000 * (time.thread_time() - start))
    return np.array(spent)


def follow(tracker, time_s, px, trust, looks, keypoints):
    """One picture through a tracker as the capture does it, with people who are all sure."""
    tracker.regions(time_s)
    due = tracker.wants_look(time_s) if tracker.tracks else np.ones(len(px), bool)
    looked = np.where(due[:, None, None], looks, 0).astype(np.uint8)
    points = (px, trust) if keypoints else ()
    seen = seen_people(keypoint_boxes(px, trust), *points, looks=looked)
    numbers = tracker.step(time_s, seen, np.full(len(px), 0.9))
    tracker.boxes(numbers, seen.box)
    tracker.commit(time_s, numbers, seen, looked)


def _looks(num_people, rng):
    """(N,LOOK_BINS,3) at clothes of as many colours."""
    looks = rng.integers(0, 3, (num_people, *SHAPES["torso"]))
    looks[..., 0] = (looks[..., 0] + np.arange(num_people)[:, None] * 3) % 30
    looks[..., 1] += 15
    looks[..., 2] = 255
    return looks.astype(np.uint8)
