"""Retargeting is quick, and Blender is never kept waiting for it."""

import bpy
import numpy as np
import pytest
from monorig.operators import retarget as operator
from monorig.retarget import bone_map
from monorig.retarget.action import new_action, write
from monorig.retarget.channels import LINEAR, Channel
from retarget_scenes import armature, captured
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion
from tick_times import ATTEMPTS, slowness, ticks_are_short, timed

pytestmark = pytest.mark.alone

FRAMES, BONES = 2000, 70


@pytest.mark.parametrize(("people", "most"), [(1, 0.7), (10, 7.0)])
def test_2000_frames_of_70_bones_are_written_at_once(people, most):
    frames, kinds = np.arange(1.0, FRAMES + 1), np.full(FRAMES, LINEAR, np.uint8)
    values = np.sin(frames / 40)
    found = [
        Channel(f'pose.bones["b{bone}"].rotation_quaternion', k, frames, values, kinds, f"b{bone}")
        for bone in range(BONES)
        for k in range(4)
    ]
    seconds = []
    for _ in range(ATTEMPTS):
        names = [new_action("speed", "speed") for _ in range(people)]
        seconds.append(timed(lambda names=names: [[*write(n, found)] for n in names])[1])
        if seconds[-1] < most:
            break
        for name in names:
            bpy.data.actions.remove(bpy.data.actions[name])
    assert min(seconds) < most * slowness()


def test_ticks_of_a_retargeting_are_short(addon):
    def work():
        bpy.ops.wm.read_homefile(use_empty=True)
        chosen = bpy.context.scene.monorig.retarget
        chosen.source = captured(synthetic_motion(people=1, frames=FRAMES))
        chosen.target = armature(stand_in(bone_map.built_in()["unreal"], 45.0))
        return operator.RetargetWork(operator.read_request(bpy.context))

    ticks_are_short(work)
