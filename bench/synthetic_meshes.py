"""Figures and boxes as Blender meshes with matt, textured materials. Needs bpy."""

import math
from pathlib import Path

import bpy
import cv2
import numpy as np

LARGEST_TEXTURE = 1024  # [px]
ROUGHNESS = 0.85
GAMMA = 2.2
SQUARE = ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))
CUBE_FACES = ((3, 2, 1, 0), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7))


def add_figure(scene, name, figure, scratch):
    """Figure -> object; its textures are made smaller and coloured in the folder `scratch`."""
    made = add_mesh(scene, name, figure.vertices, figure.corners, figure.sizes)
    mesh = made.data
    corner_uv = figure.corner_uv.ravel().astype(np.float32)
    mesh.uv_layers.new(name="uv").data.foreach_set("uv", corner_uv)
    for material in figure.materials:
        mesh.materials.append(_material(material, scratch))
    mesh.polygons.foreach_set("material_index", figure.face_material.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(figure.sizes), bool))
    return made


def add_box(scene, name, box):
    """A box of the table of scenes -> object."""
    corners = np.array([[x, y, z] for z in (0, 1) for x, y in SQUARE])
    cosine, sine = math.cos(math.radians(box.turn)), math.sin(math.radians(box.turn))
    R = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    vertices = corners * box.size @ R.T + [*box.at, 0]
    made = add_mesh(scene, name, vertices, np.ravel(CUBE_FACES), np.full(len(CUBE_FACES), 4))
    made.data.materials.append(_plain(name, box.colour))
    made.data.polygons.foreach_set("use_smooth", np.zeros(len(CUBE_FACES), bool))
    return made


def add_mesh(scene, name, vertices, corners, sizes):
    """Vertices (V,3), vertex indices of all faces' corners, corners of each face -> object."""
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.ravel().astype(np.float32))
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners.astype(np.int32))
    mesh.polygons.add(len(sizes))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    mesh.polygons.foreach_set("loop_start", starts.astype(np.int32))
    mesh.update(calc_edges=True)
    made = bpy.data.objects.new(name, mesh)
    scene.collection.objects.link(made)
    return made


def triangles(made):
    """(n,3) vertex indices of an object's faces, cut into triangles."""
    mesh = made.data
    mesh.calc_loop_triangles()
    corners = np.empty(3 * len(mesh.loop_triangles), np.int32)
    mesh.loop_triangles.foreach_get("vertices", corners)
    return corners.reshape(-1, 3)


def places(made):
    """(V,3) of an object's vertices."""
    vertices = np.empty(3 * len(made.data.vertices), np.float32)
    made.data.vertices.foreach_get("co", vertices)
    return vertices.reshape(-1, 3)


def move(made, vertices):
    """New places (V,3) for an object's vertices."""
    made.data.vertices.foreach_set("co", vertices.ravel().astype(np.float32))
    made.data.update()


def empty_nodes(owner):
    """The emptied node tree of a material or world (Blender 5 always has one)."""
    if owner.node_tree is None:
        owner.use_nodes = True
    owner.node_tree.nodes.clear()
    return owner.node_tree


def _material(wanted, scratch):
    if not wanted.texture:
        return _plain(wanted.name, wanted.colour)
    made, surface = _surface(wanted.name)
    picture = made.node_tree.nodes.new("ShaderNodeTexImage")
    picture.image = bpy.data.images.load(str(_texture(wanted, scratch)), check_existing=True)
    made.node_tree.links.new(picture.outputs["Color"], surface.inputs["Base Color"])
    if wanted.see_through:
        made.node_tree.links.new(picture.outputs["Alpha"], surface.inputs["Alpha"])
    made.node_tree.nodes.active = picture  # what Workbench shows
    return made


def _plain(name, colour):
    made, surface = _surface(name)
    linear = [*(np.array(colour) ** GAMMA), 1.0]
    surface.inputs["Base Color"].default_value = made.diffuse_color = linear
    return made


def _surface(name):
    """A matt material -> it and its shader node."""
    made = bpy.data.materials.new(name)
    tree = empty_nodes(made)
    surface = tree.nodes.new("ShaderNodeBsdfPrincipled")
    surface.inputs["Roughness"].default_value = ROUGHNESS
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(surface.outputs["BSDF"], output.inputs["Surface"])
    return made, surface


def _texture(wanted, scratch):
    """Image file of a material, no larger than needed, in the colours that are wanted."""
    hue, saturation, bright = wanted.tint
    name = f"{Path(wanted.texture).stem}_{hue:g}_{saturation:g}_{bright:g}.png"
    made = Path(scratch) / name
    if not made.exists():
        image = cv2.imread(wanted.texture, cv2.IMREAD_UNCHANGED)
        scale = min(1.0, LARGEST_TEXTURE / max(image.shape[:2]))
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        hsv = cv2.cvtColor(image[..., :3], cv2.COLOR_BGR2HSV).astype(float)
        hsv[..., 0] = (hsv[..., 0] + hue / 2) % 180
        hsv[..., 1:] = (hsv[..., 1:] * [saturation, bright]).clip(0, 255)
        image[..., :3] = cv2.cvtColor(hsv.round().astype(np.uint8), cv2.COLOR_HSV2BGR)
        cv2.imwrite(str(made), image)
    return made
