"""People before a live camera: measured in their first second, then posed in every picture."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from filmed import camera_of, observations
from monorig.inference import hand_motion, hand_skeleton, rotations, wrists
from monorig.inference.live_people import SETTLE, LivePeople
from monorig.inference.skeleton import SKELETON
from synthetic_motion import IMAGE_SIZE, synthetic_motion

FRAMES = 75


@pytest.fixture(scope="module")
def motion():
    return synthetic_motion(people=2, frames=FRAMES, gaps=False)


def looked_at(motion, people, seen=None, until=FRAMES):
    """(Poses, Bodies or None) of every picture."""
    seen = observations(motion) if seen is None else seen
    return [(people.step(one), people.new_bodies()) for one in seen[:until]]


def test_poses_begin_after_a_second_and_are_those_of_the_people(motion):
    found = looked_at(motion, LivePeople(IMAGE_SIZE, camera_of(motion)))
    first = next(t for t, (poses, _) in enumerate(found) if len(poses.identity))
    assert motion.time_s[first] == pytest.approx(SETTLE, abs=0.05)
    bodies = [body for _, body in found if body is not None]
    assert len(bodies) == 1 and bodies[0].identity.tolist() == [1, 2]
    assert bodies[0].rest_offset.shape == (2, 21, 3)
    poses = found[-1][0]
    assert poses.identity.tolist() == [1, 2] and (poses.confidence > 0.5).all()
    truth = motion.T_world_joint[:, -1]
    off = np.linalg.norm(poses.root - truth[:, 0, :3, 3], axis=-1)
    assert off.max() < 0.5  # [m] along the view a person's size says no more
    turned = np.swapaxes(truth[..., :3, :3], -1, -2) @ rotations.exp(
        rotations.quaternion_log(poses.rotation.astype(float))
    )
    degrees = np.degrees(np.linalg.norm(rotations.log(turned), axis=-1))
    assert np.median(degrees) < 20


def test_fingers_follow_the_joints_of_the_body_where_hands_are_looked_at(motion):
    curled = np.tile(hand_skeleton.RELAXED, (2, 2, 1))
    curled[..., hand_skeleton.DOF_NAMES.index("index_1_bend")] = 1.0
    hands = SimpleNamespace(angles=lambda numbers: curled[: len(numbers)], beside=as_fitted)
    people = LivePeople(IMAGE_SIZE, camera_of(motion), hands=hands)
    found = looked_at(motion, people, until=36)
    bodies = next(body for _, body in found if body is not None)
    assert bodies.rest_offset.shape == (2, 51, 3)
    R = rotations.exp(rotations.quaternion_log(found[-1][0].rotation.astype(float)))
    names = (*SKELETON.joint_names, *hand_motion.JOINT_NAMES)
    assert R.shape == (2, len(names), 3, 3)
    for side, sign in (("L", 1.0), ("R", -1.0)):
        hand, finger = (names.index(f"{name}.{side}") for name in ("hand", "f_index.01"))
        turned = rotations.log(np.swapaxes(R[:, hand], -1, -2) @ R[:, finger])
        np.testing.assert_allclose(turned, [[0.0, sign, 0.0]] * 2, atol=1e-6)


def as_fitted(numbers):
    return np.zeros((len(numbers), 2, 3))


def test_wrists_are_turned_from_the_fit_as_palms_were(motion):
    beside = np.radians([[[20, 15, -5], [-10, 5, 5]]] * 2)
    relaxed = np.tile(hand_skeleton.RELAXED, (2, 2, 1))
    hands = SimpleNamespace(
        angles=lambda numbers: relaxed[: len(numbers)],
        beside=lambda numbers: beside[: len(numbers)],
    )
    people = LivePeople(IMAGE_SIZE, camera_of(motion), hands=hands)
    poses, _ = looked_at(motion, people, until=36)[-1]
    R = rotations.exp(rotations.quaternion_log(poses.rotation.astype(float)))
    R_camera_hand = people.camera.T_world_camera[:3, :3].T @ R[:, wrists.HANDS]
    found, believed = wrists.away(people.arms.fitted, people.arms.R_camera_forearm, R_camera_hand)
    np.testing.assert_allclose(found, beside, atol=1e-6)
    assert believed.all() and people.arms.numbers == [1, 2]


def test_who_comes_later_gets_the_next_number_and_keeps_it(motion):
    seen = observations(motion)
    late = [one if t > 35 else _only(one, 0) for t, one in enumerate(seen)]
    found = looked_at(motion, LivePeople(IMAGE_SIZE, camera_of(motion)), late)
    counts = [len(poses.identity) for poses, _ in found]
    assert counts[34] == 1 and counts[-1] == 2 and found[-1][0].identity.tolist() == [1, 2]
    assert [b.identity.tolist() for _, b in found if b is not None] == [[1], [2]]


def test_an_unknown_camera_is_put_above_the_ground_where_feet_are(motion):
    people = LivePeople(IMAGE_SIZE, replace(camera_of(motion), T_world_camera=_level()))
    found = looked_at(motion, people)
    assert people.camera.T_world_camera[2, 3] > 0.3 and people.camera.T_world_camera[0, 3] == 0
    assert 0.5 < found[-1][0].root[:, 2].mean() < 1.6  # [m] hips above the ground


def test_recalibration_measures_again_while_poses_go_on(motion):
    seen, people = observations(motion), LivePeople(IMAGE_SIZE, camera_of(motion))
    looked_at(motion, people, seen, until=40)
    people.recalibrate()
    found = looked_at(motion, people, seen[40:])
    assert all(len(poses.identity) == 2 for poses, _ in found)
    assert [b.identity.tolist() for _, b in found if b is not None] == [[1, 2]]


def test_there_are_no_more_people_than_rows(motion):
    found = looked_at(motion, LivePeople(IMAGE_SIZE, camera_of(motion), rows=1))
    assert {len(poses.identity) for poses, _ in found} == {0, 1}


def test_with_room_for_one_whoever_is_seen_is_that_person(motion):
    seen = [_only(one, int(t > 35)) for t, one in enumerate(observations(motion))]
    people = LivePeople(IMAGE_SIZE, camera_of(motion), rows=1)
    found = looked_at(motion, people, seen)
    assert found[-1][0].identity.tolist() == [1]
    assert [b.identity.tolist() for _, b in found if b is not None] == [[1], [1]]


def _only(seen, row):
    """An Observation of one person."""
    names = ("id", "box", "px", "confidence", "px_3d", "visibility", "X", "presence", "torso")
    return replace(seen, **{name: getattr(seen, name)[[row]] for name in names})


def _level():
    T = np.eye(4)
    T[:3, :3] = [[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]
    return T


def test_who_comes_back_under_another_number_in_the_same_clothes_is_the_same_with_the_same_body(
    motion,
):
    dressed = [_dressed(one) for one in observations(motion)]
    away = [_only(one, 0) if 36 <= t < 40 else one for t, one in enumerate(dressed)]
    seen = [
        replace(one, id=np.where(one.id == 2, 7, one.id)) if t >= 40 else one
        for t, one in enumerate(away)
    ]
    found = looked_at(motion, LivePeople(IMAGE_SIZE, camera_of(motion)), seen)
    assert [poses.identity.tolist() for poses, _ in found[34:37]] == [[1, 2], [1, 2], [1]]
    assert found[-1][0].identity.tolist() == [1, 2]
    assert [b.identity.tolist() for _, b in found if b is not None] == [[1, 2]]


def _dressed(seen):
    """Everybody in clothes of an own colour."""
    torso = np.zeros_like(seen.torso)
    torso[:, 0] = [[10 * number, 20, 255] for number in seen.id]
    return replace(
        seen,
        torso=torso,
        box=seen.box * 0 + 200.0 * np.arange(len(seen.id))[:, None] + [0, 0, 100, 300],
    )
