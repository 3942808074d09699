"""Runs inside a Blender with a window: who is in a take, the overlay over it, and cleaning up."""

import json
import shutil
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import bpy  # noqa: E402
import conftest  # noqa: E402, F401
import numpy as np  # noqa: E402
import stage  # noqa: E402
from stage import CHECKOUT, RESULTS, module, picture, seen, status, until, viewport, window  # noqa: E402
from synthetic_motion import synthetic_motion  # noqa: E402

FRAMES, SCRUBBED = 60, 12
PEOPLE = 5
TAKE = RESULTS / "take"


def play():
    """Capture, look at everybody, leave one out, overlay on, scrub, clean up, undo, off."""
    yield from stage.open_tab()
    yield from captured()
    yield from left_out()
    yield from overlaid()
    yield from picked()
    yield from cleaned_up()
    yield from switched_off()


def cast(people, edits=None):
    """The next child is a stand-in that gives this Motion and keeps these edits."""
    motion = synthetic_motion(people, FRAMES, gaps=False)
    motion.confidence[:, 40:50] = 0.2
    TAKE.mkdir(exist_ok=True)
    (TAKE / "take.json").write_text(json.dumps({"edits": edits or {}}))
    motion.save(TAKE / "OUT.npz")
    client, work = module("inference.client"), module("operators.work")
    child = CHECKOUT / "tests" / "blender" / "fake_child.py"
    client.package_folders = list
    words = [stage.PYTHON, str(child), str(CHECKOUT), "ok", str(TAKE / "OUT.npz")]
    work.make_client = lambda: client.Client(command=words)


def act(name, **values):
    """Generator: an operator in the viewport, to the end of what it started."""
    with bpy.context.temp_override(**viewport()):
        getattr(bpy.ops.monorig, name)(**values)
    yield from until(lambda: status().over, f"the end of {name}")


def captured():
    settings = bpy.context.scene.monorig.capture
    shutil.copy(CHECKOUT / "tests" / "data" / "tone.mp4", RESULTS)
    bpy.ops.wm.save_as_mainfile(filepath=str(RESULTS / "shot.blend"))
    settings.clip, settings.take_folder = "//tone.mp4", f"//{TAKE.name}"
    cast(PEOPLE)
    yield from act("capture")
    seen["captured"] = [status().phase, listed()]
    yield from picture("people-1-captured")


def listed():
    return [[row.name, row.ignored] for row in bpy.data.collections["tone"].monorig.people]


def left_out():
    cast(PEOPLE - 1, {"ignore": [PEOPLE]})
    yield from act("person_ignore", identity=PEOPLE)
    seen["left_out"] = listed()
    yield from picture("people-2-left-out")
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo()
    yield 0.5
    seen["undone"] = listed()
    cast(PEOPLE)


def overlaid():
    """The overlay is drawn by Blender, and how long our part of each draw takes."""
    overlay, spent = module("operators.overlay"), []
    draw = overlay.draw_take

    def measured(*arguments):
        started = time.thread_time()
        draw(*arguments)
        spent.append(time.thread_time() - started)

    overlay.draw_take = measured
    with bpy.context.temp_override(**viewport()):
        bpy.ops.monorig.overlay()
    yield from until(lambda: overlay._take.over, "the take to be read")
    yield from picture("people-3-overlay")
    with bpy.context.temp_override(**viewport()):
        bpy.ops.view3d.view_camera()
    spent.clear()
    for frame in range(1, SCRUBBED):
        bpy.context.scene.frame_set(frame)
        viewport()["area"].tag_redraw()
        yield 0.1
    yield 0.5
    seen["draws_s"], seen["overlay"] = sorted(spent), overlay.sentence()
    yield from picture("people-4-through-the-camera")


def chosen():
    return module("operators.people_list").chosen(bpy.context)[1].identity


def picked():
    """A click on the second skeleton chooses that person; undo and ESC leave all as it was."""
    with bpy.context.temp_override(**viewport()):
        bpy.data.collections["tone"].monorig.active = 0
        bpy.ops.ed.undo_push(message="The first person")
    yield from picking()
    place = place_of(2)
    yield from stage.mouse(place)
    yield from picture("people-5-picking")
    yield from stage.press("LEFTMOUSE", place)
    seen["picked"] = [chosen(), len(window().modal_operators)]
    yield from picture("people-6-picked")
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo()
    yield 0.5
    seen["pick_undone"] = chosen()
    yield from picking()
    yield from stage.press("ESC", place)
    seen["pick_left"] = [chosen(), len(window().modal_operators)]


def picking():
    """Generator: the operator waits for a click."""
    with bpy.context.temp_override(**viewport()):
        bpy.ops.monorig.person_pick("INVOKE_DEFAULT")
    yield from until(lambda: len(window().modal_operators) == 1, "the operator")
    yield from until(lambda: module("operators.overlay")._take.over, "the take to be read")


def place_of(identity):
    """Where on the display the middle of somebody's longest limb is drawn."""
    geometry, shown = module("operators.overlay_geometry"), module("operators.overlay")._take.shown
    region = viewport()["region"]
    size = region.width, region.height
    matrix = np.array(region.data.perspective_matrix)
    row = shown.row_at(bpy.context.scene.frame_current)
    person = shown.identity.tolist().index(identity)
    ends = geometry._in_view(shown.limbs[person, row], matrix, size)
    longest = np.nanargmax(np.linalg.norm(ends[::2] - ends[1::2], axis=-1))
    x, y = ends[2 * longest : 2 * longest + 2].mean(0)
    assert shown.person_at(row, matrix, size, (x, y), 5.0) == identity, "somebody stands before"
    return {"x": round(region.x + x), "y": round(region.y + y)}


def cleaned_up():
    with bpy.context.temp_override(**viewport()):
        bpy.ops.monorig.unsure_jump(direction="NEXT")
    chosen = bpy.context.scene.monorig.cleanup
    seen["unsure"] = [chosen.first, chosen.last, bpy.context.scene.frame_current]
    span = {"identity": 1, "first": chosen.first - 1, "end": chosen.last}
    cast(PEOPLE, {"sides": [span]})
    yield from act("sides_swap")
    kept = json.loads(bpy.data.collections["tone"].monorig.edits)
    seen["sides"] = [kept["sides"], span]


def switched_off():
    overlay = module("operators.overlay")
    bpy.ops.preferences.addon_disable(module=stage.NAME)
    yield 0.5
    seen["left_behind"] = [
        overlay.is_on(), hasattr(bpy.types.Scene, "monorig"), hasattr(bpy.types.Collection, "monorig"),
        sum("monorig" in getattr(f, "__module__", "") for f in bpy.app.handlers.load_pre),
    ]  # fmt: skip


if __name__ == "__main__":
    stage.run(play)
