"""Retargeting is quick, and Blender is never kept waiting for it."""

import time

import bpy
import numpy as np
import pytest
from monorig.operators import retarget as operator
from monorig.operators.background import Background
from monorig.retarget import bone_map
from monorig.retarget.action import new_action, write
from monorig.retarget.channels import LINEAR, Channel
from retarget_scenes import armature, captured
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion
from test_main_thread import ATTEMPTS, allowed, nothing, timed, too_long, yardstick

FRAMES, BONES, SECONDS = 2000, 70, 0.7


def slowness():
    """How much slower than usual this machine is just now, at least 1."""
    return max(1.0, min(timed(yardstick)[1] for _ in range(5)) / 0.005)


def test_2000_frames_of_70_bones_are_written_at_once():
    frames, kinds = np.arange(1.0, FRAMES + 1), np.full(FRAMES, LINEAR, np.uint8)
    values = np.sin(frames / 40)
    found = [
        Channel(f'pose.bones["b{bone}"].rotation_quaternion', k, frames, values, kinds, f"b{bone}")
        for bone in range(BONES)
        for k in range(4)
    ]
    seconds = []
    for _ in range(ATTEMPTS):
        name = new_action("speed", "speed")
        steps = write(name, found)
        seconds.append(timed(lambda steps=steps: [None for _ in steps])[1])
    assert min(seconds) < SECONDS * slowness()


@pytest.mark.parametrize("family", ["unreal"])
def test_ticks_of_a_retargeting_are_short(addon, family):
    for _ in range(ATTEMPTS):
        bpy.ops.wm.read_homefile(use_empty=True)
        chosen = bpy.context.scene.monorig.retarget
        chosen.source = captured(synthetic_motion(people=1, frames=FRAMES))
        chosen.target = armature(stand_in(bone_map.built_in()[family], 45.0))
        durations, yards = ticks_of(operator.RetargetWork(operator.read_request(bpy.context)))
        assert chosen.target.animation_data.action is not None
        p99, longest = np.percentile(durations, 99), durations.max()
        limits = allowed(yards)
        said = "p99 {:.1f} ms of {:.1f}, longest {:.1f} ms of {:.1f}".format(
            *(1e3 * np.array([p99, limits[0], longest, limits[1]]))
        )
        print(f"{len(durations)} ticks, {said}")
        if p99 <= limits[0] and longest <= limits[1]:
            return
    too_long(said)


def ticks_of(work):
    """Seconds of every tick (ticks,), and of a yardstick after each."""
    background = Background(work, nothing, nothing, nothing)
    durations, yards, delay = [], [], 0.0
    while delay is not None:
        time.sleep(min(delay, 0.02))
        delay, seconds = timed(background.tick)
        durations.append(seconds)
        yards.append(timed(yardstick)[1])
    assert background.status.phase == "DONE", background.status.sentence
    return np.array(durations), np.array(yards)
