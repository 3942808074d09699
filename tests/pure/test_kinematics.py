"""Forward kinematics: against its own rest pose, its mirror image, its derivative and a plain loop."""

import numpy as np
import pytest
from differences import assert_jacobian
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.kinematics import forward, joint_transforms, marker_jacobian
from monorig.inference.rotations import exp
from monorig.inference.skeleton import NUM_ROOT, SKELETON, Body, universal_body

BODY = universal_body(1.75)


def random_pose(rng, *batch, share=0.8):
    """q (...,50) within the joint limits, anywhere and facing any way."""
    low, high = np.maximum(SKELETON.lower, -3.0), np.minimum(SKELETON.upper, 3.0)
    return share * rng.uniform(low, high, (*batch, 50))


def mirror(q):
    """The pose seen in a mirror at x = 0."""
    names, out = list(SKELETON.dof_names), q.copy()
    other_side = {".L": ".R", ".R": ".L"}
    for i, name in enumerate(names):
        side = name[-2:]
        if side in other_side:
            out[..., i] = q[..., names.index(name[:-2] + other_side[side])]
        elif name.endswith(("position_x", "rotation_y", "rotation_z", "_side", "_twist")):
            out[..., i] = -q[..., i]
    return out


def test_a_mirrored_pose_gives_mirrored_markers(rng):
    q = random_pose(rng, 20)
    partner = [
        KEYPOINTS.index(
            name[:-1] + {"l": "r", "r": "l"}[name[-1]] if name[-2:] in ("_l", "_r") else name
        )
        for name in KEYPOINTS
    ]
    expected = forward(q, BODY).markers[:, partner] * [-1, 1, 1]
    np.testing.assert_allclose(forward(mirror(q), BODY).markers, expected, atol=1e-12)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0, 1.5])
def test_the_marker_jacobian_is_the_derivative(rng, share):
    q = random_pose(rng, share=share)
    J = marker_jacobian(forward(q, BODY))
    assert J.shape == (len(KEYPOINTS), 3, 50)
    assert_jacobian(lambda x: forward(x, BODY).markers, J, q)


def test_joint_axes_are_the_worlds_at_rest():
    T = joint_transforms(forward(np.zeros(50), BODY))
    np.testing.assert_allclose(T[:, :3, :3], np.broadcast_to(np.eye(3), (21, 3, 3)), atol=1e-15)
    np.testing.assert_array_equal(T[:, 3], np.broadcast_to([0, 0, 0, 1], (21, 4)))


def test_joint_transforms_are_rotations_and_places(rng):
    T = joint_transforms(forward(random_pose(rng, 6), BODY))
    R = T[..., :3, :3]
    np.testing.assert_allclose(
        R @ np.swapaxes(R, -1, -2), np.broadcast_to(np.eye(3), R.shape), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(R), 1.0, atol=1e-12)


def test_children_are_at_their_rest_offset_in_the_parents_axes(rng):
    """T_world_joint and rest_offset say the same: that is what a rig is made from."""
    T = joint_transforms(forward(random_pose(rng), BODY))
    for joint, parent in enumerate(SKELETON.parents):
        if parent >= 0:
            place = T[parent] @ np.append(BODY.rest_offsets()[joint], 1)
            np.testing.assert_allclose(
                place[:3], T[joint, :3, 3], atol=1e-12, err_msg=SKELETON.joint_names[joint]
            )


def test_moving_the_root_moves_everything_rigidly(rng):
    q = random_pose(rng)
    moved, turn = q.copy(), exp(np.array([0.3, -0.2, 1.0]))
    moved[:3], moved[3:NUM_ROOT] = [1.0, -2.0, 0.5], 0.0
    still = moved.copy()
    still[:3] = 0.0
    turned = still.copy()
    turned[3:NUM_ROOT] = [0.3, -0.2, 1.0]
    markers = forward(still, BODY).markers
    np.testing.assert_allclose(forward(moved, BODY).markers, markers + [1.0, -2.0, 0.5], atol=1e-12)
    np.testing.assert_allclose(forward(turned, BODY).markers, markers @ turn.T, atol=1e-12)


@pytest.mark.parametrize(
    "dof, degrees, keypoint, direction",
    [
        ("elbow_bend.L", 90, "wrist_l", (0, -1, 0)),
        ("shin_bend.L", 90, "ankle_l", (0, 1, 0)),
        ("hip_raise.R", 90, "knee_r", (0, -1, 0)),
        ("hip_spread.L", 60, "knee_l", (1, 0, 0)),
        ("hip_spread.R", 60, "knee_r", (-1, 0, 0)),
        ("shoulder_raise.R", 90, "elbow_r", (0, 0, 1)),
        ("foot_raise.L", 30, "big_toe_l", (0, 0, 1)),
        ("spine_bend", 40, "head_top", (0, -1, 0)),
        ("head_side", 20, "head_top", (1, 0, 0)),
    ],
)
def test_each_angle_bends_the_way_its_name_says(dof, degrees, keypoint, direction):
    q = np.zeros(50)
    rest = forward(q, BODY).markers
    q[SKELETON.dof_names.index(dof)] = np.radians(degrees)
    step = (forward(q, BODY).markers - rest)[KEYPOINTS.index(keypoint)]
    assert step @ np.array(direction) > 0.7 * np.linalg.norm(step) > 0.01


def test_a_batch_is_a_loop_over_singles(rng):
    q, body = random_pose(rng, 3, 4), universal_body(np.array([1.5, 1.7, 1.9])[:, None])
    pose, J = forward(q, body), marker_jacobian(forward(q, body))
    for p in range(3):
        one = universal_body(1.5 + 0.2 * p)
        for t in range(4):
            single = forward(q[p, t], one)
            np.testing.assert_allclose(pose.markers[p, t], single.markers, atol=1e-12)
            np.testing.assert_allclose(J[p, t], marker_jacobian(single), atol=1e-12)


def test_absent_people_stay_absent_and_disturb_nobody(rng):
    q = random_pose(rng, 3)
    q[1] = np.nan
    markers = forward(q, BODY).markers
    assert np.isnan(markers[1]).all() and np.isfinite(markers[[0, 2]]).all()


def test_nobody_is_a_batch_too():
    empty = Body(
        np.zeros(0), np.zeros((0, len(SKELETON.link_names), 3)), np.zeros((0, len(KEYPOINTS), 3))
    )
    assert forward(np.zeros((0, 50)), empty).markers.shape == (0, len(KEYPOINTS), 3)
