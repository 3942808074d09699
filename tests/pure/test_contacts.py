"""Planted feet, from positions alone."""

import numpy as np
from monorig.inference import contacts

VIEW = np.array([0.0, 1.0, 0.0])
FPS = 30.0


def feet(num_frames=60, seed=0):
    """Four points that stand at four places [m], with 1 mm of noise."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, 1, (4, 3)) + rng.normal(0, 0.001, (num_frames, 4, 3))


def test_points_that_stand_are_planted_all_the_time():
    points = feet()
    assert contacts.detect(points, VIEW, np.arange(60) / FPS).all()


def test_a_step_is_no_contact_and_the_feet_are_planted_before_and_after():
    points = feet()
    step = 0.6 * np.clip((np.arange(60) - 20) / 12, 0, 1)  # 1.5 m/s from frame 20 to 32
    points[:, 0, 0] += step
    contact = contacts.detect(points, VIEW, np.arange(60) / FPS)
    assert contact[:18, 0].all() and not contact[22:31, 0].any() and contact[35:, 0].all()
    assert contact[:, 1:].all()


def test_hanging_still_for_a_moment_at_the_top_of_a_jump_is_no_contact():
    time_s = np.arange(60) / FPS
    points = feet()
    points[:, :, 2] += (2.5 * (time_s - 1) - 0.5 * 9.81 * (time_s - 1) ** 2 + 3)[:, None]
    assert not contacts.detect(points, VIEW, time_s).any()


def test_planted_points_are_held_at_the_middle_of_their_contact():
    points = feet()
    contact = np.ones((60, 4), bool)
    contact[30:40, 2] = False
    places = contacts.anchors(points, contact)
    assert np.ptp(places[:30, 2], axis=0).max() == 0 and not places[30:40, 2].any()
    np.testing.assert_allclose(places[:, 0], points[:, 0], atol=0.005)


def test_intervals_reach_to_both_ends():
    assert contacts.intervals(np.array([1, 1, 0, 1, 0, 0, 1], bool)) == [(0, 2), (3, 4), (6, 7)]
    assert contacts.intervals(np.zeros(0, bool)) == []


def test_one_frame_has_no_contact_and_no_error():
    assert not contacts.detect(feet(1), VIEW, np.zeros(1)).any()
