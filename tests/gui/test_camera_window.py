"""A user shows the floor by four clicks through the solved camera, in a real window."""

import pytest
from blender_window import played


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    return played("camera_in_blender", tmp_path_factory)


def test_escape_leaves_everything_as_it_was(seen):
    assert seen["left"] == ["LENS", 0]


def test_four_clicks_become_the_chosen_profile(seen):
    assert seen["profile"] == ["DONE", "PROFILE", "tone floor"]
    assert seen["off_deg"] < 0.3  # a pixel of the viewport
