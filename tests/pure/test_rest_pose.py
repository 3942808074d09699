"""Shape of the created armature and of its mannequin."""

import numpy as np
import pytest
from monorig.retarget.mannequin import mannequin
from monorig.retarget.rest_pose import rest_pose
from synthetic_motion import synthetic_motion


@pytest.fixture(scope="module")
def rest():
    return rest_pose(synthetic_motion(people=2, frames=2), 1)


def test_a_t_pose_stands_on_the_ground_and_faces_minus_y(rest):
    height = rest.height
    assert 0 < rest.heads[:, 2].min() < 0.03 * height
    assert rest.tails[rest.index("head")][2] == pytest.approx(height, abs=0.06 * height)
    assert rest.heads[rest.index("hand.L")][0] > 0.2 * height > -0.2 * height
    assert rest.heads[rest.index("hand.R")][0] < -0.2 * height
    assert (rest.tails - rest.heads)[rest.index("toe.L")][1] < 0


def test_bones_go_on_in_their_own_line(rest):
    for bone, following in [
        ("shin.L", "foot.L"),
        ("forearm.R", "hand.R"),
        ("chest", "neck"),
        ("pelvis", "spine"),
    ]:
        assert np.allclose(rest.tails[rest.index(bone)], rest.heads[rest.index(following)])


def test_no_bone_is_without_length(rest):
    assert np.linalg.norm(rest.tails - rest.heads, axis=1).min() > 0.01


def test_left_and_right_mirror(rest):
    for name in rest.names:
        if name.endswith(".L"):
            left, right = rest.index(name), rest.index(name[:-1] + "R")
            assert np.allclose(rest.tails[left] * [-1, 1, 1], rest.tails[right])


def test_every_bone_moves_a_part_of_the_mannequin(rest):
    shape = mannequin(rest)
    assert set(shape.bone) == set(range(len(rest.names)))
    assert np.isfinite(shape.vertices).all()
    assert shape.vertices[:, 2].min() > -0.005
    assert shape.faces.max() == len(shape.vertices) - 1


def test_the_mannequin_is_closed_and_turned_outwards(rest):
    shape = mannequin(rest)
    triangles = [face[[0, 1, 2]] for face in shape.faces]
    triangles += [face[[0, 2, 3]] for face in shape.faces if face[3] >= 0]
    a, b, c = (shape.vertices[[t[k] for t in triangles]] for k in range(3))
    edges = np.concatenate([np.stack([face, np.roll(face, -1)], 1) for face in triangles])
    forward, backward = {tuple(e) for e in edges}, {tuple(e[::-1]) for e in edges}
    assert forward == backward and len(forward) == len(edges)
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
    assert 0.02 < volume / rest.height**3 * 1.75**3 < 0.12  # [m^3] at a stature of 1.75 m
