"""A user captures and fits again in a real window: progress, ESC, to the end, undo, switching off.

The command that starts Blender is in MONORIG_BLENDER, the display in DISPLAY. Pictures of what the
user saw are kept in MONORIG_PICTURES where that names a folder.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 900  # [s]
USUAL, LONGEST = 0.010, 0.050  # [s]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What happened in the window."""
    if not os.environ.get("MONORIG_BLENDER"):
        pytest.skip("MONORIG_BLENDER names no command that starts Blender")
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        pytest.skip("DISPLAY names no display")
    home, results = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("results")
    place = home / "extensions" / "user_default"
    place.mkdir(parents=True)
    (place / "monorig").symlink_to(ROOT, target_is_directory=True)
    command = shlex.split(os.environ["MONORIG_BLENDER"])
    command += ["--factory-startup", "--enable-event-simulate", "--python-exit-code", "9"]
    command += ["--python", str(ROOT / "tests" / "gui" / "run_in_blender.py")]
    command += ["--", str(ROOT), str(results)]
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    if os.environ.get("MONORIG_PICTURES"):
        for picture in results.glob("*.png"):
            shutil.copy(picture, os.environ["MONORIG_PICTURES"])
    told = results / "seen.json"
    assert told.exists(), done.stdout + done.stderr
    found = json.loads(told.read_text())
    assert "error" not in found, found["error"] + done.stdout + done.stderr
    return found


def test_the_play_came_to_its_end(seen):
    assert seen["finished"]


def test_escape_cancels_and_leaves_the_scene_alone(seen):
    assert seen["after_escape"] == "CANCELLED" and not seen["escape_left_things"]


def test_a_capture_brings_people_while_the_user_edits_a_mesh(seen):
    assert seen["after_capture"] == ["DONE", "3 people captured, in the collection tone."]
    assert seen["people"] == ["tone Person 1", "tone Person 2", "tone Person 3"]
    assert seen["mode_after_capture"] == "EDIT"


def test_the_button_fits_again_and_one_undo_step_takes_it_back(seen):
    action, thigh, objects = seen["fit_before"]
    assert action == "tone Person 1 Take"
    assert seen["refit_cancelled"] == ["Cancelled. Everything is as it was.", seen["fit_before"]]
    sentence, (action, longer, after) = seen["refit_done"]
    assert sentence == "3 people fitted, in the collection tone."
    assert action == "tone Person 1 Live" and after == objects
    assert abs(longer - 1.1 * thigh) < 1e-3  # [m]
    assert seen["refit_undone"] == seen["fit_before"]


def test_one_undo_step_takes_a_capture_back(seen):
    assert seen["made_by_second"] == 7 and seen["undo_is_one_step"]


def test_switching_the_add_on_off_ends_the_child_and_its_shortcut(seen):
    assert not seen["child_after_disabling"] and seen["shortcuts_left"] == 0


def test_our_calls_are_short(seen):
    """A play has a hundred ticks, half of which make the scene; a capture has a thousand a minute."""
    ticks = sorted(seen["ticks_s"])
    assert len(ticks) > 50
    assert ticks[int(0.95 * len(ticks))] <= USUAL and ticks[-1] <= LONGEST
