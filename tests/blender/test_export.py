"""Files for other programs: read back they move alike, and writing them changes nothing of the scene."""

import bpy
import numpy as np
import pytest
from monorig.operators import export
from monorig.retarget import bone_map
from retarget_scenes import (
    LIMBS,
    armature,
    captured,
    degrees_between,
    directions,
    posed,
    rest_bytes,
    retarget,
)
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion

pytestmark = pytest.mark.usefixtures("addon")

FRAMES = (1, 6, 12)
CLOSE_DEG = 0.1
FAMILIES = bone_map.built_in()
OWN = FAMILIES["monorig"].bones
ADD_ONS = {"FBX": "io_scene_fbx", "GLTF": "io_scene_gltf2", "BVH": "io_anim_bvh"}
UP = {"NONE": 1.0, "UNITY": 1.0, "UNREAL": 100.0}  # units of a BVH per metre


@pytest.fixture(autouse=True)
def exporters(addon):
    for module in ADD_ONS.values():
        bpy.ops.preferences.addon_enable(module=module)


@pytest.fixture
def person():
    return captured(synthetic_motion(people=1, frames=12))


def exported(folder, **chosen):
    """Runs the operator -> paths of the files, by name."""
    settings = bpy.context.scene.monorig.export
    settings.folder = str(folder)
    for name, value in chosen.items():
        setattr(settings, name, value)
    assert bpy.ops.monorig.export() == {"FINISHED"}
    return sorted(folder.iterdir())


def imported(path, form, preset):
    """The armature of a file, read by Blender's own importer into this scene."""
    there = set(bpy.data.objects)
    if form == "FBX":
        bpy.ops.import_scene.fbx(filepath=str(path), automatic_bone_orientation=False)
    elif form == "GLTF":
        bpy.ops.import_scene.gltf(filepath=str(path))
    else:
        bpy.ops.import_anim.bvh(filepath=str(path), global_scale=1 / UP[preset])
    return next(o for o in set(bpy.data.objects) - there if o.type == "ARMATURE")


def starts_at(owner):
    """Frame at which the imported motion starts: glTF counts from 0 or from 1."""
    return int(np.floor(owner.animation_data.action.frame_range[0]))


def state(context):
    """Everything that an export has to put back."""
    scene = context.scene
    active = context.view_layer.objects.active
    return (
        sorted(o.name for o in context.selected_objects),
        active.name,
        active.mode,
        (scene.frame_current, scene.frame_subframe, scene.frame_start, scene.frame_end),
        sorted(action.name for action in bpy.data.actions),
        sorted(o.name for o in bpy.data.objects),
    )


@pytest.mark.parametrize("preset", [export.NONE, export.UNITY, export.UNREAL])
@pytest.mark.parametrize("form", ["FBX", "GLTF", "BVH"])
def test_a_file_read_back_moves_alike(person, tmp_path, form, preset):
    wanted = [directions(person, OWN, frame) for frame in FRAMES]
    (path,) = exported(tmp_path, format=form, preset=preset)
    assert path.suffix == export.FORMATS[form].ending
    again = imported(path, form, preset)
    first = starts_at(again)
    for frame, person_shows in zip(FRAMES, wanted):
        shown = directions(again, OWN, frame - 1 + first)
        for limb in LIMBS:
            assert degrees_between(person_shows[limb], shown[limb]) < CLOSE_DEG, (limb, frame)


@pytest.mark.parametrize("form", ["FBX", "GLTF", "BVH"])
def test_the_scene_is_as_it_was(person, tmp_path, form):
    scene = bpy.context.scene
    other = armature(stand_in(FAMILIES["mixamo"]))
    other.select_set(True)
    bpy.context.view_layer.objects.active = other
    bpy.ops.object.mode_set(mode="POSE")
    scene.frame_start, scene.frame_end = 3, 7
    scene.frame_set(5, subframe=0.25)
    before, rest = state(bpy.context), rest_bytes(person)
    exported(tmp_path, format=form)
    assert state(bpy.context) == before and rest_bytes(person) == rest


@pytest.mark.parametrize("root", ["HIPS", "OBJECT"])
def test_a_bvh_of_a_scaled_and_turned_rig_is_where_the_rig_is(person, tmp_path, root):
    rig = armature(stand_in(FAMILIES["mixamo"], 45.0))
    rig.scale, rig.rotation_euler = (0.01,) * 3, (1.57, 0.0, 0.3)
    bpy.context.view_layer.update()
    retarget(person, rig, root=root, planted=0.0)
    rig.select_set(True)
    bones = {role: chain[:1] for role, chain in FAMILIES["mixamo"].bones.items()}
    names = [chain[0] for chain in bones.values() if chain[0] in rig.data.bones]
    wanted = {frame: posed(rig, names, frame) for frame in FRAMES}
    (path,) = exported(tmp_path, format="BVH", who="SELECTED")
    again = imported(path, "BVH", "NONE")
    for frame in FRAMES:
        for name, T in posed(again, names, frame).items():
            assert np.abs(T[:3, 3] - wanted[frame][name][:3, 3]).max() < 1e-3, (name, frame)


def test_everybody_gets_a_file_and_the_selected_alone_too(tmp_path):
    person = captured(synthetic_motion(people=2, frames=12))
    rig = armature(stand_in(FAMILIES["mixamo"]))
    retarget(person, rig)
    assert len(exported(tmp_path / "all", format="BVH")) == 2
    rig.select_set(True)
    (path,) = exported(tmp_path / "rig", format="BVH", who="SELECTED")
    assert path.stem == rig.name


def test_a_strip_is_exported_over_its_frames(person, tmp_path):
    rig = armature(stand_in(FAMILIES["mixamo"]))
    retarget(person, rig, existing="NLA")
    assert export.span(rig) == (1, 12)
    rig.select_set(True)
    (path,) = exported(tmp_path, format="BVH", who="SELECTED")
    assert "Frames: 12" in path.read_text()


def refused(match):
    with pytest.raises(RuntimeError, match=match):
        bpy.ops.monorig.export()


def test_what_cannot_be_exported_is_said(person, tmp_path, monkeypatch):
    settings = bpy.context.scene.monorig.export
    refused("Choose a folder, or save this file first")
    settings.folder = str(tmp_path)
    person.hide_set(True)
    refused("is hidden: show it first")
    person.hide_set(False)
    person.animation_data_clear()
    refused("has no motion")
    bpy.data.objects.remove(person)
    refused("Nobody of a capture is in this scene")
    settings.who = "SELECTED"
    bpy.ops.object.select_all(action="DESELECT")
    refused("No armature is selected")


def test_an_exporter_that_is_switched_off_is_named(person, tmp_path):
    bpy.context.scene.monorig.export.folder = str(tmp_path)
    bpy.context.scene.monorig.export.format = "FBX"
    bpy.ops.preferences.addon_disable(module=ADD_ONS["FBX"])
    refused("Blender's exporter is switched off")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_said(person, tmp_path):
    (tmp_path / "file").write_text("")
    bpy.context.scene.monorig.export.folder = str(tmp_path / "file" / "below")
    refused("cannot be written")
