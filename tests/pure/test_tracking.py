"""People followed from picture to picture: kept, lost, found again, never mixed up by number."""

import numpy as np
import pytest
from crowds import SURE, UNSEEN, Film, K, clothes, person
from monorig.inference.affinity import people
from monorig.inference.take import SHAPES, Observation
from monorig.inference.tracking import (
    CONFIRMED,
    NOBODY,
    REMEMBERED,
    WAITED,
    Tracker,
    doubles,
    is_person,
    keypoint_box,
    may_be_person,
    meeting,
)

STEP = 1 / 30  # [s]
SEEN_OFTEN = CONFIRMED + 5  # pictures


def test_people_are_numbered_from_one_as_they_are_met():
    assert Film().show(person(100), person(400), person(700)) == [1, 2, 3]


@pytest.mark.parametrize("speed", [0.0, 200.0, -900.0])
def test_somebody_at_constant_velocity_is_expected_in_the_right_place(speed):
    film = Film()
    for i in range(21):
        assert film.show(person(500 + speed * i * STEP)) == [1]
    _, px, _ = film.tracker.regions(21 * STEP)
    away = np.abs(px[0] - person(500 + speed * 21 * STEP)).max()
    assert away < 0.05 * abs(speed) * STEP + 1e-6  # of the way in one picture


def test_velocity_does_not_depend_on_the_rate_of_the_pictures():
    for step in (1 / 240, 1 / 30, 1 / 8):
        film = Film(step)
        for i in range(16):
            film.show(person(300 + 60 * i * step))
        assert film.tracker.tracks[0].velocity() == pytest.approx([60, 0], abs=1.0)  # [px/s]


def test_nobody_runs_away_while_unseen_for_long():
    film = Film()
    for i in range(10):
        film.show(person(300 + 1000 * i * STEP))
    last = film.tracker.tracks[0].px
    _, px, _ = film.tracker.regions(10.0)
    assert np.abs(px[0] - last).max() <= 1000 * 0.5 + 1


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
    there = np.array([keypoint_box(person(x), SURE) for x in (300, 700)])
    found = [detection(person(x)) for x in (303, 696, 1100)]
    unknown = film.tracker.unknown(film.time_s, there, np.array(found))
    np.testing.assert_allclose(unknown, [detection(person(1100))[:4]])


def test_weak_detections_are_greeted_only_while_somebody_is_missed():
    film, weak = Film(), np.array([detection(person(700), score=0.4)])
    film.hold(SEEN_OFTEN, person(300))
    there = np.array([keypoint_box(person(300), SURE)])
    assert len(film.tracker.unknown(film.time_s, there, weak)) == 0
    film.show()
    assert len(film.tracker.unknown(film.time_s, there[:0], weak)) == 1


def test_a_known_box_grows_to_a_larger_detection():
    film = Film()
    film.show(person(300))
    box = keypoint_box(person(300), SURE)[None]
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


def test_numbers_are_never_used_again(rng):
    """People come and go at random places for half a minute: whoever is new has a new number."""
    film, given, there = Film(), set(), {}
    for _ in range(900):
        there = {n: px for n, px in there.items() if rng.random() > 0.03}
        if rng.random() < 0.05:
            there[len(given) + 1000] = person(rng.uniform(0, 9000))
        lost = {track.id for track in film.tracker.lost}
        before = {track.id for track in film.tracker.tracks}
        numbers = film.show(*there.values())
        new = set(numbers) - before - lost
        assert not new & given and len(set(numbers)) == len(numbers)
        given |= new
        there = dict(zip(numbers, there.values()))
    assert len(given) > 15


def test_a_replayed_take_leaves_the_tracker_as_it_was(rng):
    film, log, there = Film(), [], {}
    for _ in range(240):
        there = {n: px + rng.normal(3, 1, 2) for n, px in there.items() if rng.random() > 0.02}
        if rng.random() < 0.1:
            there[-1] = person(rng.uniform(0, 5000))
        looks = [clothes(n % 30) for n in range(len(there))]
        numbers = film.show(*there.values(), looks=looks)
        there = dict(zip(numbers, there.values()))
        log.append(observed(film, looks))
    replayed = Tracker()
    for one in log:
        replayed.replay(one)
    live = film.tracker
    assert replayed.next_id == live.next_id and len(live.tracks) >= 3
    for a, b in zip((*replayed.tracks, *replayed.lost), (*live.tracks, *live.lost), strict=True):
        assert (a.id, a.time_s, a.seen) == (b.id, b.time_s, b.seen)
        for name in ("px", "box"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-9)
        np.testing.assert_allclose(a.velocity(), b.velocity())
        np.testing.assert_allclose(a.wardrobe.print, b.wardrobe.print)


def test_a_hidden_leg_does_not_shrink_the_region_at_once():
    film = Film()
    film.show(person(300))
    before = np.ptp(film.tracker.tracks[0].box[[1, 3]])
    half_hidden = SURE.copy()
    half_hidden[person(300)[:, 1] > 320] = 0.0
    seen_half = keypoint_box(person(300), half_hidden)
    after = np.ptp(film.tracker.boxes([1], seen_half[None])[0][[1, 3]])
    assert 0.7 * before < after <= before


def test_nobody_is_no_problem():
    tracker, nobody = Tracker(), people(np.zeros((0, 4)))
    assert [len(values) for values in tracker.regions(0.0)] == [0, 0, 0]
    assert len(tracker.follow(0.0, nobody, np.zeros(0, bool))) == 0
    assert len(tracker.welcome(0.0, nobody, [])) == 0
    assert tracker.unknown(0.0, np.zeros((0, 4)), np.zeros((0, 5))).shape == (0, 4)
    assert len(tracker.wants_look(0.0)) == 0 and len(tracker.step(0.0, nobody, np.zeros(0))) == 0


def test_two_pictures_at_the_same_time_are_no_problem():
    film = Film(step=0.0)
    assert film.show(person(300)) == film.show(person(302)) == [1]
    assert np.isfinite(film.tracker.tracks[0].velocity()).all()
    assert np.isfinite(film.tracker.regions(0.0)[0]).all()


def test_two_people_meet_where_their_boxes_lie_over_each_other():
    boxes = np.array([[0, 0, 10, 30], [5, 0, 15, 30], [40, 0, 50, 30]], float)
    assert meeting(boxes).tolist() == [True, True, False]


def detection(px, score=0.9):
    return np.append(keypoint_box(px, SURE), score)


def seen(*bodies):
    """People of whom px (K,2) is seen."""
    box = np.array([keypoint_box(px, SURE) for px in bodies])
    return people(box, np.array(bodies), np.array([SURE] * len(bodies)))


def observed(film, looks):
    """What a take keeps of the picture that the film has just shown."""
    tracks = film.tracker.tracks
    arrays = {name: np.zeros((len(tracks), *shape)) for name, shape in SHAPES.items()}
    arrays["X"] = np.full((len(tracks), K, 3), np.nan)
    arrays["torso"] = np.array(looks, np.uint8).reshape(-1, *SHAPES["torso"])
    for row, track in enumerate(tracks):
        arrays["id"][row], arrays["box"][row] = track.id, track.box
        arrays["px"][row], arrays["confidence"][row] = track.px, track.confidence
    return Observation(0, film.time_s - film.seconds, **arrays)
