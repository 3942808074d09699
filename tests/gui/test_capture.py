"""A user captures and fits again in a real window: progress, ESC, to the end, undo, switching off."""

import pytest
from blender_window import assert_short, played


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    return played("run_in_blender", tmp_path_factory)


def test_the_play_came_to_its_end(seen):
    assert seen["finished"]


def test_escape_cancels_and_leaves_the_scene_alone(seen):
    assert seen["after_escape"] == "CANCELLED" and not seen["escape_left_things"]


def test_a_capture_brings_people_while_the_user_edits_a_mesh(seen):
    assert seen["after_capture"] == ["DONE", "3 people captured, in the collection tone."]
    assert seen["people"] == ["tone Person 1", "tone Person 2", "tone Person 3"]
    assert seen["mode_after_capture"] == "EDIT"
    assert seen["modal_while_capturing"] == 0  # or Blender would save nothing by itself


def test_the_button_fits_again_and_one_undo_step_takes_it_back(seen):
    action, thigh, objects = seen["fit_before"]
    assert action == "tone Person 1 Take"
    assert seen["refit_cancelled"] == ["Cancelled. Everything is as it was.", seen["fit_before"]]
    sentence, (action, longer, after) = seen["refit_done"]
    assert sentence == "3 people fitted, in the collection tone."
    assert action == "tone Person 1 Live" and after == objects
    assert abs(longer - 1.1 * thigh) < 1e-3  # [m]
    assert seen["refit_undone"] == seen["fit_before"]


def test_one_undo_step_takes_a_capture_back_and_one_meanwhile_disturbs_nothing(seen):
    assert seen["made_by_second"] == 7 and seen["undo_is_one_step"]


def test_switching_the_add_on_off_ends_the_child_and_its_shortcut(seen):
    assert not seen["child_after_disabling"] and seen["shortcuts_left"] == 0


def test_our_calls_are_short(seen):
    """A play has a hundred ticks, half of which make the scene; a capture has a thousand a minute."""
    assert_short(seen, share=0.95)
