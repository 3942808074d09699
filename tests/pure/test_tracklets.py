"""Who is who with the whole take at hand: spliced, uncrossed, without doubles, and known again over cuts."""

import dataclasses

import numpy as np
import pytest
from crowds import NOT_LOOKED, SURE, K, box_round, clothes, person
from monorig.inference.splicing import resolved
from monorig.inference.take import Observation, rows

FPS = 30.0
SIZE = (1280, 720)


def take(*frames, keypoints=True):
    """Observations; each frame is a list of (number, px (K,2), look)."""
    return [_observation(t, people, keypoints) for t, people in enumerate(frames)]


def _observation(t, people, keypoints):
    N = len(people)
    px = np.array([body for _, body, _ in people]).reshape(N, K, 2)
    return Observation(
        t, t / FPS,
        id=np.array([number for number, _, _ in people], int),
        box=np.array([box_round(body) for body in px]).reshape(N, 4),
        px=px, confidence=np.tile(SURE * keypoints, (N, 1)), px_3d=px,
        visibility=np.zeros((N, K)), X=np.full((N, K, 3), np.nan), presence=np.ones(N),
        torso=np.array([look for *_, look in people], np.uint8).reshape(N, *NOT_LOOKED.shape),
    )  # fmt: skip


def numbers(observations):
    """Numbers of the rows of every frame, after the whole take was looked at."""
    return [seen.id.tolist() for seen in resolved(observations, SIZE)]


def walker(t, start=200.0, speed=120.0, **more):
    return person(start + speed * t / FPS, **more)


def test_a_clear_take_stays_as_it_is():
    frames = [[(1, walker(t), NOT_LOOKED), (2, walker(t, 700), NOT_LOOKED)] for t in range(60)]
    assert numbers(take(*frames)) == [[1, 2]] * 60


def test_numbers_count_from_one_as_people_appear():
    frames = [[(7, walker(t), NOT_LOOKED)] for t in range(30)]
    frames += [[(3, walker(t, 900), NOT_LOOKED), (7, walker(t), NOT_LOOKED)] for t in range(30, 60)]
    assert numbers(take(*frames))[-1] == [2, 1]


@pytest.mark.parametrize("gap", [3, 12, 40])
def test_a_walker_who_was_hidden_is_one_person(gap):
    frames = [[(1, walker(t), NOT_LOOKED)] for t in range(40)] + [[] for _ in range(gap)]
    frames += [[(2, walker(t), NOT_LOOKED)] for t in range(40 + gap, 90 + gap)]
    assert numbers(take(*frames))[-1] == [1]


def test_who_comes_from_elsewhere_is_somebody_else():
    frames = [[(1, walker(t), NOT_LOOKED)] for t in range(40)] + [[]] * 10
    frames += [[(2, walker(t, 800), NOT_LOOKED)] for t in range(50, 90)]
    assert numbers(take(*frames))[-1] == [2]


@pytest.mark.parametrize("keypoints", [True, False])
def test_swapped_numbers_after_a_crossing_are_put_right(keypoints):
    """Two walk through each other; in the middle the tracker took each for the other."""
    frames = []
    for t in range(80):
        a, b = walker(t), walker(t, 520, -120.0, figure=1)
        first, second = (1, 2) if t < 40 else (2, 1)
        frames.append([(first, a, NOT_LOOKED), (second, b, NOT_LOOKED)])
    assert numbers(take(*frames, keypoints=keypoints))[-1] == [1, 2]


def test_clothes_tell_who_is_who_after_a_long_absence():
    red, green = clothes(0), clothes(14)
    frames = [[(1, walker(t), red), (2, walker(t, 700), green)] for t in range(60)]
    frames += [[]] * 150
    frames += [[(3, walker(t), green), (4, walker(t, 700), red)] for t in range(60)]
    assert numbers(take(*frames))[-1] == [2, 1]


