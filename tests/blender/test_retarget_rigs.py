"""Our own skeleton's motion on other rigs: limbs point the same way and are twisted alike, measured in Blender."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from monorig.inference import rotations
from monorig.retarget import bone_map, detect, rig, roles
from monorig.retarget.bone_space import MODES
from retarget_scenes import (
    LIMBS,
    appended,
    armature,
    degrees_between,
    directions,
    person_of,
    posed,
    rest_bytes,
    retarget,
)
from stand_in_rigs import ARM, LEG, stand_in

pytestmark = pytest.mark.usefixtures("addon")

DIRECTION_DEG, TWIST_DEG = 0.1, 0.1  # asked for: 1 and 2
FRAMES = (1, 8, 16)
FAMILIES = bone_map.built_in()
OWN = FAMILIES["monorig"].bones
T_POSE, A_POSE, ARMS_DOWN = (0.0, 0.0), (45.0, 8.0), (75.0, 0.0)  # [deg] arms lowered, legs apart
DEFORMING = {
    f"{name}.{side}": (f"DEF-{name}.{side}",)
    for name in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
    for side in "LR"
}
FREE = {"planted": 0.0}  # legs by their directions alone


@pytest.fixture
def person(addon):
    return person_of(frames=16)


def turned_back(role, lowered_deg, spread_deg):
    """(3,3) that brings a bone of a stand-in from its rest pose to T pose."""
    name, side = roles.split(role)
    name = name.removesuffix("_twist")
    angle = lowered_deg if name in ARM else -spread_deg if name in LEG else 0.0
    return rotations.exp(np.array([0, np.radians(angle) * (1 if side == "R" else -1), 0]))


def assert_turned_alike(person, owner, rig_in, pose, frame):
    """Every last bone of a chain is turned as the person's joint, away from T pose."""
    own = posed(person, person.data.bones.keys(), frame)
    rest = {b.name: np.array(b.matrix_local)[:3, :3] for b in person.data.bones}
    joint = {r: own[c[-1]][:3, :3] @ rest[c[-1]].T for r, c in OWN.items() if c[-1] in rest}
    seen = posed(owner, owner.data.bones.keys(), frame)
    at_rest = dict(zip(rig_in.rest.bone_names, rig_in.rest.T_armature_bone))
    for role, chain in rig_in.truth.items():
        if role not in joint:
            continue
        R = seen[chain[-1]][:3, :3]
        in_t_pose = turned_back(role, *pose) @ at_rest[chain[-1]][:3, :3]
        off = (R / np.linalg.norm(R, axis=0)).T @ (joint[role] @ in_t_pose)
        assert np.degrees(np.linalg.norm(rotations.log(off))) < TWIST_DEG, (role, frame)


def assert_points_alike(person, owner, bones):
    for frame in FRAMES:
        wanted, found = directions(person, OWN, frame), directions(owner, bones, frame)
        for limb in LIMBS:
            assert degrees_between(wanted[limb], found[limb]) < DIRECTION_DEG, (limb, frame)


@pytest.mark.parametrize(
    ("family", "pose"),
    [(family, A_POSE) for family in FAMILIES] + [("mixamo", T_POSE), ("makehuman", ARMS_DOWN)],
)
def test_a_stand_in_of_every_family_moves_as_the_person(person, family, pose, rng):
    rig_in = stand_in(FAMILIES[family], *pose, roll=rng)
    owner = armature(rig_in, modes=MODES)
    before = rest_bytes(owner)
    assert retarget(person, owner, **FREE) == {"FINISHED"}
    assert_points_alike(person, owner, rig_in.truth)
    assert_turned_alike(person, owner, rig_in, pose, FRAMES[1])
    assert rest_bytes(owner) == before


