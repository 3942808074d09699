"""Mistakes of the networks that a whole track gives away."""

import numpy as np
from monorig.inference import repair
from monorig.inference.keypoints import KEYPOINTS, indices

HEIGHT = 200.0


def walker(num_frames=60):
    """px (T,K,2) of somebody who walks across the picture, all keypoints seen; legs swing against each other."""
    t = np.arange(num_frames)[:, None]
    place = np.linspace(-60, 60, len(KEYPOINTS))
    px = np.stack([100 + 2.0 * t + 0 * place, 150 + place + 0 * t], -1)
    swing = 30 * np.sin(0.2 * t)
    for side, sign in (("l", 1), ("r", -1)):
        px[:, indices([f"knee_{side}", f"ankle_{side}"]), 0] += sign * (12 + swing)
        px[:, indices([f"elbow_{side}", f"wrist_{side}"]), 0] += sign * (40 - 0.5 * swing)
    return px


def sure(px):
    return np.ones(px.shape[:2])


def test_a_steady_walk_is_left_alone():
    px = walker()
    assert not repair.swapped(px, sure(px), np.full(len(px), HEIGHT)).any()
    assert not repair.jumped(px, np.full(len(px), HEIGHT)).any()


def test_swapped_arms_are_found_where_they_were_swapped_and_nowhere_else():
    px = walker()
    arms = repair.GROUPS[1]
    wrong = px.copy()
    wrong[20:23, arms] = px[20:23][:, repair.MIRROR[arms]]
    swap = repair.swapped(wrong, sure(px), np.full(len(px), HEIGHT))
    assert swap[20:23, arms].all() and swap.sum() == 3 * len(arms)
    wrong[swap] = wrong[:, repair.MIRROR][swap]
    np.testing.assert_array_equal(wrong, px)


def test_a_swap_across_a_gap_in_time_does_not_need_the_missing_frames():
    px, confidence, height = walker(), sure(walker()), np.full(60, HEIGHT)
    legs = repair.GROUPS[2]
    px[30:32, legs] = px[30:32][:, repair.MIRROR[legs]]
    px[25:28], confidence[25:28], height[25:28] = np.nan, 0.0, np.nan
    swap = repair.swapped(px, confidence, height)
    assert swap[30:32, legs].all() and swap.sum() == 2 * len(legs)


def test_a_keypoint_that_leaves_its_path_for_one_frame_is_a_jump():
    px = walker()
    wrist = indices(["wrist_l"])[0]
    px[33, wrist] += 0.2 * HEIGHT
    jumped = repair.jumped(px, np.full(len(px), HEIGHT))
    assert jumped[33, wrist] and jumped.sum() == 1


def test_fast_motion_that_goes_on_is_no_jump():
    px = walker()
    px[33:, indices(["wrist_l"])[0]] += 0.5 * HEIGHT
    assert not repair.jumped(px, np.full(len(px), HEIGHT)).any()


def test_a_wrist_that_two_people_claim_stays_with_the_one_whose_path_it_continues():
    px = np.stack([walker(), walker() + [150.0, 0.0]])
    wrist = indices(["wrist_l"])[0]
    px[0, 40, wrist] = px[1, 40, wrist]
    borrowed = repair.borrowed(px, np.ones(px.shape[:3]), np.full(px.shape[:2], HEIGHT))
    assert borrowed[0, 40, wrist] and not borrowed[1].any()
