"""The camera found before the fit and the world turned after it; what bad input does to both."""

from dataclasses import replace

import numpy as np
import pytest
from filmed import CLIP, observations
from monorig.inference import autocalibration as auto
from monorig.inference import camera as cameras
from monorig.inference.clues import Clues
from monorig.inference.evidence import gather
from monorig.inference.fit import Clip, fit
from monorig.inference.fit_settings import FitSettings
from monorig.inference.ground import LEVEL, Up
from monorig.inference.kinematics import forward
from monorig.inference.rotations import exp
from monorig.inference.skeleton import SKELETON, Body, universal_body
from monorig.inference.take import empty_observation
from synthetic_motion import IMAGE_SIZE, K, synthetic_motion

SIZE = IMAGE_SIZE
UP = Up(LEVEL, np.radians([3.0, 5.0]))


def evidence_of(motion, camera=None):
    seen = observations(motion, 0.0, 0.0)
    people = {
        int(i): [
            (t, int(np.flatnonzero(seen[t].id == i)[0]))
            for t in range(len(seen))
            if i in seen[t].id
        ]
        for i in motion.identity
    }
    return gather(seen, people, camera or cameras.make(SIZE), SIZE)


def filmed(people, frames):
    """Observations of some people, or of nobody."""
    if not people:
        return [empty_observation(t, t / 30) for t in range(frames)]
    return observations(synthetic_motion(people=people, frames=frames, gaps=False))


def nobody():
    return gather(filmed(0, 4), {}, cameras.make(SIZE), SIZE)


def test_a_camera_that_was_given_is_left_alone():
    motion = synthetic_motion(frames=20)
    for known in (cameras.make(SIZE, focal=900.0), cameras.make(SIZE, fov_y=1.0)):
        camera, _ = auto.calibrated(evidence_of(motion), motion.time_s, CLIP, known)
        assert camera is known and camera.source == cameras.GIVEN


def test_an_unknown_focal_length_is_estimated_from_people():
    motion = synthetic_motion(people=3, frames=60)
    camera, _ = auto.calibrated(evidence_of(motion), motion.time_s, CLIP, cameras.make(SIZE))
    assert camera.source.startswith("estimated, +-")
    assert camera.K[0, 0] == pytest.approx(K[0, 0], rel=0.18)
    assert camera.K[0, 2] == (SIZE[0] - 1) / 2


def test_the_tag_of_the_file_counts():
    clip = Clip(SIZE, 30.0, Clues(focal_35mm=50.0))
    camera, _ = auto.calibrated(nobody(), np.arange(4) / 30, clip, cameras.make(SIZE))
    assert camera.source.startswith("from the file, +-")
    assert camera.K[0, 0] == pytest.approx(SIZE[0] * 50 / 36, rel=0.02)


@pytest.mark.parametrize("people, frames", [(0, 4), (1, 1)])
def test_where_next_to_nothing_is_seen_the_usual_level_camera_is_assumed(people, frames):
    seen = filmed(people, frames)
    places = {1: [(0, 0)]} if people else {}
    evidence = gather(seen, places, cameras.make(SIZE), SIZE)
    times = np.arange(frames) / 30
    camera, up = auto.calibrated(evidence, times, CLIP, cameras.make(SIZE))
    assert camera.source == cameras.ASSUMED
    np.testing.assert_allclose(camera.K, cameras.make(SIZE).K)
    np.testing.assert_allclose(up.direction, LEVEL, atol=1e-9)


def test_a_far_away_person_leaves_the_usual_camera():
    motion = synthetic_motion(people=1, frames=20, gaps=False)
    far = replace(motion, px=motion.px / 30, box=motion.box / 30)
    camera, _ = auto.calibrated(evidence_of(far), motion.time_s, CLIP, cameras.make(SIZE))
    assert camera.K[0, 0] == pytest.approx(cameras.make(SIZE).K[0, 0], rel=0.25)


