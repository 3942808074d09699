"""Fingers and faces in Blender: bones, custom properties and shape keys of whoever the chain saw them of."""

import dataclasses

import bpy
import numpy as np
import pytest
from monorig.inference import hand_skeleton as hand
from monorig.inference.hand_motion import HandsSeen, extended
from monorig.retarget import bone_map
from monorig.retarget.action import curves
from retarget_scenes import armature, captured, retarget
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion

FRAMES = 12
BENT = np.radians(60)


@pytest.fixture
def motion():
    """One person whose left index finger bends more and more, and who opens the mouth."""
    body = synthetic_motion(people=1, frames=FRAMES)
    angles = np.tile(hand.RELAXED, (1, FRAMES, 2, 1))
    angles[0, :, 0, hand.DOF_NAMES.index("index_2_bend")] = np.linspace(0, BENT, FRAMES)
    unseen = np.full((1, FRAMES, 2, 21, 5), np.nan)
    seen = HandsSeen(unseen[..., :2], unseen[..., 2:], np.ones((1, FRAMES, 2)))
    found = extended(body, angles, seen.score, seen)
    jaw = np.linspace(0, 1, FRAMES)[None, :, None]
    shown = {"face_names": np.array(["jawOpen"]), "face": jaw, "face_seen": np.ones((1, FRAMES))}
    return dataclasses.replace(found, **shown)


def bend(owner, upper, lower, frame):
    """Angle between two bones that follow one another [rad]."""
    bpy.context.scene.frame_set(frame)
    seen = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    along = [seen.pose.bones[name].matrix.col[1].to_3d() for name in (upper, lower)]
    return along[0].angle(along[1])


def grow(owner, bone, name):
    """Adds a bone that goes on as another one."""
    bpy.ops.object.mode_set(mode="EDIT")
    above, made = owner.data.edit_bones[bone], owner.data.edit_bones.new(name)
    made.head, made.tail, made.parent = above.tail, 2 * above.tail - above.head, above
    bpy.ops.object.mode_set(mode="OBJECT")


def test_a_capture_has_finger_bones_that_move(motion):
    owner = captured(motion)
    assert len(owner.data.bones) == 21 + 30
    assert owner.data.bones["f_index.02.L"].parent.name == "f_index.01.L"
    assert bend(owner, "f_index.01.L", "f_index.02.L", FRAMES) == pytest.approx(BENT, abs=0.01)
    mannequin = next(o for o in bpy.data.objects if o.parent == owner)
    assert {"f_index.03.L", "thumb.02.R", "hand.L"} <= {g.name for g in mannequin.vertex_groups}


def test_fingers_move_those_of_a_rig(addon, motion):
    source = captured(motion)
    target = armature(stand_in(bone_map.built_in()["mixamo"]))
    upper, lower = "mixamorig:LeftHandIndex1", "mixamorig:LeftHandIndex2"
    grow(target, upper, lower)
    assert retarget(source, target) == {"FINISHED"}
    rest = bend(target, upper, lower, 1)
    assert bend(target, upper, lower, FRAMES) - rest == pytest.approx(BENT, abs=0.02)
    moving = {
        c.data_path
        for c in curves(target.animation_data.action).fcurves
        if len(c.keyframe_points) > 1
    }
    assert f'pose.bones["{lower}"].rotation_quaternion' in moving


def test_a_face_is_a_property_and_a_shape_key(addon, motion):
    source = captured(motion)
    bpy.context.scene.frame_set(FRAMES)
    assert source["jawOpen"] == pytest.approx(1.0, abs=1e-3)
    target = armature(stand_in(bone_map.built_in()["mixamo"]))
    mesh = bpy.data.objects.new("Head", bpy.data.meshes.new("Head"))
    bpy.context.scene.collection.objects.link(mesh)
    mesh.parent = target
    for name in ("Basis", "Jaw_Open", "other"):
        mesh.shape_key_add(name=name).value = 0.0
    assert retarget(source, target) == {"FINISHED"}
    bpy.context.scene.frame_set(FRAMES)
    assert target["jawOpen"] == pytest.approx(1.0, abs=1e-3)
    assert mesh.data.shape_keys.key_blocks["Jaw_Open"].value == pytest.approx(1.0, abs=1e-3)
    assert mesh.data.shape_keys.key_blocks["other"].value == 0.0
