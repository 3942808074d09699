"""A picture with what a network saw drawn over it: boxes, limbs, keypoints, the 3D as a small figure beside it."""

import cv2
import numpy as np

from ..inference.keypoints import INDEX
from .colours import colour
from .overlay import LINES

DRAWN = 0.3  # confidence
MORE_LINES = [
    ("shoulder_l", "shoulder_r"), ("shoulder_l", "hip_l"), ("shoulder_r", "hip_r"),
    ("pelvis", "hip_l"), ("pelvis", "hip_r"),
]  # fmt: skip
BONES = [(INDEX[a], INDEX[b]) for a, b in [*LINES, *MORE_LINES]]
FIGURE = 0.22  # size of a figure, of the picture's height
REACH_M = 1.1  # from the pelvis to the figure's border


def draw_people(image, found):
    """Copy of a picture (H,W,3) with a View drawn over it."""
    image = image.copy()
    thickness = max(1, round(max(image.shape) / 600))
    for person, (box, px, confidence) in enumerate(zip(found.boxes, found.px, found.confidence)):
        shade = colour(person + 1)
        corner, opposite = np.rint(box).astype(int).reshape(2, 2).tolist()
        cv2.rectangle(image, corner, opposite, shade, 1, cv2.LINE_AA)
        drawn = (confidence > DRAWN) & np.isfinite(px).all(-1)
        bones(image, px, drawn, shade, thickness)
        for point in px[drawn]:
            cv2.circle(image, pixel(point), thickness + 1, (255,) * 3, -1, cv2.LINE_AA)
    for hand_or_face in () if found.points is None else found.points:
        for point in hand_or_face:
            cv2.circle(image, pixel(point), thickness, (255,) * 3, -1, cv2.LINE_AA)
    side = round(FIGURE * image.shape[0])
    for place, X in enumerate(found.X):
        known = np.isfinite(X).all(-1)
        if known.any() and (place + 1) * side <= image.shape[1]:
            figure(image[:side, place * side : (place + 1) * side], X, known, colour(place + 1))
    return image


def figure(canvas, X, known, shade):
    """A pose in metres, seen from the left of the camera (depth to the right), on a darkened canvas."""
    canvas[:] = canvas // 4
    side = len(canvas)
    px = side / 2 * (1 + X[:, [2, 1]] / REACH_M)
    bones(canvas, px, known, shade, 1)


def bones(image, px, drawn, shade, thickness):
    for a, b in BONES:
        if drawn[a] and drawn[b]:
            cv2.line(image, pixel(px[a]), pixel(px[b]), shade, thickness, cv2.LINE_AA)


def pixel(point):
    return [int(value) for value in np.rint(np.clip(point, -30000, 30000))]
