"""A made-up room with somebody who stands in it, filmed by a camera that moves in a known way.

Pictures are cast ray by ray: walls, floor, ceiling and pillars with spots of all sizes, so that corners have all
depths. What networks say of the person is made up (`synthetic_observations`): the person stands still, so that
whatever the solved feet do is the camera's error. World: Z up, metres; the person stands ahead of the first
picture.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..inference import camera as cameras
from ..inference.background import Background
from ..inference.kinematics import forward
from ..inference.rotations import exp
from ..inference.skeleton import SKELETON, universal_body
from ..inference.take import empty_observation
from .synthetic_observations import Errors, observe

SIZE, FOCAL = (480, 270), 360.0
RATE, SECONDS = 12.0, 10.0
TURN_HERTZ, SHIFT_HERTZ = (0.3, 0.21, 0.4), (0.17, 0.23, 0.35)
ROOM = np.array([[-6.0, -5.0, 0.0], [6.0, 9.0, 3.5]])
PILLARS = np.array(
    [
        [[-2.2, 5.5, 0.0], [-1.5, 6.2, 3.5]],
        [[1.6, 4.2, 0.0], [2.4, 5.0, 1.1]],
        [[3.2, 6.5, 0.0], [4.0, 7.3, 2.2]],
        [[-4.6, 2.5, 0.0], [-3.8, 3.3, 1.5]],
        [[-1.0, 7.6, 0.0], [0.6, 8.4, 0.9]],
        [[-5.0, -3.5, 0.0], [-4.0, -2.5, 2.0]],
        [[2.5, -3.0, 0.0], [3.5, -2.0, 1.4]],
    ]
)
TEXEL, TILE = 0.02, 512  # [m], [px] of a texture that goes on and on
EYE = np.array([0.0, 0.0, 1.6])  # [m]
PLACE, STATURE = np.array([0.2, 4.7, 0.0]), 1.72  # [m] of the person
NOISE = 2.0  # grey levels
ERRORS = Errors(px=1.0, outliers=0.02, hidden=0.0)


def _sway(t, hertz):
    """(T,3) slow waves of amplitude 1."""
    return np.sin(2 * np.pi * np.asarray(hertz) * t[:, None] + np.arange(3))


# seconds (T,) -> turns (T,3) [deg] about x, y, z and shifts (T,3) [m] right, ahead, up
MOVES = {
    "stands": lambda t: (0 * t[:, None] * [1, 1, 1], 0),
    "pans by 30 degrees": lambda t: (15 * np.sin(0.6 * t)[:, None] * [0, 1, 0], 0),
    "pans by 170 degrees and back": lambda t: (
        85 * (1 - np.cos(2 * np.pi * t / SECONDS))[:, None] * [0, 1, 0], 0,
    ),
    "sways by 2 degrees": lambda t: (_sway(t, TURN_HERTZ) * 2, 0),
    "sways by 2 degrees and 5 cm": lambda t: (_sway(t, TURN_HERTZ) * 2, 0.05 * _sway(t, SHIFT_HERTZ)),
    "is walked with, 0.6 m": lambda t: (
        _sway(t, TURN_HERTZ) * 2,
        t[:, None] / SECONDS * [0.4, 0.45, 0] + 0.03 * np.sin(11 * t)[:, None] * [0, 0, 1],
    ),
    "goes 1.6 m sideways": lambda t: (
        (0.5 - t / SECONDS)[:, None] * [0, 20, 0], (t / SECONDS - 0.5)[:, None] * [1.6, 0, 0],
    ),
    "comes 1.4 m nearer": lambda t: (_sway(t, TURN_HERTZ) * 0.5, t[:, None] / SECONDS * [0, 1.4, 0]),
}  # fmt: skip


@dataclass(frozen=True)
class Filmed:
    """Observations of a clip of the room, and the truth."""

    observations: list
    camera: cameras.Camera  # its intrinsics
    T_world_camera: np.ndarray  # (T,4,4)


class Room:
    """Pictures of it."""

    def __init__(self, seed=0):
        self._rng = np.random.default_rng(seed)
        spots = [
            contrast * cv2.resize(self._rng.uniform(-1, 1, (n, n)), (TILE, TILE), interpolation=cv2.INTER_CUBIC)
            for n, contrast in [(8, 50), (40, 50), (160, 40)]
        ]  # fmt: skip
        self._texture = np.clip(128 + sum(spots), 0, 255).astype(np.float32)
        x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
        rays = np.stack([x, y, np.ones_like(x)], -1) @ np.linalg.inv(intrinsics()).T
        self._rays = rays.astype(np.float32)

    def picture(self, T_world_camera):
        """(H,W,3) uint8."""
        R, place = (
            T_world_camera[:3, :3].astype(np.float32),
            T_world_camera[:3, 3].astype(np.float32),
        )
        rays = np.moveaxis(self._rays @ R.T, -1, 0).copy()
        with np.errstate(divide="ignore"):
            inverse = 1 / rays
        _, leaves = _slab(ROOM, place, inverse)
        distance, axis = leaves.min(0), leaves.argmin(0)
        shift = np.zeros(axis.shape, np.float32)
        for number, pillar in enumerate(PILLARS, 1):
            enters, leaves = _slab(pillar, place, inverse)
            at = enters.max(0)
            hit = (at < leaves.min(0)) & (at > 0) & (at < distance)
            distance[hit], axis[hit] = at[hit], enters[:, hit].argmax(0)
            shift[hit] = 1.7 * number
        x, y, z = place[:, None, None] + rays * distance
        u = np.where(axis == 0, y, x) / TEXEL
        v = (np.where(axis == 2, y, z) + 3.5 * axis + shift) / TEXEL
        grey = cv2.remap(
            self._texture, *((one % TILE).astype(np.float32) for one in (u, v)), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_WRAP,
        ) + self._rng.normal(0, NOISE, axis.shape)  # fmt: skip
        return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, -1)


def _slab(box, place, inverse):
    """Box (2,3), rays from a place -> distances (3,H,W) at which each axis' slab is entered and left."""
    first, second = (box.astype(np.float32) - place)[..., None, None] * inverse
    return np.minimum(first, second), np.maximum(first, second)


