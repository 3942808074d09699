"""Hands turned as their palms are: the same angles come back, limits and gaps hold, all arrays agree."""

import numpy as np
import pytest
from monorig.inference import rotations, wrists
from monorig.inference.easing import SOLVERS
from monorig.inference.kinematics import forward, joint_transforms
from monorig.inference.skeleton import SKELETON, Body, universal_body
from synthetic_motion import synthetic_motion

FRAMES = 60
DOFS = [
    SKELETON.dof_names.index(f"{name}.{side}")
    for side in "LR"
    for name in ("forearm_twist", "hand_bend", "hand_side")
]


def posed(motion, q):
    """T_world_joint (1,T,J,4,4) of other angles (1,T,D)."""
    body = universal_body(motion.height_m)
    return joint_transforms(
        forward(q, Body(body.height[:, None], body.offsets[:, None], body.places[:, None]))
    )


@pytest.fixture
def body():
    return synthetic_motion(people=1, frames=FRAMES)


@pytest.fixture
def truth(body):
    """Angles (1,T,D) of the same motion with hands that turn, and how the palms stand (1,T,2,3,3)."""
    q, t = body.q.copy(), body.time_s
    for k, dof in enumerate(DOFS):
        low, high = np.radians([-25, 25])
        q[0, :, dof] = low + (high - low) * (0.5 + 0.5 * np.sin(2 * t + k))
    hands = [SKELETON.joint_names.index(f"hand.{side}") for side in "LR"]
    return q, posed(body, q)[:, :, hands, :3, :3]


@pytest.mark.parametrize("solver", ["raw", "take"])
def test_known_turns_of_the_hands_come_back(body, truth, solver):
    q, palms = truth
    found = wrists.turned(body, palms, np.ones((1, FRAMES, 2)), SOLVERS[solver])
    error = np.degrees(np.abs(found.q - q)[0][:, DOFS])
    assert np.median(error) < (0.01 if solver == "raw" else 3.0)


def test_angles_joints_and_keypoints_agree(body, truth):
    found = wrists.turned(body, truth[1], np.ones((1, FRAMES, 2)), SOLVERS["take"])
    assert np.allclose(posed(body, found.q), found.T_world_joint, atol=1e-9)
    pose = forward(found.q, universal_body(body.height_m[:, None] * np.ones((1, FRAMES))))
    T = body.T_world_camera
    X = np.einsum("tji,ptkj->ptki", T[:, :3, :3], pose.markers - T[:, None, :3, 3])
    assert np.allclose(X, found.X_cam, atol=1e-6)


def test_where_no_hand_is_seen_the_body_decides(body, truth):
    weight = np.ones((1, FRAMES, 2))
    weight[0, 20:55, 1] = 0
    palms = truth[1].copy()
    palms[0, 20:55, 1] = np.nan
    found = wrists.turned(body, palms, weight, SOLVERS["take"])
    assert np.degrees(np.abs(found.q - body.q)[0, 36:40][:, DOFS[3:]].max()) < 4
    assert np.isfinite(found.q).all()
    assert np.degrees(np.abs(np.diff(found.q, axis=1))[0][:, DOFS].max()) < 8


def test_a_palm_that_is_turned_round_is_not_believed(body):
    hands = [SKELETON.joint_names.index(f"hand.{side}") for side in "LR"]
    R = body.T_world_joint[:, :, hands, :3, :3] @ rotations.exp(np.array([np.pi, 0, 0]))
    found = wrists.turned(body, R, np.ones((1, FRAMES, 2)), SOLVERS["take"])
    assert np.allclose(found.q, body.q, atol=1e-6)
