"""Root motion: hips, root bone, object or nothing travels, axis by axis, on rigs of several kinds."""

import bpy
import numpy as np
import pytest
from monorig.panels import retarget as panel
from monorig.retarget import bone_map, detect, rig
from retarget_scenes import appended, armature, person_of, posed, retarget
from stand_in_rigs import stand_in

pytestmark = pytest.mark.usefixtures("addon")

METRES = 1e-3
FRAMES = (1, 6, 12)
FREE = {"planted": 0.0}
BY_FAMILY = [  # family, scale of the object, who travels along x, y and z
    ("mixamo", 1.0, [("NOBODY", "NOBODY", "HIPS"), ("HIPS", "HIPS", "NOBODY")]),
    ("vrm", 0.01, [("OBJECT", "NOBODY", "HIPS"), ("NOBODY", "HIPS", "OBJECT")]),
    ("unreal", 100.0, [("OBJECT", "OBJECT", "OBJECT")]),
]
WITH_ROOT = [
    ("unreal", ("ROOT", "ROOT", "HIPS")),
    ("rigify", ("ROOT", "OBJECT", "NOBODY")),
    ("auto_rig_pro", ("HIPS", "ROOT", "ROOT")),
]
FAMILIES = bone_map.built_in()


@pytest.fixture
def person(addon):
    return person_of(frames=12)


def standing(family, turn=0.7, scale=1.0):
    """A rig of a family that stands somewhere, turned about the vertical."""
    owner = armature(stand_in(FAMILIES[family]))
    owner.location, owner.rotation_euler = (2.0, 1.0, 0.0), (0.0, 0.0, turn)
    owner.scale = (scale,) * 3
    bpy.context.view_layer.update()
    return owner


def hips(owner, frame, bones):
    """(3,) middle of the hip joints in the world."""
    names = [bones[f"thigh.{side}"][0] for side in "LR"]
    return np.mean([T[:3, 3] for T in posed(owner, names, frame).values()], axis=0)


def ways(owner, bones):
    """(3,F,3) where hips, root bone and object are at some frames; the root bone where there is one."""
    root = bones.get("root", ("",))[0]
    found = [[], [], []]
    for frame in FRAMES:
        found[0].append(hips(owner, frame, bones))
        found[1].append(posed(owner, [root], frame)[root][:3, 3] if root else np.zeros(3))
        found[2].append(np.array(owner.matrix_world.translation))
    return np.array(found)


def at_rest(owner, bones):
    """(3,) middle of the hip joints in the world, before anything moves."""
    heads = [owner.data.bones[bones[f"thigh.{side}"][0]].head_local for side in "LR"]
    return np.mean([owner.matrix_world @ head for head in heads], axis=0)


def assert_travel(person, alike, travels):
    """Of two rigs alike, the other one's hips, root bone and object each take over their axes, and no more."""
    owner, other = alike
    bones = detect.detect(rig.read(owner)).bone_map.bones
    start, stood = at_rest(owner, bones), np.array(owner.matrix_world.translation)
    near = METRES * max(owner.scale)
    retarget(person, owner, root="HIPS", **FREE)
    wanted = ways(owner, bones)[0]
    for travel in travels:
        axes = {f"root_{axis}": by for axis, by in zip("xyz", travel)}
        retarget(person, other, root="PER_AXIS", **axes, **FREE)
        hip_path, root_path, object_path = ways(other, bones)
        for axis, by in enumerate(travel):
            way = wanted[:, axis] - start[axis]
            assert np.abs(hip_path[:, axis] - start[axis] - way * (by != "NOBODY")).max() < near
            assert np.abs(object_path[:, axis] - stood[axis] - way * (by == "OBJECT")).max() < near
            if "root" in bones:
                moved = np.diff(root_path[:, axis]) - np.diff(way) * (by in ("ROOT", "OBJECT"))
                assert np.abs(moved).max() < near
        other.animation_data.action = None
        other.location = stood


@pytest.mark.parametrize(("family", "scale", "travels"), BY_FAMILY)
def test_each_axis_goes_to_whom_it_is_given(person, family, scale, travels):
    assert_travel(person, [standing(family, scale=scale) for _ in range(2)], travels)


@pytest.mark.parametrize(("family", "travel"), WITH_ROOT)
def test_the_root_bone_takes_its_axes(person, family, travel):
    assert_travel(person, [standing(family) for _ in range(2)], [travel])


def test_the_root_of_a_generated_rigify_rig(person, rigify_file):
    travels = [("ROOT", "ROOT", "HIPS"), ("OBJECT", "NOBODY", "ROOT")]
    assert_travel(person, [appended(rigify_file, "rig") for _ in range(2)], travels)


@pytest.mark.parametrize(
    ("name", "travel"),
    [
        ("ROOT", ("ROOT", "ROOT", "HIPS")),
        ("OBJECT", ("OBJECT", "OBJECT", "HIPS")),
        ("IN_PLACE", ("NOBODY", "NOBODY", "HIPS")),
    ],
)
def test_the_names_of_the_list_are_choices_of_axes(person, name, travel):
    one, other = standing("unreal"), standing("unreal")
    bones = FAMILIES["unreal"].bones
    retarget(person, one, root=name, **FREE)
    axes = {f"root_{axis}": by for axis, by in zip("xyz", travel)}
    retarget(person, other, root="PER_AXIS", **axes, **FREE)
    assert np.abs(ways(one, bones) - ways(other, bones)).max() < METRES


@pytest.mark.parametrize("root", ["HIPS", "ROOT"])
def test_hips_that_are_connected_are_moved_by_what_they_are_connected_to(person, root):
    """Blender gives no location to a bone that is connected to its parent."""
    free, owner = standing("unreal"), standing("unreal")
    bones = FAMILIES["unreal"].bones
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    above, pelvis = (owner.data.edit_bones[bones[role][0]] for role in ("root", "pelvis"))
    above.tail, pelvis.use_connect = pelvis.head, True
    bpy.ops.object.mode_set(mode="OBJECT")
    for rig_of in (free, owner):
        retarget(person, rig_of, root=root, **FREE)
    assert np.abs(ways(free, bones)[0] - ways(owner, bones)[0]).max() < METRES


def test_feet_that_stand_tread_on_the_spot_in_place(person):
    """In place the feet slide back under the rig just as fast as the person walks on."""
    there, here = standing("mixamo"), standing("mixamo")
    foot = FAMILIES["mixamo"].bones["foot.L"][0]
    retarget(person, there, root="HIPS")
    paths = ways(there, FAMILIES["mixamo"].bones)[0]
    feet = np.array([posed(there, [foot], frame)[foot][:3, 3] for frame in FRAMES])
    retarget(person, here, root="IN_PLACE")
    treading = np.array([posed(here, [foot], frame)[foot][:3, 3] for frame in FRAMES])
    moved = np.diff((feet - paths)[:, :2], axis=0)
    assert np.abs(np.diff(treading[:, :2], axis=0) - moved).max() < METRES


def test_along_an_axis_without_a_root_bone(person):
    with pytest.raises(RuntimeError, match="has no root bone"):
        retarget(person, standing("mixamo"), root="PER_AXIS", root_x="ROOT")


@pytest.mark.parametrize(("root", "rows"), [("HIPS", 0), ("PER_AXIS", 3)])
def test_the_panel_asks_for_axes_only_where_they_count(person, root, rows):
    from test_panels import drawn

    bpy.context.scene.monorig.retarget.root = root
    said, _seconds = drawn(panel.MONORIG_PT_retarget)
    shown = [words[2] for words in said if words[0] == "prop"]
    assert sum(name.startswith("root_") for name in shown) == rows
