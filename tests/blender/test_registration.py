"""The add-on as an installed extension: quick to enable, light, and gone without a trace."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 0.100  # [s] to enable
HEAVY = ("cv2", "onnxruntime")

SCRIPT = """
import importlib, json, sys, time
import bpy

def traces():
    handlers = sum(len(getattr(bpy.app.handlers, name)) for name in dir(bpy.app.handlers)
                   if isinstance(getattr(bpy.app.handlers, name), list))
    classes = {name for name in dir(bpy.types) if name.lower().startswith("monorig")}
    operators = [name for name in dir(bpy.ops.monorig)]
    return dict(classes=sorted(classes), handlers=handlers, operators=operators,
                properties=hasattr(bpy.types.Scene, "monorig"))

name = "bl_ext.user_default.monorig"
before = traces()
started = time.process_time()  # of what is ours: Blender reads its list of extensions before that
module = importlib.import_module(name)
module.register()
seconds = time.process_time() - started
module.unregister()
bpy.ops.preferences.addon_enable(module=name)
enabled, during = name in bpy.context.preferences.addons, traces()
preferences = bpy.context.preferences.addons[name].preferences.networks_folder if enabled else None
loaded = sorted(set(sys.modules) & {"cv2", "onnxruntime"})
bpy.ops.preferences.addon_disable(module=name)
print("RESULT" + json.dumps(dict(before=before, during=during, after=traces(), seconds=seconds,
      enabled=enabled, loaded=loaded, preferences=preferences)))
"""


@pytest.fixture(scope="module")
def extension(tmp_path_factory):
    """What a fresh Blender says when the checkout is enabled as an extension and disabled again."""
    home = tmp_path_factory.mktemp("blender")
    place = home / "extensions" / "user_default"
    place.mkdir(parents=True)
    (place / "monorig").symlink_to(ROOT, target_is_directory=True)
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(home)}
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
    assert extension["seconds"] < LONGEST


def test_disabled_it_leaves_nothing(extension):
    assert extension["after"] == extension["before"]
