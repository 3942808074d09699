"""Least cost of giving people to people, and what makes them unlike."""

import itertools

import numpy as np
import pytest
from crowds import SURE, K, box_round, clothes, person
from monorig.inference.affinity import LIKE_SIZE, buffered_overlaps, overlaps, people, unlikeness
from monorig.inference.assignment import assign, clear
from monorig.inference.tracking import STRANGER

LIMIT = 0.7


def saved(cost, rows, columns):
    return (LIMIT - cost[rows, columns]).sum()


def some_costs(rng, shape, ties):
    cost = rng.random(shape)
    cost[rng.random(shape) < 0.3] = np.inf
    return np.round(cost * 4) / 4 if ties else cost


@pytest.mark.parametrize("ties", [False, True])
def test_the_assignment_is_the_best_of_all(rng, ties):
    for _ in range(60):
        n, m = sorted(int(side) for side in rng.integers(0, 6, 2))
        cost = some_costs(rng, (n, m), ties)
        gain = np.where(cost < LIMIT, LIMIT - cost, 0)
        best = max(gain[range(n), list(p)].sum() for p in itertools.permutations(range(m), n))
        for table in (cost, cost.T):
            assert saved(table, *assign(table, LIMIT)) == pytest.approx(best, abs=1e-12)


def test_the_assignment_is_that_of_scipy(rng):
    optimize = pytest.importorskip("scipy.optimize", reason="scipy is not installed")
    for _ in range(200):
        cost = some_costs(rng, rng.integers(1, 30, 2), rng.random() < 0.3)
        clipped = np.where(cost < LIMIT, cost, LIMIT)
        theirs = optimize.linear_sum_assignment(clipped)
        assert saved(cost, *assign(cost, LIMIT)) == pytest.approx(saved(clipped, *theirs))


def test_nobody_is_given_twice_or_beyond_the_limit(rng):
    for _ in range(100):
        cost = some_costs(rng, rng.integers(0, 12, 2), False)
        rows, columns = assign(cost, LIMIT)
        assert len(set(rows)) == len(rows) and len(set(columns)) == len(columns)
        assert (np.diff(rows) > 0).all() and (cost[rows, columns] < LIMIT).all()


def test_the_nearest_is_not_taken_where_that_costs_more_in_total():
    cost = np.array([[0.1, 0.2], [0.15, 0.6]])
    rows, columns = assign(cost, LIMIT)
    assert columns.tolist() == [1, 0]


def test_nan_and_infinite_costs_are_no_pairs():
    cost = np.array([[np.nan, np.inf], [0.2, np.nan]])
    assert [part.tolist() for part in assign(cost, LIMIT)] == [[1], [0]]


def test_what_another_comes_near_to_is_not_clear():
    cost = np.array([[0.1, 0.9, 0.5], [0.8, 0.15, 0.55], [0.9, 0.8, 0.5]])
    left = clear(cost, 0.12)
    assert np.isfinite(left).tolist() == [
        [True, True, False],
        [True, True, False],
        [True, True, False],
    ]
    np.testing.assert_array_equal(left[:, :2], cost[:, :2])
    assert np.isinf(clear(np.array([[0.2, 0.25]]), 0.12)).all()
    assert (
        clear(np.zeros((0, 3)), 0.1).shape == (0, 3) and clear(np.array([[0.2]]), 0.1)[0, 0] == 0.2
    )


def test_overlaps_are_intersection_over_union():
    boxes = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [20, 20, 30, 30], [0, 0, 0, 0]], float)
    np.testing.assert_allclose(overlaps(boxes, boxes[:1])[:, 0], [1, 1 / 3, 0, 0])


def test_grown_boxes_overlap_who_did_not():
    a, b = np.array([[0, 0, 10, 10.0]]), np.array([[12, 0, 22, 10.0]])
    assert overlaps(a, b)[0, 0] == 0 and buffered_overlaps(a, b, np.array([0.5]))[0, 0] > 0.1


def seen(*bodies, **more):
    box = np.array([box_round(px) for px in bodies])
    return people(box, np.array(bodies), np.array([SURE] * len(bodies)), **more)


NOW = np.zeros(1)


def test_the_same_person_is_not_unlike():
    one = seen(person(300), looks=np.array([clothes(3)]))
    assert unlikeness(one, one, NOW)[0, 0] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    "like, less_like",
    [
        (seen(person(305)), seen(person(340))),
        (seen(person(300)), seen(person(300, figure=1))),
        (
            seen(person(305), looks=np.array([clothes(3)])),
            seen(person(305), looks=np.array([clothes(20)])),
        ),
        (
            seen(person(305), X=np.zeros((1, K, 3))),
            seen(person(305), X=np.full((1, K, 3), 0.2)),
        ),
    ],
    ids=["place", "pose", "clothes", "3D pose"],
)
def test_every_cue_counts(like, less_like):
    known = seen(person(300), X=np.zeros((1, K, 3)), looks=np.array([clothes(3)]))
    assert unlikeness(known, like, NOW)[0, 0] < unlikeness(known, less_like, NOW)[0, 0]


@pytest.mark.parametrize("stranger", [person(900), person(300, height=60), person(300, height=900)])
def test_who_is_too_far_or_of_another_size_is_impossible(stranger):
    assert unlikeness(seen(person(300)), seen(stranger), NOW)[0, 0] == np.inf


def test_boxes_alone_will_do():
    boxes = people([[0, 0, 50, 150], [200, 0, 250, 150]])
    cost = unlikeness(boxes, boxes, np.zeros(2))
    assert np.isfinite(cost).tolist() == [[True, False], [False, True]]


def without_legs(px):
    """Somebody whose lower half is hidden: the box is half as high."""
    trust = np.where(px[:, 1] > np.median(px[:, 1]), 0.0, SURE)
    return people(box_round(px, trust)[None], px[None], trust[None])


def test_whose_legs_vanish_goes_on_where_the_rest_agrees():
    whole, half = seen(person(300, height=400)), without_legs(person(304, height=400))
    assert np.ptp(whole.box[0, 1::2]) > LIKE_SIZE * np.ptp(half.box[0, 1::2])
    assert unlikeness(whole, half, NOW)[0, 0] < STRANGER


def test_half_a_body_in_another_pose_is_somebody_else():
    whole, half = seen(person(300, height=400)), without_legs(person(300, height=400, figure=1))
    assert unlikeness(whole, half, NOW)[0, 0] == np.inf


def test_whoever_was_hidden_for_a_while_has_to_be_as_large_again():
    whole, half = seen(person(300, height=400)), without_legs(person(304, height=400))
    assert unlikeness(whole, half, NOW + 0.5)[0, 0] == np.inf
