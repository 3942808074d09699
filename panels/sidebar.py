"""The tab "Monorig" in the 3D viewport's sidebar: draws what is there, computes nothing."""

import textwrap

import bpy
from bl_ui.utils import PresetPanel

from ..operators import marks, presets, session
from ..operators.capture import STAGES
from ..operators.language import label, say

PHASES = {
    "STARTING": "Starting",
    "CANCELLING": "Cancelling",
    "LOADING": "Reading the result",
    "BUILDING": "Making the scene",
}
RATES = "{rate:.1f} frames/s", "{rate:.1f} frames/s on {provider}"
ENDINGS = {"DONE": "CHECKMARK", "FAILED": "ERROR", "CANCELLED": "CANCEL"}
SHOWN_DETAILS = 4  # lines of the child's log
LETTER, MARGIN = 6.6, 80  # [px] at a scale of 1: mean width of a letter, and what is no text


class SidebarPanel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Monorig"


class MONORIG_PT_presets(PresetPanel, bpy.types.Panel):
    """Presets of Capture and Fit, behind a button in the panel's header"""

    bl_label = "Presets"
    preset_subdir = presets.FOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = "monorig.preset_add"


class MONORIG_PT_capture(SidebarPanel, bpy.types.Panel):
    bl_label = "Capture"

    def draw_header_preset(self, _context):
        MONORIG_PT_presets.draw_panel_header(self.layout)

    def draw(self, context):
        layout, chosen, status = self.layout, context.scene.monorig.capture, session.status()
        settings = layout.column()
        settings.use_property_split, settings.use_property_decorate = True, False
        settings.enabled = status.over
        settings.prop(chosen, "chain")
        settings.prop(chosen, "take_folder")
        if not (bpy.data.is_saved or chosen.take_folder):
            sentences(
                settings,
                context,
                "INFO",
                "This file is not saved: the take goes to a temporary folder.",
            )
        if status.over:
            row = layout.row()
            row.scale_y = 1.4
            row.operator("monorig.capture", icon="RENDER_ANIMATION")
            draw_ending(layout, context, status)
            camera = context.scene.camera
            if camera is not None and marks.TAKE in camera:  # it is a captured one
                layout.operator(
                    "view3d.view_camera", text="Look Through Camera", icon="CAMERA_DATA"
                )
        else:
            draw_progress(layout, context, status)


class MONORIG_PT_scene_options(SidebarPanel, bpy.types.Panel):
    bl_label = "Scene"
    bl_parent_id = "MONORIG_PT_capture"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.capture
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.enabled = session.status().over
        layout.prop(chosen, "start_frame")
        matched = layout.column(heading="Set from Clip")
        matched.prop(chosen, "match_rate")
        matched.prop(chosen, "match_range")
        matched.prop(chosen, "match_resolution")
        added = layout.column(heading="Use")
        added.prop(chosen, "use_camera")
        added.prop(chosen, "add_sound")


def draw_progress(layout, context, status):
    """Bar, numbers, last line of the log, Cancel."""
    column = layout.column()
    draw_bar(column, status)
    numbers = column.column(align=True)
    if status.seconds_left is not None:
        numbers.label(text=label("{time} left", time=spoken_time(status.seconds_left)), icon="TIME")
    if status.people:
        numbers.label(text=label("{count} in the picture", count=status.people), icon="COMMUNITY")
    if status.frames_per_second:
        numbers.label(text=spoken_rate(RATES, status), icon="PLAY")
    if status.log_line:
        sentences(column, context, "INFO", status.log_line)
    row = column.row()
    row.scale_y = 1.4
    row.enabled = status.phase != "CANCELLING"
    row.operator("monorig.cancel", icon="CANCEL")


def draw_bar(layout, status):
    """What is done just now, and how much of it."""
    what = label(PHASES.get(status.phase) or STAGES.get(status.stage, status.stage) or "Working")
    if status.share:
        what = label("{what}  {percent:.0f} %", what=what, percent=100 * status.share)
    layout.progress(factor=status.share, text=what, type="BAR")


def draw_ending(layout, context, status):
    """How the last piece of work ended."""
    if status.phase not in ENDINGS:
        return
    box = layout.box()
    box.alert = status.phase == "FAILED"
    sentences(box, context, ENDINGS[status.phase], status.sentence)
    for note in status.notes:
        sentences(box, context, "INFO", note)
    if status.details:
        log = box.column(align=True)
        log.active = False
        for line in status.details[-SHOWN_DETAILS:]:
            log.label(text=line, translate=False)


def sentences(layout, context, icon, text):
    """A text in as many lines as the sidebar's width asks for."""
    scale = context.preferences.system.ui_scale
    letters = max(20, int((context.region.width - MARGIN * scale) / (LETTER * scale)))
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(textwrap.wrap(say(text), letters) or [""]):
        column.label(text=line, icon="BLANK1" if index else icon, translate=False)


def spoken_rate(texts, status):
    """How many a second, and on which processor where that is known; texts: without it, with it."""
    provider = status.provider.removesuffix("ExecutionProvider")  # CUDAExecutionProvider
    return label(texts[bool(provider)], rate=status.frames_per_second, provider=provider)


def spoken_time(seconds):
    """75.3 -> "1 min 15 s"."""
    seconds = round(max(0.0, seconds))
    if seconds < 60:
        return label("{seconds} s", seconds=seconds)
    if seconds < 3600:
        return label("{minutes} min {seconds} s", minutes=seconds // 60, seconds=seconds % 60)
    return label("{hours} h {minutes} min", hours=seconds // 3600, minutes=seconds % 3600 // 60)


CLASSES = (MONORIG_PT_presets, MONORIG_PT_capture, MONORIG_PT_scene_options)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
