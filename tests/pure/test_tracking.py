"""People followed from picture to picture: kept, lost, found again, never mixed up by number."""

import numpy as np
import pytest
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.take import SHAPES, Observation
from monorig.inference.tracking import REMEMBERED, Tracker, is_person, keypoint_box, overlaps

K = len(KEYPOINTS)
STEP = 1 / 30  # [s]


def person(x, y=300.0, height=200.0):
    """px (K,2) of somebody standing with the middle at (x, y), always the same figure."""
    figure = np.random.default_rng(0).uniform([-0.2, -0.5], [0.2, 0.5], (K, 2))
    return np.array([x, y]) + height * figure


SURE = np.full(K, 0.9)
UNSEEN = np.full(K, 0.05)


def detection(px, score=0.9):
    return np.append(keypoint_box(px, SURE), score)


def tracker_with(*people, time_s=0.0):
    """A tracker that has just met these people (px of each)."""
    tracker = Tracker()
    tracker.welcome(time_s, list(people), [SURE] * len(people))
    return tracker


def ids(tracker):
    return [track.id for track in tracker.tracks]


def see(tracker, time_s, *people):
    """One picture in which the tracked people are seen there; None = not seen."""
    px = np.array([track.px if p is None else p for track, p in zip(tracker.tracks, people)])
    confidence = np.array([UNSEEN if p is None else SURE for p in people])
    return tracker.update(time_s, px, confidence)


def test_people_are_numbered_from_one_as_they_are_met():
    assert ids(tracker_with(person(100), person(400), person(700))) == [1, 2, 3]


@pytest.mark.parametrize("speed", [0.0, 200.0, -900.0])
def test_somebody_at_constant_velocity_is_expected_in_the_right_place(speed):
    tracker = tracker_with(person(500))
    for i in range(1, 21):
        assert see(tracker, i * STEP, person(500 + speed * i * STEP)).all()
    boxes, px, _ = tracker.regions(21 * STEP)
    expected = person(500 + speed * 21 * STEP)
    assert np.abs(px[0] - expected).max() < 1.0  # [px]
    seen_box = keypoint_box(expected, SURE)
    assert overlaps(boxes, seen_box)[0] > 0.95 and ids(tracker) == [1]


def test_velocity_does_not_depend_on_the_rate_of_the_pictures():
    for step in (1 / 240, 1 / 30, 1 / 8):
        tracker = tracker_with(person(300))
        for i in range(1, 16):
            see(tracker, i * step, person(300 + 60 * i * step))
        assert tracker.tracks[0].velocity == pytest.approx([60, 0], abs=1.0)  # [px/s]


def test_nobody_runs_away_while_unseen_for_long():
    tracker = tracker_with(person(300))
    for i in range(1, 10):
        see(tracker, i * STEP, person(300 + 1000 * i * STEP))
    last = tracker.tracks[0].px
    _, px, _ = tracker.regions(10.0)
    assert np.abs(px[0] - last).max() <= 1000 * 0.25 + 1


@pytest.mark.parametrize("away, same", [(0.2, True), (0.9, True), (REMEMBERED + 0.3, False)])
def test_somebody_lost_takes_the_number_again_within_a_second(away, same):
    tracker = tracker_with(person(300))
    see(tracker, STEP, person(302))
    assert not see(tracker, 2 * STEP, None).any() and ids(tracker) == []
    later = STEP + away
    assert tracker.welcome(later, [person(310)], [SURE]).all()
    assert ids(tracker) == ([1] if same else [2])


@pytest.mark.parametrize("other", [person(900), person(300, height=50), person(300, height=700)])
def test_somebody_elsewhere_or_of_another_size_gets_a_new_number(other):
    tracker = tracker_with(person(300))
    see(tracker, STEP, None)
    tracker.welcome(2 * STEP, [other], [SURE])
    assert ids(tracker) == [2]


def test_a_number_is_taken_again_by_one_only():
    tracker = tracker_with(person(300))
    see(tracker, STEP, None)
    tracker.welcome(2 * STEP, [person(300), person(345)], [SURE, SURE])
    assert sorted(ids(tracker)) == [1, 2]


def test_somebody_is_missed_for_a_second_only():
    tracker = tracker_with(person(300))
    assert not tracker.missed(0.0)
    see(tracker, STEP, None)
    assert tracker.missed(0.5) and not tracker.missed(REMEMBERED + 0.5)


def test_of_two_tracks_on_one_body_the_one_that_jumped_is_dropped():
    tracker = tracker_with(person(300), person(500))
    for i in range(1, 4):
        see(tracker, i * STEP, person(300), person(500))
    kept = see(tracker, 4 * STEP, person(301), person(303))  # the second slid onto the first
    assert kept.tolist() == [True, False] and ids(tracker) == [1]


def test_two_people_side_by_side_are_both_kept():
    tracker = tracker_with(person(300), person(360))
    assert see(tracker, STEP, person(301), person(359)).all()


def test_detections_of_known_people_are_not_greeted():
    tracker = tracker_with(person(300), person(700))
    found = [detection(person(303)), detection(person(696)), detection(person(1100))]
    unknown = tracker.unknown(STEP, np.array(found))
    np.testing.assert_allclose(unknown, [detection(person(1100))[:4]])


def test_weak_detections_are_greeted_only_while_somebody_is_missed():
    tracker = tracker_with(person(300))
    weak = np.array([detection(person(700), score=0.4)])
    assert len(tracker.unknown(STEP, weak)) == 0
    see(tracker, STEP, None)
    assert len(tracker.unknown(2 * STEP, weak)) == 1


