"""The measurements of retargeting that need no Blender: what is cut out of the clip, known motions as a Motion."""

import cv2
import numpy as np
import pytest
from monorig.bench import retarget, retarget_known, side_by_side
from monorig.bench.motions import Performance
from monorig.inference.skeleton import universal_body
from synthetic_motion import synthetic_motion


@pytest.mark.parametrize("people", [(1,), (1, 2)])
def test_the_view_holds_the_people_and_stays_in_the_picture(people):
    motion = synthetic_motion(people=2, frames=10, gaps=False)
    motion.box[0, 4], motion.box[1, 4] = (100, 200, 180, 420), (600, 180, 700, 430)
    x, y, width, height = side_by_side.view(motion, 4, people)
    boxes = motion.box[[number - 1 for number in people], 4]
    assert x <= boxes[:, 0].min() and x + width >= boxes[:, 2].max() - 1
    assert y <= boxes[:, 1].min() and y + height >= boxes[:, 3].max() - 1
    assert x >= 0 and y >= 0 and x + width <= 1280 and y + height <= 720


def test_nobody_in_a_frame_shows_the_whole_picture():
    motion = synthetic_motion(people=1, frames=5)
    motion.box[:] = np.nan
    assert side_by_side.view(motion, 2, (1,)) == [0, 0, 1280, 720]


def test_rendered_people_lie_over_the_dimmed_clip(tmp_path):
    over = np.zeros((190, 150, 4), np.uint8)
    over[:90] = (10, 20, 30, 255)
    cv2.imwrite(str(tmp_path / "one.png"), over)
    picture = np.full((720, 1280, 3), 200, np.uint8)
    made = side_by_side.row(picture, [100, 100, 300, 380], [tmp_path / "one.png"])
    assert made.shape == (190, 300, 3)
    assert (made[:, :150] == 200).all() and (made[:80, 150:] == (10, 20, 30)).all()
    assert (made[100:, 150:] == int(200 * side_by_side.DIMMED)).all()


def test_a_performance_is_a_motion_of_one_person():
    q = synthetic_motion(people=1, frames=8).q[0]
    motion = retarget_known.as_motion(Performance("walk", q, universal_body(1.7)))
    assert motion.present.all() and motion.T_world_joint.shape[:2] == (1, 8)
    assert np.allclose(motion.T_world_joint[0, :, 0, :3, 3], q[:, :3])


def test_tables_without_material_say_nothing_wrong(capsys):
    retarget.show_motions({})
    retarget.show_demo({})
    assert capsys.readouterr().out == ""
