"""The ways of people who are followed: velocity, what is expected, a long coming and going, a take replayed."""

import numpy as np
import pytest
from crowds import Film, K, clothes, person
from monorig.inference.take import SHAPES, Observation
from monorig.inference.tracking import Tracker

STEP = 1 / 30  # [s]


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
        assert film.tracker.tracks[0].velocity == pytest.approx([60, 0], abs=1.0)  # [px/s]


def test_nobody_runs_away_while_unseen_for_long():
    film = Film()
    for i in range(10):
        film.show(person(300 + 1000 * i * STEP))
    last = film.tracker.tracks[0].px
    _, px, _ = film.tracker.regions(10.0)
    assert np.abs(px[0] - last).max() <= 1000 * 0.5 + 1


def test_two_pictures_at_the_same_time_are_no_problem():
    film = Film(step=0.0)
    assert film.show(person(300)) == film.show(person(302)) == [1]
    assert np.isfinite(film.tracker.tracks[0].velocity).all()
    assert np.isfinite(film.tracker.regions(0.0)[0]).all()


def test_numbers_are_never_used_again(rng):
    """People come and go at random places for ten seconds: whoever is new has a new number."""
    film, given, there = Film(), set(), {}
    for _ in range(300):
        there = {n: px for n, px in there.items() if rng.random() > 0.06}
        if rng.random() < 0.12:
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
    for _ in range(120):
        there = {n: px + rng.normal(3, 1, 2) for n, px in there.items() if rng.random() > 0.02}
        if rng.random() < 0.15:
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
        np.testing.assert_allclose(a.velocity, b.velocity)
        np.testing.assert_allclose(a.wardrobe.print, b.wardrobe.print)


def observed(film, looks):
    """What a take keeps of the picture that the film has just shown."""
    tracks = film.tracker.tracks
    arrays = {name: np.zeros((len(tracks), *shape)) for name, shape in SHAPES.items()}
    arrays["X"] = np.full((len(tracks), K, 3), np.nan)
    arrays["torso"] = np.array(looks, np.uint8).reshape(-1, *SHAPES["torso"])
    for row, track in enumerate(tracks):
        arrays["id"][row], arrays["box"][row] = track.id, track.box
        arrays["px"][row], arrays["confidence"][row] = track.px, track.shows("confidence")
    return Observation(0, film.time_s - film.seconds, **arrays)
