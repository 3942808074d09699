"""The animator's say about who is who."""

import pytest
from monorig.inference.edits import Edits, EditsError, apply

FRAMES = list(range(100, 110))  # a take that starts in the middle of the file
PEOPLE = {1: [(t, 0) for t in range(10)], 2: [(t, 1) for t in range(4)], 3: [(t, 1) for t in range(6, 10)]}


def test_edits_survive_the_way_through_json():
    edits = Edits((2,), ((1, 3),), ((1, 105),), {1: "Ann"}, {1: 1.82})
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
        ([], "nothing else"),
    ],
)
def test_edits_that_make_no_sense_are_refused_with_a_sentence(data, word):
    with pytest.raises(EditsError, match=word):
        Edits.from_json(data)


@pytest.mark.parametrize("edits", [Edits(ignore=(9,)), Edits(merge=((1, 9),)), Edits(split=((9, 105),))])
def test_people_who_are_not_there_are_named(edits):
    with pytest.raises(EditsError, match="no person 9"):
        apply(edits, PEOPLE, FRAMES)


def test_a_split_outside_the_life_of_a_person_is_refused():
    with pytest.raises(EditsError, match="both sides"):
        apply(Edits(split=((2, 109),)), PEOPLE, FRAMES)
