"""Runs inside a Blender with a window: a user captures, cancels, fits again, undoes and switches off.

The checkout is enabled as an extension; the capture process is a stand-in that follows its part.
"""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import bpy  # noqa: E402
import conftest  # noqa: E402, F401
import stage  # noqa: E402
from stage import CHECKOUT, RESULTS, module, picture, seen, status, until, viewport, window  # noqa: E402
from synthetic_motion import synthetic_motion  # noqa: E402

PAGES, SCROLLS = 4, 10  # of the sidebar, and times 40 px from one to the next


def key(name):
    """Generator: the mouse into the viewport, then one key."""
    area = viewport()["area"]
    place = {"x": area.x + area.width // 3, "y": area.y + area.height // 3}
    yield from stage.press(name, place)


def button(operator):
    """Generator: the mouse onto an operator's button in the sidebar, which is scrolled; returns its place."""
    area = viewport()["area"]
    sidebar = next(r for r in area.regions if r.type == "UI")
    here = {"window": window(), "area": area, "region": sidebar}
    for _ in range(PAGES):
        place = yield from hovered(operator, sidebar, here)
        if place:
            return place
        with bpy.context.temp_override(**here):
            for _ in range(SCROLLS):
                bpy.ops.view2d.scroll_down()
        yield 0.5
    raise LookupError(f"the sidebar has no button for {operator}")


def hovered(operator, sidebar, here):
    """Generator: goes over the sidebar from top to bottom; returns where the operator's button is, or None."""
    x = sidebar.x + sidebar.width // 2
    for y in range(sidebar.y + sidebar.height - 30, sidebar.y, -9):
        for change in (0, 3):
            window().event_simulate(type="MOUSEMOVE", value="NOTHING", x=x + change, y=y)
            yield 0.1
        with bpy.context.temp_override(**here):
            if bpy.ops.ui.copy_python_command_button.poll():
                bpy.ops.ui.copy_python_command_button()
                if operator in bpy.context.window_manager.clipboard:
                    return {"x": x + 3, "y": y}
    return None


def click(operator):
    """Generator: presses the button of an operator."""
    yield from stage.press("LEFTMOUSE", (yield from button(operator)))


def cast(role):
    """The next capture is played by the stand-in."""
    client, work = module("inference.client"), module("operators.work")
    child = CHECKOUT / "tests" / "blender" / "fake_child.py"
    words = [stage.PYTHON, str(child), str(CHECKOUT), role, str(RESULTS / "OUT.npz")]
    client.package_folders = list
    work.make_client = lambda: client.Client(command=words)


def start_capture():
    with bpy.context.temp_override(**viewport()):
        bpy.ops.monorig.capture("INVOKE_DEFAULT")


def play():
    """Capture, ESC, capture to the end, look, undo; switch off in the middle of a capture."""
    film(longer=1.0)
    yield from stage.open_tab()
    stage.measure_ticks()
    settings = bpy.context.scene.monorig.capture
    settings.clip = str(CHECKOUT / "tests" / "data" / "tone.mp4")
    settings.take_folder = str(RESULTS / "take")
    yield from picture("1-idle")
    yield from cancelled_with_escape()
    yield from captured()
    yield from refitted()
    yield from undone()
    yield from switched_off()


def film(longer):
    """The result of the next child: three people, so many times as tall as usual."""
    motion = synthetic_motion(3, 60)
    motion.rest_offset[:] *= longer
    motion.height_m[:] *= longer
    motion.save(RESULTS / "OUT.npz")


def fit_shown():
    """What the first person plays, how long a thigh is, and what there is."""
    armature = bpy.data.objects["tone Person 1"]
    thigh = round(armature.data.bones["thigh.L"].length, 4)
    return [armature.animation_data.action.name, thigh, sorted(bpy.data.objects.keys())]


def refitted():
    """Re-fit: given up with ESC, then to the end by its button, then undone in one step."""
    (RESULTS / "take").mkdir(exist_ok=True)
    (RESULTS / "take" / "take.json").write_text("{}")
    seen["fit_before"] = fit_shown()
    bpy.context.scene.monorig.fit.solver = "LIVE"
    yield from picture("6-fit-settings")
    cast("slow")
    yield from click("monorig.refit")
    yield from until(lambda: status().share > 0.01, "progress of the re-fit")
    yield from picture("7-refitting")
    yield from key("ESC")
    yield from until(lambda: status().over, "the end after ESC")
    seen["refit_cancelled"] = [status().sentence, fit_shown()]
    film(longer=1.1)
    cast("ok")
    yield from click("monorig.refit")
    yield from until(lambda: status().phase == "DONE", "the end of the re-fit")
    seen["refit_done"] = [status().sentence, fit_shown()]
    yield from picture("8-refitted")
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo()
    yield 0.5
    seen["refit_undone"] = fit_shown()


def cancelled_with_escape():
    before = sorted(bpy.data.objects.keys())
    cast("slow")
    start_capture()
    yield from until(lambda: status().share > 0.01, "progress")
    yield from picture("2-running")
    yield from key("ESC")
    yield from until(lambda: status().over, "the end after ESC")
    seen["after_escape"] = status().phase
    seen["escape_left_things"] = sorted(bpy.data.objects.keys()) != before
    yield from picture("3-cancelled")


def captured():
    cast("ok")
    mesh = bpy.data.objects["Cube"]
    with bpy.context.temp_override(**viewport(), object=mesh, active_object=mesh):
        bpy.ops.object.mode_set(mode="EDIT")  # the user is in the middle of something else
    yield 0.3
    start_capture()
    seen["modal_while_capturing"] = len(window().modal_operators)
    yield from until(lambda: status().over, "the end of the capture")
    seen["mode_after_capture"] = bpy.data.objects["Cube"].mode
    with bpy.context.temp_override(**viewport()):
        bpy.ops.object.mode_set(mode="OBJECT")
    seen["after_capture"] = [status().phase, status().sentence]
    seen["people"] = sorted(o.name for o in bpy.data.objects if o.type == "ARMATURE")
    yield from picture("4-done")
    with bpy.context.temp_override(**viewport()):
        bpy.ops.view3d.view_camera()
    bpy.context.scene.frame_set(45)
    yield from picture("5-through-the-camera")


def undone():
    """One step back takes away what one capture made, and nothing else; an undo meanwhile disturbs nothing."""
    cast("ok")
    before = sorted(bpy.data.objects.keys())
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Something Else", None))
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo_push(message="Something else")
    start_capture()
    yield 0.1
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo()
    yield from until(lambda: status().over, "the end of the second capture")
    seen["made_by_second"] = len(bpy.data.objects) - len(before)
    yield 0.5
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo()
    yield 0.5
    seen["undo_is_one_step"] = sorted(bpy.data.objects.keys()) == before


def switched_off():
    cast("slow")
    start_capture()
    yield from until(lambda: status().share > 0.01, "progress")
    session = module("operators.session")
    process = session._current._client.pid
    bpy.ops.preferences.addon_disable(module=stage.NAME)
    yield 0.5
    seen["child_after_disabling"] = Path(f"/proc/{process}").exists()
    keymap = bpy.context.window_manager.keyconfigs.addon.keymaps.get("Window")
    items = keymap.keymap_items if keymap else ()
    seen["shortcuts_left"] = sum(item.idname == "monorig.cancel" for item in items)


stage.run(play)
