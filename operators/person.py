"""One solved person in Blender: an armature in T pose, a mannequin that it moves, and one action.

Every function is one short step; a build calls them in turn (`scene.py`).
"""

from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ..retarget import channels, face, rig
from ..retarget.action import assign, new_action, write
from ..retarget.channels import IN_SHOT
from ..retarget.mannequin import joined, solids
from ..retarget.rest_pose import rest_pose
from . import faces, fingerprints, marks
from .datablocks import block_name, object_there
from .steps import OWN_TICK

BONES = "Bones"  # the armature's one bone collection
# distinct also for colour-blind eyes and in grey; sRGB
COLOURS = (
    (0.96, 0.56, 0.26), (0.36, 0.66, 0.96), (0.48, 0.80, 0.44), (0.95, 0.45, 0.58), (0.98, 0.84, 0.36),
    (0.70, 0.58, 0.93), (0.36, 0.82, 0.82), (0.80, 0.64, 0.48), (0.98, 0.72, 0.82), (0.72, 0.78, 0.44),
)  # fmt: skip
JOINT_SHADE = 0.45


@dataclass(frozen=True)
class Naming:
    """What things are called after, and marked with."""

    take: str  # name of the take
    folder: str  # where it lies
    solver: str


@dataclass(frozen=True)
class PersonNames:
    """Names of what one person is made of."""

    armature: str
    mannequin: str
    action: str


def person_steps(made, motion, person, frames, called):
    """Generator: makes one person, linked nowhere yet; returns the names of its objects."""
    identity, rest = int(motion.identity[person]), rest_pose(motion, person)
    yield OWN_TICK
    armature = yield from armature_steps(made, rest, called.take, identity)
    yield
    body = yield from mannequin_steps(made, rest, armature, called.take, identity)
    yield
    rig_rest = rig.read(made.find("objects", armature))
    action = yield from action_steps(made, motion, person, rig_rest, frames, called)
    names = PersonNames(armature, body, action)
    finish_person(made, names, called, identity, not motion.present[person].all())
    return armature, body


def colour(identity):
    """Linear RGB of an identity, the same in every take."""
    srgb = np.array(COLOURS[(identity - 1) % len(COLOURS)])
    return tuple(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4).tolist())


def armature_steps(made, rest, take, identity):
    """Generator: armature object in T pose, linked nowhere yet; returns its name."""
    name = block_name(take, f"Person {identity}")
    armature = bpy.data.armatures.new(name)
    made.add("armatures", armature)
    owner_name = made.add("objects", bpy.data.objects.new(name, armature))
    _make_bones(armature, rest)
    yield
    _dress_armature(made.find("objects", owner_name))
    return owner_name


def _make_bones(armature, rest):
    with edit_mode(armature):
        for joint, name in enumerate(rest.names):
            bone, parent = armature.edit_bones.new(name), rest.parents[joint]
            if parent >= 0:
                bone.parent = armature.edit_bones[rest.names[parent]]
                near = np.allclose(rest.tails[parent], rest.heads[joint], atol=1e-5)
                bone.use_connect = bool(near)
        place_bones(armature.edit_bones, rest)
    fingerprints.mark_rest(armature)


@contextmanager
def edit_mode(armature):
    """Bones change only in edit mode: entered by an object and in a scene of our own, so that neither the
    user's scene nor the mode of what uses the armature is touched."""
    scene = bpy.data.scenes.new("Monorig")
    owner = bpy.data.objects.new("Monorig", armature)
    try:
        scene.collection.objects.link(owner)
        view_layer = scene.view_layers[0]
        view_layer.objects.active = owner
        place = {"scene": scene, "view_layer": view_layer, "object": owner, "active_object": owner}
        with bpy.context.temp_override(**place):
            bpy.ops.object.mode_set(mode="EDIT")
            yield
            bpy.ops.object.mode_set(mode="OBJECT")
    finally:
        bpy.data.objects.remove(owner)
        bpy.data.scenes.remove(scene)


def place_bones(edit_bones, rest):
    """Puts every bone where a RestPose has it."""
    for joint, name in enumerate(rest.names):
        bone = edit_bones[name]
        bone.head, bone.tail = rest.heads[joint], rest.tails[joint]
        bone.align_roll(rest.roll_axes[joint])


def _dress_armature(owner):
    """Bones as lines, in front of the mannequin so that they can be seen and picked."""
    armature = owner.data
    owner[IN_SHOT] = 1
    owner.id_properties_ui(IN_SHOT).update(
        min=0,
        max=1,
        description="1 where the person is seen in the clip; 0 hides bones and mannequin",
    )
    armature.display_type = "WIRE"
    owner.show_in_front = True
    bones = armature.collections.new(BONES)
    for bone in armature.bones:
        bones.assign(bone)


def shape_steps(rest):
    """Generator: the mannequin over a RestPose."""
    parts = []
    for joint in range(len(rest.names)):
        parts += solids(rest, joint)
        yield
    shape = joined(parts)
    yield
    return shape


