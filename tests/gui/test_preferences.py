"""A user of the preferences fetches a network, runs the self-test, installs a GPU runtime, in a real window."""

import pytest
from blender_window import played


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    return played("preferences_in_blender", tmp_path_factory)


def test_the_play_came_to_its_end_and_nothing_failed_to_draw(seen):
    assert seen["finished"]
    assert "Traceback" not in seen["said"] and "rna_uiItem" not in seen["said"]


def test_the_device_is_kept_in_the_user_folder(seen):
    assert seen["device"] == ["CPU", "CPU"]


def test_a_network_is_fetched_cancelled_and_removed(seen):
    assert seen["network"] == ["ABSENT", "ABSENT", "FETCHED", "ABSENT"]


def test_a_self_test_can_be_cancelled(seen):
    assert seen["cancelled"] == ["CANCELLED", "The self-test was cancelled."]


def test_a_runtime_installed_from_a_folder_is_used_until_it_is_removed(seen):
    assert seen["installed"] == ["DONE", True] and not seen["removed"]


def test_the_report_is_in_the_clipboard(seen):
    assert "Blender: " in seen["report"] and "Graphics card: " in seen["report"]
    assert "unknown" not in seen["report"]
