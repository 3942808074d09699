"""Runs inside a Blender with a window: a queue of three clips is captured, one of them is broken."""

import json
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import bpy  # noqa: E402
import conftest  # noqa: E402, F401
import stage  # noqa: E402
from stage import CHECKOUT, RESULTS, module, picture, seen, until  # noqa: E402
from synthetic_motion import synthetic_motion  # noqa: E402


def play():
    """Clips in, people for each, to the end; the broken one is said, the others are there."""
    yield from stage.open_tab()
    fill_folder()
    chosen = bpy.context.scene.monorig.batch
    bpy.ops.wm.save_as_mainfile(filepath=str(RESULTS / "shot.blend"))
    chosen.folder, chosen.make = "//takes", "SCENE"
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.monorig.batch_add_folder(directory=str(RESULTS / "clips"))
    stage.only("MONORIG_PT_batch")
    yield from picture("batch-1-queue")
    fake_children()
    batch = module("operators.batch")
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.monorig.batch_start()
    yield from until(lambda: chosen.rows[1].state == "running", "the second clip")
    yield from picture("batch-2-running")
    yield from until(lambda: not batch.running(), "the end of the batch")
    chosen.active = 1
    yield from picture("batch-3-done")
    seen["rows"] = [[row.name, row.state, row.sentence] for row in chosen.rows]
    seen["collections"] = sorted(bpy.data.collections.keys())
    on_disk = json.loads((RESULTS / "takes" / "batch.json").read_text())
    seen["on_disk"] = [entry["state"] for entry in on_disk["entries"]]


def fill_folder():
    (RESULTS / "clips").mkdir()
    for name in ("dance.mp4", "empty.mp4", "walk.mp4"):
        shutil.copy(CHECKOUT / "tests" / "data" / "tone.mp4", RESULTS / "clips" / name)


def fake_children():
    """Stand-ins capture: three people in two of the clips, and one is no video."""
    synthetic_motion(3, 60).save(RESULTS / "OUT.npz")
    client, work = module("inference.client"), module("operators.work")
    child = CHECKOUT / "tests" / "blender" / "fake_child.py"
    client.package_folders = list
    roles = iter(["ok", "input", "ok"])

    def make_client():
        words = [stage.PYTHON, str(child), str(CHECKOUT), next(roles), str(RESULTS / "OUT.npz")]
        return client.Client(command=words)

    work.make_client = make_client


stage.run(play)
