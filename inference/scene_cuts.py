"""Where a clip changes over to another scene: pictures that have nothing in common with the one before.

Compared is a small grey picture, by its correlation with the last one that shows anything: more or less
light (fades, flashes) does not change it, and what moves changes a part of it only. A picture without
contrast (black between two scenes) shows nothing, and is no change by itself.
"""

import cv2
import numpy as np

SMALL = (48, 27)  # [px]
COARSE = 108  # [px] lines that are looked at
LEAST_CONTRAST = 4.0  # standard deviation of the grey levels, of a picture that shows anything
UNLIKE = 0.35  # correlation below which it is another scene


class SceneCuts:
    """Feed it every picture of a clip in order."""

    def __init__(self):
        self._last = None

    def begins(self, image):
        """Whether another scene begins with this picture, (H,W,3) uint8 BGR."""
        step = max(1, min(image.shape[:2]) // COARSE)
        coarse = np.ascontiguousarray(image[::step, ::step])
        small = cv2.resize(coarse, SMALL, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
        if grey.std() < LEAST_CONTRAST:
            return False
        shown = (grey - grey.mean()) / grey.std()
        alike = 1.0 if self._last is None else float((shown * self._last).mean())
        self._last = shown
        return alike < UNLIKE