def test_equal_clothes_tell_nothing_after_a_long_absence():
    red = clothes(0)
    frames = [[(1, walker(t), red), (2, walker(t, 700), red)] for t in range(60)] + [[]] * 150
    frames += [[(3, walker(t), red), (4, walker(t, 700), red)] for t in range(60)]
    assert numbers(take(*frames))[-1] == [3, 4]


def test_two_skeletons_on_one_body_become_one():
    frames = [[(1, walker(t), NOT_LOOKED)] for t in range(20)]
    frames += [[(1, walker(t), NOT_LOOKED), (2, walker(t) + 2, NOT_LOOKED)] for t in range(20, 50)]
    assert numbers(take(*frames)) == [[1]] * 50


def shots(*parts):
    """Observations of takes one after the other, with cuts between them; numbers are new after a cut."""
    found = []
    for shot, part in enumerate(parts):
        for seen in part:
            t, cut = len(found), bool(shot) and seen is part[0]
            id_ = seen.id + 100 * shot
            found.append(dataclasses.replace(seen, index=t, time_s=t / FPS, id=id_, cut=cut))
    return found


def group(*looks, first=200.0, frames=30):
    """A take of people side by side in these clothes."""
    people = [(n + 1, first + 250 * n, look) for n, look in enumerate(looks)]
    return take(*[[(n, walker(t, x), look) for n, x, look in people] for t in range(frames)])


RED, GREEN, BLUE, YELLOW = (clothes(hue) for hue in (0, 11, 20, 5))


def shown(*parts):
    """Numbers of the people of each shot."""
    numbers_ = numbers(shots(*parts))
    firsts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    return [numbers_[first] for first in firsts]


def test_clothes_tell_who_is_who_over_a_cut():
    assert shown(group(RED, GREEN), group(GREEN, RED)) == [[1, 2], [2, 1]]


def test_a_cut_there_and_back():
    first, other = group(RED, GREEN), group(BLUE, YELLOW)
    assert shown(first, other, first, other) == [[1, 2], [3, 4], [1, 2], [3, 4]]


def test_newcomers_after_a_cut_are_new():
    assert shown(group(RED), group(BLUE, RED)) == [[1], [2, 1]]


def test_a_close_up_after_a_cut_is_of_somebody_known():
    """Four times as large, and of two people one only."""
    near = take(*[[(1, person(600, 500, 800), GREEN)] for _ in range(30)])
    assert shown(group(RED, GREEN), near) == [[1, 2], [2]]


@pytest.mark.parametrize("after", [1, 2])
def test_other_people_in_the_same_clothes_are_nobody_known(after):
    assert shown(group(RED, RED), group(*[RED] * after))[1] == [3, 4][:after]


def test_two_of_whom_one_must_be_known_are_both_new():
    assert shown(group(RED), group(RED, RED)) == [[1], [2, 3]]


def test_whose_clothes_nobody_saw_is_a_new_person_after_a_cut():
    assert shown(group(NOT_LOOKED), group(NOT_LOOKED)) == [[1], [2]]
    assert shown(group(RED), group(NOT_LOOKED)) == [[1], [2]]


def test_where_somebody_was_says_nothing_over_a_cut():
    """Whoever stands in the place of the last shot's person, in other clothes, is somebody else."""
    assert shown(group(RED), group(GREEN)) == [[1], [2]]


def test_a_dancer_whose_way_bends_all_the_time_is_one_person(rng):
    way = np.cumsum(rng.normal(0, 25, (240, 2)), 0)
    frames = [[(1, person(600) + step, NOT_LOOKED)] for step in way]
    assert numbers(take(*frames)) == [[1]] * 240


def test_what_is_seen_stays_with_its_row():
    seen = take(*[[(5, walker(t), NOT_LOOKED), (9, walker(t, 700), NOT_LOOKED)] for t in range(40)])
    for before, after in zip(seen, resolved(seen, SIZE)):
        np.testing.assert_array_equal(before.px, after.px)
        np.testing.assert_array_equal(rows(before, [1]).box[0], after.box[1])


def test_an_empty_take_is_no_problem():
    assert resolved([], SIZE) == [] and numbers(take([], [], [])) == [[], [], []]
