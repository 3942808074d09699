"""A user looks at who is in a take, leaves one out, draws the overlay and cleans up, in a real window."""

import statistics

import pytest
from blender_window import played

LONGEST = 0.003  # [s] of our part of a draw with five people
SLOW = 2.0  # so many times slower a machine may be that draws with its processor


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    return played("people_in_blender", tmp_path_factory)


def test_everybody_is_listed_and_one_left_out_comes_back_by_undo(seen):
    everybody = [[f"Person {number}", False] for number in range(1, 6)]
    assert seen["captured"] == ["DONE", everybody]
    assert seen["left_out"] == [*everybody[:4], ["Person 5", True]]
    assert seen["undone"] == everybody


def test_the_overlay_is_drawn_and_scrubbing_costs_little(seen):
    draws = seen["draws_s"]
    assert seen["overlay"] == "" and len(draws) > 5
    assert statistics.median(draws) < SLOW * LONGEST


def test_a_click_on_a_skeleton_chooses_the_person_and_escape_leaves_it(seen):
    assert seen["picked"] == [2, 0] and seen["pick_undone"] == 1
    assert seen["pick_left"] == [1, 0]


def test_the_unsure_range_is_found_and_its_sides_exchanged(seen):
    assert seen["unsure"] == [41, 50, 41]
    kept, span = seen["sides"]
    assert kept == [span]


def test_switched_off_nothing_is_left(seen):
    assert seen["finished"] and seen["left_behind"] == [False, False, False, 0]
