"""Runs inside a Blender with a window: live from a clip drives two rigs, is recorded, paused and stopped."""

import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import bpy  # noqa: E402
import stage  # noqa: E402
from stage import CHECKOUT, RESULTS, module, picture, seen, until  # noqa: E402
from two_rigs import two_rigs  # noqa: E402

SECONDS = 3.0  # of the recording
LIVE = "monorig_live"


def life():
    return module("operators.live").life()


def play():
    """Look, two rigs in the list, start, pause, record with countdown, stop, undo, switched off while live."""
    yield from stage.open_tab()
    bpy.ops.object.select_all(action="SELECT")
    bpy.ops.object.delete()
    rigs = two_rigs()
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.ed.undo_push(message="Two rigs")
    chosen = bpy.context.scene.monorig.live
    stage.only("MONORIG_PT_live")
    bpy.utils.register_class(module("panels.live").MONORIG_PT_live_rigs)
    yield from picture("live-1-camera")
    chosen.source, chosen.address = "ADDRESS", "http://192.168.0.7:8080/video"
    yield from picture("live-2-stream")
    chosen.source, chosen.clip = "CLIP", str(clip())
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.monorig.live_rig_add()
    seen["listed"] = [[row.target.name, row.person] for row in chosen.rigs]
    yield from picture("live-3-rigs")
    stand_in_child("two")
    stage.measure_ticks()
    yield from started(rigs)
    yield from recorded(chosen, rigs)
    yield from stopped(rigs)
    yield from switched_off()


def clip():
    path = RESULTS / "dance.mp4"
    shutil.copy(CHECKOUT / "tests" / "data" / "tone.mp4", path)
    return path


def stand_in_child(role):
    client, work = module("inference.client"), module("operators.work")
    child = CHECKOUT / "tests" / "blender" / "live_child.py"
    client.package_folders = lambda *_: []
    work.make_client = lambda: client.Client(
        command=[stage.PYTHON, str(child), str(CHECKOUT), role]
    )


def pose(name):
    return [list(bone.matrix_basis.to_quaternion()) for bone in bpy.data.objects[name].pose.bones]


def started(rigs):
    seen["pose_before"] = [pose(name) for name in rigs]
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.monorig.live_start("INVOKE_DEFAULT")
    yield from until(lambda: len(life().live.identities) == 2, "two people")
    yield from until(lambda: len(people()) == 2, "their armatures")
    yield from until(lambda: dict(life().live.rigs) == {"Hero": 1, "Friend": 2}, "two rigs")
    frame_everything()
    yield from picture("live-4-running")
    seen["moved"] = [pose(name) for name in rigs] != seen["pose_before"]
    bpy.ops.monorig.live_pause()
    yield from until(lambda: stage.status().stage == "paused", "the pause")
    yield from until(lambda: life()._stage.up_to_date, "the last pose")
    held = [pose(name) for name in rigs]
    yield from picture("live-5-paused")
    seen["held"] = [pose(name) for name in rigs] == held
    bpy.ops.monorig.live_pause()


def people():
    return [owner.name for owner in bpy.data.objects if owner.type == "ARMATURE" and LIVE in owner]


def frame_everything():
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_all()


def recorded(chosen, rigs):
    bpy.context.scene.frame_set(20)
    chosen.countdown = 2
    bpy.ops.monorig.live_record()
    yield 0.6
    yield from picture("live-6-countdown")
    yield from until(lambda: life().live.recording == "RECORDING", "the recording")
    yield from until(lambda: life().live.seconds > SECONDS, "some seconds of it")
    yield from picture("live-7-recording")
    bpy.ops.monorig.live_record()
    yield from until(lambda: life().live.recording == "OFF", "the keys")
    seen["written"] = life().live.written
    seen["people"] = people()
    seen["delay_s"] = life().live.delay_s
    yield from picture("live-8-recorded")
    actions = [bpy.data.objects[name].animation_data.action for name in rigs]
    seen["actions"] = [[action.name, *action.frame_range] for action in actions]


def stopped(rigs):
    bpy.ops.monorig.live_stop()
    yield from until(lambda: stage.status().over, "the end")
    seen["ending"] = [stage.status().phase, stage.status().sentence]
    bpy.context.scene.frame_set(40)
    yield from picture("live-9-stopped")
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.ed.undo()
    yield 0.5
    seen["actions_after_undo"] = sorted(bpy.data.actions.keys())
    seen["rigs_after_undo"] = [name in bpy.data.objects for name in rigs]


def switched_off():
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.monorig.live_start("INVOKE_DEFAULT")
    yield from until(lambda: life() and len(life().live.identities) == 2, "two people again")
    process = life()._client.pid
    module("operators").unregister()  # the panels are gone already, see `stage.only`
    yield 1.0
    seen["child_after_disabling"] = Path(f"/proc/{process}").exists()


stage.run(play)
