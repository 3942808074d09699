"""BlazePose GHUM landmarks (Bazarevsky 2020, Grishchenko 2022): 33 points in 2D and in 3D metres.

Input: a square crop, turned so that the body is upright, border replicated.
Outputs, N people: `landmarks` (N,195) = 39 x (x, y, z [crop px], visibility, presence logits),
`presence` (N,1) probability, `heatmap` (N,64,64,39) logits, `world` (N,117) = 39 x 3 [m],
hip-centred, x right, y down, z away from the camera.
"""

from dataclasses import dataclass

import numpy as np

from .crops import crop_transforms, cut, tensor, to_picture
from .keypoints import INDEX, KEYPOINTS, indices, scatter

EXPANSION = 1.25  # region side = 2 x radius x this
TRUNK_RADIUS = 1.75  # least radius in trunk lengths
SEEN = 0.3
WINDOW = 4  # heatmap refinement looks at (2 x 4 + 1)^2 cells
LEAST_PEAK = 0.5
EXTREMITIES = indices(
    [
        "head_top", "nose", "wrist_l", "wrist_r", "ankle_l", "ankle_r",
        "big_toe_l", "big_toe_r", "heel_l", "heel_r",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Locations:
    """What BlazePose says of N people, canonical keypoints, NaN / 0 where it has none."""

    px: np.ndarray  # (N,K,2) in the picture
    visibility: np.ndarray  # (N,K) 0..1
    X: np.ndarray  # (N,K,3) [m], hip-centred, camera axes, crop rotation undone
    presence: np.ndarray  # (N,) 0..1


def regions_of_keypoints(px, confidence):
    """Regions (N,5): square round the mid hips, up = from the hips to the shoulders.

    px (N,K,2), confidence (N,K). Where hips or shoulders are unseen, the upright square round all
    seen points is taken.
    """
    return np.array([_region(p, c) for p, c in zip(px, confidence)]).reshape(-1, 5)


def _region(px, confidence):
    seen = (confidence > SEEN) & np.isfinite(px).all(-1)
    hips, shoulders = indices(["hip_l", "hip_r"]), indices(["shoulder_l", "shoulder_r"])
    if not (seen[hips].any() and seen[shoulders].any()):
        return _region_of_points(px[seen] if seen.any() else px[np.isfinite(px).all(-1)])
    hip, neck = px[hips][seen[hips]].mean(0), px[shoulders][seen[shoulders]].mean(0)
    up = neck - hip
    trunk = np.hypot(*up)
    ends = [k for k in EXTREMITIES if seen[k]]
    reach = np.linalg.norm(px[ends] - hip, axis=-1).max() if ends else 0.0
    side = 2 * max(reach, TRUNK_RADIUS * trunk, 2.0) * EXPANSION
    return [*hip, side, side, np.arctan2(up[0], -up[1])]


def _region_of_points(points):
    low, high = points.min(0), points.max(0)
    side = max((high - low).max(), 4.0) * EXPANSION
    return [*(low + high) / 2, side, side, 0.0]


def refine(points, heatmaps, channels, size):
    """Moves crop points to the centre of mass of the heatmap around them.

    points (N,L,2) [crop px], heatmaps (N,h,w,C) logits, channels (L,) of the points; weight =
    sigmoid(logit) in a 9 x 9 window; a window whose peak stays below 0.5 leaves the point alone
    (MediaPipe's own rule).
    """
    count, height, width, _ = heatmaps.shape
    scale = np.array([width, height]) / np.asarray(size, float)
    cell = np.floor(points * scale).astype(int)
    steps = np.arange(-WINDOW, WINDOW + 1)
    x, y = cell[..., 0, None] + steps, cell[..., 1, None] + steps
    inside = ((y >= 0) & (y < height))[..., :, None] & ((x >= 0) & (x < width))[..., None, :]
    n, k = np.arange(count)[:, None, None, None], np.asarray(channels)[None, :, None, None]
    rows, columns = np.clip(y, 0, height - 1)[..., :, None], np.clip(x, 0, width - 1)[..., None, :]
    logits = np.clip(heatmaps[n, rows, columns, k], -30, 30)
    weight = inside / (1 + np.exp(-logits))
    total = weight.sum((-1, -2))
    mean = (
        np.stack(
            [(weight * x[..., None, :]).sum((-1, -2)), (weight * y[..., :, None]).sum((-1, -2))], -1
        )
        / np.maximum(total, 1e-9)[..., None]
    )
    trusted = (weight.max((-1, -2)) >= LEAST_PEAK) & (total > 0)
    return np.where(trusted[..., None], mean / scale, points)


def decode(outputs, transforms, regions, spec):
    """-> Locations. regions (N,5) and transforms (N,2,3) are those of the crops."""
    channels, columns = scatter(spec.keypoints)
    landmarks = outputs["landmarks"].reshape(len(regions), 39, 5)[:, channels].astype(float)
    refined = refine(landmarks[..., :2], outputs["heatmap"], channels, spec.size)
    points = to_picture(refined, transforms)
    world = outputs["world"].reshape(len(regions), 39, 3)[:, channels].astype(float)
    cos, sin = np.cos(regions[:, 4])[:, None], np.sin(regions[:, 4])[:, None]
    x, y = world[..., 0], world[..., 1]
    upright = np.stack([cos * x - sin * y, sin * x + cos * y, world[..., 2]], -1)
    N, K = len(regions), len(KEYPOINTS)
    px, X, visibility = np.full((N, K, 2), np.nan), np.full((N, K, 3), np.nan), np.zeros((N, K))
    px[:, columns], X[:, columns] = points, upright
    visibility[:, columns] = 1 / (1 + np.exp(-np.clip(landmarks[..., 3], -30, 30)))
    presence = outputs["presence"].reshape(len(regions)).astype(float)
    return _with_trunk(Locations(px, visibility, X, presence))


def _with_trunk(found):
    """Adds the pelvis as the mid hips and the neck as the mid shoulders; X relative to the pelvis."""
    for middle, sides in (("pelvis", "hip"), ("neck", "shoulder")):
        k, pair = INDEX[middle], indices([f"{sides}_l", f"{sides}_r"])
        found.px[:, k], found.X[:, k] = found.px[:, pair].mean(1), found.X[:, pair].mean(1)
        found.visibility[:, k] = found.visibility[:, pair].min(1)
    X = found.X - found.X[:, INDEX["pelvis"], None]
    return Locations(found.px, found.visibility, X, found.presence)


def estimate(network, image, px, confidence):
    """Picture and 2D keypoints of N people -> Locations, all people in one batch."""
    return estimate_in(network, image, regions_of_keypoints(px, confidence))


def estimate_in(network, image, regions):
    """Picture and regions (N,5) of N people -> Locations, all people in one batch."""
    size = network.spec.size
    transforms = crop_transforms(regions, size)
    values = tensor(cut(image, transforms, size, replicate=True), network.spec)
    return decode(network.run(values), transforms, regions, network.spec)


def follow(network, image, boxes, px=None, confidence=None):
    """Without a 2D network: regions from the last keypoints, or twice from the boxes when there are none."""
    if px is None:
        regions = _regions_of_boxes(boxes)
        found = estimate_in(network, image, regions)
        px, confidence = found.px, found.visibility
    return estimate(network, image, px, confidence)


def joined(parts):
    """[(Locations of some people or None, accepted rows)] -> Locations of all accepted people, or None."""
    parts = [(found, rows) for found, rows in parts if found is not None]
    if not parts:
        return None
    return Locations(
        *(
            np.concatenate([getattr(found, name)[rows] for found, rows in parts])
            for name in Locations.__dataclass_fields__
        )
    )


def _regions_of_boxes(boxes):
    """Upright squares round boxes (N,4)."""
    side = np.maximum((boxes[:, 2:] - boxes[:, :2]).max(-1), 4.0) * EXPANSION
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.stack([*centre.T, side, side, np.zeros(len(boxes))], -1)
