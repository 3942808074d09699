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
from .rig import FOLLOWING

TURN = 0.35  # [rad] standard deviation of the turns of bones in a probe, per axis
UNBOUNDED = 1e3  # range of a property that has none
SHIFT = 0.05  # of the rig's size that a bone is moved
TRIES = 4  # sizes of an IK chain per pose
LARGEST = 0.02  # step from one size to the next, as a share
ALIKE = 1e-7  # shares of a length that cannot be told apart


def probe(armature_object, rest, driven, located, switches, free=(), last=()):
    """-> attachments.Probe of the driven bones, for `attachments.compared`.

    rest      RigRest of the object
    located   those of the driven bones that get a location; the others keep the one that they have
    switches  {bone: {property: value}} as they will be while the motion plays
    free      those of the driven bones that IK brings to where their own channels have them
    last      those that are placed when all others are, and carry none of them
    """
    random = np.random.default_rng(5)
    size = float(np.ptp(rest.T_armature_bone[:, :3, 3], axis=0).max()) or 1.0
    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    standing = rest.T_basis[[index[name] for name in driven]]
    poses = []
    with _stand_in(armature_object) as (stand_in, view_layer):
        _switch(stand_in, switches)
        _without_ik(stand_in, free)
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
    first = [name for name in driven if name not in last]
    above = [
        _nearest_above(rest, index[name], driven, driven if name in last else first)
        for name in driven
    ]
    (one, reach), (other, _reach_again) = poses
    is_last = [name in last for name in driven]
    return attachments.Probe(driven, reach, one, other, above, is_last)


def sizes(armature_object, switches, poses, limbs, found):
    """How large the first bones of IK chains have to be for limbs to be as long as FK has them, pose after pose.

    switches  {bone: {property: value}} with which IK decides
    poses     each {bone: (4,4) basis} of the driven bones
    limbs     as `ik_stretch.limbs`
    found     {role: sizes of the poses of before}; those of these poses are added
    """
    with _stand_in(armature_object) as (stand_in, view_layer):
        _switch(stand_in, switches)
        for pose in poses:
            for name, matrix in pose.items():
                stand_in.pose.bones[name].matrix_basis = mathutils.Matrix(matrix.tolist())
            wanted = {role: _Sizing(known[-1] if known else 1.0) for role, known in found.items()}
            for _ in range(TRIES):
                _try_sizes(stand_in, view_layer, limbs, wanted)
            for role in limbs:
                found[role].append(wanted[role].size)


class _Sizing:
    """The search for one size: a step as if nothing stretched, then by secants, of logarithms."""

    def __init__(self, size):
        self.size, self._before = size, ()

    def next(self, over):
        """over: logarithm of the length by IK over that by FK with this size."""
        step = -over
        if self._before and abs(over - self._before[1]) > ALIKE:
            step *= np.log(self.size / self._before[0]) / (over - self._before[1])
        self._before = self.size, over
        self.size *= float(np.exp(np.clip(step, -LARGEST, LARGEST)))


def _try_sizes(stand_in, view_layer, limbs, wanted):
    """Shows what limbs look like with the sizes of `wanted` {role: _Sizing}, which learn from it."""
    for role, (base, _limb) in limbs.items():
        stand_in.pose.bones[base].scale = (wanted[role].size,) * 3
    stand_in.update_tag()
    view_layer.update()
    bones = stand_in.evaluated_get(view_layer.depsgraph).pose.bones
    for role, (base, limb) in limbs.items():
        upper, lower, end = (bones[name].head for name in limb)
        by_ik = (bones[base].tail - bones[base].head).length + (end - bones[base].tail).length
        by_fk = (lower - upper).length + (end - lower).length
        wanted[role].next(np.log(by_ik / by_fk))


def influences(armature_object, rest):
    """What the switches of constraints do: {(bone, constraint): ((value, influence), (value, influence))}.

    Every custom property that drives an influence is set to its least value, then to its greatest.
    """
    driven = [follow for follow in rest.follows if follow.switch]
    found = {(follow.bone, follow.name): () for follow in driven}
    if not driven:
        return found
    with _stand_in(armature_object) as (stand_in, view_layer):
        ranges = {follow.switch: _range(stand_in.pose.bones, *follow.switch) for follow in driven}
        for end in (0, 1):
            for (bone, key), ends in ranges.items():
                _switch(stand_in, {bone: {key: ends[end]}})
            stand_in.update_tag()
            view_layer.update()
            bones = stand_in.evaluated_get(view_layer.depsgraph).pose.bones
            for follow in driven:
                influence = bones[follow.bone].constraints[follow.name].influence
                found[follow.bone, follow.name] += ((ranges[follow.switch][end], influence),)
    return found


def _range(bones, name, key):
    """Least and greatest value of a number that is a custom property of a bone."""
    bone = bones.get(name)
    if bone is None or not isinstance(bone.get(key), int | float):
        return 0.0, 1.0
    said = bone.id_properties_ui(key).as_dict()
    low, high = said.get("min", 0), said.get("max", 1)
    return (float(low), float(high)) if high - low < UNBOUNDED else (0.0, 1.0)


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


def _nearest_above(rest, bone, driven, possible):
    """Index among the driven bones of the nearest possible one above in the hierarchy, or -1."""
    bone = int(rest.parents[bone])
    while bone >= 0 and rest.bone_names[bone] not in possible:
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


def _without_ik(stand_in, free):
    """Bones that IK turns, and those that are free, stand as their own channels say."""
    for bone in stand_in.pose.bones:
        for constraint in bone.constraints:
            if constraint.type == "IK" or (bone.name in free and constraint.type in FOLLOWING):
                constraint.mute = True


def _switch(stand_in, switches):
    for name, properties in switches.items():
        for key, value in properties.items():
            bone = stand_in.pose.bones.get(name)
            if bone is not None and key in bone:
                bone[key] = type(bone[key])(value)
