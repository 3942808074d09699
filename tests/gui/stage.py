"""What plays in a Blender with a window share: waiting, looking, pressing buttons, and how they end.

A play is a generator that yields the seconds until it wants to go on. A module that plays runs inside Blender:
`blender --factory-startup --enable-event-simulate --python PLAY.py -- CHECKOUT RESULTS`.
"""

import importlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
import traceback
from pathlib import Path

import bpy

CHECKOUT, RESULTS = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :])
NAME = "bl_ext.user_default.monorig"
PATIENCE = 480.0  # [s] for one thing to happen, where nothing but the processor draws
PYTHON = shutil.which("python3") or sys.executable
YARD_LOOPS = 60_000
seen = {"pictures": []}


def module(name):
    """A module of the add-on as it is installed."""
    return importlib.import_module(f"{NAME}.{name}")


def status():
    return module("operators.session").status()


def window():
    return bpy.context.window_manager.windows[0]


def viewport():
    """Context of the 3D viewport, for temp_override."""
    area = next(a for a in window().screen.areas if a.type == "VIEW_3D")
    region = next(r for r in area.regions if r.type == "WINDOW")
    return {"window": window(), "area": area, "region": region}


def until(condition, what):
    """Generator: goes on when the condition holds."""
    begun = time.monotonic()
    while not condition():
        yield 0.02
        if time.monotonic() - begun > PATIENCE:
            raise TimeoutError(f"waited for {what}; {status()}")


def measure_ticks():
    """Notes how long each of our calls from Blender's timer takes, and a yardstick after it, as processor time.

    Undo steps are noted by themselves: Blender works out the whole scene for one, and writes all of it down.
    """
    background, session = module("operators.background").Background, module("operators.session")
    tick, push = background.tick, session._push_undo
    seen["ticks_s"], seen["yards_s"], seen["pushes_s"] = [], [], []

    def measured(self):
        started, pushes = time.thread_time(), len(seen["pushes_s"])
        try:
            return tick(self)
        finally:
            ended = time.thread_time()
            seen["ticks_s"].append(ended - started - sum(seen["pushes_s"][pushes:]))
            yardstick()
            seen["yards_s"].append(time.thread_time() - ended)

    def pushed(work):
        started = time.thread_time()
        push(work)
        seen["pushes_s"].append(time.thread_time() - started)

    background.tick, session._push_undo = measured, pushed


def yardstick():
    """Work that has nothing to do with us, as in `tick_times`."""
    total = 0
    for number in range(YARD_LOOPS):
        total += number & 7
    return total


def mouse(place):
    """Generator: the mouse goes to {x, y} of the window [px]."""
    for change in (5, 0):
        window().event_simulate(
            type="MOUSEMOVE", value="NOTHING", x=place["x"] + change, y=place["y"]
        )
        yield 0.3


def press(name, place):
    """Generator: a key or a button of the mouse, at {x, y} of the window [px]."""
    yield from mouse(place)
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type=name, value=value, **place)
        yield 0.3


def picture(name):
    """Generator: a picture of the whole display, when it has been drawn."""
    for area in window().screen.areas:
        area.tag_redraw()
    yield 1.0
    if shutil.which("import"):
        path = RESULTS / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True)
        seen["pictures"].append(path.name)


def open_tab():
    """Generator: the add-on on, its tab open."""
    bpy.ops.preferences.addon_enable(module=NAME)
    assert NAME in bpy.context.preferences.addons, "the add-on could not be enabled"
    area = viewport()["area"]
    area.spaces.active.show_region_ui = True
    yield 0.5
    sidebar = next(r for r in area.regions if r.type == "UI")
    for _ in range(20):
        try:
            sidebar.active_panel_category = "Monorig"
            return
        except TypeError:  # not drawn yet: the tab does not exist before
            area.tag_redraw()
            yield 0.3
    raise TimeoutError("the tab Monorig does not appear")


def only(name):
    """Of the tab's panels only this one is left, unfolded, so that all of it fits on the display."""
    for cls in [*bpy.types.Panel.__subclasses__()]:
        if getattr(cls, "bl_category", "") == "Monorig" and cls.__name__ != name:
            bpy.utils.unregister_class(cls)
    kept = getattr(bpy.types, name)
    bpy.utils.unregister_class(kept)
    kept.bl_options = set()
    bpy.utils.register_class(kept)


def run(play):
    """Plays from Blender's timer; what was seen is in RESULTS/seen.json when Blender is gone."""
    plot = play()

    def go_on():
        try:
            return next(plot)
        except StopIteration:
            seen["finished"] = True
        except Exception:
            logging.exception("the play was interrupted")
            seen["error"] = traceback.format_exc()
        (RESULTS / "seen.json").write_text(json.dumps(seen, indent=1))
        os._exit(0)  # no question about unsaved changes

    bpy.context.preferences.view.show_splash = False
    bpy.app.timers.register(go_on, first_interval=1.0)
