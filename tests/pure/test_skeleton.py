"""The skeleton table: what the design promises of it."""

import re

import numpy as np
import pytest
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.kinematics import forward, joint_transforms
from monorig.inference.skeleton import NUM_ROOT, SKELETON, universal_body

DOFS_OF_JOINTS = {
    "pelvis": 0, "spine": 3, "chest": 3, "neck": 3, "head": 3, "clavicle": 2, "upper_arm": 3, "forearm": 2,
    "hand": 2, "thigh": 3, "shin": 1, "foot": 2, "toe": 1,
}  # fmt: skip


def side_of(name):
    return name[-2:] if name.endswith((".L", ".R")) else ""


def mirrored_name(name):
    return {".L": name[:-2] + ".R", ".R": name[:-2] + ".L"}.get(side_of(name), name)


def test_there_are_fifty_degrees_of_freedom_named_once():
    assert SKELETON.num_dofs == 50 == len(set(SKELETON.dof_names))
    assert list(SKELETON.dof_names[:NUM_ROOT]) == [
        f"pelvis.{kind}_{axis}" for kind in ("position", "rotation") for axis in "xyz"
    ]


def test_the_joints_are_those_that_blender_users_know():
    sided = [
        name for name in DOFS_OF_JOINTS if name not in ("pelvis", "spine", "chest", "neck", "head")
    ]
    expected = {
        "pelvis",
        "spine",
        "chest",
        "neck",
        "head",
        *(f"{n}.{s}" for n in sided for s in "LR"),
    }
    assert set(SKELETON.joint_names) == expected and len(SKELETON.joint_names) == 21


def test_every_joint_has_the_freedom_that_the_design_gives_it():
    """A link turns the joint whose frame it is, or the next one below it."""
    count = dict.fromkeys(SKELETON.joint_names, 0)
    for link in SKELETON.dof_link:
        name = SKELETON.link_names[link]
        while name not in count:
            below = SKELETON.link_parents == SKELETON.link_names.index(name)
            (name,) = (SKELETON.link_names[i] for i in np.flatnonzero(below))
        count[name] += 1
    assert count == {name: DOFS_OF_JOINTS[name.split(".")[0]] for name in count}


def test_parents_come_before_their_children():
    for parents in (SKELETON.parents, SKELETON.link_parents):
        assert parents[0] == -1 and all(0 <= p < i for i, p in enumerate(parents) if i)


def test_levels_hold_every_link_but_the_root_once_after_its_parent():
    seen = {0}
    for level in SKELETON.levels:
        assert all(SKELETON.link_parents[link] in seen for link in level)
        seen |= set(level.tolist())
    assert seen == set(range(len(SKELETON.link_names)))


def test_every_angle_may_be_zero_and_has_a_range():
    assert (SKELETON.lower[NUM_ROOT:] < 0).all() and (SKELETON.upper[NUM_ROOT:] > 0).all()
    assert np.isinf(SKELETON.lower[:NUM_ROOT]).all() and np.isinf(SKELETON.upper[:NUM_ROOT]).all()


def test_axes_are_unit_vectors():
    np.testing.assert_allclose(np.linalg.norm(SKELETON.dof_axis, axis=1), 1.0, atol=1e-15)


def test_both_sides_have_the_same_ranges():
    names = list(SKELETON.dof_names)
    for i, name in enumerate(names):
        other = names.index(mirrored_name(name))
        assert (SKELETON.lower[i], SKELETON.upper[i]) == (
            SKELETON.lower[other],
            SKELETON.upper[other],
        ), name


def test_every_keypoint_is_a_marker_on_its_own_side():
    for keypoint, link in zip(KEYPOINTS, SKELETON.marker_link):
        side = side_of(SKELETON.link_names[link])
        if side:
            assert re.fullmatch(rf".*_{side[1].lower()}", keypoint)


def test_moves_tells_what_a_degree_of_freedom_moves(rng):
    body, q = universal_body(1.7), rng.normal(0, 0.4, 50)
    rest = forward(q, body).markers
    for d in range(50):
        turned = q.copy()
        turned[d] += 0.1
        moved = np.linalg.norm(forward(turned, body).markers - rest, axis=-1) > 1e-9
        assert not (moved & ~SKELETON.moves[:, d]).any(), SKELETON.dof_names[d]


@pytest.mark.parametrize("height", [0.9, 1.7, 2.1])
def test_a_body_is_as_tall_as_it_should_be(height):
    markers = forward(np.zeros(50), universal_body(height)).markers
    soles = min(markers[KEYPOINTS.index(name), 2] for name in ("heel_l", "heel_r", "big_toe_l"))
    tall = markers[KEYPOINTS.index("head_top"), 2] - soles
    assert tall == pytest.approx(height, rel=0.02)


def test_the_rest_pose_faces_minus_y_with_the_left_side_at_plus_x():
    place = dict(zip(KEYPOINTS, forward(np.zeros(50), universal_body(1.7)).markers))
    assert place["nose"][1] < place["ear_l"][1] - 0.05
    assert place["big_toe_l"][1] < place["heel_l"][1] - 0.1
    left = [name for name in KEYPOINTS if name.endswith("_l")]
    assert all(place[name][0] > 0 and place[name[:-1] + "r"][0] < 0 for name in left)
    assert place["wrist_l"][2] == pytest.approx(place["shoulder_l"][2], abs=0.01)  # T pose


def test_rest_offsets_add_up_to_the_rest_pose():
    body = universal_body(np.array([1.5, 1.9]))
    offsets = body.rest_offsets()
    place = np.zeros_like(offsets)
    for joint, parent in enumerate(SKELETON.parents):
        place[:, joint] = offsets[:, joint] + (place[:, parent] if parent >= 0 else 0)
    T = joint_transforms(forward(np.zeros((2, 50)), body))
    np.testing.assert_allclose(place, T[..., :3, 3], atol=1e-12)
    np.testing.assert_array_equal(offsets[:, 0], 0)
