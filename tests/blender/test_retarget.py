"""Retargeting as users meet it: one action on the target, and a clear sentence where it cannot be."""

import bpy
import numpy as np
import pytest
from monorig.operators import session
from monorig.retarget import bone_map
from monorig.retarget.action import curves
from retarget_scenes import armature, captured, person_of, posed, rest_bytes, retarget
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion

pytestmark = pytest.mark.usefixtures("addon")

METRES = 1e-3
FAMILIES = bone_map.built_in()


@pytest.fixture
def person(addon):
    return person_of(frames=12)


def rig(family="mixamo", **options):
    return armature(stand_in(FAMILIES[family], **options))


def hips(owner, family, frame):
    """(3,) middle of the hip joints in the world."""
    names = [FAMILIES[family].bones[f"thigh.{side}"][0] for side in "LR"]
    return np.mean([T[:3, 3] for T in posed(owner, names, frame).values()], axis=0)


def test_one_action_is_made_named_kept_and_grouped(person):
    target = rig()
    retarget(person, target)
    action = target.animation_data.action
    assert action.name == f"{person.name} {target.name}" and action.use_fake_user
    assert action["monorig_identity"] == 1
    bag = curves(action)
    mapped = {bone for chain in FAMILIES["mixamo"].bones.values() for bone in chain}
    assert {group.name for group in bag.groups} <= mapped
    fingers = [curve for curve in bag.fcurves if "HandIndex" in curve.data_path]
    assert all(len(curve.keyframe_points) == 1 for curve in fingers)
    assert all(curve.group.name in curve.data_path for curve in bag.fcurves)


def test_the_action_of_before_stays(person):
    target = rig()
    retarget(person, target)
    first = target.animation_data.action
    retarget(person, target)
    assert target.animation_data.action != first and first.use_fake_user
    assert person.animation_data.action.name == "take Person 1 Take"


def test_keys_are_where_the_source_has_them():
    bpy.context.scene.render.fps = 24
    motion = synthetic_motion(people=1, frames=20, fps=30.0)
    from monorig.operators import scene as scenes

    request = scenes.SceneRequest("take", "/no/clip.mp4", bpy.context.scene.name, match_rate=False)
    scenes.build_now(request, motion)
    person = next(o for o in bpy.data.objects if o.type == "ARMATURE")
    target = rig()
    retarget(person, target)
    keys = curves(target.animation_data.action).fcurves[0].keyframe_points
    assert np.allclose([key.co.x for key in keys], 1 + motion.time_s * 24, atol=1e-3)


def test_gaps_stay_gaps():
    person = captured(synthetic_motion(people=2, frames=60), person=1)
    target = rig()
    retarget(person, target)
    points = curves(target.animation_data.action).fcurves[0].keyframe_points
    assert [round(p.co.x) for p in points] == [*range(1, 21), *range(31, 61)]
    assert [p.interpolation for p in points].count("CONSTANT") == 1
    assert points[19].interpolation == "CONSTANT"


def test_where_a_person_starts_or_the_rig_stands(person):
    start = hips(person, "monorig", 1)
    target = rig()
    target.location.x = 7.0
    bpy.context.view_layer.update()
    retarget(person, target, at_home=False, planted=0.0)
    assert np.abs(hips(target, "mixamo", 1)[:2] - start[:2]).max() < METRES
    retarget(person, target, at_home=True, planted=0.0)
    assert hips(target, "mixamo", 1)[0] == pytest.approx(7.0, abs=METRES)


@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_the_way_is_as_long_as_the_legs_are(person, scale):
    target = rig()
    retarget(person, target, planted=0.0)
    way = hips(target, "mixamo", 12) - hips(target, "mixamo", 1)
    other = rig()
    other.scale = (scale,) * 3
    bpy.context.view_layer.update()
    retarget(person, other, planted=0.0)
    scaled = hips(other, "mixamo", 12) - hips(other, "mixamo", 1)
    assert np.abs(scaled[:2] - scale * way[:2]).max() < METRES * max(scale, 1.0)


