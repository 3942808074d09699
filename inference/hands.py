"""MediaPipe hand landmarks (Zhang 2020, "MediaPipe Hands"): 21 points of a hand in 2D and in 3D metres.

Input: a square crop, turned so that the fingers point up, border replicated.
Outputs, N crops: `landmarks` (N,63) = 21 x (x, y, z [crop px]), `presence` (N,1) and `right` (N,1)
probabilities that there is a hand, and a right one; `world` (N,63) = 21 x 3 [m], x right, y down, z away, relative
to the hand's middle. Order: `keypoints.HAND_POINTS`. Sides: 0 = left, 1 = right, the person's own.
"""

from dataclasses import dataclass

import numpy as np

from .crops import crop_transforms, cut, tensor, to_picture
from .keypoints import HAND_POINTS, INDEX, indices

NUM_POINTS = len(HAND_POINTS)
SIDES = "lr"
WRIST = HAND_POINTS.index("wrist")
ROOTS = [HAND_POINTS.index(f"{name}_1") for name in ("index", "middle", "ring")]
# All but the outer joints of the fingers, which would let the region jump as they curl (MediaPipe's own choice)
FIRM = [k for k, name in enumerate(HAND_POINTS) if name[-1] in "t12" or name == "thumb_3"]
GROWN, FORWARD = 2.0, 0.1  # of the box round those points; moved on towards the fingers
SEEN = 0.3  # confidence of a wrist at which a hand is looked for
REACH_M, SIDE_M = 0.085, 0.30  # from the wrist to the middle of a hand's region, and its side
FROM_FOREARM = (
    0.03  # [m] how much the forearm says of where the hand points, beside what is seen of it
)
TRUNK = indices(
    [f"{name}_{side}" for name in ("shoulder", "hip", "elbow", "knee") for side in "lr"]
)


@dataclass(frozen=True)
class Hands:
    """What the network says of N crops."""

    px: np.ndarray  # (N,21,2) in the picture
    X: np.ndarray  # (N,21,3) [m] relative to the hand's middle, camera axes, crop rotation undone
    presence: np.ndarray  # (N,) 0..1 there is a hand
    right: np.ndarray  # (N,) 0..1 it is a right one


def pixels_per_metre(px, X, confidence):
    """(N,) how large people are in the picture, by weak perspective: spread of their 2D over that of their 3D.

    px (N,K,2), X (N,K,3) [m], confidence (N,K). NaN where too little is seen.
    """
    px, X = px[:, TRUNK], X[:, TRUNK, :2]
    weight = np.where(np.isfinite(px).all(-1) & np.isfinite(X).all(-1), confidence[:, TRUNK], 0.0)
    weight = np.where(weight > SEEN, weight, 0.0)[..., None]
    known = (weight[..., 0] > 0).sum(-1) >= 3
    weight = weight / np.maximum(weight.sum(1, keepdims=True), 1e-9)
    spreads = []
    for points in (np.where(weight > 0, px, 0.0), np.where(weight > 0, X, 0.0)):
        mean = (weight * points).sum(1, keepdims=True)
        spreads.append((weight * (points - mean) ** 2).sum((1, 2)))
    ratio = np.sqrt(spreads[0] / np.maximum(spreads[1], 1e-9))
    return np.where(known, ratio, np.nan)


def regions_of_wrists(people, located, scale):
    """Regions (N,2,5) in which the hands of N people should be, NaN where no wrist is seen.

    people     px and confidence of the 2D network, which knows wrists and elbows best
    located    px of the 3D network, which knows where the knuckles are
    scale      (N,) [px/m]
    From the wrist towards the knuckles of index and pinky, and a little as the forearm points.
    """
    regions = np.full((len(scale), 2, 5), np.nan)
    for column, side in enumerate(SIDES):
        wrist, elbow = INDEX[f"wrist_{side}"], INDEX[f"elbow_{side}"]
        index, pinky = INDEX[f"index_{side}"], INDEX[f"pinky_{side}"]
        knuckles = (2 * located.px[:, index] + located.px[:, pinky]) / 3
        fingers = (knuckles - located.px[:, wrist]) / scale[:, None]
        forearm = people.px[:, wrist] - people.px[:, elbow]
        forearm = forearm / np.maximum(np.linalg.norm(forearm, axis=-1, keepdims=True), 1e-9)
        towards = np.nan_to_num(fingers) + FROM_FOREARM * np.nan_to_num(forearm)
        length = np.linalg.norm(towards, axis=-1, keepdims=True)
        towards = towards / np.maximum(length, 1e-9)
        centre = people.px[:, wrist] + REACH_M * scale[:, None] * towards
        extent = SIDE_M * scale
        angle = np.arctan2(towards[:, 0], -towards[:, 1])
        found = np.column_stack([centre, extent, extent, angle])
        seen = (people.confidence[:, wrist] > SEEN) & (length[:, 0] > 1e-6)
        regions[:, column] = np.where(seen[:, None], found, np.nan)
    return regions


def regions_of_points(px):
    """Points (N,21,2) -> regions (N,5) for the next look at the same hands; MediaPipe's own rule."""
    middle = (px[:, ROOTS[0]] + px[:, ROOTS[2]]) / 4 + px[:, ROOTS[1]] / 2
    up = middle - px[:, WRIST]
    angle = np.arctan2(up[:, 0], -up[:, 1])
    return turned_squares(px[:, FIRM], angle, GROWN, FORWARD)


def turned_squares(points, angle, grown, forward=0.0):
    """Squares (N,5) turned by `angle` (N,) round points (N,n,2).

    grown     times the longer side of the box round the points
    forward   shift towards the crop's upper edge, in heights of that box
    """
    cos, sin = np.cos(angle), np.sin(angle)
    R_picture_crop = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)
    upright = points @ R_picture_crop
    low, high = upright.min(1), upright.max(1)
    centre, size = (low + high) / 2, high - low
    centre[:, 1] -= forward * size[:, 1]
    side = grown * np.maximum(size.max(-1), 1.0)
    centre = np.einsum("nij,nj->ni", R_picture_crop, centre)
    return np.column_stack([centre, side, side, angle])


def decode(outputs, transforms, regions):
    """-> Hands. regions (N,5) and transforms (N,2,3) are those of the crops."""
    N = len(regions)
    points = outputs["landmarks"].reshape(N, NUM_POINTS, 3)[..., :2].astype(float)
    world = outputs["world"].reshape(N, NUM_POINTS, 3).astype(float)
    cos, sin = np.cos(regions[:, 4])[:, None], np.sin(regions[:, 4])[:, None]
    x, y = world[..., 0], world[..., 1]
    X = np.stack([cos * x - sin * y, sin * x + cos * y, world[..., 2]], -1)
    presence, right = (outputs[name].reshape(N).astype(float) for name in ("presence", "right"))
    return Hands(to_picture(points, transforms), X, presence, right)


def estimate(network, image, regions):
    """Picture and regions (N,5) -> Hands, all in one batch."""
    transforms = crop_transforms(regions, network.spec.size)
    values = tensor(cut(image, transforms, network.spec.size, replicate=True), network.spec)
    return decode(network.run(values), transforms, regions)
