"""The camera: pinhole with OpenCV's five distortion coefficients; projection and its inverse.

Camera axes x right, y down, z away. Pixel centres at integers, so the principal point of a picture of
width w is (w - 1) / 2. World: Z up; a level camera looks along +Y.
"""

from dataclasses import dataclass

import numpy as np

from .profiles import intrinsics
from .rotations import between

DEFAULT_FIELD_OF_VIEW = np.radians(54.0)  # across the longer side, until something better is known
GIVEN, ASSUMED = "given", "assumed"
NEAR = 0.1  # [m] nothing is projected that is closer
R_WORLD_LEVEL = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # level camera axes -> world axes


@dataclass(frozen=True)
class Camera:
    """Intrinsics and one pose; `dist` = k1 k2 p1 p2 k3."""

    K: np.ndarray  # (3,3)
    dist: np.ndarray  # (5,)
    T_world_camera: np.ndarray  # (4,4)
    source: str = GIVEN  # where the focal length comes from

    @property
    def R_camera_world(self):
        return self.T_world_camera[:3, :3].T

    def to_camera(self, p_world):
        """(...,3) world -> (...,3) camera axes."""
        return (p_world - self.T_world_camera[:3, 3]) @ self.T_world_camera[:3, :3]


def make(image_size, fov_y=None, focal=None, dist=None, T_world_camera=None, **lens):
    """Camera from what is known; level and at the world's origin unless its pose is given.

    image_size (width, height) [px]; fov_y vertical field of view [rad]; focal [px]
    lens                               K, calibrated_at, lens_mm of a profile (`profiles.intrinsics`)
    Raises ProfileError.
    """
    width, height = image_size
    K = intrinsics(image_size, **lens)
    known = any(value is not None for value in (K, focal, fov_y))
    if K is None:
        if focal is None and fov_y is not None:
            focal = height / 2 / np.tan(fov_y / 2)
        if focal is None:
            focal = max(width, height) / 2 / np.tan(DEFAULT_FIELD_OF_VIEW / 2)
        K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    if T_world_camera is None:
        T_world_camera = np.eye(4)
        T_world_camera[:3, :3] = R_WORLD_LEVEL
    dist = np.zeros(5) if dist is None else dist
    arrays = (np.asarray(value, float) for value in (K, dist, T_world_camera))
    return Camera(*arrays, GIVEN if known else ASSUMED)


def towards(ray):
    """Smallest rotation (...,3,3) that takes the camera's z axis to the direction of ray (...,3).

    It takes the axes of a camera that was turned towards something to those of the camera itself.
    """
    return between(np.broadcast_to([0.0, 0.0, 1.0], ray.shape), ray)


def project(X, K, dist=None):
    """Camera points (...,3) -> pixels (...,2). Undefined at z <= 0."""
    x = X[..., :2] / X[..., 2:]
    if dist is not None and np.any(dist):
        x = distort(x, dist)
    return x @ K[:2, :2].T + K[:2, 2]


def distort(x, dist):
    """Ideal image plane points (...,2) -> distorted ones (Brown 1966, as OpenCV orders k1 k2 p1 p2 k3)."""
    k1, k2, p1, p2, k3 = dist
    u, v = x[..., 0], x[..., 1]
    r2 = u * u + v * v
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    shift_u = 2 * p1 * u * v + p2 * (r2 + 2 * u * u)
    shift_v = p1 * (r2 + 2 * v * v) + 2 * p2 * u * v
    return np.stack([u * radial + shift_u, v * radial + shift_v], -1)


def undistort_pixels(px, K, dist, steps=10):
    """Pixels (...,2) -> where an ideal lens would show them; fixed-point inverse of `distort`."""
    if not np.any(dist):
        return px
    focal, centre = np.diag(K)[:2], K[:2, 2]
    distorted = (px - centre) / focal
    x = distorted
    for _ in range(steps):
        x = x - (distort(x, dist) - distorted)
    return x * focal + centre
