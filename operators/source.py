"""The clip before a capture: chosen from what Blender has loaded already, and looked at.

A small picture of the first frame, and what the file says of itself, come from a child process that is started
when another clip is chosen; nothing runs otherwise, and nothing without a window.
"""

import logging
import os
import threading

import bpy
import bpy.utils.previews
from bpy.props import StringProperty

from ..inference import sequences
from . import session, takes
from .language import label, say

log = logging.getLogger(__name__)

CALM = 0.5  # [s] without a change before the clip is looked at
WAIT = 0.1  # [s] between looks at the child
TRIM = ("frame_offset_start", "left_handle_offset")  # of a strip: names in different Blenders
BEGIN = ("frame_start", "content_start")
DURATION = ("frame_final_duration", "duration")
_state = {}  # look: Look that runs; told: what is known of the clip; icons: of previews


class Look:
    """A child that sends one picture of a clip."""

    def __init__(self, clip, first, fps):
        self.clip, self.picture, self.ending = clip, None, None
        self._client, self._gone = None, False
        threading.Thread(
            target=self._start, args=(first, fps), name="monorig preview", daemon=True
        ).start()

    def _start(self, first, fps):
        from ..inference.job import Job
        from ..inference.packages import PackagesError
        from ..inference.wheels import WheelError
        from .work import started_client

        job = Job(self.clip, task="preview", frames=(first, None), fps=fps)
        try:
            client = started_client(job)
        except (PackagesError, WheelError, OSError) as error:
            self.ending = {"text": str(error)}
            return
        if self._gone:
            client.close()
        self._client = client

    def poll(self):
        """Whether it is over; `picture` (h,w,4) and `ending`, fields of its last message, are there then."""
        for message in self._client.poll() if self._client else ():
            if message.type == "picture":
                self.picture = message.arrays["rgba"]
            if message.type in ("done", "failed"):
                self.ending = message.fields
        return self.ending is not None

    def close(self):
        self._gone = True
        if self._client is not None:
            self._client.close()


def changed(_group=None, _context=None):
    """Another clip was chosen, or another first frame: it is looked at when that stays so for a moment."""
    forget()
    if not bpy.app.background:
        bpy.app.timers.register(_tick, first_interval=CALM)


def forget():
    """Ends what runs and forgets the picture."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    if "look" in _state:
        _state["look"].close()
    if "icons" in _state:
        bpy.utils.previews.remove(_state["icons"])
    _state.clear()


def told(context):
    """(icon or 0, sentence) of the chosen clip."""
    clip = takes.chosen_clip(context)
    known = _state.get("told")
    return known[1:] if known and known[0] == clip else (0, "")


def _tick():
    """Timer: starts the child, then waits for it."""
    look = _state.get("look")
    if look is None:
        clip = takes.chosen_clip(bpy.context)
        if not os.path.isfile(clip):
            return None
        chosen = bpy.context.scene.monorig.capture
        first = chosen.first_picture if chosen.use_range else 0
        _state["look"] = Look(clip, first, sequence_rate(bpy.context, clip))
        return WAIT
    if not look.poll():
        return WAIT
    del _state["look"]
    _state["told"] = look.clip, _icon(look.picture), spoken(look.ending)
    session._redraw()
    return None


def _icon(picture):
    """Number of an icon that shows a picture (h,w,4), 0 where there is none."""
    if picture is None:
        return 0
    import numpy as np

    icons = _state["icons"] = bpy.utils.previews.new()
    shown = icons.new("clip")
    shown.icon_size = shown.image_size = picture.shape[1::-1]
    values = (picture.astype(np.float32) / 255).ravel()
    for pixels in (shown.icon_pixels_float, shown.image_pixels_float):
        pixels.foreach_set(values)
    return shown.icon_id


def spoken(fields):
    """What the file says of itself, or why it cannot be used, in a line."""
    if "size" not in fields:
        return fields.get("text", "")
    width, height = fields["size"]
    size = {"width": width, "height": height, "rate": fields["fps"], "count": fields["frames"]}
    counted = "{width} x {height}, {rate:.4g} frames/s, {count} pictures"
    return label(counted if fields["frames"] else "{width} x {height}, {rate:.4g} frames/s", **size)


def sequence_rate(context, clip):
    """Pictures a second of numbered pictures: the scene's; None for a file that knows its own."""
    render = context.scene.render
    return render.fps / render.fps_base if sequences.is_picture(clip) else None


def loaded(context):
    """[(kind, name, label)] of movie clips and strips that can be captured."""
    found = [("CLIP", clip.name, clip.name) for clip in bpy.data.movieclips]
    return found + [("STRIP", strip.name, strip.name) for strip in _strips(context.scene)]


def _strips(scene):
    editor = scene.sequence_editor
    if editor is None:
        return []
    strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    return [strip for strip in strips if strip.type in ("MOVIE", "IMAGE")]


def _first_of(owner, names):
    """Value of the first of these properties that this Blender has."""
    return next(getattr(owner, name) for name in names if hasattr(owner, name))


def take_clip(chosen, clip):
    """The capture settings follow a movie clip."""
    chosen.clip, chosen.use_range = clip.filepath, False
    chosen.start_frame = clip.frame_start


def take_strip(chosen, strip):
    """The capture settings follow a strip: its file, where it is cut, and where it begins."""
    if strip.type == "MOVIE":
        chosen.clip = strip.filepath
    else:
        chosen.clip = os.path.join(strip.directory, strip.elements[0].filename)
    trim = int(_first_of(strip, TRIM))
    chosen.first_picture, chosen.last_picture = (
        trim, trim + int(_first_of(strip, DURATION)) - 1,
    )  # fmt: skip
    chosen.use_range = True
    chosen.start_frame = int(_first_of(strip, BEGIN))


class MONORIG_OT_source_pick(bpy.types.Operator):
    """Use a movie clip or a strip of this file; a strip brings the part that it shows"""

    bl_idname = "monorig.source_pick"
    bl_label = "Use Loaded Clip"
    bl_options = {"UNDO"}

    kind: StringProperty(name="Kind", options={"SKIP_SAVE"})
    name: StringProperty(name="Name", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        return True

    def execute(self, context):
        chosen = context.scene.monorig.capture
        if self.kind == "CLIP" and self.name in bpy.data.movieclips:
            take_clip(chosen, bpy.data.movieclips[self.name])
            return {"FINISHED"}
        for strip in _strips(context.scene) if self.kind == "STRIP" else ():
            if strip.name == self.name:
                take_strip(chosen, strip)
                return {"FINISHED"}
        self.report(
            {"ERROR"}, say('There is no clip or strip "{name}" in this file.', name=self.name)
        )
        return {"CANCELLED"}


class MONORIG_MT_source(bpy.types.Menu):
    """Movie clips and strips of this file"""

    bl_idname = "MONORIG_MT_source"
    bl_label = "Loaded in Blender"

    def draw(self, context):
        icons = {"CLIP": "TRACKER", "STRIP": "SEQUENCE"}
        found = loaded(context)
        for kind, name, shown in found:
            chosen = self.layout.operator(
                "monorig.source_pick", text=shown, icon=icons[kind], translate=False
            )
            chosen.kind, chosen.name = kind, name
        if not found:
            self.layout.label(text="No movie clip and no strip in this file")


CLASSES = (MONORIG_OT_source_pick, MONORIG_MT_source)
