"""Location maps: 2D and 3D of one person in a crop (Mehta 2020, Section 5.3; VNect, Mehta 2017).

Outputs, N crops: `heatmaps` (N,K,h,w), and `x`, `y`, `z` (N,K,h,w): where joint k is relative to the root, if
joint k is seen at that cell; in units of `metres_per_unit`. Each is read where the joint's heatmap is highest.
Input: a square crop, the person 250 to 340 pixels high of 368.

The person is followed by the keypoints of the last picture (Section 8.2.2): nothing else has to find them.
"""

import numpy as np

from . import camera, heatmaps
from .blazepose import Locations
from .crops import crop_transforms, cut, tensor, to_picture
from .keypoints import INDEX, KEYPOINTS, scatter

SEEN = 0.2  # of a heatmap's peak
BUFFER = np.array([0.4, 0.2])  # of width and height of the keypoints, added on each side
MOMENTUM = 0.75  # of the box of the last picture
FIRST_PICTURES = 3  # in which the whole picture is searched
SCALES = (1.0, 2 / 3, 4 / 9)  # of the windows of a search, in longer sides of the picture
HONING = 2  # looks at the found person before a search ends
LEAST_SEEN = 4  # keypoints, or the person is lost


def decode(outputs, transforms, spec, K):
    """-> Locations, canonical keypoints, perspective of the crops undone.

    transforms (N,2,3) of the crops; K (3,3) intrinsics of the picture's camera
    """
    channels, columns = scatter(spec.keypoints)
    cell, score = heatmaps.highest(outputs["heatmaps"])
    points = heatmaps.to_input(cell, heatmaps.stride(outputs["heatmaps"], spec.size))
    xyz = np.stack([_at(outputs[axis], cell) for axis in "xyz"], -1)
    xyz = xyz * spec.decoding["metres_per_unit"]
    N = len(cell)
    px, X = np.full((N, len(KEYPOINTS), 2), np.nan), np.full((N, len(KEYPOINTS), 3), np.nan)
    confidence = np.zeros((N, len(KEYPOINTS)))
    px[:, columns] = to_picture(points, transforms)[:, channels]
    confidence[:, columns] = np.clip(score, 0, 1)[:, channels]
    X[:, columns] = xyz[:, channels]
    X = turned_back(X - X[:, INDEX["pelvis"], None], px, confidence, K)
    return Locations(px, confidence, X, confidence[:, columns].mean(-1))


def _at(maps, cells):
    """Map k of (N,K,h,w) at cell k of (N,K,2) -> (N,K)."""
    height, width = maps.shape[-2:]
    x, y = np.moveaxis(np.rint(cells).astype(int), -1, 0)
    flat = maps.reshape(*maps.shape[:2], height * width)
    return np.take_along_axis(flat, (y * width + x)[..., None], -1)[..., 0].astype(float)


def turned_back(X, px, confidence, K):
    """Poses as a crop shows them -> poses in the axes of the camera.

    A crop is the picture of another camera, which is turned towards it. The turn is taken as one about the
    camera's up axis, by the angle of the ray through the centroid of the 2D keypoints:

        X_camera = R X_crop,   R (0, 0, 1)^T = (sin a, 0, cos a)^T,   tan a = (u - c_x) / f_x

    Source: Mehta (2020), Appendix B.1.
    X (N,K,3), px (N,K,2), confidence (N,K), K (3,3)
    """
    u = px[..., 0]
    weight = np.where(np.isfinite(u), confidence, 0.0)
    centroid = (weight * np.nan_to_num(u)).sum(-1) / np.maximum(weight.sum(-1), 1e-9)
    tangent = np.where(weight.sum(-1) > 0, (centroid - K[0, 2]) / K[0, 0], 0.0)
    cos = 1 / np.sqrt(1 + tangent**2)
    sin = (tangent * cos)[:, None]
    cos = cos[:, None]
    x, y, z = np.moveaxis(X, -1, 0)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x], -1)


def estimate(network, image, regions, K):
    """Picture and regions (N,5) of one person each -> Locations, all crops in one batch."""
    size = network.spec.size
    transforms = crop_transforms(regions, size)
    values = tensor(cut(image, transforms, size), network.spec)
    return decode(network.run(values), transforms, network.spec, K)


def next_box(px, confidence, last=None):
    """Where the person will be in the next picture (Mehta 2020, Section 8.2.2).

    The smallest box round the keypoints with its buffer, shifted sideways to their centroid, its corners
    averaged with those of the last one.
    px (K,2), confidence (K,), last box (4,); returns x1 y1 x2 y2 (4,), None where the person is lost
    """
    points = px[(confidence > SEEN) & np.isfinite(px).all(-1)]
    if len(points) < LEAST_SEEN:
        return None
    low, high = points.min(0), points.max(0)
    buffer = BUFFER * np.maximum(high - low, 1.0)
    shift = [points[:, 0].mean() - (low[0] + high[0]) / 2, 0.0]
    box = np.concatenate([low - buffer + shift, high + buffer + shift])
    return box if last is None else MOMENTUM * last + (1 - MOMENTUM) * box


def square(box):
    """Box (4,) -> the square region (5,) round it."""
    side = max(box[2] - box[0], box[3] - box[1])
    return np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2, side, side, 0.0])


def windows(image_size):
    """Square regions (N,5) of several scales that cover a picture; neighbours overlap by half."""
    size = np.asarray(image_size, float)
    regions = []
    for side in np.array(SCALES) * size.max():
        steps = [1 + int(np.ceil(max(extent - side, 0) / (side / 2))) for extent in size]
        centres = [
            np.linspace(side / 2, extent - side / 2, n) if n > 1 else [extent / 2]
            for extent, n in zip(size, steps)
        ]
        regions += [[x - 0.5, y - 0.5, side, side, 0.0] for y in centres[1] for x in centres[0]]
    return np.array(regions)


def search(network, image, K):
    """The person whom the windows of a picture show best -> Locations of one, box (4,) or None."""
    found = estimate(network, image, windows(image.shape[1::-1]), K)
    best = int(found.presence.argmax())
    found, box = _rows(found, [best]), next_box(found.px[best], found.visibility[best])
    for _ in range(HONING):
        if box is None:
            break
        found = estimate(network, image, square(box)[None], K)
        box = next_box(found.px[0], found.visibility[0])
    return found, box


def _rows(found, rows):
    return Locations(*(getattr(found, name)[rows] for name in Locations.__dataclass_fields__))


class Follower:
    """One person, followed from picture to picture by the network's own keypoints.

    K    (3,3) intrinsics of the pictures' camera, None = unknown
    """

    def __init__(self, network, K=None):
        self._network, self._K = network, K
        self.forget()

    def forget(self):
        """Another scene begins."""
        self._looked, self.box = 0, None

    def look(self, image):
        """The next picture -> Locations of one person, or of nobody. Then `remember` what counts of it."""
        K = camera.make(image.shape[1::-1]).K if self._K is None else self._K
        if self._is_searching:
            found, box = search(self._network, image, K)
        else:
            found = estimate(self._network, image, square(self.box)[None], K)
            box = next_box(found.px[0], found.visibility[0], self.box)
        return found if box is not None else _rows(found, slice(0))

    def remember(self, px, confidence):
        """Where one person (1,K,2), (1,K) was in the picture, or nobody (0,K,2), (0,K)."""
        last = None if self._is_searching else self.box
        self.box = next_box(px[0], confidence[0], last) if len(px) else None
        self._looked += 1

    @property
    def _is_searching(self):
        return self.box is None or self._looked < FIRST_PICTURES
