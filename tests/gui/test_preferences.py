"""A user opens the preferences, runs the self-test, installs and removes a GPU runtime, in a real window."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 600  # [s]


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
    script = ROOT / "tests" / "gui" / "preferences_in_blender.py"
    command = [*shlex.split(os.environ["MONORIG_BLENDER"]), "--factory-startup"]
    command += ["--python", str(script), "--", str(ROOT), str(results)]
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    for picture in results.glob("*.png") if os.environ.get("MONORIG_PICTURES") else ():
        shutil.copy(picture, os.environ["MONORIG_PICTURES"])
    told = results / "seen.json"
    assert told.exists(), done.stdout + done.stderr
    found = json.loads(told.read_text())
    assert "error" not in found, found["error"] + done.stdout + done.stderr
    return {**found, "said": done.stdout + done.stderr}


def test_the_play_came_to_its_end_and_nothing_failed_to_draw(seen):
    assert seen["finished"]
    assert "Traceback" not in seen["said"] and "rna_uiItem" not in seen["said"]


def test_the_device_is_kept_in_the_user_folder(seen):
    assert seen["device"] == ["CPU", "CPU"]


def test_a_self_test_can_be_cancelled(seen):
    assert seen["cancelled"] == ["CANCELLED", "The self-test was cancelled."]


def test_a_runtime_installed_from_a_folder_is_used_until_it_is_removed(seen):
    assert seen["installed"] == ["DONE", True] and not seen["removed"]


def test_the_report_is_in_the_clipboard(seen):
    assert "Blender: " in seen["report"] and "Graphics card: " in seen["report"]
    assert "unknown" not in seen["report"]