def test_a_whole_fit_without_anybody_or_with_one_frame_works():
    for people, frames in ((0, 4), (1, 1)):
        found = fit(filmed(people, frames), CLIP, cameras.make(SIZE), FitSettings())
        assert found.camera_source == cameras.ASSUMED and np.isfinite(found.T_world_camera).all()


def test_the_known_pose_of_a_camera_is_up():
    T = np.eye(4)
    T[:3, :3], T[2, 3] = exp(np.array([0.3, 0, 0])) @ cameras.R_WORLD_LEVEL, 2.0
    known = cameras.make(SIZE, focal=900.0, T_world_camera=T)
    _, up = auto.calibrated(nobody(), np.arange(4) / 30, CLIP, known)
    np.testing.assert_allclose(T[:3, :3] @ up.direction, [0, 0, 1], atol=1e-12)
    assert auto.height_above_ground(known) == 2.0
    assert auto.height_above_ground(cameras.make(SIZE)) is None


def people(num=3, frames=8):
    """q, body of people who stand on z = -1.5 before a level camera at the origin."""
    body = universal_body(np.linspace(1.6, 1.9, num))
    q = np.zeros((num, frames, SKELETON.num_dofs))
    q[..., 0], q[..., 1] = np.arange(num)[:, None], 5.0
    for p in range(num):
        one = Body(body.height[p], body.offsets[p], body.places[p])
        q[p, :, 2] -= forward(q[p], one).markers[..., 2].min() + 1.5
    return q, body


def test_the_levelled_world_has_people_upright_on_its_ground():
    q, body = people()
    camera, turn = cameras.make(SIZE, focal=900.0), exp(np.radians([0, 14.0, 0]))
    up = Up(turn.T @ LEVEL, UP.spread)
    sure = evidence_of(synthetic_motion(3, 8, gaps=False))
    contact = np.ones((3, 8, 4), bool)
    moved, found = auto.level_world(q, contact, body, sure, camera, up)
    np.testing.assert_allclose(found.T_world_camera[:2, 3], 0, atol=1e-12)
    np.testing.assert_allclose(found.T_world_camera[:3, :3] @ up.direction, [0, 0, 1], atol=1e-9)
    for p in range(3):
        one = Body(body.height[p], body.offsets[p], body.places[p])
        before, after = (forward(values[p], one).markers for values in (q, moved))
        seen = found.to_camera(after)
        np.testing.assert_allclose(seen, camera.to_camera(before), atol=1e-9)


def test_who_stands_before_a_known_camera_gets_the_height_that_the_ground_says():
    q, body = people()
    T = np.eye(4)
    T[:3, :3], T[2, 3] = cameras.R_WORLD_LEVEL, 1.5
    camera = cameras.make(SIZE, focal=900.0, T_world_camera=T)
    wrong = 0.9  # everything that much smaller and nearer looks the same
    q[..., 2] += 1.5
    near = q.copy()
    near[..., :3] = T[:3, 3] + wrong * (q[..., :3] - T[:3, 3])
    small = Body(*(wrong * np.asarray(getattr(body, n)) for n in Body.__dataclass_fields__))
    sure = evidence_of(synthetic_motion(3, 8, gaps=False))
    typed = np.array([np.nan, np.nan, 1.5])
    moved, grown = auto.stand_on_ground(near, np.arange(8) / 8, small, sure, camera, typed)
    np.testing.assert_allclose(grown.height[:2], body.height[:2], rtol=0.05)
    np.testing.assert_allclose(moved[:2, :, :2], q[:2, :, :2], rtol=0.06, atol=0.05)
    np.testing.assert_allclose(moved[2], near[2])
    assert grown.height[2] == small.height[2]
    unknown = cameras.make(SIZE, focal=900.0)
    same, _ = auto.stand_on_ground(near, np.arange(8) / 8, small, sure, unknown, typed)
    assert same is near
