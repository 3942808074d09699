"""MediaPipe Face Mesh (Kartynnik 2019): 468 points of a face.

Input: a square crop, upright as the face is. Outputs, N crops: `landmarks` (N,1,1,1404) = 468 x (x, y, z), crop
pixels, z away from the camera; `presence` (N,1,1,1) logit.
"""

from dataclasses import dataclass

import numpy as np

from .crops import crop_transforms, cut, tensor, to_picture
from .hands import turned_squares
from .keypoints import INDEX

NUM_POINTS = 468
EYES = (33, 263)  # outer corners: the person's right, left
NOSE, CHIN = 1, 152
SEEN = 0.3  # confidence of eyes and nose at which a face is looked for
SIDE_M, DOWN_M = 0.25, 0.02  # of the region; from the middle of the eyes down to its middle
GROWN = 1.5  # of the box round the points


@dataclass(frozen=True)
class Faces:
    """What the network says of N crops."""

    px: np.ndarray  # (N,468,2) in the picture
    points: np.ndarray  # (N,468,3) [crop px], x right, y down, z away, as the crop is turned
    presence: np.ndarray  # (N,) 0..1


def regions_of_eyes(people, scale):
    """Regions (N,5) round faces, NaN where the eyes or the nose are not seen; scale (N,) [px/m]."""
    eyes = [INDEX["eye_r"], INDEX["eye_l"]]
    right, left = (people.px[:, eye] for eye in eyes)
    nose = people.px[:, INDEX["nose"]]
    across = left - right
    angle = np.arctan2(across[:, 1], across[:, 0])
    down = np.stack([-np.sin(angle), np.cos(angle)], -1)
    centre = (left + right) / 2 + DOWN_M * scale[:, None] * down
    side = SIDE_M * scale
    found = np.column_stack([(centre + nose) / 2, side, side, angle])
    seen = (people.confidence[:, [*eyes, INDEX["nose"]]] > SEEN).all(-1)
    below = (
        np.einsum("ni,ni->n", nose - (left + right) / 2, down) > 0
    )  # a face, not the back of a head
    return np.where((seen & below)[:, None], found, np.nan)


def regions_of_points(px):
    """Points (N,468,2) -> regions (N,5) for another look at the same faces."""
    across = px[:, EYES[1]] - px[:, EYES[0]]
    return turned_squares(px, np.arctan2(across[:, 1], across[:, 0]), GROWN)


def decode(outputs, transforms):
    """-> Faces. transforms (N,2,3) are those of the crops."""
    points = outputs["landmarks"].reshape(-1, NUM_POINTS, 3).astype(float)
    logit = np.clip(outputs["presence"].reshape(len(points)).astype(float), -30, 30)
    return Faces(to_picture(points[..., :2], transforms), points, 1 / (1 + np.exp(-logit)))


def estimate(network, image, regions):
    """Picture and regions (N,5) -> Faces, all in one batch."""
    transforms = crop_transforms(regions, network.spec.size)
    values = tensor(cut(image, transforms, network.spec.size, replicate=True), network.spec)
    return decode(network.run(values), transforms)
