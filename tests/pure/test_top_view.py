"""The top view and the grid on the ground: drawn where people and the ground are."""

from dataclasses import replace

import cv2
import numpy as np
from monorig.cli import top_view
from monorig.cli.colours import colour
from monorig.inference.camera import project
from synthetic_motion import IMAGE_SIZE, synthetic_motion


def test_everybody_has_a_path_in_the_own_colour(tmp_path):
    motion = synthetic_motion(people=3, frames=40, moving_camera=True)
    top_view.write(motion, tmp_path / "top-view.png")
    image = cv2.imread(str(tmp_path / "top-view.png"))
    for identity in motion.identity:
        assert (image == colour(identity)).all(-1).sum() > 100


def test_nobody_is_an_empty_ground():
    motion = synthetic_motion(people=1, frames=5)
    motion = replace(motion, identity=motion.identity[:0], T_world_joint=motion.T_world_joint[:0])
    image = top_view.draw(motion)
    assert image.shape[2] == 3 and min(image.shape[:2]) > 100


def test_the_grid_is_drawn_on_the_ground_where_the_camera_sees_it():
    motion = synthetic_motion(people=2, frames=5, moving_camera=True)
    image = np.zeros((*IMAGE_SIZE[::-1], 3), np.uint8)
    top_view.draw_grid(image, motion, 3)
    low, high = top_view.bounds(motion)
    T = motion.T_world_camera[3]
    corner = np.array([low[0] + 1.0, high[1] - 1.0, 0.0])
    x, y = np.rint(project((corner - T[:3, 3]) @ T[:3, :3], motion.K)).astype(int)
    assert image[y - 2 : y + 3, x - 2 : x + 3].any()
    assert not image[0].any()  # the sky