def intrinsics():
    return cameras.make(SIZE, focal=FOCAL).K


def moved(name):
    """One of MOVES -> T_world_camera (T,4,4)."""
    turn, shift = MOVES[name](np.arange(int(RATE * SECONDS)) / RATE)
    T = np.tile(np.eye(4), (len(turn), 1, 1))
    T[:, :3, :3] = cameras.R_WORLD_LEVEL @ exp(np.radians(turn))
    T[:, :3, 3] = EYE + shift
    return T


def film(T_world_camera, seed=0):
    """Poses (T,4,4) at RATE -> Filmed."""
    rng, room, K = np.random.default_rng(seed), Room(seed), intrinsics()
    X = (standing() - T_world_camera[:, None, :3, 3]) @ T_world_camera[:, :3, :3]
    shown = _shown(X, K)
    observations = observe(
        np.where(shown[:, None, None], X, X[0]), K, np.arange(len(X)) / RATE, rng, ERRORS
    )
    background, found = Background(), []
    for t, seen in enumerate(observations):
        seen = seen if shown[t] else empty_observation(t, seen.time_s)
        picture = hidden(room.picture(T_world_camera[t]), seen.box, rng)
        found.append(replace(seen, background=background.look(picture, t, seen.box)))
    return Filmed(found, cameras.make(SIZE, K=K), T_world_camera)


def standing():
    """Markers (K,3) of the person."""
    body = universal_body(np.array([STATURE]))
    markers = forward(np.zeros((1, SKELETON.num_dofs)), body).markers[0]
    return markers + PLACE - [0, 0, markers[:, 2].min()]


def _shown(X, K):
    """(T,) bool: half of the markers X (T,K,3) in camera axes are in the picture."""
    ahead = X[..., 2] > cameras.NEAR
    px = cameras.project(np.where(ahead[..., None], X, 1.0), K)
    return (ahead & (px > 0).all(-1) & (px < SIZE).all(-1)).mean(-1) > 0.5


def hidden(picture, boxes, rng):
    """The picture with noise in the boxes (N,4) of people, in place."""
    for box in np.clip(boxes, 0, max(SIZE)).astype(int):
        part = picture[box[1] : box[3], box[0] : box[2]]
        part[:] = rng.integers(0, 255, part.shape)
    return picture
