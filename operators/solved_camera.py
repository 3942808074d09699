"""The solved camera in Blender, with the clip behind everything that it sees.

Every function is one short step; a build calls them in turn (`scene.py`).
"""

import os

import bpy
import numpy as np
from mathutils import Matrix

from ..inference import sequences
from ..retarget import channels
from ..retarget.action import assign, new_action, write
from ..retarget.axes import blender_camera_pose, lens
from ..retarget.timing import same_rate
from . import fingerprints, marks
from .datablocks import block_name
from .language import say

CLIP_START, CLIP_END = 0.05, 1000.0  # [m]
STEADY = 1e-4  # change of the focal length that is none, as a share of it
FRAME_OFFSET = "background_images[0].image_user.frame_offset"


def make_camera(made, motion, folder):
    """Camera object of the take in `folder`, at its first pose, linked nowhere yet; returns its name."""
    camera = bpy.data.cameras.new("Monorig Camera")
    made.add("cameras", camera)
    camera.clip_start, camera.clip_end = CLIP_START, CLIP_END
    camera.passepartout_alpha = 0.8
    owner = bpy.data.objects.new("Monorig Camera", camera)
    made.add("objects", owner)
    owner.rotation_mode, owner[marks.TAKE] = "QUATERNION", folder
    place(owner, motion)
    return owner.name


def place(owner, motion):
    """Puts the camera object where the motion has it first."""
    owner.matrix_basis = Matrix(blender_camera_pose(motion.T_world_camera[0]).tolist())
    fingerprints.mark_pose(owner)


def set_lens(made, camera_name, motion, frame_aspect):
    """Focal length and shift of the camera; frame_aspect None = the render frame has the clip's shape."""
    camera = made.find("objects", camera_name).data
    solved = lens(motion.K, motion.image_size, frame_aspect)
    camera.sensor_fit = solved.sensor_fit
    camera.sensor_width, camera.sensor_height = solved.sensor_width_mm, solved.sensor_height_mm
    camera.lens = solved.focal_mm
    camera.shift_x, camera.shift_y = solved.shift_x, solved.shift_y


def add_background(made, camera_name, clip, motion, scene_fps, start_frame):
    """The clip as background picture, behind the scene, in step with the scene's frames.

    returns what could not be done, as sentences.
    """
    known = set(bpy.data.images.keys())
    try:
        image = bpy.data.images.load(stored_path(clip), check_existing=True)
    except RuntimeError as error:  # moved or removed since it was captured
        return [say("The clip is not behind the scene: {trouble}.", trouble=blender_says(error))]
    if image.name not in known:
        made.add("images", image)
    pictures = sequences.is_picture(clip)
    if pictures:
        image.source = "SEQUENCE"
    camera = made.find("objects", camera_name).data
    camera.show_background_images = True
    picture = camera.background_images.new()
    picture.image = image
    picture.alpha, picture.display_depth, picture.frame_method = 1.0, "BACK", "FIT"
    clip_frames = int(motion.frame[-1]) + 1 if len(motion.frame) else 1
    user = picture.image_user
    user.frame_start = start_frame
    user.frame_offset = sequences.number_of(sequences.first_of(clip)) - 1 if pictures else 0
    speed = 1.0 if same_rate(motion.fps, scene_fps) else scene_fps / motion.fps
    user.frame_duration = max(1, int(np.ceil(clip_frames * speed)))
    user.use_auto_refresh = True
    turn_clip(camera, motion)
    return []


def turn_clip(camera, motion):
    """The clip behind the camera (its data) is turned round where it is a mirror image."""
    for picture in camera.background_images:
        picture.use_flip_x = motion.mirrored


def blender_says(error):
    """What an operator or property complains about, without Blender's decoration."""
    return str(error).strip().removeprefix("Error: ").rstrip(".")


def stored_path(clip):
    """Path of the clip as this file keeps it: relative to the .blend where the user wants that and it can be."""
    if bpy.data.is_saved and bpy.context.preferences.filepaths.use_relative_paths:
        try:
            return bpy.path.relpath(clip)
        except ValueError:  # another drive
            return os.path.abspath(clip)
    return os.path.abspath(clip)


def motion_steps(made, camera_name, called, motion, frames):
    """Generator: the action of a camera that moves; returns its name, None for one that stands still."""
    if not channels.camera_moves(motion.T_world_camera):
        return None
    name = new_action(block_name(called.take, f"Camera {called.solver.title()}"), camera_name)
    action = bpy.data.actions[name]
    made.add("actions", action)
    action.use_fake_user = True
    poses = blender_camera_pose(motion.T_world_camera)
    yield from write(name, channels.camera_channels(poses, frames))
    return name


def lens_steps(made, camera_name, take, motion, scene_fps, frames, start_frame):
    """Generator: the action of the camera's data, where it zooms or the clip behind it has another rate."""
    camera = made.find("objects", camera_name).data
    found = [*_zoom(motion, frames, camera.lens)]
    if camera.background_images and not same_rate(motion.fps, scene_fps):
        found.append(_clip_speed(motion, scene_fps, start_frame))
    if not found:
        return
    name = new_action(block_name(take, "Lens"), camera_name, "CAMERA")
    made.add("actions", bpy.data.actions[name])
    yield from write(name, found)
    assign(made.find("objects", camera_name).data, name)


def _zoom(motion, frames, focal_mm):
    """Channels of the focal length, none where it stays."""
    if np.ptp(motion.zoom) > STEADY:
        linear = np.full(len(frames), channels.LINEAR, np.uint8)
        yield channels.Channel("lens", 0, frames, focal_mm * motion.zoom, linear, "Lens")


def _clip_speed(motion, scene_fps, start_frame):
    """Channel that shifts the clip's frames where scene and clip differ in rate.

    Blender shows one movie frame per scene frame. picture = (frame - start) + offset, so
    offset = (frame - start) (clip rate / scene rate - 1), to the nearest picture.
    """
    last = max(1.0, motion.time_s[-1] * scene_fps)
    drift = last * (motion.fps / scene_fps - 1)
    nearest = np.copysign(0.5, drift)  # an animated whole number is cut towards 0, not rounded
    ends = np.array([start_frame, start_frame + last]), np.array([0.0, drift]) + nearest
    linear = np.full(2, channels.LINEAR, np.uint8)
    return channels.Channel(FRAME_OFFSET, 0, *ends, linear, "Clip")
