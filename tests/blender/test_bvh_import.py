"""Blender's own importer reads our BVH as the motion it was written from."""

import bpy
import numpy as np
import pytest
from monorig.retarget import bvh
from synthetic_motion import synthetic_motion

MILLIMETRE = 1e-3


@pytest.mark.parametrize("units_per_metre", [1.0, 100.0])
def test_blender_reads_the_file_as_it_was_meant(tmp_path, units_per_metre):
    motion = synthetic_motion(people=1, frames=20)
    path = tmp_path / "person-1.bvh"
    bvh.write(motion, 0, path, units_per_metre)
    bpy.ops.preferences.addon_enable(module="io_anim_bvh")
    bpy.ops.import_anim.bvh(
        filepath=str(path), global_scale=1 / units_per_metre, rotate_mode="NATIVE"
    )
    armature = bpy.context.object
    for t in (0, 7, 19):
        bpy.context.scene.frame_set(1 + t)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for joint, name in enumerate(motion.joint_names):
            head = np.array(posed.matrix_world @ posed.pose.bones[str(name)].head)
            assert np.abs(head - motion.T_world_joint[0, t, joint, :3, 3]).max() < MILLIMETRE