def test_fewer_keys_within_the_bound():
    person = captured(synthetic_motion(people=1, frames=80))
    full, few = rig(), rig()
    retarget(person, full)
    retarget(person, few, reduce=True, reduce_degrees=0.5, reduce_mm=3.0)
    all_of, some = (
        {(c.data_path, c.array_index): c for c in curves(o.animation_data.action).fcurves}
        for o in (full, few)
    )
    assert all_of.keys() == some.keys()
    assert sum(map(keys_of, some.values())) < sum(map(keys_of, all_of.values())) / 5
    for path in {path for path, _index in all_of}:
        was, given = (
            np.array([[of[path, i].evaluate(f) for f in range(1, 81)] for i in range(n)])
            for of in (all_of, some)
            for n in [3 if path.endswith("location") else 4]
        )
        if path.endswith("location"):
            assert np.linalg.norm(was - given, axis=0).max() < 0.0031
        else:
            length = np.linalg.norm(was, axis=0) * np.linalg.norm(given, axis=0)
            cosine = np.minimum((was * given).sum(0) / length, 1.0)
            assert np.degrees(2 * np.arccos(cosine)).max() < 0.51


def keys_of(curve):
    return len(curve.keyframe_points)


def test_any_armature_that_moves_can_be_a_source(person):
    between, last = rig("unreal", lowered_deg=45.0), rig("mixamo")
    retarget(person, between, planted=0.0)
    retarget(between, last, planted=0.0)
    for frame in (1, 7, 12):
        names = [FAMILIES[f].bones["forearm.L"][0] for f in ("monorig", "mixamo")]
        hands = [FAMILIES[f].bones["hand.L"][0] for f in ("monorig", "mixamo")]
        along = []
        for owner, elbow, wrist in zip((person, last), names, hands):
            T = posed(owner, [elbow, wrist], frame)
            v = T[wrist][:3, 3] - T[elbow][:3, 3]
            along.append(v / np.linalg.norm(v))
        assert along[0] @ along[1] > np.cos(np.radians(0.2))


def test_confidence_goes_with_the_motion(tmp_path):
    motion = synthetic_motion(people=1, frames=60)
    motion.confidence[0, 20:40] = 0.1
    motion.save(tmp_path / "OUT.npz")
    person, target = captured(motion), rig()
    person["monorig_take"] = str(tmp_path)
    retarget(person, target)
    action = target.animation_data.action
    found = [(marker.name, marker.frame) for marker in action.pose_markers]
    assert found == [("unsure", 21), ("sure", 40)]
    curve = curves(action).fcurves.find('["confidence"]')
    assert curve.evaluate(30) == pytest.approx(0.1, abs=0.03)
    assert curve.evaluate(10) == pytest.approx(1.0, abs=0.03)


def refused(person, target, match, **options):
    before = rest_bytes(target) if target and target.data.bones else None
    count = len(bpy.data.actions)
    with pytest.raises(RuntimeError, match=match):
        retarget(person, target, **options)
    assert len(bpy.data.actions) == count
    assert before is None or rest_bytes(target) == before
    assert len(bpy.data.scenes) == 1 and not session.running()


def test_nothing_chosen_or_the_same_twice(person):
    refused(person, None, "Choose the armature that is to get the motion")
    refused(None, person, "Choose the armature whose motion is to be used")
    refused(person, person, "are the same armature")


def test_a_source_that_does_not_move(person):
    refused(rig(), person, "plays no action")


def test_a_source_whose_motion_cannot_be_read(person):
    target, other = rig(), rig("unreal")
    other.keyframe_insert("location", frame=1)
    refused(other, target, "moves none of its mapped bones")
    person.pose.bones["spine"].constraints.new("COPY_ROTATION")
    refused(person, target, "is moved by constraints or drivers: bake its action first")


