"""An armature's motion as a BVH file: where its bones are in the world, frame by frame.

Bones that deform are written, or all where none does; bones in between are left out. Bones that have no written
bone above them hang on one more joint, the root, which moves as the object does.
"""

import numpy as np

from ..retarget import bvh

ROOT = "root"


def write(context, owner, frames, path, units_per_metre):
    """Writes the file of what the armature shows in the frames."""
    scene, layer = context.scene, context.view_layer
    names, parents = _written(owner.data.bones)
    object_world, poses = [], []
    for frame in frames:
        scene.frame_set(frame)
        seen = owner.evaluated_get(layer.depsgraph)
        object_world.append(np.array(seen.matrix_world, float))
        poses.append([np.array(seen.pose.bones[name].matrix, float) for name in names])
    object_world = np.array(object_world)
    T_world = object_world[:, None] @ np.array(poses).reshape(len(object_world), -1, 4, 4)
    bones, R_rest = _at_rest(owner.data.bones, names, parents, object_world[0])
    if (parents < 0).sum() > 1:
        bones, R_rest, T_world = _under_a_root(bones, R_rest, T_world, object_world)
    rate = scene.render.fps / scene.render.fps_base
    bvh.save(bvh.armature_text(bones, R_rest, T_world, rate, units_per_metre), path)


def _written(bones):
    """Names of the bones that are written, parents first, and each one's nearest above among them (J,)."""
    ordered = sorted(bones, key=lambda bone: len(bone.parent_recursive))
    chosen = [bone for bone in ordered if bone.use_deform] or ordered
    index = {bone.name: place for place, bone in enumerate(chosen)}
    above = [
        next((index[b.name] for b in bone.parent_recursive if b.name in index), -1)
        for bone in chosen
    ]
    return list(index), np.array(above, int)


def _at_rest(bones, names, parents, T_world):
    """bvh.Bones at rest where the object stands, their rotations (J,3,3)."""
    rest = T_world @ np.array([bones[name].matrix_local for name in names], float)
    ends = np.array([[*bones[name].tail_local, 1.0] for name in names])
    R = rest[:, :3, :3] / np.linalg.norm(rest[:, :3, :3], axis=-2, keepdims=True)
    words = tuple("_".join(name.split()) for name in names)  # a name in a BVH has no spaces
    return bvh.Bones(words, parents, rest[:, :3, 3], (ends @ T_world.T)[:, :3]), R


def _under_a_root(bones, R_rest, T_world, object_world):
    """The same with one more joint first, the object, on which those without a parent hang."""
    place = object_world[0, :3, 3]
    R = object_world[0, :3, :3] / np.linalg.norm(object_world[0, :3, :3], axis=0)
    rooted = bvh.Bones(
        (ROOT, *bones.names),
        np.concatenate([[-1], np.maximum(bones.parents + 1, 0)]),
        np.concatenate([[place], bones.heads]),
        np.concatenate([[place], bones.tails]),
    )
    return (
        rooted,
        np.concatenate([[R], R_rest]),
        np.concatenate([object_world[:, None], T_world], 1),
    )
