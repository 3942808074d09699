"""What users give that is not fit for it: a clear sentence and nothing changed, or it works all the same."""

import bpy
import numpy as np
import pytest
from monorig.operators import session
from monorig.retarget import bone_map
from monorig.retarget.action import curves
from retarget_scenes import armature, person_of, rest_bytes, retarget
from stand_in_rigs import stand_in

pytestmark = pytest.mark.usefixtures("addon")

FAMILIES = bone_map.built_in()
LEGS = [f"{name}.{side}" for name in ("thigh", "shin", "foot", "toe") for side in "LR"]
TINY = 2e-6  # [m]


@pytest.fixture
def person(addon):
    return person_of(frames=12)


def rig(family="mixamo", **options):
    return armature(stand_in(FAMILIES[family], **options))


def refused(person, target, match):
    """Nothing is left of a refused retargeting, and it says why in one sentence."""
    before = rest_bytes(target), target.animation_data and target.animation_data.action
    there = [len(getattr(bpy.data, kind)) for kind in ("actions", "objects", "scenes", "armatures")]
    with pytest.raises(RuntimeError, match=match) as said:
        retarget(person, target)
    assert str(said.value).strip().count("\n") == 0
    assert (rest_bytes(target), target.animation_data and target.animation_data.action) == before
    assert there == [
        len(getattr(bpy.data, kind)) for kind in ("actions", "objects", "scenes", "armatures")
    ]
    assert not session.running()


def values_of(owner):
    """All values of all keys of the action that a rig plays."""
    return np.array(
        [
            key.co.y
            for curve in curves(owner.animation_data.action).fcurves
            for key in curve.keyframe_points
        ]
    )


def test_an_armature_that_is_no_body(person):
    data = bpy.data.armatures.new("Chain")
    owner = bpy.data.objects.new("Chain", data)
    bpy.context.scene.collection.objects.link(owner)
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    for number in range(12):
        bone = data.edit_bones.new(f"link{number}")
        bone.head, bone.tail = (0, 0, number), (0, 0, number + 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    refused(person, owner, "Chain has no bone for pelvis, spine, head and 12 others")


def test_a_rig_of_the_upper_body_alone(person):
    refused(person, rig(leave_out=LEGS), "has no bone for left thigh, left shin, left foot")


def test_all_bones_at_one_place(person):
    owner = rig()
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in owner.data.edit_bones:
        bone.use_connect = False
        bone.head, bone.tail = (0, 0, 1), (0, 0.1, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    refused(person, owner, "are at one place|has no bone for")


@pytest.mark.parametrize("short", ["mixamorig:LeftHand", "mixamorig:LeftToeBase", "mixamorig:Neck"])
def test_bones_without_length(person, short):
    owner = rig()
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    bone = owner.data.edit_bones[short]
    bone.length = TINY
    bpy.ops.object.mode_set(mode="OBJECT")
    if short not in owner.data.bones:
        pytest.skip("this Blender keeps no bone as short as that")
    retarget(person, owner)
    assert np.isfinite(values_of(owner)).all()


@pytest.mark.parametrize("elbow_at", ["LeftHand", "LeftArm"])
def test_limbs_without_length(person, elbow_at):
    rig_in = stand_in(FAMILIES["mixamo"])
    names = list(rig_in.rest.bone_names)
    T = rig_in.rest.T_armature_bone
    T[names.index("mixamorig:LeftForeArm"), :3, 3] = T[names.index(f"mixamorig:{elbow_at}"), :3, 3]
    owner = armature(rig_in)
    retarget(person, owner)
    assert np.isfinite(values_of(owner)).all()


@pytest.mark.parametrize("name", ["take Person 1 Rig", "Rig"])
def test_names_that_are_taken_already(person, name):
    other = bpy.data.actions.new(name)
    owner = rig()
    retarget(person, owner)
    assert owner.animation_data.action != other and len(curves_of(other)) == 0


def curves_of(action):
    """F-curves of an action that somebody else made."""
    return [] if hasattr(action, "layers") and not action.layers else curves(action).fcurves


def test_bones_named_alike_but_for_their_prefix(person):
    owner, bones = rig(), 0
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in list(owner.data.edit_bones):
        double = owner.data.edit_bones.new(f"{bone.name}.001")
        double.head, double.tail, double.parent = bone.head, bone.tail, bone
        bones += 1
    bpy.ops.object.mode_set(mode="OBJECT")
    retarget(person, owner)
    groups = {group.name for group in curves(owner.animation_data.action).groups}
    mapped = {bone for chain in FAMILIES["mixamo"].bones.values() for bone in chain}
    assert groups <= mapped and len(owner.data.bones) == 2 * bones


def test_an_action_that_several_rigs_play_is_left_to_them(person):
    owner, other = rig(), rig()
    shared = bpy.data.actions.new("shared")
    for one in (owner, other):
        one.animation_data_create().action = shared
    retarget(person, owner)
    assert other.animation_data.action == shared and owner.animation_data.action != shared
    assert len(curves_of(shared)) == 0


def test_a_rig_scaled_unevenly_is_told_of(person):
    owner = rig()
    owner.scale = (1.0, 1.0, 2.0)
    bpy.context.view_layer.update()
    retarget(person, owner)
    assert session.status().notes == (
        "Rig is scaled unevenly: its limbs point a little elsewhere.",
    )
    assert np.isfinite(values_of(owner)).all()


def test_ik_of_the_trunk_that_reaches_for_another_object_is_told_of(person):
    owner, empty = rig(), bpy.data.objects.new("Goal", None)
    bpy.context.scene.collection.objects.link(empty)
    ik = owner.pose.bones["mixamorig:Spine1"].constraints.new("IK")
    ik.target, ik.chain_count = empty, 2
    retarget(person, owner, ik_hand=True)
    assert session.status().notes == (
        "The bone map of Rig has no IK controls: its FK controls are keyed.",
        "mixamorig:Spine1 reaches for Goal, which gets no keys: mute that IK.",
    )


def test_a_face_of_four_hundred_bones(person):
    owner = rig("metahuman")
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    head = owner.data.edit_bones["head"]
    for number in range(400):
        bone = owner.data.edit_bones.new(f"FACIAL_{'LRC'[number % 3]}_Part{number}")
        bone.head, bone.tail, bone.parent = head.head, head.tail, head
    bpy.ops.object.mode_set(mode="OBJECT")
    retarget(person, owner)
    groups = {group.name for group in curves(owner.animation_data.action).groups}
    assert "head" in groups and not any(name.startswith("FACIAL") for name in groups)
