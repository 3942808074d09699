"""People and things in front of a camera in Blender: pictures of them, who is where, what hides what.

Poses come as vertices, frame by frame; Blender needs no armature. World: Z up, metres. Needs bpy.
"""

import math
from pathlib import Path

import bpy
import cv2
import numpy as np
from mathutils import Matrix, Vector

from . import synthetic_backdrop as backdrop
from . import synthetic_meshes as meshes
from .synthetic_scenes import CYCLES, WORKBENCH

BRIGHTER = 1.4  # Workbench's studio light is dim
SENSOR = 36.0  # [mm]
FINER = 2  # Workbench renders so many times finer: less than half the time of its own smoothing of edges
SAMPLES, BOUNCES, SEE_THROUGH_BOUNCES = 8, 4, 12  # of Cycles
SUN_STRENGTH = 2.2
SKY_SIZE, SKY_LIMIT = (64, 32), 2.0  # [px], linear
SUN_SIZE = math.radians(2.0)
ID_STEP = 20  # between the grey values of people in a picture of identities
OPAQUE = 128  # alpha from which a pixel shows somebody
SELF_HIDDEN = 0.15  # [m] of own body in front of a point that hides it
TOUCH = 0.02  # [m] nearer than this to a point is not in front of it
NOTHING, BY_SELF, BY_OTHERS, BY_THINGS = range(4)
FROM_OPENCV = Matrix(((1, 0, 0, 0), (0, -1, 0, 0), (0, 0, -1, 0), (0, 0, 0, 1)))


def world_file(name):
    """One of Blender's own studio HDRIs."""
    return Path(bpy.utils.resource_path("LOCAL")) / f"datafiles/studiolights/world/{name}.exr"


