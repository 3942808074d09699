"""What a thing was like when Monorig made it, written onto it, and whether the user has changed it since."""

import hashlib

import bpy
import numpy as np

from ..retarget.action import ActionLost, curves
from ..retarget.rest_pose import RestPose
from . import marks

SAME = 1e-5  # [m]: what differs by more was moved


def unchanged_steps(action_name):
    """Generator: returns whether an action is in every key and in its name as Monorig wrote it."""
    action = bpy.data.actions[action_name]
    if action.get(marks.NAME) != action_name or not _is_plain(action):
        return False
    return (yield from keys_digest_steps(action_name)) == action[marks.KEYS]


def _is_plain(action):
    """Whether the action holds the keys of one owner, in one layer, as `new_action` makes it."""
    if not hasattr(action, "layers"):
        return True
    layered = [len(layer.strips) for layer in action.layers] == [1]
    return layered and len(action.slots) == 1 and curves(action) is not None


def keys_digest_steps(action_name):
    """Generator: a step per curve; returns the digest of everything that an animator changes in keys."""
    digest = hashlib.sha1(usedforsecurity=False)
    for index in range(len(_curves(action_name))):
        present = _curves(action_name)
        if index >= len(present):
            raise ActionLost(
                'Curves of "{name}" were removed while they were read.', name=action_name
            )
        digest.update(_curve_bytes(present[index]))
        yield
    return digest.hexdigest()


def _curves(action_name):
    action = bpy.data.actions.get(action_name)
    if action is None:
        raise ActionLost(
            'The action "{name}" was removed while it was being read.', name=action_name
        )
    return curves(action).fcurves


def _curve_bytes(curve):
    points = curve.keyframe_points
    places, kinds = np.empty(2 * len(points), np.float32), np.empty(len(points), np.uint8)
    points.foreach_get("co", places)
    points.foreach_get("interpolation", kinds)
    about = f"{curve.data_path} {curve.array_index} {curve.mute} {len(curve.modifiers)}"
    return about.encode("utf-8") + places.tobytes() + kinds.tobytes()


def rest_of(armature):
    """Where the bones of an armature rest, parents before children; stature and parents are not known."""
    bones = sorted(armature.bones, key=lambda bone: (len(bone.parent_recursive), bone.name))
    places = np.array([[b.head_local, b.tail_local, b.z_axis] for b in bones], float)
    heads, tails, axes = places.reshape(-1, 3, 3).swapaxes(0, 1)
    names = tuple(bone.name for bone in bones)
    return RestPose(names, np.full(len(names), -1), heads, tails, axes, np.nan)


def mark_rest(armature):
    armature[marks.REST] = _numbers(rest_of(armature)).tolist()


def rest_is_ours(armature):
    """Whether the bones rest where Monorig put them, none more and none fewer."""
    return _near(_numbers(rest_of(armature)), armature.get(marks.REST, ()))


def same_places(a, b):
    """Whether two RestPoses of the same bones, in any order, have them in the same places."""
    order = [b.index(name) for name in a.names]
    return all(
        np.allclose(getattr(a, ends), getattr(b, ends)[order], atol=SAME)
        for ends in ("heads", "tails")
    )


def _numbers(rest):
    return np.concatenate([rest.heads, rest.tails, rest.roll_axes]).ravel()


def _near(numbers, marked):
    return len(numbers) == len(marked) and np.allclose(numbers, np.array(marked), atol=SAME)


def corners(mesh):
    """(V,3) float32 corners of a mesh."""
    places = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", places.ravel())
    return places


def _shape(mesh):
    return hashlib.sha1(corners(mesh).tobytes(), usedforsecurity=False).hexdigest()


def mark_shape(mesh):
    mesh[marks.SHAPE] = _shape(mesh)


def shape_is_ours(mesh):
    """Whether the corners are where Monorig put them."""
    return mesh.get(marks.SHAPE) == _shape(mesh)


def mark_pose(owner):
    owner[marks.POSE] = _pose(owner)


def pose_is_ours(owner):
    """Whether the object stands where Monorig put it."""
    return _near(_pose(owner), owner.get(marks.POSE, ()))


def _pose(owner):
    return [value for row in owner.matrix_basis for value in row]
