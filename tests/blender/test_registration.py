"""The add-on as an installed extension: quick to enable, light, and gone without a trace."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tick_times import BUSY, YARD

pytestmark = pytest.mark.alone

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 0.100  # [s] to enable
HEAVY = ("cv2", "onnxruntime")
PARTS = ("operators", "panels", "inference", "retarget")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.onnx")

SCRIPT = """
import importlib, json, sys, time
import bpy

def traces():
    handlers = sum(len(getattr(bpy.app.handlers, name)) for name in dir(bpy.app.handlers)
                   if isinstance(getattr(bpy.app.handlers, name), list))
    classes = {name for name in dir(bpy.types) if name.lower().startswith("monorig")}
    operators = [name for name in dir(bpy.ops.monorig)]
    return dict(classes=sorted(classes), handlers=handlers, operators=operators,
                properties=any(hasattr(getattr(bpy.types, owner), "monorig")
                               for owner in ("Scene", "Collection", "WindowManager")))

def yardstick():
    begun, total = time.thread_time(), 0
    for number in range(60_000):
        total += number & 7
    return time.thread_time() - begun

name = "bl_ext.user_default.monorig"
before = traces()
started = time.thread_time()  # of what is ours: Blender reads its list of extensions before that
module = importlib.import_module(name)
module.register()
seconds = time.thread_time() - started
module.unregister()
bpy.ops.preferences.addon_enable(module=name)
enabled, during = name in bpy.context.preferences.addons, traces()
preferences = bpy.context.preferences.addons[name].preferences.networks_folder if enabled else None
loaded = sorted(set(sys.modules) & {"cv2", "onnxruntime"})
bpy.ops.preferences.addon_disable(module=name)
print("RESULT" + json.dumps(dict(before=before, during=during, after=traces(), seconds=seconds,
      yard=min(yardstick() for _ in range(5)), enabled=enabled, loaded=loaded, preferences=preferences)))
"""


@pytest.fixture(scope="module")
def extension(tmp_path_factory):
    """What a fresh Blender says when the checkout is enabled as an extension and disabled again."""
    home = tmp_path_factory.mktemp("blender")
    place = home / "extensions" / "user_default"
    place.mkdir(parents=True)
    for part in PARTS:
        shutil.copytree(ROOT / part, place / "monorig" / part, ignore=LEFT_OUT)
    for part in ("__init__.py", "blender_manifest.toml"):
        shutil.copy(ROOT / part, place / "monorig")
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(home)}
    compiling = [sys.executable, "-m", "compileall", "-q", str(place / "monorig")]
    subprocess.run(compiling, check=True, timeout=120)  # as Blender does once
    run = [sys.executable, "-c", SCRIPT]
    found = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=120)
    lines = [line for line in found.stdout.splitlines() if line.startswith("RESULT")]
    assert lines, found.stdout + found.stderr
    return json.loads(lines[0].removeprefix("RESULT"))


def test_it_can_be_enabled(extension):
    assert extension["enabled"] and extension["preferences"] == ""
    assert {"capture", "cancel"} <= set(extension["during"]["operators"])
    assert "MONORIG_PT_capture" in extension["during"]["classes"]


def test_enabling_is_quick_and_loads_nothing_heavy(extension):
    assert extension["loaded"] == []
    slowness = max(1.0, extension["yard"] / YARD)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if extension["seconds"] > LONGEST * slowness and load > BUSY * os.cpu_count():
        pytest.skip(f"the machine is too busy to tell (load {load:.1f}): {extension['seconds']} s")
    assert extension["seconds"] < LONGEST * slowness, slowness


def test_enabled_nothing_of_it_runs(extension):
    assert extension["during"]["handlers"] == extension["before"]["handlers"]


def test_disabled_it_leaves_nothing(extension):
    assert extension["after"] == extension["before"]
