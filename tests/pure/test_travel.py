"""A camera that travels: how far in metres, and people who stay where they are meanwhile."""

import numpy as np
import pytest
from filmed import CLIP, camera_of, observations
from known_background import with_background
from monorig.inference import camera_path, travel
from monorig.inference.edits import Edits
from monorig.inference.evidence import gather
from monorig.inference.fit import FitSettings, fit
from synthetic_motion import IMAGE_SIZE
from test_steady import drift, standing, turns_wrong


def way_wrong(found, T_world_camera):
    """Largest error [m] of the camera's place since the first picture, seen from there."""
    ways = [
        (T[:, :3, 3] - T[0, :3, 3]) @ T[0, :3, :3] for T in (found.T_world_camera, T_world_camera)
    ]
    return np.linalg.norm(ways[0] - ways[1], axis=-1).max()


@pytest.mark.parametrize("turn, shift, wrong", [(2.0, 0.1, 0.0), (2.0, 0.5, 0.1)])
def test_who_stands_still_stays_where_she_is_while_the_camera_travels(turn, shift, wrong):
    motion = standing(np.radians(turn), shift)
    seen = with_background(observations(motion), motion.T_world_camera, (3.0, 15.0), wrong)
    found = fit(seen, CLIP, camera_of(motion), FitSettings(level=False))
    assert "travels within" in found.camera_motion
    assert drift(found) < 0.02 and turns_wrong(found, motion.T_world_camera) < 0.2
    assert way_wrong(found, motion.T_world_camera) < 0.15 * 2 * shift


def test_before_somebody_who_is_said_to_be_taller_the_way_is_longer():
    motion = standing(np.radians(2.0), 0.3)
    seen = with_background(observations(motion), motion.T_world_camera, (3.0, 15.0))
    usual, tall = (
        fit(seen, CLIP, camera_of(motion), FitSettings(edits=Edits(height=height), level=False))
        for height in ({1: motion.height_m[0]}, {1: 1.2 * motion.height_m[0]})
    )
    ways = [np.ptp(found.T_world_camera[:, :3, 3], axis=0) for found in (usual, tall)]
    np.testing.assert_allclose(ways[1], 1.2 * ways[0], rtol=1e-6)
    assert drift(usual) < 0.02 and drift(tall) < 0.02


def test_the_world_begins_below_the_first_picture():
    motion = standing(np.radians(2.0), 0.3)
    seen = with_background(observations(motion), motion.T_world_camera, (3.0, 15.0))
    found = fit(seen, CLIP, camera_of(motion), FitSettings(solver="live"))
    np.testing.assert_allclose(found.T_world_camera[0, :2, 3], 0, atol=1e-9)
    assert np.ptp(found.T_world_camera[:, :3, 3], axis=0).max() > 0.3


def test_where_nobody_shows_feet_it_is_said_that_travelling_is_not_solved():
    motion = standing(np.radians(2.0), 0.3)
    seen = with_background(observations(motion), motion.T_world_camera, (3.0, 15.0))
    for one in seen:
        one.confidence[:, travel.contacts.FEET] = one.visibility[:, travel.contacts.FEET] = 0.0
    found = fit(seen, CLIP, camera_of(motion), FitSettings(solver="raw", level=False))
    assert "not solved" in found.camera_motion
    assert not np.ptp(found.T_world_camera[:, :3, 3], axis=0).any()


def test_a_background_that_is_far_away_says_nothing_of_a_small_way():
    motion = standing(np.radians(2.0), 0.02)
    seen = with_background(observations(motion), motion.T_world_camera, (60.0, 80.0))
    path = camera_path.camera_path(seen, camera_of(motion), IMAGE_SIZE)
    evidence = gather(seen, {1: [(t, 0) for t in range(len(seen))]}, camera_of(motion), IMAGE_SIZE)
    depths = travel.people_depths(evidence, motion.time_s, motion.K, False)
    given = seen, evidence, depths, motion.time_s, camera_of(motion), IMAGE_SIZE
    assert travel.travelled(path, *given).place is None
