"""A made-up panorama that a camera turns and zooms in: pictures for the tests of a moving camera."""

import cv2
import numpy as np

SIZE, FOCAL = (640, 360), 600.0
K = np.array([[FOCAL, 0, (SIZE[0] - 1) / 2], [0, FOCAL, (SIZE[1] - 1) / 2], [0, 0, 1]])
_WALL = (2600, 1400)
_ROUND = (4000, 1000)  # [px] 360 x 90 degrees
_K_WALL = np.array([[FOCAL, 0, _WALL[0] / 2], [0, FOCAL, _WALL[1] / 2], [0, 0, 1]])


class Panorama:
    """A wall far away with spots of all sizes, and somebody in front of it."""

    def __init__(self, seed=0):
        self._rng = np.random.default_rng(seed)
        layers = [(12, 60), (50, 50), (200, 40)]  # spots across, contrast
        spots = [
            contrast * cv2.resize(self._rng.uniform(-1, 1, (n, 2 * n)), _WALL, interpolation=cv2.INTER_CUBIC)
            for n, contrast in layers
        ]  # fmt: skip
        self._wall = np.clip(128 + sum(spots), 0, 255).astype(np.uint8)

    def picture(self, R=np.eye(3), zoom=1.0, light=1.0, person=None, noise=2.0):
        """(H,W,3) uint8 as seen with the axes R (3,3) of the camera in the panorama's; person: a box."""
        H = K @ np.diag([zoom, zoom, 1]) @ R.T @ np.linalg.inv(_K_WALL)
        grey = cv2.warpPerspective(self._wall, H, SIZE, flags=cv2.INTER_AREA).astype(float)
        if person is not None:
            left, top, right, bottom = np.asarray(person, int)
            grey[top:bottom, left:right] = self._rng.uniform(0, 255, (bottom - top, right - left))
        grey = light * grey + self._rng.normal(0, noise, grey.shape)
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, -1)


class AllRound:
    """The same all round the camera: for pans that leave the first picture behind."""

    def __init__(self, seed=0):
        self._rng = np.random.default_rng(seed)
        spots = [
            contrast * cv2.resize(self._rng.uniform(-1, 1, (n // 4, n)), _ROUND, interpolation=cv2.INTER_CUBIC)
            for n, contrast in [(40, 60), (160, 50), (600, 40)]
        ]  # fmt: skip
        self._sphere = np.clip(128 + sum(spots), 0, 255).astype(np.uint8)

    def picture(self, R=np.eye(3), noise=2.0):
        """(H,W,3) uint8 as seen with the axes R (3,3) of the camera."""
        x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
        rays = np.stack([x, y, np.ones_like(x)], -1) @ np.linalg.inv(K).T @ R.T
        across = np.arctan2(rays[..., 0], rays[..., 2]) / (2 * np.pi) + 0.5
        down = np.arctan2(rays[..., 1], np.hypot(rays[..., 0], rays[..., 2])) / (np.pi / 2) + 0.5
        places = (across * _ROUND[0], down * _ROUND[1])
        grey = cv2.remap(
            self._sphere,
            *(one.astype(np.float32) for one in places),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        )
        grey = grey + self._rng.normal(0, noise, grey.shape)
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, -1)
