"""Crowds, tiny people, fades, frozen pictures, cuts: no crash, nobody twice, no flood of numbers."""

import dataclasses

import numpy as np
import pytest
from monorig.bench import identity_crowds as crowds
from monorig.bench.identity_boxes import Boxes, observed, track
from monorig.inference import people, splicing
from monorig.inference.take import LOOK_BINS


def part(boxes, kept):
    """Boxes of which some pictures show nobody: kept (T,) bool."""
    nobody = np.zeros((0, 4)), np.zeros(0), np.zeros((0, LOOK_BINS, 3), np.uint8)
    rows = [
        one if keep else nobody for one, keep in zip(zip(boxes.box, boxes.score, boxes.looks), kept)
    ]
    return Boxes(*map(list, zip(*rows)), boxes.fps, boxes.image_size)


def numbers(found):
    """Everybody who is ever seen."""
    return {identity for here in found.values() for identity in here}


@pytest.mark.parametrize("num_people, height", [(40, 60), (12, 20)])
def test_a_crowd_has_about_as_many_numbers_as_people(num_people, height):
    made = crowds.crowd(num_people, height, 3, seed=1)
    found = track(made.boxes)
    for frame, here in found.take.items():
        assert len(here) <= len(made.boxes.box[frame])
    assert 0.8 * num_people <= len(numbers(found.take)) <= 1.2 * num_people


def test_whoever_is_there_before_and_after_a_short_fade_is_the_same():
    made = crowds.crowd(4, 200, 6, seed=2)
    shown = np.ones(len(made.boxes.box), bool)
    shown[70:80] = False
    assert len(numbers(track(part(made.boxes, shown)).take)) == 4


def test_frozen_pictures_change_nothing():
    made = crowds.crowd(4, 200, 4, seed=2)
    order = [*range(50), *[50] * 60, *range(51, 100)]
    frozen = Boxes(
        *([values[t] for t in order] for values in (made.boxes.box, made.boxes.score, made.boxes.looks)),
        made.boxes.fps, made.boxes.image_size,
    )  # fmt: skip
    assert numbers(track(frozen).take) == numbers(track(made.boxes).take)


def sides_of_a_cut(boxes, clothes=True):
    """For each person, on which sides of a cut in the middle of a crowd; clothes: if they are seen after it."""
    observations, _ = observed(boxes)
    middle = len(observations) // 2
    later = [dataclasses.replace(seen, id=seen.id + 100) for seen in observations[middle:]]
    if not clothes:
        later = [dataclasses.replace(seen, torso=np.zeros_like(seen.torso)) for seen in later]
    later[0] = dataclasses.replace(later[0], cut=True)  # the tracker has forgotten everybody
    resolved = splicing.resolved([*observations[:middle], *later], boxes.image_size)
    found = people.identities(resolved, boxes.fps).values()
    return sorted({frame >= middle for frame, _ in places} for places in found)


def test_only_clothes_go_over_a_cut():
    made = crowds.crowd(3, 200, 4, seed=3)
    assert sides_of_a_cut(made.boxes) == [{False, True}] * 3
    assert sides_of_a_cut(made.boxes, clothes=False).count({False, True}) == 0


def test_a_mirror_over_a_cut_makes_no_flood_of_numbers():
    """Somebody and the mirror image in the same clothes: nobody can tell which is which after a cut."""
    made = crowds.crowd(2, 200, 4, seed=6, same_clothes=True)
    assert 2 <= len(sides_of_a_cut(made.boxes)) <= 4


def test_cuts_every_second_make_no_flood_of_numbers():
    made = crowds.crowd(4, 200, 8, seed=4)
    observations, _ = observed(made.boxes)
    shots = [
        dataclasses.replace(seen, id=seen.id + 100 * (t // 25), cut=t % 25 == 0)
        for t, seen in enumerate(observations)
    ]
    assert len(people.identities(splicing.resolved(shots, made.boxes.image_size), 25.0)) <= 5


def test_pictures_without_anybody_have_nobody():
    made = crowds.crowd(2, 200, 2, seed=3)
    empty = part(made.boxes, np.zeros(len(made.boxes.box), bool))
    observations, _ = observed(empty)
    resolved = splicing.resolved(observations, empty.image_size)
    assert people.identities(resolved, empty.fps) == {}
