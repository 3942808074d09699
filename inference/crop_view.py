"""From the view of a crop to that of the camera.

A network that sees a crop shows a person as if the camera was turned there. So its 3D is turned about the
camera's up axis by the angle of the ray through the person's middle (Mehta 2020, Appendix B.1):

    X_camera = R_y(a) R_x(LEAN) X_crop,    tan a = (u - c_x) / f_x

By the whole ray, up and down as well, rendered people get better still but real ones worse: networks have learnt
how a photographer holds a camera. LEAN is what they still show people leaning away from it; both were
measured on real video and rendered people (docs/benchmarks.md).
"""

from dataclasses import replace

import numpy as np

from .camera import towards
from .rotations import exp

LEAN = np.radians(2.0)


def in_camera_axes(seen, K):
    """Evidence with 3D as crops show it -> the same in the axes of the camera with intrinsics K (3,3)."""
    ray = _rays(seen.box, K) * [1, 0, 1]
    return _turned(seen, towards(ray) @ exp(np.array([LEAN, 0.0, 0.0])))


def facing(seen, K):
    """Evidence with 3D in camera axes -> as a camera that is turned straight at each person would see it."""
    return _turned(seen, np.swapaxes(towards(_rays(seen.box, K)), -1, -2))


def _rays(box, K):
    """Boxes (P,T,4) -> rays (P,T,3) through their middles, z = 1; ahead where nobody is."""
    middle = np.stack([box[..., [0, 2]].mean(-1), box[..., [1, 3]].mean(-1)], -1)
    ray = np.nan_to_num((middle - K[:2, 2]) / np.diag(K)[:2])
    return np.append(ray, np.ones((*ray.shape[:-1], 1)), -1)


def _turned(seen, R):
    """Evidence with 3D turned by R (P,T,3,3)."""
    return replace(seen, X=seen.X @ np.swapaxes(R, -1, -2))
