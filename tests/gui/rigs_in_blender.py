"""Runs inside a Blender with a window: two captured people get two rigs, are retargeted, and it is undone."""

import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
sys.path.append(str(Path(__file__).parents[1] / "blender"))

import bpy  # noqa: E402
import conftest  # noqa: E402, F401
import stage  # noqa: E402
from monorig.retarget import bone_map  # noqa: E402
from retarget_scenes import armature  # noqa: E402
from stage import CHECKOUT, RESULTS, module, picture, seen, status, until, viewport  # noqa: E402
from stand_in_rigs import stand_in  # noqa: E402
from synthetic_motion import synthetic_motion  # noqa: E402

RIGS = {"Hero": "unreal", "Friend": "mixamo"}  # name: family


def play():
    """Capture, a rig for each in the list, Retarget Everybody, undo."""
    yield from stage.open_tab()
    yield from captured()
    yield from retargeted()
    yield from undone()


def captured():
    (RESULTS / "take").mkdir()
    (RESULTS / "take" / "take.json").write_text('{"clip": "dance.mp4", "chain": "take"}')
    synthetic_motion(2, 40, gaps=False).save(RESULTS / "take" / "OUT.npz")
    client, work = module("inference.client"), module("operators.work")
    child = CHECKOUT / "tests" / "blender" / "fake_child.py"
    words = [stage.PYTHON, str(child), str(CHECKOUT), "ok", str(RESULTS / "take" / "OUT.npz")]
    client.package_folders = list
    work.make_client = lambda: client.Client(command=words)
    settings = bpy.context.scene.monorig.capture
    settings.clip = str(
        shutil.copy(CHECKOUT / "tests" / "data" / "tone.mp4", RESULTS / "dance.mp4")
    )
    settings.take_folder = str(RESULTS / "take")
    yield from act("capture")
    seen["library"] = [row.name for row in bpy.context.window_manager.monorig.takes]


def act(name):
    """Generator: an operator in the viewport, to the end of what it started."""
    with bpy.context.temp_override(**viewport()):
        getattr(bpy.ops.monorig, name)()
    yield from until(lambda: status().over, f"the end of {name}")
    seen[name] = [status().phase, status().sentence]
    takes_list = module("operators.takes_list")
    yield from until(lambda: not takes_list._reading, "the library")


def retargeted():
    people = bpy.data.collections["dance"].monorig.people
    for row, (name, family) in zip(people, RIGS.items()):
        row.target = armature(stand_in(bone_map.built_in()[family], 45.0), name=name)
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo_push(message="Two rigs")
        bpy.ops.view3d.view_all()
    yield from picture("rigs-1-chosen")
    yield from act("retarget_people")
    seen["played"] = played()
    bpy.context.scene.frame_set(20)
    yield from picture("rigs-2-retargeted")


def played():
    """Name of the action that each rig plays, or ""."""
    rigs = [bpy.data.objects[name].animation_data for name in RIGS]
    return [rig.action.name if rig and rig.action else "" for rig in rigs]


def undone():
    with bpy.context.temp_override(**viewport()):
        bpy.ops.ed.undo()
    yield 0.5
    seen["played_after_undo"] = played()
    seen["people_after_undo"] = sorted(
        o.name for o in bpy.data.objects if o.type == "ARMATURE" and o.name not in RIGS
    )


stage.run(play)
