"""From the tracker's numbers to identities."""

from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference.people import identities
from monorig.inference.take import SHAPES, Observation
from monorig.inference.worker import tell_left_out

FPS = 30.0


def seen(*numbers_per_frame):
    """Observations in which these numbers were seen."""
    return [
        Observation(
            t, t / FPS, **{n: np.zeros((len(numbers), *s)) for n, s in SHAPES.items() if n != "id"},
            id=np.array(numbers, int),
        )
        for t, numbers in enumerate(numbers_per_frame)
    ]  # fmt: skip


def test_identities_count_from_one_in_order_of_appearance():
    found = identities(seen(*[[9]] * 20, *[[4, 9]] * 40), FPS)
    assert list(found) == [1, 2]
    assert found[1][0] == (0, 0) and found[2][0] == (20, 0) and len(found[1]) == 60


def test_each_place_names_the_frame_and_the_row():
    found = identities(seen(*[[1, 2]] * 20, *[[2, 1]] * 20), FPS)
    assert found[1] == [(t, 0) for t in range(20)] + [(t, 1) for t in range(20, 40)]
    assert found[2] == [(t, 1) for t in range(20)] + [(t, 0) for t in range(20, 40)]


def test_a_gap_stays_one_person():
    found = identities(seen(*[[3]] * 20, *[[]] * 30, *[[3]] * 20), FPS)
    assert [t for t, _ in found[1]] == [*range(20), *range(50, 70)]


@pytest.mark.parametrize("frames, counts", [(14, False), (15, True)])
def test_who_was_seen_for_half_a_second_counts(frames, counts):
    found = identities(seen(*[[1, 2]] * frames, *[[1]] * (100 - frames)), FPS)
    assert (len(found) == 2) == counts


def test_in_a_short_clip_half_of_it_is_enough():
    assert len(identities(seen([5], [5, 6]), FPS)) == 2
    assert len(identities(seen([5]), FPS)) == 1


def test_max_people_keeps_those_seen_longest_in_order_of_appearance():
    observations = seen(*[[1, 2]] * 20, *[[2, 3]] * 50, *[[3]] * 10)
    found = identities(observations, FPS, max_people=2)
    assert [len(places) for places in found.values()] == [70, 60]


def test_nobody_is_an_empty_answer():
    assert identities([], FPS) == {} and identities(seen([], [], []), FPS) == {}


def test_what_is_left_out_is_told():
    """One is seen in 20 pictures and fitted in 17 of them; another is seen in two pictures only."""
    box = np.full((1, 20, 4), np.nan)
    box[0, 3:] = 1.0
    told = []
    parent = SimpleNamespace(send=lambda kind, text: told.append((kind, text)))
    observations = seen(*[[1]] * 17, [1, 2], [1, 2], [1])
    sightings = tell_left_out(SimpleNamespace(box=box), observations, parent)
    assert sightings == {"seen": 22, "left_out": 5}
    assert [kind for kind, _ in told] == ["log"] and "5 of 22" in told[0][1]
