"""IK that reaches for other objects: empties, and bones of other armatures, get keys; or it is said why not."""

import bpy
import numpy as np
import pytest
from mathutils import Vector
from monorig.operators import retarget_goals, session
from monorig.retarget import bone_map
from monorig.retarget.action import curves
from retarget_scenes import armature, person_of, posed, retarget
from stand_in_rigs import stand_in
from steered_rigs import bent, reaching_outside, steered

pytestmark = pytest.mark.usefixtures("addon")

UNREAL = bone_map.built_in()["unreal"]
FRAMES = (1, 6, 11, 16)
BESIDE = 0.003  # [m] of hands and feet
TURNED = 0.01  # entries of rotations of hands
LEFT_AT = Vector((0.3, -0.2, 0.4))  # [m] beside where it belongs: where somebody has left a goal
ENDS = [f"{name}.{side}" for name in ("hand", "foot") for side in "LR"]
FREE = {"planted": 0.0}


@pytest.fixture
def person(addon):
    return person_of(frames=16)


def empty(name, place=(0, 0, 0)):
    made = bpy.data.objects.new(name, None)
    bpy.context.scene.collection.objects.link(made)
    made.location = place
    return made


def rig_of_empties(**options):
    """A rig whose limbs follow empties; {name: (empty, "")}."""
    rig = bent(stand_in(UNREAL, 30.0, **options))
    owner = steered(armature(rig), rig.truth, "plain")
    goals = reaching_outside(owner, lambda name, place: (empty(name, place + LEFT_AT), ""))
    bpy.context.view_layer.update()
    return owner, goals


def rig_of_bones():
    """A rig whose limbs follow bones of another armature, which stands turned and scaled."""
    owner, goals = rig_of_empties()
    data = bpy.data.armatures.new("Controls")
    controls = bpy.data.objects.new("Controls", data)
    bpy.context.scene.collection.objects.link(controls)
    controls.rotation_euler, controls.scale = (0.2, 0.1, 0.7), (2.0, 2.0, 2.0)
    bpy.context.view_layer.objects.active = controls
    bpy.context.view_layer.update()
    bpy.ops.object.mode_set(mode="EDIT")
    for name in goals:
        bone = data.edit_bones.new(name)
        bone.head, bone.tail, bone.roll = (0, 0, len(name)), (0, 1, len(name)), len(name)
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in owner.pose.bones:
        for one in bone.constraints:
            one.subtarget = one.target.name
            one.target = controls
            if one.type == "IK":
                one.pole_subtarget, one.pole_target = one.pole_target.name, controls
    return owner, controls


def free_rig():
    return armature(bent(stand_in(UNREAL, 30.0)))


def assert_moves_as(owner, free):
    """Hands and feet are where they are on the rig that nothing steers, and turned as they are there."""
    names = [UNREAL.bones[end][0] for end in ENDS]
    elbows = [UNREAL.bones[f"{name}.{side}"][0] for name in ("forearm", "shin") for side in "LR"]
    for frame in FRAMES:
        found, wanted = (posed(rig, names + elbows, frame) for rig in (owner, free))
        for name in names:
            assert np.linalg.norm((found[name] - wanted[name])[:3, 3]) < BESIDE, (name, frame)
            off = found[name][:3, :3] / np.linalg.norm(found[name][:3, :3], axis=0)
            assert np.abs(off - wanted[name][:3, :3]).max() < TURNED, (name, frame)
        for name in elbows:
            assert np.linalg.norm((found[name] - wanted[name])[:3, 3]) < 0.02, (name, frame)


def test_empties_are_brought_where_hands_feet_elbows_and_knees_belong(person):
    owner, goals = rig_of_empties()
    free = free_rig()
    retarget(person, free, **FREE)
    retarget(person, owner, **FREE)
    assert_moves_as(owner, free)
    hand, pole = goals["ik_hand.L"][0], goals["pole_hand.L"][0]
    assert hand.animation_data.action.name == f"{person.name} ik_hand.L"
    assert hand.animation_data.action.use_fake_user
    paths = {curve.data_path for curve in curves(hand.animation_data.action).fcurves}
    assert paths == {"location", "rotation_euler"}  # the hand copies its rotation
    assert {c.data_path for c in curves(pole.animation_data.action).fcurves} == {"location"}
    assert f'ik_foot.R plays "{person.name} ik_foot.R".' in session.status().notes


