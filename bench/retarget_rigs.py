"""Rigs that `bench retarget` measures on: made by Rigify, or read from files; MakeHuman's. Needs bpy."""

from pathlib import Path

import bpy
import numpy as np

from ..operators.scene import SceneRequest, build_now
from . import retarget_makehuman

LEG = ("thigh", "shin", "foot", "toe", "heel")  # first words of the metarig's bones below the hips


def empty(motion, person=0):
    """An empty file with the people of a motion; the armature of one of them."""
    bpy.ops.wm.read_homefile(use_empty=True)
    build_now(SceneRequest("take", "/", bpy.context.scene.name), motion)
    number = int(motion.identity[person])
    return next(o for o in bpy.context.scene.objects if o.get("monorig_identity") == number)


def makers(paths):
    """{name: function that adds the rig to the scene and returns it}."""
    return {
        "Rigify metarig": metarig,
        "Rigify, generated": rigify,
        **{Path(path).name: lambda path=path: read(path) for path in paths},
        **retarget_makehuman.makers(),
    }


def metarig(legs=1.0):
    """Rigify's basic human, its legs so many times as long."""
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_basic_human_metarig_add()
    owner = bpy.context.object
    if legs != 1.0:
        _with_legs(owner, legs)
    return owner


def _with_legs(owner, legs):
    """Makes all that hangs below the hips so many times as long, and lifts the rest."""
    hips = owner.data.bones["thigh.L"].head_local.z
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in owner.data.edit_bones:
        bone.use_connect = False
    for bone in owner.data.edit_bones:
        of_leg = bone.name.startswith(LEG)
        for end in ("head", "tail"):
            place = getattr(bone, end)
            place.z = place.z * legs if of_leg else place.z + hips * (legs - 1)
            setattr(bone, end, place)
    bpy.ops.object.mode_set(mode="OBJECT")


def rigify():
    """The rig that Rigify generates from its basic human."""
    drawn, there = metarig(), set(bpy.data.objects)
    bpy.ops.pose.rigify_generate()
    made = next(o for o in set(bpy.data.objects) - there if o.type == "ARMATURE")
    bpy.data.objects.remove(drawn)
    return made


def read(path):
    """The first armature of a .glb, .vrm or .blend."""
    path, there = Path(path), set(bpy.data.objects)
    if path.suffix == ".blend":
        with bpy.data.libraries.load(str(path)) as (inside, wanted):
            wanted.objects = inside.objects
        for one in wanted.objects:
            bpy.context.scene.collection.objects.link(one)
    else:
        linked = Path(bpy.app.tempdir) / f"{path.stem}.glb"  # a .vrm is a .glb by another name
        if not linked.exists():
            linked.symlink_to(path)
        bpy.ops.import_scene.gltf(filepath=str(linked))
    return next(o for o in set(bpy.data.objects) - there if o.type == "ARMATURE")


def rest_bytes(owner):
    """Every bone's name, parent and rest matrix, and the object's, as they are kept."""
    bones = [
        (b.name, b.parent and b.parent.name, *map(tuple, b.matrix_local)) for b in owner.data.bones
    ]
    return repr((bones, [tuple(row) for row in owner.matrix_world]))


def posed(owner, names, frame):
    """(n,4,4) of bones in the world at a frame."""
    whole = int(np.floor(frame))
    bpy.context.scene.frame_set(whole, subframe=float(frame - whole))
    seen = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([seen.matrix_world @ seen.pose.bones[name].matrix for name in names], float)
