"""Up and the focal length from the edges of boxes, in pictures of cameras that are held askew."""

import numpy as np
import pytest
from monorig.inference import focal, manhattan
from monorig.inference.camera import R_WORLD_LEVEL, make, project
from monorig.inference.ground import LEVEL, LEVEL_SPREAD, Up
from monorig.inference.rotations import exp

SIZE = (1280, 720)
UP = np.array([0.0, 0, 1])
UNSURE = Up(LEVEL, LEVEL_SPREAD)


def tilted(pitch, roll):
    return exp(np.radians([-pitch, 0, 0])) @ R_WORLD_LEVEL @ exp(np.radians([0, 0, roll]))


def edges_of_boxes(rng, R_world_camera, focal_px, boxes=25, noise=0.5):
    """Lines (n,4) [px] of boxes that stand about, all turned the same way."""
    turn = exp(np.array([0, 0, 0.5]))
    lines = []
    for _ in range(boxes):
        corner = rng.uniform([-3, 6, -1.5], [3, 12, 0.5])
        for axis in np.eye(3):
            start = corner + turn @ (rng.uniform(0.3, 1.2, 3) * (1 - axis))
            ends = np.stack([start, start + turn @ axis * rng.uniform(0.8, 2.0)])
            X = ends @ R_world_camera
            if (X[:, 2] > 1).all():
                lines.append(project(X, make(SIZE, focal=focal_px).K).reshape(-1))
    lines = np.array(lines)
    return lines + noise * rng.normal(size=lines.shape)


def best_frame(lines, ratio, up):
    return manhattan.best_frames(lines, SIZE, [ratio], up)[1][0]


def angle(a, b):
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))


@pytest.mark.parametrize("pitch, roll, ratio", [(15, 5, 1.0), (25, -10, 0.8), (-10, 8, 1.3)])
def test_boxes_give_the_focal_length_and_up(rng, pitch, roll, ratio):
    R = tilted(pitch, roll)
    lines = edges_of_boxes(rng, R, SIZE[0] / ratio)
    scores, frames = manhattan.best_frames(lines, SIZE, focal.RATIOS, UNSURE)
    found = focal.Belief(focal.prior() + focal.at_fine(scores))
    assert found.ratio == pytest.approx(ratio, rel=0.08)
    assert found.spread < 0.25
    frame = best_frame(lines, found.ratio, UNSURE)
    assert angle(frame[:, 2], R.T @ UP) < 2.0  # [deg]
    np.testing.assert_allclose(frame.T @ frame, np.eye(3), atol=1e-9)


def test_lines_in_all_directions_say_nothing(rng):
    middle, way = rng.uniform([0, 0], SIZE, (80, 2)), rng.uniform(0, np.pi, 80)
    half = 30 * np.stack([np.cos(way), np.sin(way)], 1)
    lines = np.concatenate([middle - half, middle + half], 1)
    scores, _ = manhattan.best_frames(lines, SIZE, focal.RATIOS, UNSURE)
    found = focal.Belief(focal.prior() + focal.at_fine(scores))
    assert found.spread > 0.75 * focal.Belief(focal.prior()).spread


def test_people_who_are_sure_hold_up_where_they_say_it_is(rng):
    lines = edges_of_boxes(rng, tilted(0, 12), 1280.0, boxes=2)
    frame = best_frame(lines, 1.0, Up(LEVEL, np.radians([0.2, 0.2])))
    assert angle(frame[:, 2], LEVEL) < 1.0


def test_a_line_supports_its_own_vanishing_point_only(rng):
    R = tilted(10, 0)
    lines = edges_of_boxes(rng, R, 1280.0, noise=0.0)
    planes = manhattan.Planes.of(lines, SIZE, 1.0)
    true = R.T @ np.stack(
        [exp(np.array([0, 0, 0.5]))[:, 0], exp(np.array([0, 0, 0.5]))[:, 1], UP], 1
    )
    support = planes.support(true.T)
    assert support.max(0).min() > 0.99
    assert (support > 0.5).sum(0).mean() < 1.3
    assert manhattan.score(planes, true, UNSURE) > manhattan.score(
        planes, exp(np.array([0, 0, 0.2])) @ true, UNSURE
    )
