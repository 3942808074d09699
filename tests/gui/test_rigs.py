"""A user gives two captured people two rigs in a real window, retargets both, and takes it back in one step."""

import pytest
from blender_window import played


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    return played("rigs_in_blender", tmp_path_factory)


def test_the_take_is_in_the_library_by_itself(seen):
    assert seen["capture"][0] == "DONE" and seen["library"] == ["take"]


def test_both_rigs_are_moved_and_one_undo_step_takes_it_back(seen):
    assert seen["retarget_people"] == ["DONE", "2 people retargeted."]
    assert all(seen["played"]) and len(set(seen["played"])) == 2
    assert seen["finished"] and seen["played_after_undo"] == ["", ""]
    assert seen["people_after_undo"] == ["dance Person 1", "dance Person 2"]
