"""Every panel in a real window, dark and light, at two scales: nothing fails to draw; pictures are for people."""

import pytest
from blender_window import played


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    return played("looks_in_blender", tmp_path_factory)


def test_every_panel_is_drawn_in_every_look(seen):
    assert seen["finished"]
    assert "Traceback" not in seen["said"] and "rna_uiItem" not in seen["said"]


def test_a_translation_reaches_blenders_own_table(seen):
    if not seen["has_languages"]:
        pytest.skip("this Blender comes without languages")
    assert seen["translated"] == ["Aufnehmen", "tone zeigt: take."]
