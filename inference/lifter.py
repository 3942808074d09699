"""2D to 3D, all people as one batch: Stage II of XNect (Mehta 2020, Section 6.3.2), or any net of the same form.

Input (N,J,3+C), per joint: its place (u, v) relative to the neck, as a share of the picture's longer side;
its confidence; the C channels that Stage I of XNect encodes there, none for a plain lifter. Zeros for joints
that are not seen. Output `pose` (N,3K): x y z of every joint, in units of `metres_per_unit`, also of those hidden.
"""

import numpy as np

from .blazepose import Locations
from .keypoints import INDEX, KEYPOINTS, indices, scatter


def features(px, confidence, image_size, spec, encoding=None):
    """2D keypoints (and encodings) of P people -> input (P,J,3+C) float32.

    px (P,K,2), confidence (P,K): canonical keypoints; image_size (width, height) [px]
    encoding (P,K,C) from Stage I; without one its channels are zero, as where nothing is seen
    """
    rows = indices(spec.decoding["inputs"])
    place = (px - px[:, INDEX["neck"], None])[:, rows] / max(image_size)
    seen = (confidence[:, rows] > 0) & np.isfinite(place).all(-1)
    if encoding is None:
        encoding = np.zeros((*confidence.shape, spec.decoding["encoding"]))
    joined = np.concatenate([place, confidence[:, rows, None], encoding[:, rows]], -1)
    return np.where(seen[..., None], joined, 0.0).astype(np.float32)


def decode(outputs, px, confidence, spec):
    """-> Locations, canonical keypoints; the 2D is that which was lifted."""
    channels, columns = scatter(spec.keypoints)
    pose = outputs["pose"].reshape(len(px), len(spec.keypoints), 3).astype(float)
    X = np.full((len(px), len(KEYPOINTS), 3), np.nan)
    X[:, columns] = pose[:, channels] * spec.decoding["metres_per_unit"]
    X -= X[:, INDEX["pelvis"], None]
    return Locations(px, confidence, X, confidence[:, INDEX["neck"]])


def lift(network, px, confidence, image_size, encoding=None):
    """2D of P people, as from any 2D network or from Stage I -> Locations."""
    values = features(px, confidence, image_size, network.spec, encoding)
    return decode(network.run(values), px, confidence, network.spec)


def estimate(network, image, px, confidence):
    """Picture and 2D keypoints of P people -> Locations."""
    return lift(network, px, confidence, image.shape[1::-1])
