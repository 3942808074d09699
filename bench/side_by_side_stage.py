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
from ..retarget import detect, rig

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
    kinds = {"Skeleton": list(bpy.data.collections["demo"].objects)}
    for title, path in wanted["characters"].items():
        kinds[title] = [one for person in people for one in performed(person, path)]
    studio(scene)
    layers = {title: collected(scene, title, objects) for title, objects in kinds.items()}
    for title, layer in layers.items():
        for other in layers.values():
            other.exclude = other is not layer
        for frame, part in wanted["views"].items():
            picture(scene, motion, int(frame), part, Path(scratch) / f"{title}-{frame}.png")


def collected(scene, title, objects):
    """The layer of a new collection that holds the objects alone; the camera stays where it is."""
    collection = bpy.data.collections.new(title)
    scene.collection.children.link(collection)
    for one in objects:
        if one.type != "CAMERA":
            for place in one.users_collection:
                place.objects.unlink(one)
            collection.objects.link(one)
    return bpy.context.view_layer.layer_collection.children[collection.name]


def performed(person, path):
    """Objects of a new character, as tall as a person, that moves as that one."""
    character, objects = imported(path) if path else rigify()
    character.scale *= hips_height(person) / hips_height(character)
    bpy.context.view_layer.update()
    options = {"root": "HIPS", "at_home": False, "planted": 1.0}
    both = {"source": person, "target": character}
    named = {end: (owner.name, owner.session_uid) for end, owner in both.items()}
    rate = bpy.context.scene.render.fps / bpy.context.scene.render.fps_base
    at_once(retarget_steps.steps(Made(), RetargetRequest(scene_fps=rate, **named, **options)))
    return objects


def hips_height(owner):
    """[m] of the hip joints at rest."""
    thigh = detect.detect(rig.read(owner)).bone_map.bones["thigh.L"][0]
    return (owner.matrix_world @ owner.data.bones[thigh].head_local).z


def imported(path):
    """Armature and all objects of a glTF or VRM file."""
    there = set(bpy.data.objects)
    linked = Path(bpy.app.tempdir) / f"{Path(path).stem}.glb"  # a .vrm is a .glb by another name
    if not linked.exists():
        linked.symlink_to(path)
    bpy.ops.import_scene.gltf(filepath=str(linked))
    new = set(bpy.data.objects) - there
    return next(o for o in new if o.type == "ARMATURE"), [*new]


def rigify():
    """Rigify's basic human with a solid on each bone that deforms."""
    bpy.ops.preferences.addon_enable(module="rigify")
    bpy.ops.object.armature_basic_human_metarig_add()
    metarig, there = bpy.context.object, set(bpy.data.objects)
    bpy.ops.pose.rigify_generate()
    made = next(o for o in set(bpy.data.objects) - there if o.type == "ARMATURE")
    bpy.data.objects.remove(metarig)
    mesh = solids([bone for bone in made.data.bones if bone.use_deform])
    mesh.parent = made
    mesh.modifiers.new("Armature", "ARMATURE").object = made
    bpy.context.scene.collection.objects.link(mesh)
    return made, [made, mesh]


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
