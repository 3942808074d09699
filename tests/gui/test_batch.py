"""A user captures a queue of clips in a real window; one of the clips is broken."""

import pytest
from blender_window import played


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    return played("batch_in_blender", tmp_path_factory)


def test_the_broken_clip_is_said_and_the_others_are_there(seen):
    assert seen["finished"]
    assert seen["rows"] == [
        ["dance.mp4", "done", ""],
        ["empty.mp4", "failed", "The file clip.mp4 is not a video."],
        ["walk.mp4", "done", ""],
    ]
    assert {"dance", "walk"} <= set(seen["collections"]) and "empty" not in seen["collections"]


def test_the_queue_on_disk_says_the_same(seen):
    assert seen["on_disk"] == ["done", "failed", "done"]
