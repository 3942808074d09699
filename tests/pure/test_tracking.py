"""People followed from picture to picture: kept, lost, found again, never mixed up by number."""

import numpy as np
import pytest
from crowds import SURE, UNSEEN, Film, K, box_round, clothes, person
from monorig.inference.affinity import people
from monorig.inference.presence import is_person, may_be_person
from monorig.inference.tracking import NOBODY, REMEMBERED, WAITED, Tracker, doubles, meeting
from monorig.inference.tracks import CONFIRMED

SEEN_OFTEN = CONFIRMED + 5  # pictures


def test_people_are_numbered_from_one_as_they_are_met():
    assert Film().show(person(100), person(400), person(700)) == [1, 2, 3]


@pytest.mark.parametrize("away, same", [(0.2, True), (0.9, True), (WAITED + 0.3, False)])
def test_somebody_lost_takes_the_number_again_where_the_way_leads(away, same):
    film = Film()
    film.hold(SEEN_OFTEN, person(300))
    film.wait(away)
    assert film.show(person(310)) == ([1] if same else [2])


def test_somebody_seen_in_a_picture_or_two_is_not_waited_for():
    film = Film()
    film.show(person(300))
    film.wait(0.5)
    assert film.show(person(300)) == [2]


@pytest.mark.parametrize("other", [person(900), person(300, height=50), person(300, height=700)])
def test_somebody_elsewhere_or_of_another_size_gets_a_new_number(other):
    film = Film()
    film.hold(SEEN_OFTEN, person(300))
    film.show()
    assert film.show(other) == [2]


def test_a_number_is_taken_again_by_one_only():
    film = Film()
    film.hold(SEEN_OFTEN, person(300))
    film.show()
    assert sorted(film.show(person(300), person(345))) == [1, 2]


def test_the_clothes_tell_who_comes_back_after_a_while():
    film = Film()
    red, green = clothes(0), clothes(14)
    film.hold(SEEN_OFTEN, person(300), person(700), looks=[red, green])
    film.wait(5.0)
    assert film.show(person(300), person(700), looks=[green, red]) == [2, 1]


def test_whoever_wears_what_two_others_wear_is_somebody_new():
    film = Film()
    red = clothes(0)
    film.hold(SEEN_OFTEN, person(300), person(700), looks=[red, red])
    film.wait(5.0)
    assert film.show(person(300), looks=[red]) == [3]


def test_nobody_is_remembered_for_ever():
    film = Film()
    film.hold(SEEN_OFTEN, person(300), looks=[clothes(0)])
    film.wait(REMEMBERED + 1)
    assert film.show(person(300), looks=[clothes(0)]) == [2]


def test_a_newcomer_after_an_empty_picture_is_a_new_person():
    film = Film()
    film.hold(SEEN_OFTEN, person(300), looks=[clothes(0)])
    film.wait(3.0)
    assert film.show(person(300), looks=[clothes(14)]) == [2]


def test_after_a_scene_change_everybody_is_new():
    film = Film()
    film.hold(SEEN_OFTEN, person(300), looks=[clothes(0)])
    film.tracker.forget()
    assert film.show(person(300), looks=[clothes(0)]) == [2]


def test_somebody_is_missed_for_a_second_only():
    film = Film()
    film.hold(SEEN_OFTEN, person(300))
    assert not film.tracker.missed(film.time_s)
    film.show()
    assert film.tracker.missed(film.time_s + 0.4)
    assert not film.tracker.missed(film.time_s + WAITED)


@pytest.mark.parametrize("looks", [None, [clothes(3), clothes(3)]], ids=["unseen", "the same"])
def test_at_a_picture_a_second_people_keep_their_numbers(looks):
    """Two walk up and down by 0.4 of their height a second; one of them is hidden now and then."""
    film = Film(step=1.0)
    for i in range(60):
        both = [person(300 + 80 * abs(i % 8 - 4)), person(1500 - 80 * abs(i % 8 - 4), figure=1)]
        there = [0] if i % 16 == 10 else [0, 1]
        numbers = film.show(*(both[k] for k in there), looks=looks and looks[: len(there)])
        assert numbers == [k + 1 for k in there]


def test_a_detector_gives_somebody_who_was_not_found_where_expected_the_number_again():
    film = Film()
    film.hold(SEEN_OFTEN, person(300))
    assert film.tracker.welcome(film.time_s, seen(person(330)), []).tolist() == [1]


def test_two_who_cross_keep_their_numbers():
    film = Film()
    for i in range(40):
        numbers = film.show(person(300 + 8 * i), person(620 - 8 * i, figure=1))
        assert numbers == [1, 2]


