"""What perfect networks would say of known people: their maps, drawn from the truth."""

from dataclasses import dataclass

import cv2
import numpy as np

from ..inference import heatmaps
from ..inference.keypoints import INDEX
from ..training.joints import HEAD, LIMBS, ORPM_JOINTS, ORPM_PARENTS, SPINE

SIGMA = 1.3  # [cells] of a peak
HALF_WIDTH = 1.0  # [cells] of a limb in the fields
RADIUS = 1.2  # [cells] in which a map holds what is read at its middle

FIGURE = np.array(  # 17 joints of somebody, [px]: x to the right, y down from the neck
    [
        (0, -14), (0, 0), (-12, 2), (-18, 24), (-20, 44), (12, 2), (18, 24), (20, 44),
        (-8, 46), (-9, 76), (-9, 104), (8, 46), (9, 76), (9, 104), (0, 44), (0, 22), (0, -7),
    ],
    float,
)  # fmt: skip


@dataclass(frozen=True)
class Crowd:
    """P people as 17 joints, the nearest last."""

    px: np.ndarray  # (P,17,2) in the network's input
    X: np.ndarray  # (P,17,3) [m] relative to the pelvis
    seen: np.ndarray  # (P,17) bool: nobody nearer hides the joint


def standing(people, size):
    """Crowd of people who stand side by side, in two rows where there are many."""
    places = np.array([(40 + 48 * (i % 10), 40 + 140 * (i // 10)) for i in range(people)], float)
    px = places[:, None] * np.asarray(size) / (512, 320) + FIGURE
    return Crowd(px, np.zeros((people, 17, 3)), np.ones((people, 17), bool))


def joints_of(points):
    """Canonical keypoints (...,K,n) -> the 17 joints (...,17,n)."""
    named = [INDEX[name] if name else 0 for name in ORPM_JOINTS]
    joints = points[..., named, :].copy()
    neck, pelvis, top = (points[..., INDEX[name], :] for name in ("neck", "pelvis", "head_top"))
    joints[..., SPINE, :] = (neck + pelvis) / 2
    joints[..., HEAD, :] = (neck + top) / 2
    return joints


def crowd(px, X):
    """Canonical keypoints px (P,K,2) of the input and X (P,K,3) in camera axes -> Crowd."""
    order = np.argsort(-X[:, INDEX["pelvis"], 2])
    px, X = joints_of(px)[order], joints_of(X)[order]
    trunk = [ORPM_JOINTS.index(f"{name}_{side}") for name in ("shoulder", "hip") for side in "lr"]
    seen = np.ones(px.shape[:2], bool)
    for person in range(len(px)):
        for nearer in range(person + 1, len(px)):
            hull = cv2.convexHull(px[nearer, trunk].astype(np.float32))
            inside = [cv2.pointPolygonTest(hull, point.tolist(), False) > 0 for point in px[person]]
            seen[person] &= ~np.array(inside)
    return Crowd(px, X - X[:, 14:15], seen)


def bones(X):
    """Places relative to the parent (...,17,3)."""
    parents = np.array(ORPM_PARENTS)
    return np.where((parents >= 0)[:, None], X - X[..., parents, :], 0.0)


def grid(size, stride):
    """Cell coordinates (h,w,2) of maps of an input of (width, height)."""
    width, height = (int(side // stride) for side in size)
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(float)


def peaks(people, size, stride):
    """heatmaps (17,h,w): a Gaussian at each seen joint."""
    cells, places = grid(size, stride), heatmaps.to_cells(people.px, stride)
    away = ((cells - places[:, :, None, None]) ** 2).sum(-1)
    bumps = np.exp(-away / (2 * SIGMA**2)) * people.seen[..., None, None]
    return bumps.max(0).astype(np.float32)


def fields(people, size, stride):
    """(2B,h,w): the direction of each limb beside it, averaged where limbs of one kind cross."""
    cells, places = grid(size, stride), heatmaps.to_cells(people.px, stride)
    result = np.zeros((len(LIMBS), 2, *cells.shape[:2]), np.float32)
    for limb, (a, b) in enumerate(LIMBS):
        count = np.zeros(cells.shape[:2])
        for person in np.flatnonzero(people.seen[:, a] & people.seen[:, b]):
            start, way = places[person, a], places[person, b] - places[person, a]
            length = max(np.hypot(*way), 1e-6)
            along = np.clip((cells - start) @ way / length**2, 0, 1)
            beside = np.linalg.norm(cells - start - along[..., None] * way, axis=-1) <= HALF_WIDTH
            result[limb] += np.where(beside, (way / length)[:, None, None], 0)
            count += beside
        result[limb] /= np.maximum(count, 1)
    return result.reshape(-1, *cells.shape[:2])


def values_at(people, size, stride, values, where):
    """Maps (3J,h,w) that hold values (P,J,3) at the joints where[j] of each person, the nearest on top."""
    width, height = (int(side // stride) for side in size)
    places = heatmaps.to_cells(people.px, stride)
    result = np.zeros((values.shape[1], 3, height, width), np.float32)
    for person in range(len(places)):
        for joint, wheres in enumerate(where):
            for place in places[person, list(wheres)]:
                x, y = cells_round(place, width, height)
                result[joint][:, y, x] = values[person, joint][:, None]
    return result.reshape(-1, height, width)


def cells_round(place, width, height):
    """Cells x (n,), y (n,) of the map at most RADIUS away from a place (2,)."""
    low = np.maximum(np.ceil(place - RADIUS), 0).astype(int)
    high = np.minimum(np.floor(place + RADIUS) + 1, [width, height]).astype(int)
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    near = np.hypot(x - place[0], y - place[1]) <= RADIUS
    return x[near], y[near]
