"""The animator's say about who is who."""

import numpy as np
import pytest
from monorig.inference.edits import Edits, EditsError, apply
from monorig.inference.narrowing import narrowed
from monorig.inference.take import SHAPES, Observation

FRAMES = list(range(100, 110))  # a take that starts in the middle of the file
PEOPLE = {
    1: [(t, 0) for t in range(10)],
    2: [(t, 1) for t in range(4)],
    3: [(t, 1) for t in range(6, 10)],
}


def test_edits_survive_the_way_through_json():
    edits = Edits(
        (2,), ((1, 3),), ((1, 105),), {1: "Ann"}, {1: 1.82}, (0.0, 0.0, 640.0, 360.0), True, 2
    )
    assert Edits.from_json(edits.to_json()) == edits


def test_ignored_people_are_gone_and_the_others_keep_their_number():
    assert list(apply(Edits(ignore=(2,)), PEOPLE, FRAMES)) == [1, 3]


def test_merged_people_are_one_and_the_kept_one_is_right_where_both_are_seen():
    merged = apply(Edits(merge=((2, 3),)), PEOPLE, FRAMES)
    assert merged[2] == PEOPLE[2] + PEOPLE[3] and 3 not in merged
    assert apply(Edits(merge=((1, 2),)), PEOPLE, FRAMES)[1] == PEOPLE[1]


def test_a_split_makes_a_new_number_from_the_frame_of_the_file_on():
    split = apply(Edits(split=((1, 105),)), PEOPLE, FRAMES)
    assert split[1] == PEOPLE[1][:5] and split[4] == PEOPLE[1][5:]


def test_the_identities_that_came_in_are_not_changed():
    before = {identity: list(places) for identity, places in PEOPLE.items()}
    apply(Edits(ignore=(1,), merge=((2, 3),)), PEOPLE, FRAMES)
    assert before == PEOPLE


@pytest.mark.parametrize(
    "data, word",
    [
        ({"forget": [1]}, "nothing else"),
        ({"ignore": ["x"]}, "cannot be read"),
        ({"split": [{"frame": 3}]}, "cannot be read"),
        ({"height": {"1": 18.2}}, "18.2"),
        ({"region": [0, 0, 5]}, "cannot be read"),
        ({"region": [9, 0, 5, 9]}, "no region"),
        ({"limit": -1}, "-1"),
        ({"limit": "many"}, "cannot be read"),
        ([], "nothing else"),
    ],
)
def test_edits_that_make_no_sense_are_refused_with_a_sentence(data, word):
    with pytest.raises(EditsError, match=word):
        Edits.from_json(data)


@pytest.mark.parametrize(
    "edits", [Edits(ignore=(9,)), Edits(merge=((1, 9),)), Edits(split=((9, 105),))]
)
def test_people_who_are_not_there_are_named(edits):
    with pytest.raises(EditsError, match="no person 9"):
        apply(edits, PEOPLE, FRAMES)


def test_a_split_outside_the_life_of_a_person_is_refused():
    with pytest.raises(EditsError, match="both sides"):
        apply(Edits(split=((2, 109),)), PEOPLE, FRAMES)


def walk_by(pictures=160, fps=30):
    """Two who walk by at x 100 and 500 px, and a poster at 800; the last is seen half the time."""
    rng = np.random.default_rng(0)
    seen = []
    for t in range(pictures):
        x = [100 + t, 500 - t, 800][: 3 if t >= pictures / 4 else 2]
        N = len(x)
        arrays = {name: np.zeros((N, *shape)) for name, shape in SHAPES.items()}
        arrays["id"] = np.arange(1, N + 1)
        arrays["box"] = np.array([[c - 30, 100, c + 30, 300] for c in x], float)
        arrays["px"] = arrays["box"][:, None, :2] + rng.normal(0, 0.5, (N, *SHAPES["px"]))
        arrays["confidence"] += 0.9
        seen.append(Observation(t, t / fps, **arrays))
    identities = {
        number: [(t, number - 1) for t, one in enumerate(seen) if number in one.id]
        for number in (1, 2, 3)
    }
    return identities, seen


@pytest.mark.parametrize(
    "edits, left",
    [
        (Edits(), [1, 2, 3]),
        (Edits(region=(0.0, 0.0, 600.0, 400.0)), [1, 2]),
        (Edits(region=(300.0, 0.0, 900.0, 400.0)), [2, 3]),
        (Edits(still=True), [1, 2]),
        (Edits(limit=2), [1, 2]),
        (Edits(ignore=(1,), limit=1), [2]),
    ],
)
def test_people_are_narrowed_to_a_region_to_movers_and_to_a_number(edits, left):
    identities, seen = walk_by()
    frames = [one.index for one in seen]
    assert list(apply(narrowed(edits, identities, seen), identities, frames)) == left


def test_edits_that_leave_nobody_are_refused():
    identities, seen = walk_by()
    with pytest.raises(EditsError, match="nobody"):
        narrowed(Edits(region=(0.0, 500.0, 10.0, 510.0)), identities, seen)
