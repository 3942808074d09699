"""IK controls of rigs that are not Rigify's: found by their constraints, keyed with poles and switches."""

import bpy
import numpy as np
import pytest
from monorig.retarget import bone_map
from monorig.retarget.action import curves
from retarget_scenes import (
    armature,
    degrees_between,
    directions,
    person_of,
    posed,
    retarget,
)
from stand_in_rigs import stand_in
from steered_rigs import KINDS, auto_rig_pro, bent, steered

pytestmark = pytest.mark.usefixtures("addon")

FAMILIES = bone_map.built_in()
OWN = FAMILIES["monorig"].bones
FRAMES = (1, 6, 11, 16)
BESIDE = 0.003  # [m] of hands and feet
POINTS_DEG = 3.2  # [deg] of limbs: IK mirrors a knee that the person bends backwards by 3
JUMP = 0.6  # [rad] a frame
FREE = {"planted": 0.0}
ENDS = [f"{name}.{side}" for name in ("hand", "foot") for side in "LR"]


@pytest.fixture
def person(addon):
    return person_of(frames=16)


def made(kind, family="unreal", **options):
    """The steered rig and its deforming bones {role: names}; beside it one without constraints."""
    rigs = [bent(stand_in(FAMILIES[family], 30.0, **options)) for _ in range(2)]
    return steered(armature(rigs[0]), rigs[0].truth, kind), armature(rigs[1]), rigs[0].truth


def assert_moves_alike(owner, free, truth, person):
    """Hands and feet are where they are on the rig that nothing steers; limbs point where the person's do."""
    for frame in FRAMES:
        names = [truth[end][0] for end in ENDS]
        found, wanted = posed(owner, names, frame), posed(free, names, frame)
        for name in names:
            assert np.linalg.norm((found[name] - wanted[name])[:3, 3]) < BESIDE, (name, frame)
        seen, own = directions(owner, truth, frame), directions(person, OWN, frame)
        for limb, along in seen.items():
            assert degrees_between(along, own[limb]) < POINTS_DEG, (limb, frame)


@pytest.mark.parametrize("kind", KINDS)
def test_ik_controls_bring_hands_and_feet_where_they_belong(person, kind):
    owner, free, truth = made(kind)
    retarget(person, free, **FREE)
    retarget(person, owner, ik_hand=True, ik_foot=True, **FREE)
    assert_moves_alike(owner, free, truth, person)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_wish_for_ik_the_rig_moves_alike(person, kind):
    """FK controls where there are any; where IK is always on, its controls."""
    owner, free, truth = made(kind)
    retarget(person, free, **FREE)
    retarget(person, owner, **FREE)
    assert_moves_alike(owner, free, truth, person)
    groups = {group.name for group in curves(owner.animation_data.action).groups}
    assert ("pole_hand.L" in groups) == (kind == "plain")


@pytest.mark.parametrize(
    ("kind", "fk", "ik"), [("direct", 0.0, 1.0), ("copying", 0.0, 1.0), ("dial", 10.0, 0.0)]
)
def test_switches_are_keyed_as_chosen(person, kind, fk, ik):
    owner, _free, _truth = made(kind)
    retarget(person, owner, ik_hand=True, ik_foot=False)
    values = {
        end: curves(owner.animation_data.action).fcurves.find(f'pose.bones["ik_{end}"]["ik_fk"]')
        for end in ENDS
    }
    for end, curve in values.items():
        assert curve.evaluate(1) == (ik if end.startswith("hand") else fk)


def test_deforming_bones_that_copy_controls_get_no_keys(person):
    owner, _free, truth = made("copying")
    retarget(person, owner)
    groups = {group.name for group in curves(owner.animation_data.action).groups}
    assert {"fk_upper_arm.L", "fk_foot.R"} <= groups
    assert not groups & {truth[role][0] for role in ("upper_arm.L", "forearm.R", "foot.L")}


def test_ik_that_reaches_for_a_bone_that_was_deleted(person):
    """It steers nothing, and is passed over."""
    owner, free, truth = made("plain")
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    for name in ("ik_hand.L", "pole_hand.L", "pole_foot.R"):
        owner.data.edit_bones.remove(owner.data.edit_bones[name])
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone in owner.pose.bones:
        for constraint in bone.constraints:
            if constraint.subtarget == "ik_hand.L":
                constraint.mute = True
    retarget(person, free, **FREE)
    retarget(person, owner, **FREE)
    for name in (truth["hand.L"][0], truth["foot.L"][0], truth["foot.R"][0]):
        found, wanted = posed(owner, [name], 11)[name], posed(free, [name], 11)[name]
        assert np.linalg.norm((found - wanted)[:3, 3]) < BESIDE


def test_poles_never_jump(person):
    """From frame to frame a pole goes no farther than elbow or knee and the turn of the limb carry it."""
    owner, _free, truth = made("copying")
    retarget(person, owner, ik_hand=True, ik_foot=True, **FREE)
    for end, middle in (("hand", "forearm"), ("foot", "shin")):
        for side in "LR":
            pole, joint = f"pole_{end}.{side}", truth[f"{middle}.{side}"][0]
            at = [posed(owner, [pole, joint], frame) for frame in range(1, 17)]
            away = np.array([T[pole][:3, 3] - T[joint][:3, 3] for T in at])
            turned = np.diff(away / np.linalg.norm(away, axis=1, keepdims=True), axis=0)
            assert np.linalg.norm(turned, axis=1).max() < JUMP, (end, side)


@pytest.mark.parametrize("stretch", [0.0, 1.0])
def test_auto_rig_pro_by_name(person, stretch):
    """Stand-in with Auto-Rig Pro's names: FK controls, IK controls, poles, a switch that counts 0 = IK."""
    table = FAMILIES["auto_rig_pro"]
    rig = bent(stand_in(table, 30.0))
    owner = armature(rig)
    auto_rig_pro(owner, rig.truth, stretch)
    retarget(person, owner, ik_hand=True, ik_foot=False)
    action = curves(owner.animation_data.action)
    groups = {group.name for group in action.groups}
    assert {"c_hand_ik.l", "c_arms_pole.r", "c_arm_fk.l", "c_thigh_fk.r"} <= groups
    assert "c_leg_pole.l" not in groups
    values = {
        (bone, key): action.fcurves.find(f'pose.bones["{bone}"]["{key}"]').evaluate(1)
        for bone, key in (("c_hand_ik.l", "ik_fk_switch"), ("c_foot_ik.r", "ik_fk_switch"))
    }
    assert list(values.values()) == [0.0, 1.0]
    assert action.fcurves.find('pose.bones["c_hand_ik.l"]["auto_stretch"]').evaluate(1) == 0.0
    for side in "lr":
        for frame in FRAMES:
            at = posed(owner, [f"hand.{side}", f"c_hand_fk.{side}"], frame)
            hand, control = at.values()
            assert np.linalg.norm((hand - control)[:3, 3]) < BESIDE
