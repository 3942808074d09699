"""What tests of retargeting share: a captured person, rigs in Blender, the operator, where limbs point."""

import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix
from monorig.operators import scene as scenes
from monorig.retarget import roles
from synthetic_motion import synthetic_motion

RIGIFY = """
import os, sys, bpy
bpy.ops.wm.read_homefile(use_empty=True)
bpy.ops.preferences.addon_enable(module="rigify")
bpy.ops.object.armature_basic_human_metarig_add()
bpy.context.object.name = "metarig"
bpy.ops.pose.rigify_generate()
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[1])
os._exit(0)  # Blender 4.5 may hang when it ends after Rigify
"""
LIMBS = [f"{name}.{side}" for name in ("upper_arm", "forearm", "thigh", "shin") for side in "LR"]


def captured(motion, person=0):
    """The armature of one person of a motion, as a capture makes it."""
    request = scenes.SceneRequest("take", "/no/clip.mp4", bpy.context.scene.name)
    scenes.build_now(request, motion)
    armatures = (o for o in bpy.data.objects if o.type == "ARMATURE")
    return next(o for o in armatures if o.get("monorig_identity") == person + 1)


def person_of(frames):
    """The armature of a made-up person, alone in a file that is made once and opened again from then on."""
    path = Path(bpy.app.tempdir) / f"person-{frames}.blend"
    if not path.exists():
        owner = captured(synthetic_motion(people=1, frames=frames))
        bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
        return owner
    bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    return next(o for o in bpy.data.objects if o.type == "ARMATURE")


def armature(rig, modes=("QUATERNION",), name="Rig"):
    """Armature object of a StandIn; rotation modes are dealt out in turn."""
    data = bpy.data.armatures.new(name)
    owner = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(owner)
    bpy.context.view_layer.objects.active = owner
    bpy.ops.object.mode_set(mode="EDIT")
    rest = rig.rest
    for bone, bone_name in enumerate(rest.bone_names):
        made = data.edit_bones.new(bone_name)
        made.tail = (0, rig.lengths[bone], 0)
        made.matrix = Matrix(rest.T_armature_bone[bone].tolist())
        if rest.parents[bone] >= 0:
            made.parent = data.edit_bones[rest.bone_names[rest.parents[bone]]]
    bpy.ops.object.mode_set(mode="OBJECT")
    for index, bone in enumerate(owner.pose.bones):
        bone.rotation_mode = modes[index % len(modes)]
    return owner


def retarget(source, target, **options):
    """Runs the operator; raises RuntimeError with its sentence where it refuses."""
    chosen = bpy.context.scene.monorig.retarget
    chosen.source, chosen.target = source, target
    for name, value in options.items():
        setattr(chosen, name, value)
    return bpy.ops.monorig.retarget()


def posed(owner, names, frame):
    """{bone: (4,4)} evaluated in the world at a frame."""
    whole = int(np.floor(frame))
    bpy.context.scene.frame_set(whole, subframe=float(frame - whole))
    seen = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {n: np.array(seen.matrix_world @ seen.pose.bones[n].matrix, float) for n in names}


def mapped(bones):
    """Names of the first bone of every role, role -> name."""
    return {role: chain[0] for role, chain in bones.items() if chain}


def directions(owner, bones, frame):
    """{limb: unit vector (3,)} from the head of each limb to the next one's."""
    needed = {*LIMBS, *(roles.below(limb) for limb in LIMBS)}
    first = {role: bone for role, bone in mapped(bones).items() if role in needed}
    heads = {role: T[:3, 3] for role, T in zip(first, posed(owner, first.values(), frame).values())}
    found = {}
    for limb in LIMBS:
        along = heads[roles.below(limb)] - heads[limb]
        found[limb] = along / np.linalg.norm(along)
    return found


def degrees_between(a, b):
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def rest_bytes(owner):
    """Everything of a rig that retargeting must leave alone."""
    bones = [
        (
            b.name,
            b.parent and b.parent.name,
            tuple(map(tuple, b.matrix_local)),
            b.length,
            b.use_connect,
        )
        for b in owner.data.bones
    ]
    constraints = [
        (b.name, c.type, c.name, c.mute) for b in owner.pose.bones for c in b.constraints
    ]
    modes = [(b.name, b.rotation_mode, tuple(b.lock_rotation)) for b in owner.pose.bones]
    meshes = [(m.name, m.type) for o in owner.children for m in o.modifiers]
    return repr((bones, constraints, modes, meshes, tuple(map(tuple, owner.matrix_world))))


def rigify_blend(folder):
    """A file with Rigify's basic human ("rig") and its metarig, made by a Blender of its own."""
    path = folder / "rigify.blend"
    run = [sys.executable, "-c", RIGIFY, str(path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert path.exists(), done.stdout + done.stderr
    return path


def appended(path, name):
    with bpy.data.libraries.load(str(path)) as (_there, wanted):
        wanted.objects = [name]
    owner = wanted.objects[0]
    bpy.context.scene.collection.objects.link(owner)
    return owner
