"""Who comes back before a live camera under another number is known again by what was seen of the clothes."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference.appearance import KEPT
from monorig.inference.live_identities import LiveIdentities

RED, GREEN, BLUE = 0, 10, 20  # hue bins


def picture(*people, near=False):
    """What is seen of people (number, hue bin or None = not looked at)."""
    torso = np.zeros((len(people), KEPT, 3), np.uint8)
    for row, (_, hue) in enumerate(people):
        if hue is not None:
            torso[row, 0] = hue, 20, 255
    box = np.array(
        [
            [(50 if near else 200) * row, 0, (50 if near else 200) * row + 100, 300]
            for row in range(len(people))
        ]
    )
    return SimpleNamespace(
        id=np.array([number for number, _ in people], int),
        torso=torso,
        box=box.reshape(-1, 4) * 1.0,
    )


def settled(identities, *people, times=4):
    """Watches people for some pictures, then gives each an identity; -> who had it before, by number."""
    for _ in range(times):
        identities.watch(picture(*people))
    numbers = [number for number, _ in people]
    found = {number: identities.settle(number, numbers) for number in numbers}
    identities.watch(picture(*people))  # they see each other
    return found


def test_who_comes_back_has_the_same_identity():
    identities = LiveIdentities()
    settled(identities, (3, RED), (4, GREEN))
    assert identities.of([3, 4]).tolist() == [1, 2]
    assert settled(identities, (3, RED), (9, GREEN)) == {3: None, 9: 4}
    assert identities.of([3, 9]).tolist() == [1, 2]


@pytest.mark.parametrize("hue", [BLUE, None])
def test_other_clothes_and_none_are_somebody_new(hue):
    identities = LiveIdentities()
    settled(identities, (1, RED), (2, GREEN))
    settled(identities, (1, RED), (3, hue))
    assert identities.of([1, 3]).tolist() == [1, 3]


def test_who_is_dressed_like_somebody_who_is_there_is_somebody_new():
    identities = LiveIdentities()
    settled(identities, (1, RED))
    settled(identities, (1, RED), (2, RED))
    assert identities.of([1, 2]).tolist() == [1, 2]


def test_of_two_in_the_same_clothes_who_were_seen_together_neither_is_chosen():
    identities = LiveIdentities()
    settled(identities, (1, RED), (2, RED))
    settled(identities, (3, RED))
    assert identities.of([3]).tolist() == [3]


def test_of_two_in_the_same_clothes_who_were_never_seen_together_it_is_the_first():
    identities = LiveIdentities()
    settled(identities, (1, RED))
    settled(identities, (2, None))  # not recognised then, and seen more closely later
    identities.watch(picture((2, RED)))
    settled(identities, (5, RED))
    assert identities.of([5]).tolist() == [1]


def test_looks_at_people_who_stand_before_each_other_say_nothing():
    identities = LiveIdentities()
    settled(identities, (1, RED))
    for _ in range(4):
        identities.watch(picture((7, RED), (8, BLUE), near=True))
    assert identities.settle(7, [7, 8]) is None and identities.of([7]).tolist() == [2]


def test_a_number_whose_identity_somebody_else_has_is_settled_anew():
    identities = LiveIdentities()
    settled(identities, (1, RED))
    settled(identities, (2, RED))
    assert identities.of([2]).tolist() == [1]
    settled(identities, (2, RED), (1, BLUE))
    assert identities.of([2, 1]).tolist() == [1, 2]


def test_where_there_is_room_for_one_it_is_always_that_person():
    identities = LiveIdentities(alone=True)
    settled(identities, (1, RED))
    settled(identities, (2, BLUE))
    assert identities.of([2]).tolist() == [1]
