"""From a Motion to a scene: people, solved camera with the clip behind them, and scene settings.

`build` is a generator of short steps, so that Blender stays usable; nothing is linked to the user's
scene before the last step, and whatever was made is taken back when the build does not reach its end.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from ..retarget.action import assign
from ..retarget.timing import frame_rate, scene_frames
from . import marks, people_list, solved_camera, take_data
from .datablocks import Made, block_name
from .language import say
from .person import Naming, person_steps
from .steps import OWN_TICK, at_once, free_hands, share_done

CURVES_PER_BONE, STEPS_PER_CURVE = 4, 4  # what most of the work is made of
STRAIGHT = 1e-3  # lens distortion that nobody sees
LEAST_SIDE, GREATEST_SIDE = 4, 65536  # [px] of Blender's render frame


@dataclass(frozen=True)
class SceneRequest:
    """What the user asked for."""

    take: str  # name of the take
    clip: str  # path of the video file
    scene: str  # name of the scene that gets everything
    scene_uid: int = 0  # its session id, which it keeps when it is renamed; 0 = go by the name
    start_frame: int = 1  # scene frame of the clip's time 0
    match_rate: bool = True
    match_range: bool = True
    match_resolution: bool = True
    use_camera: bool = True  # the solved camera becomes the scene's
    add_sound: bool = False
    folder: str = ""  # of the take; "" = it was not kept
    solver: str = "take"  # that the motion comes from
    edits: str = ""  # of the take, as JSON

    @property
    def called(self):
        return Naming(self.take, self.folder, self.solver)


@dataclass(frozen=True)
class BuiltScene:
    collection: str
    people: int
    notes: tuple  # sentences for the user


class SceneLost(Exception):
    """The scene that was to get the result is no longer there."""


def build(request, motion):
    """Generator: makes everything, yields as `share_done` does, returns a BuiltScene.

    Closing it, or an error in it, removes all that was made so far.
    """
    made = Made()
    try:
        return (yield from share_done(_steps(made, request, motion), expected_steps(motion)))
    except BaseException:  # GeneratorExit as well: the build was given up
        made.discard()
        raise


def expected_steps(motion):
    """About how many steps it takes to make the keys of a motion."""
    return len(motion.identity) * len(motion.joint_names) * CURVES_PER_BONE * STEPS_PER_CURVE


def build_now(request, motion):
    """The same in one go."""
    return at_once(build(request, motion))


def _steps(made, request, motion):
    render = scene_of(request).render
    rate = frame_rate(motion.fps) if request.match_rate else (render.fps, render.fps_base)
    frames = scene_frames(motion.time_s, rate[0] / rate[1], request.start_frame)
    camera, notes = yield from _camera_steps(made, request, motion, rate[0] / rate[1], frames)
    objects = [camera]
    seen = np.flatnonzero(motion.present.any(1))
    for person in seen.tolist():
        objects += yield from person_steps(made, motion, person, frames, request.called)
    yield OWN_TICK
    rows = list_rows(motion)
    yield OWN_TICK
    yield from free_hands()
    collection = _place(made, request, objects, rate[0] / rate[1])
    people_list.fill(bpy.data.collections[collection], rows, request.edits)
    notes += _set_scene(request, motion, camera, rate, frames)
    return BuiltScene(collection, len(seen), tuple(notes))


def list_rows(motion):
    """What the list of people says of everybody in the fit (see `people_list.fill`)."""
    sure = take_data.sureness(motion.keypoint_names, motion.confidence, motion.present)
    return [
        (int(motion.identity[p]), int(motion.present[p].sum()), float(np.nanmean(sure[p])))
        for p in np.flatnonzero(motion.present.any(1)).tolist()
    ]


def _camera_steps(made, request, motion, scene_fps, frames):
    camera = solved_camera.make_camera(made, motion, request.folder)
    yield
    aspect = None if request.match_resolution else _frame_aspect(scene_of(request).render)
    solved_camera.set_lens(made, camera, motion, aspect)
    yield
    notes = solved_camera.add_background(
        made, camera, request.clip, motion, scene_fps, request.start_frame
    )
    yield
    action = yield from solved_camera.motion_steps(made, camera, request.called, motion, frames)
    if action:
        assign(made.find("objects", camera), action)
    place = camera, request.take, motion, scene_fps, frames, request.start_frame
    yield from solved_camera.lens_steps(made, *place)
    if np.any(np.abs(motion.dist) > STRAIGHT):
        notes.append("The lens bends straight lines; towards the edges people lie beside the clip.")
    return camera, notes


def scene_of(request):
    """The scene that was asked for, also when it was renamed meanwhile."""
    same = [scene for scene in bpy.data.scenes if scene.session_uid == request.scene_uid]
    scene = same[0] if same else bpy.data.scenes.get(request.scene)
    if scene is None:
        raise SceneLost(
            say('The scene "{name}" is no longer there; the take is kept.', name=request.scene)
        )
    return scene


def _frame_aspect(render):
    width = render.resolution_x * render.pixel_aspect_x
    return width / (render.resolution_y * render.pixel_aspect_y)


def _place(made, request, objects, scene_fps):
    """Links everything to the scene at once, in a collection named after the take, which knows it again."""
    collection = bpy.data.collections.new(block_name(request.take))
    made.add("collections", collection)
    collection[marks.TAKE], collection[marks.SOLVER] = request.folder, request.solver
    collection[marks.CLIP] = request.clip
    collection[marks.START], collection[marks.RATE] = request.start_frame, scene_fps
    for name in objects:
        collection.objects.link(made.find("objects", name))
    scene_of(request).collection.children.link(collection)
    return collection.name


def _set_scene(request, motion, camera, rate, frames):
    """Scene settings that the user asked for; returns what could not be done, as sentences."""
    scene, render = scene_of(request), scene_of(request).render
    if request.match_rate:
        render.fps, render.fps_base = rate
    if request.match_range and len(frames):
        scene.frame_start = max(0, int(np.floor(frames[0])))
        scene.frame_end = max(scene.frame_start, int(np.ceil(frames[-1])))
    if request.match_resolution:
        width, height = (
            int(np.clip(side, LEAST_SIDE, GREATEST_SIDE)) for side in motion.image_size
        )
        render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
        render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    if request.use_camera:
        scene.camera = bpy.data.objects[camera]
    return _add_sound(scene, request) if request.add_sound else []


def _add_sound(scene, request):
    """The clip's sound as a strip above those that are there. Blender opens the file itself: about 0.1 s."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    channel = max((strip.channel for strip in strips), default=0) + 1
    name, path = block_name(request.take, "Sound"), solved_camera.stored_path(request.clip)
    try:
        strip = strips.new_sound(name, path, channel, request.start_frame)
    except RuntimeError as error:
        return [
            say(
                "The sound could not be added: {trouble}.",
                trouble=solved_camera.blender_says(error),
            )
        ]
    if strip.sound.channels == "INVALID":
        sound = strip.sound
        strips.remove(strip)
        bpy.data.sounds.remove(sound)
        return ["The clip has no sound."]
    return []