def test_missing_bones_leave_the_others_right(person):
    gone = ("clavicle.L", "clavicle.R", "toe.L", "toe.R", "neck")
    rig_in = stand_in(FAMILIES["mixamo"], leave_out=gone)
    owner = armature(rig_in)
    retarget(person, owner, **FREE)
    assert_points_alike(person, owner, rig_in.truth)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_scaled_and_rotated_objects(person, scale, rng):
    rig_in = stand_in(FAMILIES["mixamo"], 45.0, roll=rng)
    owner = armature(rig_in)
    owner.scale, owner.rotation_euler = (scale,) * 3, (1.2, -0.4, 2.0)
    owner.location = (3.0, -2.0, 0.5)
    bpy.context.view_layer.update()
    retarget(person, owner, **FREE)
    assert_points_alike(person, owner, rig_in.truth)


def test_bones_that_inherit_no_rotation(person, rng):
    rig_in = stand_in(FAMILIES["unreal"], 45.0, roll=rng)
    owner = armature(rig_in)
    for name in ("upperarm_l", "head", "thigh_r", "pelvis"):
        owner.data.bones[name].use_inherit_rotation = False
    owner.data.bones["pelvis"].use_local_location = False
    retarget(person, owner, **FREE)
    assert_points_alike(person, owner, rig_in.truth)


def test_bones_between_that_stand_otherwise_are_reckoned_with(person):
    rig_in = stand_in(FAMILIES["unreal"])
    owner = armature(rig_in)
    owner.pose.bones["root"].rotation_quaternion = (0.8, 0.1, 0.3, 0.5)
    owner.pose.bones["root"].location = (0.4, 0.2, -0.3)
    retarget(person, owner, **FREE)
    assert_points_alike(person, owner, rig_in.truth)


def test_a_pose_said_to_be_the_t_pose_is_one(person, rng):
    rig_in = stand_in(FAMILIES["mixamo"])
    owner = armature(rig_in)
    for bone in owner.pose.bones:  # no rest pose that anybody could guess
        bone.rotation_quaternion = (1.0, *rng.normal(0, 0.3, 3))
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.pose.armature_apply()
    bpy.ops.object.mode_set(mode="OBJECT")
    in_t_pose = dict(zip(rig_in.rest.bone_names, rig_in.rest.T_armature_bone.tolist()))
    for bone in owner.pose.bones:  # and back into T pose
        bone.matrix = Matrix(in_t_pose[bone.name])
        bpy.context.view_layer.update()
    retarget(person, owner, target_in_t_pose=True, **FREE)
    assert_points_alike(person, owner, rig_in.truth)


def test_split_limbs_that_are_not_straight_point_as_the_person(person, rng):
    rig_in = stand_in(FAMILIES["makehuman"], 45.0, roll=rng)
    names = list(rig_in.rest.bone_names)
    for bone in ("upperarm02.L", "lowerarm02.R", "upperleg02.R"):
        rig_in.rest.T_armature_bone[names.index(bone), :3, 3] += rng.normal(0, 0.015, 3)
    owner = armature(rig_in)
    retarget(person, owner, **FREE)
    assert_points_alike(person, owner, rig_in.truth)


@pytest.mark.parametrize("name", ["metarig", "rig"])
def test_rigify(rigify_file, person, name):
    owner = appended(rigify_file, name)
    before = rest_bytes(owner)
    assert retarget(person, owner, **FREE) == {"FINISHED"}
    bones = detect.detect(rig.read(owner)).bone_map.bones
    assert_points_alike(person, owner, bones)
    assert rest_bytes(owner) == before
    if name == "rig":  # it deforms as its controls say
        assert_points_alike(person, owner, DEFORMING)


@pytest.mark.material
@pytest.mark.parametrize("name", ["Xbot.glb", "CesiumMan.glb", "vrmaddon_Example.vrm"])
def test_characters_that_people_use(material, person, tmp_path, name):
    path = tmp_path / f"{Path(name).stem}.glb"
    path.symlink_to(material / "media" / "rigs" / name)
    there = set(bpy.data.objects)
    bpy.ops.import_scene.gltf(filepath=str(path))
    owner = next(o for o in set(bpy.data.objects) - there if o.type == "ARMATURE")
    before = rest_bytes(owner)
    assert retarget(person, owner, **FREE) == {"FINISHED"}
    assert_points_alike(person, owner, detect.detect(rig.read(owner)).bone_map.bones)
    assert rest_bytes(owner) == before