def test_two_boxes_that_cross_keep_their_numbers_without_keypoints():
    film = Film(keypoints=False)
    for i in range(40):
        assert film.show(person(300 + 8 * i), person(620 - 8 * i, height=190)) == [1, 2]


def test_of_two_poses_on_one_body_the_one_that_fits_worse_is_dropped():
    film = Film()
    film.hold(4, person(300), person(400, figure=1))
    assert film.follow(person(301), person(303)) == [1, NOBODY]


def test_two_people_side_by_side_are_both_kept():
    film = Film()
    film.show(person(300), person(360))
    assert film.follow(person(301), person(359)) == [1, 2]


def test_a_weak_candidate_goes_on_with_somebody_known_but_is_nobody_new():
    film = Film()
    film.hold(4, person(300))
    assert film.follow(person(301), person(700), sure=[False, False]) == [1, NOBODY]


def test_weak_boxes_continue_tracks_only():
    film = Film(keypoints=False)
    film.hold(4, person(300))
    assert film.step([0.2, 0.2], person(301), person(700)) == [1, NOBODY]
    assert film.step([0.2, 0.9], person(302), person(700)) == [1, 2]


def test_detections_of_known_people_are_not_greeted():
    film = Film()
    film.hold(4, person(300), person(700))
    there = np.array([box_round(person(x)) for x in (300, 700)])
    found = [detection(person(x)) for x in (303, 696, 1100)]
    unknown = film.tracker.unknown(film.time_s, there, np.array(found))
    np.testing.assert_allclose(unknown, [detection(person(1100))[:4]])


def test_weak_detections_are_greeted_only_while_somebody_is_missed():
    film, weak = Film(), np.array([detection(person(700), score=0.4)])
    film.hold(SEEN_OFTEN, person(300))
    there = np.array([box_round(person(300))])
    assert len(film.tracker.unknown(film.time_s, there, weak)) == 0
    film.show()
    assert len(film.tracker.unknown(film.time_s, there[:0], weak)) == 1


def test_a_known_box_grows_to_a_larger_detection():
    film = Film()
    film.show(person(300))
    box = box_round(person(300))[None]
    larger = detection(person(300, height=240))
    film.tracker.unknown(0.0, box, larger[None])
    assert (box[0, :2] <= larger[:2]).all() and (box[0, 2:] >= larger[2:4]).all()


def test_a_body_that_is_already_followed_is_a_double():
    known = seen(person(300))
    found = doubles(seen(person(302), person(600), person(603)), known)
    assert found.tolist() == [True, False, True]


def test_what_is_no_person_is_not_taken_for_one():
    few = UNSEEN.copy()
    few[:4] = 0.9
    weak = np.full(K, 0.28)
    trust = np.array([UNSEEN, few, np.full(K, np.nan), weak, SURE])
    assert is_person(trust).tolist() == [False, False, False, False, True]
    assert may_be_person(trust).tolist() == [False, False, False, True, True]


def test_a_hidden_leg_does_not_shrink_the_region_at_once():
    film = Film()
    film.show(person(300))
    before = np.ptp(film.tracker.tracks[0].box[[1, 3]])
    half_hidden = SURE.copy()
    half_hidden[person(300)[:, 1] > 320] = 0.0
    seen_half = box_round(person(300), half_hidden)
    after = np.ptp(film.tracker.boxes([1], seen_half[None])[0][[1, 3]])
    assert 0.7 * before < after <= before


def test_nobody_is_no_problem():
    tracker, nobody = Tracker(), people(np.zeros((0, 4)))
    assert [len(values) for values in tracker.regions(0.0)] == [0, 0, 0]
    assert len(tracker.follow(0.0, nobody, np.zeros(0, bool))) == 0
    assert len(tracker.welcome(0.0, nobody, [])) == 0
    assert tracker.unknown(0.0, np.zeros((0, 4)), np.zeros((0, 5))).shape == (0, 4)
    assert len(tracker.wants_look(0.0)) == 0 and len(tracker.step(0.0, nobody, np.zeros(0))) == 0


def test_two_people_meet_where_their_boxes_lie_over_each_other():
    boxes = np.array([[0, 0, 10, 30], [5, 0, 15, 30], [40, 0, 50, 30]], float)
    assert meeting(boxes).tolist() == [True, True, False]


def detection(px, score=0.9):
    return np.append(box_round(px), score)


def seen(*bodies):
    """People of whom px (K,2) is seen."""
    box = np.array([box_round(px) for px in bodies])
    return people(box, np.array(bodies), np.array([SURE] * len(bodies)))
