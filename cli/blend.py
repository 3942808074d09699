"""A .blend made from OUT.npz without a window: the scene that the extension makes, saved.

Runs in a process that has bpy: `main(motion_npz, clip, out_blend)`.
"""

from pathlib import Path

import bpy

from ..inference.motion import Motion
from ..operators.scene import SceneRequest, build_now


def main(motion_npz, clip, out_blend):
    """Writes the .blend; -> the operators' BuiltScene. The clip is kept as a relative path where it can be."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    clip, out_blend = Path(clip).resolve(), Path(out_blend).resolve()
    request = SceneRequest(clip.stem, str(clip), bpy.context.scene.name, add_sound=True)
    built = build_now(request, Motion.load(motion_npz))
    _look_through_the_camera()
    _studio(bpy.context.scene)
    save(out_blend)
    return built


def save(path):
    """Saves so that other files are named relative to the .blend; on Windows not across drives."""
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)
    bpy.ops.file.make_paths_relative()
    bpy.ops.wm.save_mainfile()


def _look_through_the_camera():
    """Every 3D view of the file opens as the solved camera sees it, without the bones' names and grid."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                space = area.spaces.active
                if space.region_3d:
                    space.region_3d.view_perspective = "CAMERA"
                space.shading.type = "SOLID"
                space.shading.color_type = "MATERIAL"


def _studio(scene):
    """A render shows the mannequins without a lamp having to be set up."""
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.color_type = "MATERIAL"
    scene.display.shading.show_cavity = True
    scene.render.film_transparent = True
    scene.frame_set(scene.frame_start)
