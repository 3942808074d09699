"""Export: the motion of people and rigs as files for other programs, one file each.

FBX and glTF are written by Blender's own exporters. Its BVH exporter leaves out where the object stands, and its
files have Z up, which other programs do not expect: BVH is written by `export_bvh.py`.

Nothing of the scene is changed: selection, active object, mode, frame and frame range are put back.
"""

import math
import os
from contextlib import contextmanager
from typing import NamedTuple

import bpy

from . import marks, session
from .language import say

SWITCHED_OFF = 'Blender\'s exporter is switched off: enable the add-on "{name}" in the preferences'
UNWRITTEN = "{folder} cannot be written: {trouble}."
NONE, UNITY, UNREAL = "NONE", "UNITY", "UNREAL"
# Units in the file's header instead of a scale of 100 on the root; no bones added; every frame as it is.
_FBX = {
    "use_selection": True, "object_types": {"ARMATURE", "MESH"}, "add_leaf_bones": False,
    "bake_anim_use_all_actions": False, "bake_anim_use_nla_strips": False,
    "bake_anim_simplify_factor": 0.0, "bake_anim_force_startend_keying": True,
}  # fmt: skip
_GLTF = {
    "export_format": "GLB", "use_selection": True, "export_animation_mode": "SCENE",
    "export_anim_scene_split_object": False, "export_frame_range": True, "export_force_sampling": True,
    "export_optimize_animation_size": False,
}  # fmt: skip
_GAME_FBX = {**_FBX, "use_armature_deform_only": True}  # without controls
_GAME_GLTF = {**_GLTF, "export_def_bones": True}


class Format(NamedTuple):
    """One kind of file and who writes it."""

    label: str
    ending: str
    category: str  # of bpy.ops; "" = written by ourselves
    name: str  # of the operator there
    add_on: str  # as the preferences call it
    options: dict  # preset -> arguments


FORMATS = {
    "FBX": Format("FBX", ".fbx", "export_scene", "fbx", "FBX format", {
        NONE: _FBX,
        UNITY: {**_GAME_FBX, "apply_scale_options": "FBX_SCALE_ALL", "axis_forward": "-Z", "axis_up": "Y"},
        UNREAL: {**_GAME_FBX, "apply_scale_options": "FBX_SCALE_UNITS", "axis_forward": "-Y", "axis_up": "Z",
                 "mesh_smooth_type": "FACE"},
    }),
    "GLTF": Format("glTF", ".glb", "export_scene", "gltf", "glTF 2.0 format", {
        NONE: _GLTF, UNITY: _GAME_GLTF, UNREAL: _GAME_GLTF,
    }),
    "BVH": Format("BVH", ".bvh", "", "", "", {
        NONE: {"units_per_metre": 1.0},
        UNITY: {"units_per_metre": 1.0},
        UNREAL: {"units_per_metre": 100.0},
    }),
}  # fmt: skip


def people(context):
    """Armatures whose motion is to be exported, as the panel says, by name."""
    chosen = context.scene.monorig.export
    if chosen.who == "SELECTED":
        found = [o for o in context.selected_objects if o.type == "ARMATURE"]
    else:
        found = [o for o in context.scene.objects if o.type == "ARMATURE" and marks.IDENTITY in o]
    return sorted(found, key=lambda owner: owner.name)


def refusal(context):
    """Why nothing can be exported, as a sentence without its full stop; "" where it can."""
    chosen = context.scene.monorig.export
    form, owners = FORMATS[chosen.format], people(context)
    if session.running():
        return "Monorig is at work; cancel that or wait for its end"
    if form.category and not hasattr(bpy.types, f"{form.category.upper()}_OT_{form.name}"):
        return say(SWITCHED_OFF, name=form.add_on)
    if not owners:
        selected = chosen.who == "SELECTED"
        return "No armature is selected" if selected else "Nobody of a capture is in this scene"
    for owner in owners:
        if not any(_played(owner)):
            return say("{name} has no motion", name=owner.name)
        if not owner.visible_get():
            return say("{name} is hidden: show it first", name=owner.name)
    if not (chosen.folder or bpy.data.is_saved):
        return "Choose a folder, or save this file first"
    return ""


