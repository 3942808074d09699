"""What the animator says about sides, feet and smoothness reaches the fit, where it was said and nowhere else."""

import dataclasses

import numpy as np
import pytest
from filmed import fitted, observations
from monorig.inference import retouch
from monorig.inference.edits import Edits, EditsError, Foot, Smooth, Span, apply
from monorig.inference.keypoints import INDEX
from monorig.inference.repair import MIRROR
from synthetic_motion import synthetic_motion

FRAMES = np.arange(100, 130)  # a take that starts in the middle of the file


@pytest.fixture(scope="module")
def truth():
    return synthetic_motion(people=1, frames=60, gaps=False)


def said(**edits):
    return retouch.said(Edits(**edits), np.array([1, 2]), FRAMES)


def test_edits_survive_the_way_through_json():
    edits = Edits(
        swap=((1, 2, 60),),
        sides=(Span(1, 10, 20),),
        feet=(Foot(1, 10, 20, "l", True), Foot(2, 5, 8, "r", False)),
        smooth=(Smooth(1, 10, 20, 2.5),),
    )
    assert Edits.from_json(edits.to_json()) == edits


@pytest.mark.parametrize(
    "data, word",
    [
        ({"sides": [{"identity": 1, "first": 20, "end": 20}]}, "range of frames"),
        ({"sides": [{"identity": 1, "first": 20}]}, "cannot be read"),
        ({"feet": [{"identity": 1, "first": 0, "end": 9, "foot": "x", "hold": True}]}, "foot"),
        ({"smooth": [{"identity": 1, "first": 0, "end": 9, "factor": 0}]}, "Smoothing"),
    ],
)
def test_what_nobody_can_mean_is_one_sentence(data, word):
    with pytest.raises(EditsError, match=word):
        Edits.from_json(data)


def test_two_who_are_swapped_exchange_places_from_the_frame_on():
    people = {1: [(t, 0) for t in range(10)], 2: [(t, 1) for t in range(4, 10)]}
    swapped = apply(Edits(swap=((1, 2, 106),)), people, FRAMES)
    assert swapped[1] == people[1][:6] + people[2][2:]
    assert swapped[2] == people[2][:2] + people[1][6:]


def test_a_range_is_one_of_the_files_frames_and_of_one_person():
    told = said(sides=(Span(2, 105, 110),), feet=(Foot(1, 100, 103, "r", False),))
    assert np.flatnonzero(told.sides[1]).tolist() == [5, 6, 7, 8, 9] and not told.sides[0].any()
    assert (told.feet[0, :3] == [0, 0, -1, -1]).all() and not told.feet[0, 3:].any()
    assert not told.feet[1].any()


def test_sides_exchanged_twice_are_as_they_were_and_nobody_is_missed():
    told = said(sides=(Span(1, 105, 110), Span(1, 105, 110), Span(7, 100, 200)))
    assert not told.sides.any()


def test_of_two_ranges_the_later_counts_and_smoothing_fades_at_the_ends():
    told = said(smooth=(Smooth(1, 110, 120, 4.0), Smooth(1, 110, 120, 2.0)))
    assert (told.smooth[0, 10:20] == 2.0).all() and (told.smooth[1] == 1.0).all()
    once = said(smooth=(Smooth(1, 110, 120, 2.0),)).smooth[0]
    assert once[0] == once[-1] == 1.0 and (np.diff(once[4:11]) > 0).all()


def test_sides_that_were_seen_wrong_are_put_right(truth):
    seen = observations(truth, px_noise=0.5, X_noise=0.005)
    wrong = list(seen)
    for t in range(20, 40):
        one = seen[t]
        mirrored = {n: getattr(one, n)[:, MIRROR] for n in ("px", "px_3d", "X")}
        wrong[t] = dataclasses.replace(one, **mirrored)
    first, end = (int(truth.frame[t]) for t in (20, 40))
    right = fitted(truth, seen, "raw")
    for edits, as_before in ((Edits(), False), (Edits(sides=(Span(1, first, end),)), True)):
        found = fitted(truth, wrong, "raw", edits=edits)
        same = np.allclose(found.X_cam, right.X_cam, atol=0.02)  # [m]
        assert same == as_before


def test_a_held_foot_stands_and_a_free_one_does_not(truth):
    first, end = (int(truth.frame[t]) for t in (20, 40))
    moved = {}
    for hold in (True, False):
        edits = Edits(feet=(Foot(1, first, end, "l", hold),))
        found = fitted(truth, solver="take", edits=edits)
        assert (found.contact[0, 20:40, :2] == hold).all()
        heel = found.X_cam[0, 22:37, INDEX["heel_l"]]
        moved[hold] = np.ptp(heel, axis=0).max()
    assert moved[True] < 0.04 and moved[False] > 0.3, moved  # [m]


def test_a_smoother_range_is_smoother_and_the_rest_stays(truth):
    first, end = (int(truth.frame[t]) for t in (20, 40))
    usual = fitted(truth, solver="take", planted=0.0)
    calm = fitted(
        truth, solver="take", planted=0.0, edits=Edits(smooth=(Smooth(1, first, end, 8.0),))
    )
    rough = [np.abs(np.diff(m.q[0, :, 6:], 2, axis=0)) for m in (usual, calm)]
    assert rough[1][22:36].mean() < 0.6 * rough[0][22:36].mean()
    assert abs(rough[1][:10].mean() / rough[0][:10].mean() - 1) < 0.1
