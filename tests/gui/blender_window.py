"""Starts a Blender with a window that plays a part, and gives what was seen there.

The command that starts Blender is in MONORIG_BLENDER, the display in DISPLAY. Pictures of what the user saw are
kept in MONORIG_PICTURES where that names a folder.
"""

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 1800  # [s]
USUAL, LONGEST = 0.010, 0.050  # [s] of processor time, where the yardstick of a play takes YARD
YARD = 0.005


def played(play, tmp_path_factory, checkout=True):
    """What a play (name of a module of this folder) saw in a window; skips where there is none.

    checkout   whether this checkout is there as an extension; False = Blender as it comes
    """
    if not os.environ.get("MONORIG_BLENDER"):
        pytest.skip("MONORIG_BLENDER names no command that starts Blender")
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        pytest.skip("DISPLAY names no display")
    home, results = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("results")
    if checkout:
        place = home / "extensions" / "user_default"
        place.mkdir(parents=True)
        (place / "monorig").symlink_to(ROOT, target_is_directory=True)
    command = shlex.split(os.environ["MONORIG_BLENDER"])
    command += ["--factory-startup", "--enable-event-simulate", "--python-exit-code", "9"]
    command += ["--python", str(ROOT / "tests" / "gui" / f"{play}.py")]
    command += ["--", str(ROOT), str(results)]
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
    if os.environ.get("MONORIG_PICTURES"):
        for picture in results.glob("*.png"):
            shutil.copy(picture, os.environ["MONORIG_PICTURES"])
    told = results / "seen.json"
    assert told.exists(), f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    found = json.loads(told.read_text())
    assert "error" not in found, found["error"] + done.stdout + done.stderr
    return {**found, "said": done.stdout + done.stderr}


def assert_short(seen, share):
    """Calls from Blender's timer: the given share of them is usual, and none long; see `stage.measure_ticks`.

    Of Blender's own undo steps the median counts. For three people one takes 8 to 30 ms: 5 to write the file
    down, the rest to work out the people for the first time, which Blender would do next anyway.
    """
    ticks, yards = sorted(seen["ticks_s"]), sorted(seen["yards_s"])
    slower = max(1.0, statistics.median(yards) / YARD)
    assert len(ticks) > 50 and seen["pushes_s"]
    assert statistics.median(seen["pushes_s"]) <= LONGEST * slower
    assert ticks[int(share * len(ticks))] <= USUAL * slower and ticks[-1] <= LONGEST * slower
