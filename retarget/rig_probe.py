"""How bones of an armature follow each other, measured on a copy of the object; part of reading a rig.

The copy stands in a scene of its own, plays nothing, and is gone afterwards; the rig itself is not touched. All
driven bones of the copy are turned, each otherwise, twice; what Blender makes of that tells for every bone which
of the others carries it, through parents, constraints and drivers alike (`attachments.py`).
"""

from contextlib import contextmanager

import bpy
import mathutils
import numpy as np

from ..inference import rotations
from . import attachments

TURN = 0.35  # [rad] standard deviation of the turns of bones in a probe, per axis
SHIFT = 0.05  # of the rig's size that a bone is moved


def probe(armature_object, rest, driven, located, switches):
    """-> {bone: Attachment} of the driven bones.

    rest      RigRest of the object
    located   those of the driven bones that get a location; the others keep the one that they have
    switches  {bone: {property: value}} as they will be while the motion plays
    """
    random = np.random.default_rng(5)
    size = float(np.ptp(rest.T_armature_bone[:, :3, 3], axis=0).max()) or 1.0
    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    standing = rest.T_basis[[index[name] for name in driven]]
    poses = []
    with _stand_in(armature_object) as (stand_in, view_layer):
        _switch(stand_in, switches)
        for shift in (0.0, SHIFT * size):
            turns = rotations.exp(random.normal(size=(len(driven), 3)) * TURN)
            for name, T, R in zip(driven, standing, turns):
                matrix = T.copy()
                matrix[:3, :3] = R * np.linalg.norm(T[:3, :3], axis=0)
                if name in located:
                    matrix[:3, 3] = random.normal(size=3) * shift
                stand_in.pose.bones[name].matrix_basis = mathutils.Matrix(matrix.tolist())
            stand_in.update_tag()
            view_layer.update()
            poses.append(_measured(stand_in, view_layer, rest, driven, located, size))
    above = [_nearest_above(rest, index[name], driven) for name in driven]
    (one, reach), (other, _reach_again) = poses
    return attachments.compared(driven, reach, one, other, above)


def _measured(stand_in, view_layer, rest, driven, located, size):
    """-> Pose of the driven bones as Blender evaluates them, reach (D,3,3)."""
    bones = stand_in.evaluated_get(view_layer.depsgraph).pose.bones
    T = np.array([bones[name].matrix for name in driven], float).reshape(-1, 4, 4)
    basis = np.array([stand_in.pose.bones[name].matrix_basis for name in driven], float)
    own_scale = np.linalg.norm(basis[:, :3, :3], axis=1)
    scale = np.linalg.norm(T[:, :3, :3], axis=1)
    R = T[:, :3, :3] / scale[:, None]
    R_start = R @ np.swapaxes(basis[:, :3, :3] / own_scale[:, None], -1, -2)
    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    carried = (scale / own_scale).mean(1)[:, None, None]
    reach = np.stack([_reach(rest, index[name]) for name in driven]) * carried
    moves = np.array([name in located for name in driven])[:, None]
    moved = np.einsum("dij,djk,dk->di", R_start, reach, basis[:, :3, 3])
    p_start = T[:, :3, 3] - np.where(moves, moved, 0.0)
    return attachments.Pose(R, T[:, :3, 3], R_start, p_start, size), reach


def _reach(rest, bone):
    return np.eye(3) if rest.local_location[bone] else rest.T_armature_bone[bone, :3, :3].T


def _nearest_above(rest, bone, driven):
    """Index among the driven bones of the nearest above in the hierarchy, or -1."""
    bone = int(rest.parents[bone])
    while bone >= 0 and rest.bone_names[bone] not in driven:
        bone = int(rest.parents[bone])
    return driven.index(rest.bone_names[bone]) if bone >= 0 else -1


@contextmanager
def _stand_in(armature_object):
    """A copy of the object alone in a scene of its own, where nothing plays."""
    scene = bpy.data.scenes.new("Monorig")
    stand_in = armature_object.copy()
    try:
        stand_in.parent = None
        stand_in.matrix_world = armature_object.matrix_world.copy()
        stand_in.constraints.clear()
        if stand_in.animation_data is not None:
            stand_in.animation_data.action = None
            for track in stand_in.animation_data.nla_tracks:
                track.mute = True
        _point_at_itself(stand_in, armature_object)
        scene.collection.objects.link(stand_in)
        yield stand_in, scene.view_layers[0]
    finally:
        bpy.data.objects.remove(stand_in)
        bpy.data.scenes.remove(scene)


def _point_at_itself(stand_in, original):
    """Constraints and drivers of the copy that look at the original look at the copy."""
    for bone in stand_in.pose.bones:
        for constraint in bone.constraints:
            if getattr(constraint, "target", None) == original:
                constraint.target = stand_in
            for target in getattr(constraint, "targets", ()):
                if target.target == original:
                    target.target = stand_in
    drivers = stand_in.animation_data.drivers if stand_in.animation_data else ()
    for curve in drivers:
        for variable in curve.driver.variables:
            for target in variable.targets:
                if target.id == original:
                    target.id = stand_in


def _switch(stand_in, switches):
    for name, properties in switches.items():
        for key, value in properties.items():
            bone = stand_in.pose.bones[name]
            if key in bone:
                bone[key] = type(bone[key])(value)
