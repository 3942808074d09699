"""Fingers in live mode: found beside the bodies, held between two looks, relaxed where nothing is seen."""

import threading
from concurrent.futures import wait
from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import hand_skeleton as hand
from monorig.inference import live_hands, take, wrists
from monorig.inference.hand_finder import Found
from monorig.inference.hand_fit import HandPoses
from monorig.inference.live_hands import NO_ARMS, Arms, LiveHands
from monorig.inference.video import Picture
from test_hands import IMAGE, network, somebody
from test_live import Parent, looking

NUMBER = 7


def seen_of(index, number=NUMBER):
    """Observation of somebody whose wrists are seen."""
    who, located, _ = somebody()
    nobody = take.empty_observation(index, index / 30)
    return take.Observation(
        index, index / 30, np.array([number]), who.box, who.px, who.confidence, located.px,
        located.visibility, located.X, located.presence, torso=np.zeros((1, *nobody.torso.shape[1:])),
    )  # fmt: skip


@pytest.fixture
def live(tmp_path):
    """live(**what the hand network says): LiveHands, closed at the end."""
    opened = []

    def make(**said):
        opened.append(LiveHands(network(tmp_path, **said)))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def watch(hands, index, number=NUMBER, arms=NO_ARMS):
    """Looks at one picture to the end; the next call takes in what was found."""
    hands.watch(Picture(index, index / 30, IMAGE), seen_of(index, number), arms)
    wait([hands._look])


def test_what_is_seen_bends_the_fingers_and_stays_until_the_next_look(live):
    hands = live()
    assert (hands.angles([NUMBER]) == hand.RELAXED).all()
    for index in range(3):
        watch(hands, index)
    found = hands.angles([NUMBER, 8])
    knuckle = hand.DOF_NAMES.index("index_1_bend")
    assert (found[0, :, knuckle] < hand.RELAXED[knuckle] - np.radians(5)).all()  # an open hand
    assert (found[1] == hand.RELAXED).all() and hands.looks == 2
    np.testing.assert_array_equal(hands.angles([NUMBER])[0], found[0])


def test_hands_that_are_not_seen_any_more_relax_and_who_left_is_forgotten(live):
    hands = live()
    for index in range(3):
        watch(hands, index)
    before = np.abs(hands.angles([NUMBER]) - hand.RELAXED).max()
    hands._finder.look = lambda picture, numbers, *_: nothing(len(numbers))
    for index in range(3, 40):
        watch(hands, index)
    after = np.abs(hands.angles([NUMBER]) - hand.RELAXED).max()
    assert before > np.radians(5) and after < 0.1 * before
    watch(hands, 40, number=8)
    watch(hands, 41, number=8)
    assert (hands.angles([NUMBER]) == hand.RELAXED).all()


@pytest.mark.parametrize("turned_round", [False, True])
def test_wrists_are_as_far_from_the_fit_as_palms_were_from_the_forearms(
    live, monkeypatch, rng, turned_round
):
    fitted, beside = rng.uniform(-0.2, 0.2, (2, 1, 2, 3))
    R_forearm = np.linalg.qr(rng.normal(size=(1, 2, 3, 3)))[0]
    R_forearm *= np.linalg.det(R_forearm)[..., None, None]
    _, _, R_palm = wrists.moved(fitted, R_forearm, beside)
    if turned_round:
        R_palm = R_palm @ np.diag([1.0, -1.0, -1.0])
    poses = HandPoses(np.tile(hand.RELAXED, (2, 1)), R_palm[0], np.ones(2))
    monkeypatch.setattr(live_hands.hand_fit, "fit", lambda *_: poses)
    hands, arms = live(), Arms([NUMBER], fitted, R_forearm)
    assert (hands.beside([NUMBER]) == 0).all()
    for index in range(2):
        watch(hands, index, arms=arms)
    expected = np.zeros_like(beside) if turned_round else beside
    np.testing.assert_allclose(hands.beside([NUMBER]), expected, atol=1e-9)
    assert (hands.beside([8]) == 0).all()


def test_who_has_no_pose_yet_has_wrists_as_the_fit_will_have_them(live):
    hands = live()
    for index in range(2):
        watch(hands, index)
    assert (hands.beside([NUMBER]) == 0).all() and hands.looks == 1


def nothing(people):
    return Found(
        np.full((people, 2, 21, 2), np.nan), np.full((people, 2, 21, 3), np.nan), np.zeros((people, 2))
    )  # fmt: skip


def test_pictures_that_come_during_a_look_are_left_out(monkeypatch):
    go, looked = threading.Event(), []

    def look(picture, numbers, people, located):
        looked.append(picture.index)
        assert go.wait(10)
        return nothing(len(numbers))

    monkeypatch.setattr(live_hands, "HandFinder", lambda *_, **__: SimpleNamespace(look=look))
    hands = LiveHands(None)
    for index in range(5):
        hands.watch(Picture(index, index / 30, IMAGE), seen_of(index), NO_ARMS)
    go.set()
    wait([hands._look])
    watch(hands, 9)
    hands.close()
    assert looked == [0, 9] and hands.looks == 1


def test_what_goes_wrong_in_a_look_is_raised(monkeypatch):
    def look(*_):
        raise RuntimeError("boom")

    monkeypatch.setattr(live_hands, "HandFinder", lambda *_, **__: SimpleNamespace(look=look))
    hands = LiveHands(None)
    watch(hands, 0)
    with pytest.raises(RuntimeError, match="boom"):
        hands.watch(Picture(1, 0.1, IMAGE), seen_of(1), NO_ARMS)
    hands.close()


def test_a_session_has_its_hands_watched_with_the_arms_of_the_same_picture(monkeypatch):
    def feed(_turn, stop):
        yield 0.0, IMAGE
        stop.wait(10)

    watched = []
    session, reader = looking(monkeypatch, Parent("found", 1), feed)
    session._hands = SimpleNamespace(watch=lambda *what: watched.append(what))
    while session.frames == 0:
        session.look()
    reader.close()
    ((picture, seen, arms),) = watched
    assert picture.index == seen.index and arms is session._people.arms
