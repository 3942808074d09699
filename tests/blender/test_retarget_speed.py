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
from tick_times import slowness, ticks_are_short, timed

pytestmark = pytest.mark.alone

FRAMES, BONES, PEOPLE = 2000, 70, 10
ONE_PERSON, TEN_PEOPLE = 0.7, 7.0  # [s] that they may take


def test_2000_frames_of_70_bones_are_written_at_once():
    """The keys of one person, and those of ten; where the machine is busy the usual person counts."""
    frames, kinds = np.arange(1.0, FRAMES + 1), np.full(FRAMES, LINEAR, np.uint8)
    values = np.sin(frames / 40)
    found = [
        Channel(f'pose.bones["b{bone}"].rotation_quaternion', k, frames, values, kinds, f"b{bone}")
        for bone in range(BONES)
        for k in range(4)
    ]
    names = [new_action("speed", "speed") for _ in range(PEOPLE)]
    seconds = [timed(lambda name=name: [*write(name, found)])[1] for name in names]
    assert min(seconds) < ONE_PERSON * slowness()
    assert PEOPLE * np.median(seconds) < TEN_PEOPLE * slowness()


def test_ticks_of_a_retargeting_are_short(addon):
    def work():
        bpy.ops.wm.read_homefile(use_empty=True)
        chosen = bpy.context.scene.monorig.retarget
        chosen.source = captured(synthetic_motion(people=1, frames=FRAMES))
        chosen.target = armature(stand_in(bone_map.built_in()["unreal"], 45.0))
        return operator.RetargetWork(operator.read_request(bpy.context))

    ticks_are_short(work)
