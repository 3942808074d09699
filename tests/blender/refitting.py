"""Fits of one made-up take, and the result in the scene that shows one after the other."""

from pathlib import Path

import bpy
from monorig.operators import results, update
from monorig.operators import scene as scenes
from monorig.operators.steps import at_once
from synthetic_motion import synthetic_motion
from test_action import armature_of

CLIP = str(Path(__file__).resolve().parents[1] / "data" / "tone.mp4")
FRAMES = 30


def fitted(people=2, longer=1.0, **changes):
    """A Motion of the same take by another fit: other angles, and limbs so many times as long."""
    motion = synthetic_motion(people, FRAMES, **changes)
    motion.rest_offset[:] *= longer
    motion.height_m[:] *= longer
    pelvis = motion.T_world_joint[:, :, :1, :3, 3].copy()
    places = motion.T_world_joint[..., :3, 3]
    places[:] = pelvis + longer * (places - pelvis)
    return motion


def made(motion, solver="take"):
    """A result in the scene; returns its collection."""
    request = scenes.SceneRequest(
        "tone", CLIP, bpy.context.scene.name, folder="/takes/a", solver=solver
    )
    return bpy.data.collections[scenes.build_now(request, motion).collection]


def updated(collection, motion, solver="live", folder="/takes/a"):
    named = collection.name, collection.session_uid
    within = bpy.context.scene.name, bpy.context.scene.session_uid
    return at_once(update.update(results.Result(named, within, CLIP, folder, solver), motion))


def armature_of_made(motion):
    made(motion)
    return armature_of(1)
