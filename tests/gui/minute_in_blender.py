"""Runs inside a Blender with a window: a minute of a large clip is captured, then seen live, with real networks.

MONORIG_ZIP names the finished zip, MONORIG_MINUTE the clip. How long our calls took is noted for each of both.
"""

import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import bpy  # noqa: E402
import stage  # noqa: E402
from stage import RESULTS, module, picture, seen, status, until  # noqa: E402
from two_rigs import two_rigs  # noqa: E402

NOTED = ("ticks_s", "yards_s", "pushes_s")
RECORDED = 60.0  # [s] of live
stage.PATIENCE = 1500.0  # [s]


def play():
    """Install, capture the minute, two rigs, a minute of live from the same clip with a recording."""
    bpy.ops.extensions.package_install_files(
        filepath=os.environ["MONORIG_ZIP"], repo="user_default", enable_on_install=False
    )
    yield from stage.open_tab()
    stage.measure_ticks()
    bpy.ops.wm.save_as_mainfile(filepath=str(RESULTS / "scene.blend"))
    yield from captured()
    yield from live()


def begun(operator):
    """Starts by an operator, as its button does; -> seconds that the call took."""
    started = time.thread_time()
    with bpy.context.temp_override(**stage.viewport()):
        operator("INVOKE_DEFAULT")
    return time.thread_time() - started


def noted(part, **more):
    """The calls until now belong to this part."""
    seen[part] = {name: list(seen[name]) for name in NOTED} | more
    for name in NOTED:
        seen[name].clear()


def captured():
    settings = bpy.context.scene.monorig.capture
    settings.clip, settings.chain = os.environ["MONORIG_MINUTE"], "LIVE"
    clock = time.monotonic()
    call_s = begun(bpy.ops.monorig.capture)
    yield from until(lambda: status().share > 0.5, "half of the capture")
    yield from picture("minute-1-capturing")
    yield from until(lambda: status().over, "the end of the capture")
    yield 1.0
    people = [o for o in bpy.data.objects if o.type == "ARMATURE"]
    frames = max((o.animation_data.action.frame_range[1] for o in people), default=0)
    noted(
        "capture", call_s=call_s, wall_s=time.monotonic() - clock, people=len(people), frames=frames,
        ending=[status().phase, status().sentence],
    )  # fmt: skip
    yield from picture("minute-2-captured")


def live():
    two_rigs()
    chosen = bpy.context.scene.monorig.live
    chosen.source, chosen.clip, chosen.again = "CLIP", os.environ["MONORIG_MINUTE"], True
    chosen.countdown = 0
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.monorig.live_rig_add()
    call_s = begun(bpy.ops.monorig.live_start)
    running = module("operators.live").life()
    yield from until(lambda: running.live.identities, "the first person")
    bpy.ops.monorig.live_record()
    yield RECORDED
    delay_s, rate = running.live.delay_s, running.status.frames_per_second
    yield from picture("minute-3-live")
    bpy.ops.monorig.live_record()
    yield from until(lambda: running.live.recording == "OFF", "the keys")
    bpy.ops.monorig.live_stop()
    yield from until(lambda: status().over, "the end")
    noted(
        "live", call_s=call_s, delay_s=delay_s, frames_per_second=rate,
        ending=[status().phase, status().sentence],
    )  # fmt: skip


stage.run(play)
