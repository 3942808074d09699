"""Where a clip changes over to another scene: at once, or one faded into the other.

Compared are small grey pictures, brought to one mean and contrast, so that more or less light (fades to black,
flashes) does not count: their shades, and their details alone, which another scene never shares. A picture
without contrast (black between two scenes) shows nothing: no change.

- Cut: a picture has little in common with the last one, and less than pictures in a row had before it.
- Dissolve: a picture has little in common with one a while ago. In between the details are weaker than in both,
  by up to half, as mixtures of two scenes are however these move (Alattar 1993), change slowly, as those of a
  camera that whips round do not, and the two scenes explain some of them, which they do not where a camera
  turns slowly. The new scene begins where the old one is gone.
"""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np

SMALL = (48, 27)  # [px]
COARSE = 108  # [px] lines that are looked at
LEAST_CONTRAST = 4.0  # standard deviation of the grey levels, of a picture that shows anything
SHADES = (5, 5)  # [px] of a square whose mean is no detail
UNLIKE = 0.35  # correlation of shades below which it is another scene
NOT_SHARED, LESS = 0.25, 0.4  # the same of details, and of the median of the last pairs of pictures
PAIRS = 8  # of pictures in a row
FADES = (8, 16, 32)  # pictures over which a dissolve is looked for
WEAKER = 0.65  # strength of the details in the middle of it, of what is expected between its ends
WEAKEST = 0.9  # of that at either end: what vanishes from a picture makes it weaker at one end only
JUMP = 0.5  # of the logarithm of the strength between two pictures in a row: something vanished
SLOWLY = 0.45  # least correlation of the details of two pictures in a row there
EXPLAINED = 0.15  # of the details of the median picture, by the two ends
LOOKED_BACK = max(FADES) + 1  # pictures that tell whether the next one begins another scene


@dataclass(frozen=True)
class Shown:
    """What a picture shows, (H*W,) each, of mean 0 and variance 1, and the variance of its details."""

    shades: np.ndarray
    details: np.ndarray
    strength: float


class SceneCuts:
    """Feed it every picture of a clip in order."""

    def __init__(self):
        self._last = deque(maxlen=max(FADES))  # pictures of this scene, that show anything
        self._shared = deque(maxlen=max(FADES))  # by each of these with the one before

    def begins(self, image):
        """Whether another scene begins with this picture, (H,W,3) uint8 BGR."""
        shown = seen(image)
        if shown is None:
            return False
        shared = self._shared_by(shown)
        begins = bool(self._last) and (self._is_cut(shown, shared) or self._is_faded(shown, shared))
        self._keep(shown, shared, begins)
        return begins

    def replay(self, image, begins):
        """Takes in a picture of which it is known whether a scene begins with it.

        After LOOKED_BACK pictures all is as if the clip had been fed from its start.
        """
        shown = seen(image)
        if shown is not None:
            self._keep(shown, self._shared_by(shown), begins)

    def _shared_by(self, shown):
        return alike(self._last[-1].details, shown.details) if self._last else 1.0

    def _keep(self, shown, shared, begins):
        if begins:
            self._last.clear()
        self._last.append(shown)
        self._shared.append(1.0 if begins else shared)

    def _is_cut(self, shown, shared):
        usual = float(np.median(list(self._shared)[-PAIRS:]))
        other_details = shared < min(NOT_SHARED, LESS * usual)
        return other_details or alike(self._last[-1].shades, shown.shades) < UNLIKE

    def _is_faded(self, shown, shared):
        last = list(self._last)
        return any(
            len(last) >= pictures
            and alike(last[-pictures].details, shown.details) < NOT_SHARED
            and min(shared, *list(self._shared)[1 - pictures :]) > SLOWLY
            and is_mixed([*last[-pictures:], shown])
            for pictures in FADES
        )


def seen(image):
    """Picture (H,W,3) uint8 BGR -> Shown, None where there is no contrast."""
    step = max(1, min(image.shape[:2]) // COARSE)
    coarse = np.ascontiguousarray(image[::step, ::step])
    small = cv2.resize(coarse, SMALL, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    if grey.std() < LEAST_CONTRAST:
        return None
    shades, _ = _even(grey)
    return Shown(shades, *_even(grey - cv2.blur(grey, SHADES)))


def _even(grey):
    """(H,W) -> (H*W,) of mean 0 and variance 1, and the variance that it had."""
    away = grey.ravel() - grey.mean()
    variance = max(float((away * away).mean()), 1e-6)
    return away / np.sqrt(variance), variance


def alike(one, other):
    """Correlation of pictures (N,) of mean 0 and variance 1."""
    return float(one @ other) / len(one)


def is_mixed(pictures):
    """Whether Shown pictures in a row go over from the first one's scene to the last one's."""
    strength = np.array([one.strength for one in pictures])
    expected = np.linspace(strength[0], strength[-1], len(pictures))
    is_weaker = (strength / expected).min() < WEAKER
    is_weakest = strength.min() < WEAKEST * min(strength[0], strength[-1])
    jumps = np.abs(np.diff(np.log(strength))).max() > JUMP
    if not (is_weaker and is_weakest) or jumps:
        return False
    details = np.array([one.details for one in pictures])
    ends, between = details[[0, -1]], details[1:-1]
    share = np.linalg.solve(ends @ ends.T, ends @ between.T)  # (2,n) least squares
    left = between - share.T @ ends
    return float(np.median(1 - (left * left).mean(1))) > EXPLAINED
