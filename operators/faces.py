"""Faces in Blender: custom properties of an armature, and the shape keys of its meshes that are called alike."""

import bpy
import numpy as np

from ..inference.face_channels import NAMES
from ..retarget import face, rig_curves
from ..retarget.action import assign, new_action, write
from ..retarget.channels import Channel
from .datablocks import block_name, named_object


def give_properties(owner, channels):
    """Makes the custom properties that the channels move, 0..1, where they are not there yet."""
    for name in NAMES:
        if name not in owner and any(c.data_path == face.path_of(name) for c in channels):
            owner[name] = 0.0
            owner.id_properties_ui(name).update(min=0.0, max=1.0)


def read_steps(named):
    """Generator: the face channels that an armature's action moves, as they are keyed."""
    wanted, found = {face.path_of(name) for name in NAMES}, []
    for place in rig_curves.places(named_object(named)):
        for path in [curve.data_path for curve in place if curve.data_path in wanted]:
            points = place.find(path).keyframe_points
            values = np.empty(2 * len(points), np.float32)
            points.foreach_get("co", values)
            kinds = np.empty(len(points), np.uint8)
            points.foreach_get("interpolation", kinds)
            frames, values = values.astype(float).reshape(-1, 2).T
            found.append(Channel(path, 0, frames, values, kinds, face.GROUP))
    yield
    return found


def shape_key_steps(made, named, source_name, channels):
    """Generator: gives the meshes of an armature actions of their shape keys, where any is called alike."""
    for mesh in _meshes(named_object(named)) if channels else ():
        key = bpy.data.meshes[mesh].shape_keys
        found = list(face.shape_channels(channels, [k.name for k in key.key_blocks]))
        driven = [d.data_path for d in key.animation_data.drivers] if key.animation_data else []
        found = [channel for channel in found if channel.data_path not in driven]
        if not found:
            continue
        name = new_action(block_name(source_name, f"{mesh} Face"), key.name, "KEY")
        action = bpy.data.actions[name]
        made.add("actions", action)
        action.use_fake_user = True
        yield from write(name, found)
        assign(bpy.data.meshes[mesh].shape_keys, name)
        yield


def _meshes(armature):
    """Names of the meshes with shape keys that an armature moves."""
    moved = [
        owner.data.name
        for owner in bpy.data.objects
        if owner.type == "MESH" and owner.data.shape_keys and _is_moved(owner, armature)
    ]
    return list(dict.fromkeys(moved))


def _is_moved(owner, armature):
    by = [modifier.object for modifier in owner.modifiers if modifier.type == "ARMATURE"]
    return armature in by or owner.parent == armature