@pytest.mark.parametrize("root", ["HIPS", "OBJECT"])
def test_empties_that_hang_on_what_stands_or_on_the_rig(person, root):
    owner, goals = rig_of_empties()
    holder = empty("Holder", (1.0, 2.0, 3.0))
    holder.rotation_euler, holder.scale = (0.3, 0.4, 0.5), (0.5, 0.5, 0.5)
    for index, (goal, _bone) in enumerate(goals.values()):
        goal.parent = holder if index % 2 else owner
        goal.rotation_mode = ("QUATERNION", "XZY", "AXIS_ANGLE")[index % 3]
    bpy.context.view_layer.update()
    free = free_rig()
    retarget(person, free, root=root, **FREE)
    retarget(person, owner, root=root, **FREE)
    assert_moves_as(owner, free)


def test_bones_of_another_armature(person):
    owner, controls = rig_of_bones()
    free = free_rig()
    retarget(person, free, **FREE)
    retarget(person, owner, **FREE)
    assert_moves_as(owner, free)
    action = controls.animation_data.action
    assert action.name == f"{person.name} Controls"
    assert {"ik_hand.L", "pole_foot.R"} <= {group.name for group in curves(action).groups}
    retarget(person, owner, existing="REPLACE", **FREE)
    assert controls.animation_data.action.name == f"{person.name} Controls"
    assert_moves_as(owner, free)


def test_strips_move_the_empties_too(person):
    owner, goals = rig_of_empties()
    retarget(person, owner, **FREE)
    hand = goals["ik_hand.R"][0]
    wanted = posed(owner, ["hand_r"], 9)["hand_r"]
    for one in (owner, *(goal for goal, _bone in goals.values())):
        one.animation_data.action = None
    retarget(person, owner, existing="NLA", **FREE)
    assert hand.animation_data.action is None and len(hand.animation_data.nla_tracks) == 1
    assert np.abs(posed(owner, ["hand_r"], 9)["hand_r"] - wanted).max() < 1e-4


def test_what_something_else_moves_is_left_alone_and_told_of(person):
    owner, goals = rig_of_empties()
    spoiled = [goals[name][0] for name in ("ik_hand.L", "ik_hand.R", "ik_foot.L", "pole_foot.R")]
    spoiled[0].constraints.new("COPY_LOCATION").target = empty("Elsewhere")
    spoiled[1].parent = empty("Moving")
    spoiled[1].parent.keyframe_insert("location", frame=1)
    spoiled[2].delta_location.x = 1.0
    spoiled[3].driver_add("location", 0)
    bpy.context.view_layer.update()
    retarget(person, owner, **FREE)
    for goal in spoiled:
        assert goal.animation_data is None or goal.animation_data.action is None
        said = f"reaches for {goal.name}, which something else moves or scales: it gets no keys, mute that IK."
        assert len([note for note in session.status().notes if note.endswith(said)]) == 1
    assert goals["ik_foot.R"][0].animation_data.action
    goals["ik_foot.R"][0].scale.z = 0.0
    bpy.context.view_layer.update()
    assert "mirrored or of no size" in retarget_goals.chosen(owner)[1]["calf_r"]


def test_goals_of_others_are_left_to_them(person):
    """A thing, somebody captured, an armature with a motion of its own, what two rigs reach for."""
    owner, goals = rig_of_empties()
    ik = {
        one.target.name: one for b in owner.pose.bones for one in b.constraints if one.type == "IK"
    }
    ik["ik_hand.L"].target = armature(stand_in(UNREAL))
    ik["ik_hand.R"].target, ik["ik_hand.R"].subtarget = person, "hand.R"
    puppet = armature(stand_in(UNREAL), name="Puppet")
    retarget(person, puppet)
    ik["ik_foot.L"].target, ik["ik_foot.L"].subtarget = puppet, "pelvis"
    other = armature(stand_in(UNREAL), name="Other").pose.bones["calf_r"].constraints.new("IK")
    other.target = ik["ik_foot.R"].target
    played = person.animation_data.action, puppet.animation_data.action
    retarget(person, owner, **FREE)
    assert played == (person.animation_data.action, puppet.animation_data.action)
    assert goals["ik_foot.R"][0].animation_data is None
    reasons = ("no empty and no bone", "a motion of its own", "a motion of its own", "as others do")
    notes = [note for note in session.status().notes if "mute that IK" in note]
    assert len(notes) == 4 and all(any(r in note for note in notes) for r in reasons)