def mannequin_steps(made, rest, armature_name, take, identity):
    """Generator: mesh object moved by the armature, each corner by one bone; returns its name."""
    shape, name = (yield from shape_steps(rest)), block_name(take, f"Person {identity} Mannequin")
    mesh_name = made.add("meshes", bpy.data.meshes.new(name))
    for fill in (_add_corners, _add_faces, _finish_mesh):
        fill(made.find("meshes", mesh_name), shape)
        yield
    for material in _materials(made, take, identity):
        made.find("meshes", mesh_name).materials.append(material)
    yield
    owner = bpy.data.objects.new(name, made.find("meshes", mesh_name))
    made.add("objects", owner)
    _attach(owner, made.find("objects", armature_name), shape, rest.names)
    owner.color = (*colour(identity), 1.0)
    return owner.name


def _attach(owner, armature, shape, bone_names):
    for joint, bone_name in enumerate(bone_names):
        corners = np.flatnonzero(shape.bone == joint)
        if len(corners):
            owner.vertex_groups.new(name=bone_name).add(corners.tolist(), 1.0, "REPLACE")
    owner.parent = armature
    owner.modifiers.new("Armature", "ARMATURE").object = armature


def _add_corners(mesh, shape):
    mesh.vertices.add(len(shape.vertices))
    place_corners(mesh, shape.vertices)


def place_corners(mesh, vertices):
    """Puts the corners of a mannequin's mesh to vertices (V,3)."""
    mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    mesh.update()
    fingerprints.mark_shape(mesh)


def _add_faces(mesh, shape):
    corners = shape.faces.ravel()
    corners = corners[corners >= 0].astype(np.int32)
    sizes = (shape.faces >= 0).sum(1)
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(sizes))
    mesh.polygons.foreach_set("loop_start", (np.cumsum(sizes) - sizes).astype(np.int32))


def _finish_mesh(mesh, shape):
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    slots = mesh.attributes.new("material_index", "INT", "FACE")
    slots.data.foreach_set("value", shape.material.astype(np.int32))


def _materials(made, take, identity):
    """The identity's colour, and a darker one for the joints."""
    rgb = np.array(colour(identity))
    for what, shade in (("", 1.0), (" Joints", JOINT_SHADE)):
        material = bpy.data.materials.new(block_name(take, f"Person {identity}{what}"))
        made.add("materials", material)
        material.diffuse_color = (*(rgb * shade), 1.0)
        material.roughness = 0.6
        if not material.use_nodes:
            material.use_nodes = True
        surface = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
        surface.inputs["Base Color"].default_value = material.diffuse_color
        surface.inputs["Roughness"].default_value = 0.6
        yield material


def action_steps(made, motion, person, rig_rest, frames, called):
    """Generator: one person's motion as an action for an armature, kept by a fake user; returns its name.

    rig_rest   RigRest of the armature object
    frames     (T,) scene frame of each frame of the motion
    """
    identity = int(motion.identity[person])
    wanted = block_name(called.take, f"Person {identity} {called.solver.title()}")
    name = new_action(wanted, rig_rest.object_name)
    action = bpy.data.actions[name]
    made.add("actions", action)
    action.use_fake_user = True
    action[marks.TAKE], action[marks.IDENTITY] = called.folder, identity
    action[marks.SOLVER], action[marks.NAME] = called.solver, name
    yield from write(name, channels.pose_channels(motion, person, rig_rest, frames))
    shown = face.motion_channels(motion, person, frames)
    faces.give_properties(object_there(rig_rest.object_name), shown)
    yield from write(name, [presence(motion, person, frames), *shown])
    made.find("actions", name)[marks.KEYS] = yield from fingerprints.keys_digest_steps(name)
    return name


def presence(motion, person, frames):
    """Channel of IN_SHOT: every action says it, so that one can be played after the other."""
    always = channels.Channel(
        f'["{IN_SHOT}"]',
        0,
        frames[:1],
        np.ones(1),
        np.full(1, channels.CONSTANT, np.uint8),
        "Presence",
    )
    return channels.presence(motion, person, frames) or always


def show_only_in_shot(armature, mannequin):
    """Bones and mannequin (None = there is none) are visible only where the armature's IN_SHOT is 1.

    The objects themselves stay: hiding an armature would deselect it at every gap one scrubs over.
    """
    if BONES in armature.data.collections:
        _drive(armature.data, f'collections["{BONES}"].is_visible', armature, "seen")
    for hidden in ("hide_viewport", "hide_render") if mannequin else ():
        _drive(mannequin, hidden, armature, "1 - seen")


def _drive(owner, path, armature, expression):
    """A driver, where there is none yet."""
    if owner.animation_data and owner.animation_data.drivers.find(path):
        return
    driver = owner.driver_add(path).driver
    driver.type, driver.expression = "SCRIPTED", expression
    variable = driver.variables.new()
    variable.name = "seen"
    variable.targets[0].id = armature
    variable.targets[0].data_path = f'["{IN_SHOT}"]'


def finish_person(made, names, called, identity, absent_somewhere):
    """Gives the armature its action, now that all keys are in, and marks what was made."""
    armature, mannequin = (
        made.find("objects", names.armature),
        made.find("objects", names.mannequin),
    )
    if absent_somewhere:
        show_only_in_shot(armature, mannequin)
    assign(armature, names.action)
    for owner in (armature, mannequin):
        owner[marks.TAKE], owner[marks.IDENTITY] = called.folder, identity
    armature[marks.SOLVER] = called.solver
