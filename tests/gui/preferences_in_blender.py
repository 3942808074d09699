"""Runs inside a Blender with a window: plays a user of the add-on's preferences, notes what happened.

`blender --factory-startup --python preferences_in_blender.py -- CHECKOUT RESULTS`
The GPU runtime is one made-up wheel, and the self-test a stand-in that takes a moment.
"""

import dataclasses
import hashlib
import importlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
import traceback
import zipfile
from pathlib import Path

import bpy

CHECKOUT, RESULTS = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :])
NAME = "bl_ext.user_default.monorig"
PATIENCE = 120.0  # [s] for one thing to happen
TEST_TAKES = 3.0  # [s]
seen = {}


def module(name):
    return importlib.import_module(f"{NAME}.{name}")


def status():
    return module("operators.session").status()


def until(condition, what):
    """Generator: goes on when the condition holds."""
    begun = time.monotonic()
    while not condition():
        yield 0.05
        if time.monotonic() - begun > PATIENCE:
            raise TimeoutError(f"waited for {what}; {status()}")


def picture(name):
    """Generator: a picture of the whole display, when it has been drawn."""
    for area in bpy.context.window_manager.windows[0].screen.areas:
        area.tag_redraw()
    yield 1.0
    if shutil.which("import"):
        path = RESULTS / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True)


def open_preferences():
    """Generator: the add-on on, the largest area shows its preferences."""
    bpy.ops.preferences.addon_enable(module=NAME)
    assert NAME in bpy.context.preferences.addons, "the add-on could not be enabled"
    screen = bpy.context.window_manager.windows[0].screen
    area = max(screen.areas, key=lambda area: area.width * area.height)
    area.type = "PREFERENCES"
    yield 0.5
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Monorig"
    bpy.ops.preferences.addon_expand(module=NAME)
    yield 0.5


def made_up_runtime():
    """A wheel in a folder, and an offer that consists of it."""
    gpu_runtime = module("inference.gpu_runtime")
    wheel = RESULTS / "wheels" / "onnxruntime_gpu-9.9-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("onnxruntime/__init__.py", "")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    listed = gpu_runtime.Wheel(wheel.name, wheel.stat().st_size, sha256)
    offer = gpu_runtime.offer("linux", "x86_64", "cp311")
    user_folder = module("operators.user_folder")
    user_folder._offer = lambda: dataclasses.replace(offer, wheels=(listed,))
    return wheel.parent


def stand_in(errand, plan):
    """A self-test that takes a moment and finds the card working."""
    begun = time.monotonic()
    while time.monotonic() - begun < TEST_TAKES:
        errand.progress("Capturing on the graphics card", time.monotonic() - begun, TEST_TAKES)
        time.sleep(0.02)
    told = {"ok": True, "sentence": "Everything works: 80 frames per second with CUDA."}
    report = "\n".join(f"{name}: {text}" for name, text in plan.facts)
    card = {"provider": "CUDAExecutionProvider", "card_works": bool(plan.card)}
    return {**told, **card, "report": report, "frames_per_second": 80.0}


def play():
    """Look, choose the processor, self-test, cancel one, install from a folder, remove."""
    yield from open_preferences()
    chosen = bpy.context.preferences.addons[NAME].preferences
    yield from picture("9-preferences")
    chosen.device = "CPU"
    seen["device"] = [chosen.device, module("operators.user_folder").settings()["device"]]
    chosen.device = "AUTO"
    module("inference.self_test").run = stand_in
    bpy.ops.monorig.self_test()
    yield from until(lambda: status().share > 0.3, "progress of the self-test")
    yield from picture("10-self-test")
    bpy.ops.monorig.cancel()
    yield from until(lambda: status().over, "the end after a cancel")
    seen["cancelled"] = [status().phase, status().sentence]
    shelf = made_up_runtime()
    bpy.ops.monorig.install_gpu_runtime_from(directory=str(shelf))
    yield from until(lambda: status().over, "the end of the installation")
    seen["installed"] = [status().phase, module("operators.user_folder").uses_card()]
    bpy.ops.monorig.copy_report()
    seen["report"] = bpy.context.window_manager.clipboard
    yield from picture("11-installed")
    bpy.ops.monorig.remove_gpu_runtime()
    seen["removed"] = module("operators.user_folder").uses_card()
    bpy.ops.preferences.addon_disable(module=NAME)
    seen["finished"] = True


plot = play()


def go_on():
    try:
        return next(plot)
    except StopIteration:
        pass
    except Exception:
        logging.exception("the play was interrupted")
        seen["error"] = traceback.format_exc()
    (RESULTS / "seen.json").write_text(json.dumps(seen, indent=1))
    os._exit(0)  # no question about unsaved changes


bpy.context.preferences.view.show_splash = False
bpy.app.timers.register(go_on, first_interval=1.0)
