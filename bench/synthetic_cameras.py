"""Cameras of the synthetic clips: where they stand so that the people fill the picture, and how they move."""

import numpy as np

from ..inference import camera as cameras
from ..inference.rotations import exp
from .synthetic_script import FPS

MARGIN = 0.09  # of the picture, free around the people
NEAREST, FARTHEST, STEP = 1.2, 40.0, 0.1  # [m]
BODY_TOP = 2.0  # [m] of people on a stage
PAN = np.radians(24.0)  # to both sides
HAND_TURN, HAND_SHIFT = np.radians([1.6, 2.2, 0.9]), 0.05  # amplitude of a hand-held camera
HAND_HERTZ = (0.3, 0.7, 1.6)


def film(shot, joints, image_size, rng):
    """Shot and joints (...,T,B,3) of all people -> K (3,3), T_world_camera (T,4,4)."""
    points = joints.reshape(-1, 3)
    if shot.stage:
        points = np.array([[*place, z] for place in shot.stage for z in (0.0, BODY_TOP)])
    focal = image_size[0] / 2 / np.tan(np.radians(shot.field_of_view) / 2)
    K = cameras.make(image_size, focal=focal).K
    still = _far_enough(shot, points, K, image_size)
    moved = MOVES[shot.move](joints.shape[-3], rng)
    return K, np.stack([still @ change for change in moved])


def _far_enough(shot, points, K, image_size):
    """(4,4) the nearest pose that has enough of the points in the picture."""
    aim = (points.min(0) + points.max(0)) / 2
    azimuth = np.radians(shot.azimuth)
    away = np.array([np.sin(azimuth), -np.cos(azimuth), 0.0])
    size = np.array(image_size)
    for distance in np.arange(NEAREST, FARTHEST, STEP):
        place = aim * [1, 1, 0] + distance * away + [0, 0, shot.height]
        T = looking_at(place, aim, np.radians(shot.roll))
        X = (points - place) @ T[:3, :3]
        near = X[:, 2] < NEAREST / 2
        px = cameras.project(np.where(near[:, None], 1.0, X), K)
        inside = ((px > MARGIN * size) & (px < (1 - MARGIN) * size)).all(-1) & ~near
        if inside.mean() >= shot.inside:
            return T
    raise ValueError("the people go too far for one picture")


def looking_at(place, aim, roll):
    """T_world_camera (4,4): x right, y down, z towards `aim`."""
    z = (aim - place) / np.linalg.norm(aim - place)
    x = np.cross(z, [0, 0, 1.0])
    x /= np.linalg.norm(x)
    T = np.eye(4)
    T[:3, :3] = np.stack([x, np.cross(z, x), z], 1) @ exp(np.array([0, 0, roll]))
    T[:3, 3] = place
    return T


def _still(frames, rng):
    return np.tile(np.eye(4), (frames, 1, 1))


def _pan(frames, rng):
    """To one side and back to the other."""
    T = _still(frames, rng)
    angle = -PAN * np.cos(np.pi * np.arange(frames) / max(frames - 1, 1))
    T[:, :3, :3] = exp(angle[:, None] * [0, 1.0, 0])
    return T


def _hand_held(frames, rng):
    """Small slow turns and shifts: sums of sines."""
    t = np.arange(frames)[:, None, None] / FPS
    waves = np.sin(2 * np.pi * np.array(HAND_HERTZ)[:, None] * t + rng.uniform(0, 6.3, (3, 6)))
    sway = (waves / np.arange(1, 4)[:, None]).sum(1) / 1.5  # (T,6)
    T = _still(frames, rng)
    T[:, :3, :3] = exp(sway[:, :3] * HAND_TURN)
    T[:, :3, 3] = sway[:, 3:] * HAND_SHIFT
    return T


MOVES = {"": _still, "pan": _pan, "hand-held": _hand_held}
