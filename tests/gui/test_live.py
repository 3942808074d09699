"""A user goes live in a real window: two rigs follow, a take is recorded; see `live_in_blender`."""

import pytest
from blender_window import assert_short, played


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    return played("live_in_blender", tmp_path_factory)


def test_the_play_came_to_its_end(seen):
    assert seen["finished"] and seen["listed"] == [["Hero", 1], ["Friend", 2]]


def test_rigs_move_and_hold_their_pose_in_a_pause(seen):
    assert seen["moved"] and seen["held"]


def test_a_recording_is_an_action_on_every_armature(seen):
    assert seen["written"].startswith("Take 1 was recorded on ")
    for (name, start, end), rig in zip(seen["actions"], ("Hero", "Friend")):
        assert name == f"Live 1 {rig}" and start == 20 and end > 20 + 2.5 * 24


def test_stop_is_told_and_one_undo_step_takes_the_recording_back(seen):
    phase, sentence = seen["ending"]
    assert phase == "CANCELLED" and sentence.startswith("Live has stopped. Take 1 was recorded")
    assert seen["actions_after_undo"] == [] and seen["rigs_after_undo"] == [True, True]


def test_switching_the_add_on_off_ends_the_child(seen):
    assert not seen["child_after_disabling"]


def test_our_calls_are_short(seen):
    """Where the processor draws there are few ticks, a good part of them beginnings; see `test_live_ticks`."""
    assert_short(seen, share=0.5)