def test_rigs_that_are_no_body(person):
    gone = [f"{name}.{side}" for name in ("thigh", "shin", "foot", "toe") for side in "LR"]
    refused(person, rig(leave_out=gone), "has no bone for left thigh, left shin")
    empty = bpy.data.objects.new("Empty Rig", bpy.data.armatures.new("Empty Rig"))
    bpy.context.scene.collection.objects.link(empty)
    refused(person, empty, "has no bones")


def test_mirrored_flat_and_edited_rigs(person):
    target = rig()
    target.scale.x = -1.0
    bpy.context.view_layer.update()
    refused(person, target, "mirrored by a negative scale")
    target.scale = (0.0, 0.0, 0.0)
    bpy.context.view_layer.update()
    refused(person, target, "has a scale of 0")
    target.scale = (1.0, 1.0, 1.0)
    bpy.context.view_layer.objects.active = target
    bpy.ops.object.mode_set(mode="EDIT")
    refused(person, target, "is in edit mode")
    bpy.ops.object.mode_set(mode="OBJECT")


def test_a_rig_without_a_root_bone(person):
    refused(person, rig(), "has no root bone", root="ROOT")


def test_bones_deleted_after_mapping(person):
    target = rig()
    bpy.context.scene.monorig.retarget.target = target
    chosen = bpy.context.scene.monorig.retarget
    chosen.rows["head"].bones = "mixamorig:Head"  # an edit: the map is the user's now
    bpy.context.view_layer.objects.active = target
    bpy.ops.object.mode_set(mode="EDIT")
    target.data.edit_bones.remove(target.data.edit_bones["mixamorig:LeftForeArm"])
    bpy.ops.object.mode_set(mode="OBJECT")
    chosen.source, before = person, (rest_bytes(target), len(bpy.data.actions))
    with pytest.raises(RuntimeError, match="has no bone for left forearm"):
        bpy.ops.monorig.retarget()
    assert (rest_bytes(target), len(bpy.data.actions)) == before


def test_linked_rigs_need_an_override(person, tmp_path):
    target = rig()
    path = tmp_path / "library.blend"
    bpy.data.libraries.write(str(path), {target}, fake_user=True)
    bpy.data.objects.remove(target)
    with bpy.data.libraries.load(str(path), link=True) as (there, wanted):
        wanted.objects = list(there.objects)
    linked = wanted.objects[0]
    bpy.context.scene.collection.objects.link(linked)
    refused(person, linked, "is linked: make a library override")
    override = linked.override_create(remap_local_usages=True)
    if override.name not in bpy.context.scene.objects:
        bpy.context.scene.collection.objects.link(override)
    assert retarget(person, override) == {"FINISHED"}
    assert override.animation_data.action.name.startswith(person.name)


def test_the_map_can_be_edited_mirrored_saved_and_loaded(person, tmp_path):
    chosen = bpy.context.scene.monorig.retarget
    target = rig("unreal")
    chosen.source, chosen.target = person, target
    assert (chosen.family, chosen.missing, chosen.edited) == ("Unreal", "", False)
    chosen.rows["upper_arm.L"].bones = ""
    assert chosen.edited and chosen.missing == "left upper arm"
    chosen.rows["upper_arm.L"].bones = "upperarm_l"
    assert chosen.missing == ""
    path = tmp_path / "mine.toml"
    assert bpy.ops.monorig.map_save(filepath=str(path)) == {"FINISHED"}
    assert bpy.ops.monorig.map_find() == {"FINISHED"} and not chosen.edited
    assert bpy.ops.monorig.map_load(filepath=str(path)) == {"FINISHED"} and chosen.edited
    assert bpy.ops.monorig.map_mirror() == {"FINISHED"} and chosen.missing == ""
    assert bpy.ops.monorig.retarget() == {"FINISHED"}
