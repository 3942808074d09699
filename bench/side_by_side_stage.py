"""A capture's scene with characters that move as its people; pictures of one kind after the other. Needs bpy."""

import json
from pathlib import Path

import bpy
import numpy as np

from ..inference.motion import Motion
from ..operators import retarget_steps
from ..operators.datablocks import Made
from ..operators.retarget import RetargetRequest
from ..operators.scene import SceneRequest, build_now
from ..operators.steps import at_once

SPHERE = (10, 7)  # meridians, rings of the solids on Rigify's bones
GIRTH, THINNEST, THICKEST = 0.22, 0.035, 0.11  # of a bone's length; [m]


def main(npz, job, scratch):
    """Renders what the job says (see `side_by_side.render`)."""
    with open(job, encoding="utf-8") as stream:
        wanted = json.load(stream)
    bpy.ops.wm.read_homefile(use_empty=True)
    motion = Motion.load(npz)
    scene = bpy.context.scene
    build_now(SceneRequest("demo", "/", scene.name), motion)
    people = sorted((o for o in scene.objects if o.type == "ARMATURE"), key=lambda o: o.name)
    kinds = {"Skeleton": [o for o in scene.objects if o.type == "MESH"]}
    for title, path in wanted["characters"].items():
        kinds[title] = [mesh for person in people for mesh in performed(person, path)]
    studio(scene)
    for title, shown in kinds.items():
        for meshes in kinds.values():
            for mesh in meshes:
                mesh.hide_render = mesh not in shown
        for frame, part in wanted["views"].items():
            picture(scene, motion, int(frame), part, Path(scratch) / f"{title}-{frame}.png")


def performed(person, path):
    """Meshes of a new character that moves as a person."""
    rig, meshes = imported(path) if path else rigify()
    options = {"root": "HIPS", "at_home": False, "planted": 1.0}
    named = {"source": (person.name, person.session_uid), "target": (rig.name, rig.session_uid)}
    rate = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    at_once(retarget_steps.steps(Made(), RetargetRequest(scene_fps=rate, **named, **options)))
    return meshes


def imported(path):
    """Armature and meshes of a glTF or VRM file."""
    there = set(bpy.data.objects)
    linked = Path(bpy.app.tempdir) / f"{Path(path).stem}.glb"  # a .vrm is a .glb by another name
    if not linked.exists():
        linked.symlink_to(path)
    bpy.ops.import_scene.gltf(filepath=str(linked))
    new = set(bpy.data.objects) - there
    meshes = [o for o in new if o.type == "MESH" and o.find_armature()]
    return next(o for o in new if o.type == "ARMATURE"), meshes


def rigify():
    """Rigify's basic human with a solid on each bone that deforms."""
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_basic_human_metarig_add()
    metarig, there = bpy.context.object, set(bpy.data.objects)
    bpy.ops.pose.rigify_generate()
    new = set(bpy.data.objects) - there
    rig = next(o for o in new if o.type == "ARMATURE")
    metarig.hide_render = True
    mesh = solids([bone for bone in rig.data.bones if bone.use_deform])
    mesh.parent = rig
    mesh.modifiers.new("Armature", "ARMATURE").object = rig
    bpy.context.scene.collection.objects.link(mesh)
    return rig, [mesh]


def solids(bones):
    """Object of one rounded solid per bone, each in its bone's vertex group."""
    around, along = SPHERE
    phi = np.linspace(0, 2 * np.pi, around, endpoint=False)
    theta = np.linspace(0, np.pi, along)[:, None]
    unit = np.stack(
        [
            np.sin(theta) * np.cos(phi),
            np.broadcast_to(np.cos(theta), (along, around)),
            np.sin(theta) * np.sin(phi),
        ],
        -1,
    ).reshape(-1, 3)
    rings = np.arange((along - 1) * around)
    beside = rings - rings % around + (rings + 1) % around
    faces = np.stack([rings, beside, beside + around, rings + around], 1)
    points, sides = [], []
    mesh = bpy.data.meshes.new("Solids")
    owner = bpy.data.objects.new("Solids", mesh)
    for bone in bones:
        girth = np.clip(GIRTH * bone.length, THINNEST, THICKEST)
        size = np.array([girth, 0.58 * bone.length, girth])
        T = np.array(bone.matrix_local)
        sides += (faces + len(points) * len(unit)).tolist()
        points.append((unit * size + [0, bone.length / 2, 0]) @ T[:3, :3].T + T[:3, 3])
    mesh.from_pydata(np.concatenate(points).tolist(), [], sides)
    for index, bone in enumerate(bones):
        group = owner.vertex_groups.new(name=bone.name)
        group.add(range(index * len(unit), (index + 1) * len(unit)), 1.0, "REPLACE")
    return owner


def studio(scene):
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.color_type = "MATERIAL"
    scene.display.shading.show_cavity = True
    scene.render.film_transparent = True
    scene.render.use_border = scene.render.use_crop_to_border = True
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"


def picture(scene, motion, frame, part, path):
    """Renders a part [x, y, width, height] of a frame of the clip."""
    width, height = motion.image_size
    x, y, wide, tall = part
    render = scene.render
    render.border_min_x, render.border_max_x = x / width, (x + wide) / width
    render.border_min_y, render.border_max_y = 1 - (y + tall) / height, 1 - y / height
    scene.frame_set(1 + list(motion.frame).index(frame))
    render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