def span(owner):
    """First and last frame of what an armature plays; ValueError where it plays nothing."""
    ends = [
        tuple(one.frame_range)
        if isinstance(one, bpy.types.Action)
        else (one.frame_start, one.frame_end)
        for one in _played(owner)
    ]
    return int(min(first for first, _ in ends)), math.ceil(max(last for _, last in ends))


def _played(owner):
    """Yields what an armature plays: its strips and its action."""
    animation = owner.animation_data
    if animation is None:
        return
    for track in animation.nla_tracks:
        if not track.mute:
            yield from track.strips
    if animation.action is not None:
        yield animation.action


def file_of(owner, folder, form):
    """Path of the file for an armature."""
    return os.path.join(folder, bpy.path.clean_name(owner.name) + form.ending)


def write(context, owner, path, form, preset, with_mesh):
    """Writes one file; RuntimeError with the exporter's words where it fails."""
    with _alone(context, owner, with_mesh) as (first, last):
        if form.category:
            exporter = getattr(getattr(bpy.ops, form.category), form.name)
            exporter(filepath=path, **form.options[preset])
        else:
            from . import export_bvh

            export_bvh.write(context, owner, range(first, last + 1), path, **form.options[preset])


@contextmanager
def _alone(context, owner, with_mesh):
    """The armature, and what it moves, as all that is selected; gives the frames of its motion."""
    scene, layer = context.scene, context.view_layer
    selected, active = list(context.selected_objects), layer.objects.active
    mode = active.mode if active else "OBJECT"
    kept = scene.frame_current, scene.frame_subframe, scene.frame_start, scene.frame_end
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    try:
        for other in selected:
            other.select_set(False)
        moved = [o for o in owner.children_recursive if o.type == "MESH" and o.visible_get()]
        for one in [owner, *(moved if with_mesh else [])]:
            one.select_set(True)
        layer.objects.active = owner
        scene.frame_start, scene.frame_end = span(owner)
        yield span(owner)
    finally:
        scene.frame_start, scene.frame_end = kept[2:]
        scene.frame_set(kept[0], subframe=kept[1])
        for one in context.selected_objects:
            one.select_set(False)
        for other in selected:
            other.select_set(True)
        layer.objects.active = active
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode=mode)


class MONORIG_OT_export(bpy.types.Operator):
    """Write the motion of everybody chosen, one file each. Files of the same name are overwritten"""

    bl_idname = "monorig.export"
    bl_label = "Export"

    @classmethod
    def poll(cls, context):
        trouble = refusal(context)
        if trouble:
            cls.poll_message_set(trouble)
        return not trouble

    def execute(self, context):
        chosen = context.scene.monorig.export
        form, folder = FORMATS[chosen.format], bpy.path.abspath(chosen.folder or "//")
        owners = people(context)
        try:
            os.makedirs(folder, exist_ok=True)
            for owner in owners:
                path = file_of(owner, folder, form)
                write(context, owner, path, form, chosen.preset, chosen.with_mesh)
        except OSError as error:
            self.report({"ERROR"}, say(UNWRITTEN, folder=folder, trouble=error.strerror))
            return {"CANCELLED"}
        except RuntimeError as error:
            self.report(
                {"ERROR"}, say("Blender's exporter failed: {trouble}", trouble=str(error).strip())
            )
            return {"CANCELLED"}
        told = "Wrote 1 file to {folder}" if len(owners) == 1 else "Wrote {count} files to {folder}"
        self.report({"INFO"}, say(told, count=len(owners), folder=folder))
        return {"FINISHED"}


CLASSES = (MONORIG_OT_export,)
