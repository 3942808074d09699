"""The overlay in the 3D viewport: skeletons, paths and ground, and in the camera view what was seen.

Off, there is no draw handler, no timer, nothing in memory. On, a take is read once on a thread, and again when
it was fitted anew; what a frame needs on the card is made when it is first shown, and kept. Another file, or
the add-on switched off, ends it.
"""

import os
import threading
import time

import bpy
from bpy.app.handlers import persistent

from . import marks, takes

LOOK = 0.5  # [s] between looks at which take it is, and whether it was fitted anew
WAIT = 0.1  # [s] between looks at whether a take has been read
KEPT = 400  # frames on the card
_handles = []  # of the one draw handler
_take = None  # Drawn


class Drawn:
    """The take that is shown. `shown` is None until it has been read."""

    def __init__(self, key, collection):
        self.key, self.sentence, self.shown = key, "", None
        self.batches, self.still = {}, {}
        self._start(collection)

    def _start(self, collection):
        rate, start = collection[marks.RATE], collection[marks.START]
        path = self.key[0]
        threading.Thread(
            target=self._read, args=(path, rate, start), name="monorig overlay", daemon=True
        ).start()

    def _read(self, path, rate, start):
        from ..retarget.timing import scene_frames
        from . import overlay_geometry
        from .person import COLOURS
        from .take_data import NoTakeData

        try:
            self.shown = overlay_geometry.load(
                path, lambda time_s: scene_frames(time_s, rate, start), COLOURS
            )
        except NoTakeData as error:
            self.sentence = str(error)

    @property
    def over(self):
        return self.shown is not None or bool(self.sentence)

    def at(self, row):
        """Batches of one picture: skeletons, keypoints."""
        from . import overlay_gpu

        if row not in self.batches:
            while len(self.batches) >= KEPT:
                del self.batches[next(iter(self.batches))]
            self.batches[row] = (
                overlay_gpu.lines(*self.shown.skeletons(row)),
                overlay_gpu.triangles(*self.shown.keypoints(row)),
            )
        return self.batches[row]

    def always(self, what):
        """Batch of the ground or of the paths."""
        from . import overlay_gpu

        if what not in self.still:
            self.still[what] = overlay_gpu.lines(*getattr(self.shown, what))
        return self.still[what]


def is_on():
    return bool(_handles)


def switch_on():
    """Begins to draw; harmless when it does already."""
    if not _handles:
        draw = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_VIEW")
        _handles.append(draw)
        bpy.app.handlers.load_pre.append(_file_is_leaving)


def switch_off():
    """Ends it and forgets everything; harmless when it is off."""
    global _take, _looked
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
    if _file_is_leaving in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_file_is_leaving)
    if bpy.app.timers.is_registered(_until_read):
        bpy.app.timers.unregister(_until_read)
    _take, _looked = None, 0.0


def sentence():
    """Why nothing is drawn, "" where it is."""
    return _take.sentence if _take else ""


_looked = 0.0


def look(context):
    """Finds out which take is to be shown and starts reading it where that is another one than before."""
    global _take, _looked
    _looked = time.monotonic()
    collection = takes.chosen_result(context)
    key = collection and _key(collection)
    if key == (_take.key if _take else None):
        return
    _take = Drawn(key, collection) if key else None
    if _take and not bpy.app.background and not bpy.app.timers.is_registered(_until_read):
        bpy.app.timers.register(_until_read, first_interval=WAIT)


def _key(collection):
    """What makes it another one to draw: path, time of writing, place in the scene; None where no file is."""
    from ..inference.take_folder import OUT

    for folder in takes.places(collection):
        path = os.path.join(folder, OUT)
        if os.path.isfile(path):
            place = collection[marks.RATE], collection[marks.START]
            return path, os.stat(path).st_mtime_ns, *place
    return None


def _until_read():
    """Timer while a take is being read."""
    if _take is None:
        return None
    if not _take.over:
        return WAIT
    redraw()
    return None


def redraw():
    """Asks Blender to draw every 3D viewport again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def person_at(scene, view, size, mouse, reach):
    """Identity of who is drawn near the mouse in a viewport, or None (see `Shown.person_at`).

    view   RegionView3D, or what has its perspective_matrix
    """
    import numpy as np

    shown = _take.shown if _take else None
    row = shown.row_at(scene.frame_current_final) if shown else None
    if row is None:
        return None
    return shown.person_at(row, np.array(view.perspective_matrix), size, mouse, reach)


def _draw():
    """Draw handler of every 3D viewport."""
    context = bpy.context
    if time.monotonic() - _looked > LOOK:
        look(context)
    if _take is None or _take.shown is None or not context.space_data.overlay.show_overlays:
        return
    draw_take(_take, context, context.preferences.system.ui_scale)


def draw_take(drawn, context, scale):
    """One draw of a Drawn that has been read."""
    from . import overlay_gpu

    chosen, region = context.scene.monorig.overlay, context.region
    for what in ("ground", "paths"):
        if getattr(chosen, what):
            overlay_gpu.draw_lines(drawn.always(what), what, region, scale)
    row = drawn.shown.row_at(context.scene.frame_current_final)
    if row is None:
        return
    skeletons, keypoints = drawn.at(row)
    if chosen.skeletons:
        overlay_gpu.draw_lines(skeletons, "skeletons", region, scale)
    camera = _looked_through(context)
    if chosen.keypoints and camera is not None:
        overlay_gpu.draw_triangles(keypoints, camera.matrix_world)


def _looked_through(context):
    """The solved camera where this viewport looks through it, or None."""
    view, space = context.region_data, context.space_data
    if view.view_perspective != "CAMERA":
        return None
    camera = space.camera if space.use_local_camera else context.scene.camera
    return camera if camera is not None and marks.TAKE in camera else None


@persistent
def _file_is_leaving(*_):
    switch_off()


class MONORIG_OT_overlay(bpy.types.Operator):
    """Draw the skeletons, paths and ground over the 3D viewport, and in the camera view what was seen"""

    bl_idname = "monorig.overlay"
    bl_label = "Show Overlay"

    @classmethod
    def poll(cls, context):
        if not is_on() and takes.chosen_result(context) is None:
            cls.poll_message_set("There is nothing in this scene to show yet; capture a clip first")
            return False
        return True

    def execute(self, context):
        switch_off() if is_on() else switch_on()
        if is_on():
            look(context)
        redraw()
        return {"FINISHED"}


CLASSES = (MONORIG_OT_overlay,)