def test_a_known_box_learns_from_a_larger_detection():
    tracker = tracker_with(person(300))
    larger = detection(person(300, height=240))
    tracker.unknown(0.0, larger[None])
    box = tracker.tracks[0].box
    assert (box[:2] <= larger[:2] + 1e-9).all() and (box[2:] >= larger[2:4] - 1e-9).all()


def test_a_body_that_is_already_followed_is_not_welcome():
    tracker = tracker_with(person(300))
    assert tracker.welcome(STEP, [person(302), person(304)], [SURE, SURE]).tolist() == [
        False,
        False,
    ]
    assert ids(tracker) == [1]


def test_the_same_new_body_detected_twice_is_welcomed_once():
    tracker = Tracker()
    assert tracker.welcome(0.0, [person(300), person(303)], [SURE, SURE]).tolist() == [True, False]


def test_what_is_no_person_is_not_welcome():
    few = UNSEEN.copy()
    few[:4] = 0.9
    tracker = Tracker()
    assert not tracker.welcome(0.0, [person(300), person(600)], [UNSEEN, few]).any()
    assert not is_person(np.full(K, np.nan)) and not is_person(few) and is_person(SURE)


def test_numbers_are_never_used_again(rng):
    """People come and go at random places for half a minute: whoever is new has a new number."""
    tracker, given = Tracker(), set()
    for i in range(1, 900):
        time_s = i * STEP
        if tracker.tracks:
            there = [None if rng.random() < 0.03 else track.px for track in tracker.tracks]
            see(tracker, time_s, *there)
        before, lost = set(ids(tracker)), {track.id for track in tracker.lost}
        if rng.random() < 0.05:
            tracker.welcome(time_s, [person(rng.uniform(0, 9000))], [SURE])
        new = set(ids(tracker)) - before
        assert not new & (given - lost)
        given |= new
        assert len(ids(tracker)) == len(set(ids(tracker)))
    assert len(given) > 15


def test_the_order_of_people_stays_while_some_leave():
    tracker = tracker_with(person(100), person(400), person(700))
    assert see(tracker, STEP, person(100), None, person(700)).tolist() == [True, False, True]
    assert ids(tracker) == [1, 3]


def observed(tracker, time_s):
    """What a take keeps of the picture that the tracker has just seen."""
    arrays = {name: np.zeros((len(tracker.tracks), *shape)) for name, shape in SHAPES.items()}
    for row, track in enumerate(tracker.tracks):
        arrays["id"][row], arrays["box"][row] = track.id, track.box
        arrays["px"][row], arrays["confidence"][row] = track.px, track.confidence
    return Observation(0, time_s, **arrays)


def test_a_replayed_take_leaves_the_tracker_as_it_was(rng):
    live, log = Tracker(), []
    for i in range(1, 240):
        time_s = i * STEP
        if live.tracks:
            see(
                live,
                time_s,
                *(None if rng.random() < 0.02 else t.px + rng.normal(3, 1, 2) for t in live.tracks),
            )
        if rng.random() < 0.1:
            live.welcome(time_s, [person(rng.uniform(0, 5000))], [SURE])
        log.append(observed(live, time_s))
    replayed = Tracker()
    for seen in log:
        replayed.replay(seen)
    assert (ids(replayed), replayed.next_id) == (ids(live), live.next_id) and len(ids(live)) >= 3
    for a, b in zip((*replayed.tracks, *replayed.lost), (*live.tracks, *live.lost)):
        assert (a.id, a.time_s) == (b.id, b.time_s)
        for name in ("px", "box", "velocity"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-9, err_msg=name)


def test_a_replay_tells_who_was_lost_and_missed():
    tracker, log = tracker_with(person(300), person(700)), []
    log.append(observed(tracker, 0.0))
    see(tracker, STEP, person(300), None)
    log.append(observed(tracker, STEP))
    see(tracker, 2 * STEP, person(300))
    log.append(observed(tracker, 2 * STEP))
    replayed = Tracker()
    assert [replayed.replay(seen) for seen in log] == [(False, False), (True, True), (False, True)]


def test_a_hidden_leg_does_not_shrink_the_region_at_once():
    tracker = tracker_with(person(300))
    before = np.ptp(tracker.tracks[0].box[[1, 3]])
    half_hidden = SURE.copy()
    half_hidden[person(300)[:, 1] > 320] = 0.0
    tracker.update(STEP, person(300)[None], half_hidden[None])
    after = np.ptp(tracker.tracks[0].box[[1, 3]])
    assert 0.7 * before < after <= before


def test_nobody_is_no_problem():
    tracker = Tracker()
    assert [len(values) for values in tracker.regions(0.0)] == [0, 0, 0]
    assert len(tracker.update(0.0, np.zeros((0, K, 2)), np.zeros((0, K)))) == 0
    assert tracker.unknown(0.0, np.zeros((0, 5))).shape == (0, 4)
    assert len(tracker.welcome(0.0, [], [])) == 0


def test_two_pictures_at_the_same_time_are_no_problem():
    tracker = tracker_with(person(300))
    see(tracker, 0.0, person(310))
    assert (
        np.isfinite(tracker.tracks[0].velocity).all() and np.isfinite(tracker.regions(0.0)[0]).all()
    )


def test_overlaps_are_intersection_over_union():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [0, 0, 0, 0]], float)
    np.testing.assert_allclose(overlaps(boxes, np.array([0, 0, 10, 10.0])), [1, 1 / 3, 0, 0])
