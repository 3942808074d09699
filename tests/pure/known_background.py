"""What a take would hold of a background of known depths before a camera that moves in a known way."""

from dataclasses import replace

import numpy as np
from monorig.inference.background import Matches
from synthetic_motion import IMAGE_SIZE, K

KEY_EVERY, POINTS = 25, 48
NOISE = 0.3  # [px] of following corners


def with_background(
    seen, T_world_camera, depths=(8.0, 30.0), wrong=0.0, key_every=KEY_EVERY, seed=5
):
    """Observations with the matches of corners between two distances [m]; `wrong`: share that is elsewhere."""
    rng, found, key, corners = np.random.default_rng(seed), [], None, np.zeros((0, 3))
    for t, one in enumerate(seen):
        background = Matches()
        if key is not None:
            points, shown = _matches(corners, T_world_camera[key], T_world_camera[t])
            points[:, 2:] += rng.normal(0, NOISE, (len(points), 2))
            lost = rng.random(len(points)) < wrong
            points[lost, 2:] += rng.uniform(-20, 20, (lost.sum(), 2))
            background = Matches(seen[key].index, points)
        if t % key_every == 0:
            left = np.zeros((0, 3)) if key is None else corners[shown]
            if key is not None:
                left = _moved_to(left, points[:, 2:], T_world_camera[t])
            corners = np.concatenate(
                [left, _new(POINTS - len(left), T_world_camera[t], depths, rng)]
            )
            key = t
        found.append(replace(one, background=background))
    return found


def _new(count, T, depths, rng):
    """Points (count,3) of the world that are seen all over the picture."""
    px = rng.uniform([0, 0], IMAGE_SIZE, (max(count, 0), 2))
    return _placed(px, rng.uniform(*depths, (len(px), 1)), T)


def _moved_to(points, px, T):
    """Points of the world where they were seen: an error of following stays with a corner."""
    return _placed(px, ((points - T[:3, 3]) @ T[:3, :3])[:, 2:], T)


def _placed(px, depth, T):
    rays = np.append((px - K[:2, 2]) / np.diag(K)[:2], np.ones((len(px), 1)), 1)
    return rays * depth @ T[:3, :3].T + T[:3, 3]


def _matches(points, T_then, T_now):
    """-> (M,4) places in both pictures of the points that both show, and which they are."""
    px, inside = [], np.ones(len(points), bool)
    for T in (T_then, T_now):
        X = (points - T[:3, 3]) @ T[:3, :3]
        px.append(X[:, :2] / X[:, 2:] @ K[:2, :2] + K[:2, 2])
        inside &= (X[:, 2] > 0.5) & ((px[-1] > -1e-6) & (px[-1] < IMAGE_SIZE)).all(-1)
    return np.concatenate(px, 1)[inside], inside
