"""Hands in a Motion: joints, angles and keypoints at the end of the body's, gaps relaxed, sides kept apart."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
from monorig.bench import synthetic_hands as made
from monorig.inference import hand_skeleton as hand
from monorig.inference.fit_settings import FitSettings
from monorig.inference.hand_motion import with_hands
from monorig.inference.keypoints import HAND_KEYPOINTS, HAND_POINTS
from monorig.inference.motion import Motion
from monorig.retarget import bvh
from monorig.retarget.rest_pose import rest_pose
from synthetic_motion import synthetic_motion

FRAMES = 90
BENDS = np.array([name.endswith("bend") for name in hand.DOF_NAMES])
TAKE_DEG, TAKE_JITTER_DEG = 7.0, 1.5  # median error of bends; second difference from frame to frame
HIDDEN = slice(50, 80)  # frames in which the right hand is not seen


@pytest.fixture
def body():
    return synthetic_motion(people=1, frames=FRAMES)


@pytest.fixture
def truth(rng):
    """Angles (T,2,21) of both hands, and the observations of them."""
    angles, seen = [], []
    for right in (False, True):
        angles.append(made.moving(FRAMES, rng))
        seen.append(made.seen(angles[-1], made.turning(FRAMES, rng), right, rng))
    values = np.stack([np.concatenate([one.px, one.X], -1) for one in seen], 1)  # (T,2,21,5)
    score = np.ones((FRAMES, 2))
    score[HIDDEN, 1] = 0.0
    values[score == 0] = np.nan
    observations = [
        SimpleNamespace(cut=False, hands=v[None], hand_score=s[None]) for v, s in zip(values, score)
    ]
    return np.stack(angles, 1), observations


def solved(body, observations, solver="take"):
    places = {1: [(t, 0) for t in range(FRAMES)]}
    return with_hands(body, observations, places, FitSettings(solver=solver))


def angles_of(motion):
    """(T,2,21)"""
    return motion.q[0, :, -2 * hand.NUM_DOFS :].reshape(FRAMES, 2, hand.NUM_DOFS)


@pytest.mark.parametrize("solver", ["raw", "live", "take"])
def test_known_fingers_come_back(body, truth, solver):
    angles, observations = truth
    found = angles_of(solved(body, observations, solver))
    error = np.abs(found - angles)[..., BENDS]
    assert np.degrees(np.median(error[:, 0])) < 1.3 * TAKE_DEG
    assert np.degrees(np.median(error[: HIDDEN.start - 8, 1])) < 1.3 * TAKE_DEG


def test_a_take_is_exact_and_calm(body, truth):
    angles, observations = truth
    found = angles_of(solved(body, observations))
    assert np.degrees(np.median(np.abs(found - angles)[:, 0, BENDS])) < TAKE_DEG
    assert np.degrees(np.sqrt((np.diff(found, 2, axis=0) ** 2).mean())) < TAKE_JITTER_DEG


def test_a_finger_that_is_hidden_now_and_then_does_not_jump(body, truth, rng):
    angles, observations = truth
    calm = angles_of(solved(body, observations))
    for t in (20, 21, 35):
        observations[t].hands[0, 0, 5:9, :2] += 60 * rng.normal(size=(4, 2))
        observations[t].hands[0, 0, 5:9, 2:] += 0.05 * rng.normal(size=(4, 3))
    found = angles_of(solved(body, observations))
    assert np.degrees(np.abs(found - calm)[:, 0].max()) < 30
    assert np.degrees(np.median(np.abs(found - angles)[:, 0, BENDS])) < TAKE_DEG


def test_a_hand_that_is_not_seen_is_relaxed_and_comes_back_softly(body, truth):
    _, observations = truth
    motion = solved(body, observations)
    right = angles_of(motion)[:, 1]
    middle = (HIDDEN.start + HIDDEN.stop) // 2
    assert np.degrees(np.abs(right[middle] - hand.RELAXED).max()) < 12
    assert np.degrees(np.abs(np.diff(right, axis=0)).max()) < 20
    assert (motion.hands_seen[0, HIDDEN, 1] == 0).all() and (motion.hands_seen[0, :, 0] > 0).all()


def test_what_is_added_stands_behind_what_was_there(body, truth):
    motion = solved(body, truth[1])
    J, K = len(body.joint_names), len(body.keypoint_names)
    assert list(motion.joint_names[:J]) == list(body.joint_names)
    assert list(motion.joint_names[[J, J + 3, J + 29]]) == [
        "thumb.01.L",
        "f_index.01.L",
        "f_pinky.03.R",
    ]
    assert tuple(motion.keypoint_names[K:]) == HAND_KEYPOINTS
    turned = [
        list(body.joint_names).index(f"{name}.{s}") for name in ("forearm", "hand") for s in "LR"
    ]
    before, after = (np.delete(m.T_world_joint[:, :, :J], turned, 2) for m in (body, motion))
    np.testing.assert_array_equal(after, before)
    np.testing.assert_array_equal(motion.px[:, :, :K], body.px)
    above = {
        str(name): str(motion.joint_names[parent])
        for name, parent in zip(motion.joint_names[J:], motion.parents[J:], strict=True)
    }
    for name, parent in above.items():
        finger, number, side = name.split(".")
        before = f"{finger}.{int(number) - 1:02}.{side}"
        assert parent == (f"hand.{side}" if number == "01" else before)


def test_joints_are_where_their_keypoints_are(body, truth):
    motion = solved(body, truth[1])
    names = list(motion.joint_names)
    for side in "LR":
        joint = names.index(f"f_ring.02.{side}")
        place = list(motion.keypoint_names).index(f"hand_ring_2_{side.lower()}")
        T = motion.T_world_camera
        world = np.einsum("tij,tj->ti", T[:, :3, :3], motion.X_cam[0, :, place]) + T[:, :3, 3]
        assert np.allclose(world, motion.T_world_joint[0, :, joint, :3, 3])
        above = motion.T_world_joint[0, :, motion.parents[joint]]
        offset = np.einsum("tij,j->ti", above[:, :3, :3], motion.rest_offset[0, joint])
        assert np.allclose(above[:, :3, 3] + offset, motion.T_world_joint[0, :, joint, :3, 3])


def test_nobody_absent_gets_fingers(body, truth):
    gone = body.T_world_joint.copy()
    gone[:, 10:15] = np.nan
    motion = solved(dataclasses.replace(body, T_world_joint=gone), truth[1])
    assert np.isnan(motion.T_world_joint[0, 10:15]).all()
    assert np.isfinite(motion.T_world_joint[0, 15:]).all()


def test_without_hands_the_motion_is_as_it_was(body):
    nothing = [SimpleNamespace(hand_score=np.zeros((1, 2)))] * FRAMES
    assert solved(body, nothing) is body


def test_it_is_a_motion_file_and_a_bvh_with_fingers(tmp_path, body, truth):
    motion = solved(body, truth[1])
    motion.save(tmp_path / "OUT.npz")
    loaded = Motion.load(tmp_path / "OUT.npz")
    np.testing.assert_array_equal(loaded.hands_seen, motion.hands_seen)
    assert len(loaded.keypoint_names) == len(body.keypoint_names) + 2 * len(HAND_POINTS)
    text = bvh.bvh_text(loaded, 0)
    assert text.count("JOINT f_") == 24 and "JOINT thumb.03.R" in text
    rest = rest_pose(loaded, 0)
    tips = rest.tails - rest.heads
    last = [k for k, name in enumerate(rest.names) if ".03." in name]
    assert (np.linalg.norm(tips[last], axis=1) < 0.03).all()