class Stage:
    """A scene of the table, with its people at rest; textures go into the folder `scratch`.

    There is no ground in it: its picture and the shadows on it come from synthetic_backdrop, which costs a
    fifth of what Cycles takes for them.
    """

    def __init__(self, scene, people, image_size, scratch):
        bpy.ops.wm.read_homefile(use_empty=True)
        self.table, self.image_size, self.scratch = scene, image_size, scratch
        self.blender = bpy.context.scene
        self.blender.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
        self.blender.collection.objects.link(self.blender.camera)
        self._set_up_rendering()
        self.people = [
            meshes.add_figure(self.blender, f"person {n}", person.figure, scratch)
            for n, person in enumerate(people)
        ]
        self.things = [
            meshes.add_box(self.blender, f"box {n}", box) for n, box in enumerate(scene.boxes)
        ]
        self._triangles = [meshes.triangles(made) for made in self.people + self.things]

    def panorama(self):
        """The scene's HDRI, (H,W,3) linear RGB, first row on top."""
        image = bpy.data.images.load(str(world_file(self.table.world)))
        pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
        image.pixels.foreach_get(pixels)
        return pixels.reshape(image.size[1], image.size[0], 4)[::-1, :, :3]

    def pose(self, vertices):
        """Vertices (V,3) of each person -> meshes that throw shadows: [(vertices, triangles)]."""
        for made, places in zip(self.people, vertices):
            meshes.move(made, places)
        things = [meshes.places(made) for made in self.things]
        return list(zip([*vertices, *things], self._triangles))

    def render(self, K, T_world_camera):
        """-> (H,W,4) BGRA of people and things, 0 to 255, colour multiplied by alpha (0 to 1)."""
        brighter = 1.0 if self.table.engine == CYCLES else BRIGHTER
        picture = self._picture(K, T_world_camera).astype(np.float32)
        picture[..., :3] = np.minimum(picture[..., :3] * brighter, 255)
        picture[..., :3] *= picture[..., 3:] / 255
        return cv2.resize(picture, self.image_size, interpolation=cv2.INTER_AREA) / [1, 1, 1, 255]

    def identities(self, people, K, T_world_camera):
        """(T,H,W) uint8: which person a pixel shows, from 1; 0 = none. Ends the rendering of pictures."""
        self._set_up_identities()
        frames = []
        for t, T in enumerate(T_world_camera):
            self.pose([person.vertices(t) for person in people])
            flat = self._picture(K, T)
            number = np.round(flat[..., 0] / ID_STEP).astype(np.uint8)
            frames.append(np.where(flat[..., 3] >= OPAQUE, number, 0))
        return np.stack(frames).astype(np.uint8)

    def hidden(self, eye, keypoints):
        """Codes (P,K) of what hides keypoints, for each person (K,3), in the world, from an eye (3,)."""
        depsgraph = bpy.context.evaluated_depsgraph_get()
        return np.array(
            [
                [self._in_front(depsgraph, eye, point, made.name) for point in points]
                for made, points in zip(self.people, keypoints)
            ]
        )

    def _in_front(self, depsgraph, eye, point, owner):
        eye, ray = Vector(eye), Vector(point - eye)
        found, place, _, _, hit, _ = self.blender.ray_cast(
            depsgraph, eye, ray.normalized(), distance=ray.length
        )
        gap = ray.length - (place - eye).length
        if not found or gap < TOUCH:
            return NOTHING
        if hit.original.name == owner:
            return BY_SELF if gap > SELF_HIDDEN else NOTHING
        return BY_OTHERS if hit.original in self.people else BY_THINGS

    def _picture(self, K, T_world_camera):
        """What Blender renders, (h,w,4) uint8 BGRA."""
        self._aim(K, T_world_camera)
        path = self.scratch / "frame.png"
        self.blender.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)

    def _aim(self, K, T_world_camera):
        """Principal point in the middle of the picture; pixel centres at integers."""
        lens = self.blender.camera.data
        lens.sensor_fit, lens.sensor_width = "HORIZONTAL", SENSOR
        lens.lens = K[0, 0] * SENSOR / self.image_size[0]
        self.blender.camera.matrix_world = Matrix(T_world_camera.tolist()) @ FROM_OPENCV

    def _set_up_rendering(self):
        render, shading = self.blender.render, self.blender.display.shading
        render.engine, render.film_transparent = self.table.engine, True
        finer = 1 if self.table.engine == CYCLES else FINER
        render.resolution_x, render.resolution_y = (finer * side for side in self.image_size)
        render.threads_mode, render.threads = "FIXED", 1
        picture = render.image_settings
        picture.file_format, picture.color_mode, picture.compression = "PNG", "RGBA", 0
        self.blender.view_settings.view_transform = "Standard"
        shading.light, shading.color_type = "STUDIO", "TEXTURE"
        shading.show_specular_highlight = shading.show_object_outline = False
        self.blender.display.render_aa = "OFF"
        if self.table.engine == CYCLES:
            self._set_up_cycles()

    def _set_up_cycles(self):
        cycles = self.blender.cycles
        cycles.device, cycles.samples, cycles.use_denoising = "CPU", SAMPLES, False
        cycles.max_bounces, cycles.transparent_max_bounces = BOUNCES, SEE_THROUGH_BOUNCES
        self.blender.render.use_persistent_data = True
        self.blender.world = bpy.data.worlds.new("world")
        tree = meshes.empty_nodes(self.blender.world)
        sky = tree.nodes.new("ShaderNodeBackground")
        picture = tree.nodes.new("ShaderNodeTexEnvironment")
        picture.image = self._sky()
        output = tree.nodes.new("ShaderNodeOutputWorld")
        tree.links.new(picture.outputs["Color"], sky.inputs["Color"])
        tree.links.new(sky.outputs["Background"], output.inputs["Surface"])
        lamp = bpy.data.lights.new("sun", "SUN")
        lamp.energy, lamp.angle = SUN_STRENGTH, SUN_SIZE
        shining = bpy.data.objects.new("sun", lamp)
        azimuth, elevation = (math.radians(angle) for angle in self.table.sun)
        shining.rotation_euler = (0, math.pi / 2 - elevation, azimuth)
        self.blender.collection.objects.link(shining)

    def _sky(self):
        """The panorama, small and without its brightest spots: those make noise, and there is the sun."""
        linear = backdrop.exposed(self.panorama()).clip(0, SKY_LIMIT)
        linear = cv2.resize(linear, SKY_SIZE, interpolation=cv2.INTER_AREA)[::-1]
        image = bpy.data.images.new("sky", *SKY_SIZE, float_buffer=True)
        pixels = np.concatenate([linear, np.ones((*linear.shape[:2], 1))], -1)
        image.pixels.foreach_set(pixels.ravel().astype(np.float32))
        return image

    def _set_up_identities(self):
        """One flat grey for each person; things in black."""
        render = self.blender.render
        render.engine = WORKBENCH
        render.resolution_x, render.resolution_y = self.image_size
        self.blender.view_settings.view_transform = "Raw"
        shading = self.blender.display.shading
        shading.light, shading.color_type = "FLAT", "OBJECT"
        for number, made in enumerate(self.people, 1):
            made.color = (*[ID_STEP * number / 255] * 3, 1.0)
        for made in self.things:
            made.color = (0.0, 0.0, 0.0, 1.0)
