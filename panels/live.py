"""The sub-panel "Live": draws what is there, computes nothing."""

import math

import bpy

from ..operators import live, session
from ..operators.language import label
from .sidebar import SidebarPanel, draw_ending, sentences, spoken_rate

STAGES = {
    "networks": "Loading networks",
    "opening": "Opening the source",
    "measuring": "Measuring: stand still for a second",
    "live": "Live",
    "paused": "Paused",
    "lost": "No picture",
}
RATES = "{rate:.1f} poses/s", "{rate:.1f} poses/s on {provider}"
FOLLOWS, WAITS = "{name} follows person {number}", "{name} waits for its person"
RIGS_SHOWN = 3  # rows of the list


class MONORIG_UL_live_rigs(bpy.types.UIList):
    """One rig a row: which, and whom it follows."""

    def draw_item(self, _context, layout, _data, item, _icon, _active, _property, _index):
        split = layout.split(factor=0.45)
        name = item.target.name if item.target else "(removed)"
        split.label(text=name, icon="ARMATURE_DATA")
        text = "Nearest" if item.person == 0 else "Person"
        split.prop(item, "person", text=text, emboss=False)


class MONORIG_PT_live(SidebarPanel, bpy.types.Panel):
    bl_label = "Live"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.live
        running = live.life()
        settings = layout.column()
        settings.use_property_split, settings.use_property_decorate = True, False
        settings.enabled = session.status().over
        draw_source(settings, context, chosen)
        if running is None:
            row = layout.row()
            row.scale_y = 1.4
            row.operator("monorig.live_start", icon="PLAY")
            if live.was_live():
                draw_ending(layout, context, session.status())
        else:
            draw_running(layout, context, running)


class MONORIG_PT_live_rigs(SidebarPanel, bpy.types.Panel):
    bl_label = "Driven"
    bl_parent_id = "MONORIG_PT_live"

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.live
        layout.enabled = session.status().over
        layout.prop(chosen, "own_people")
        row = layout.row()
        row.template_list(
            "MONORIG_UL_live_rigs", "", chosen, "rigs", chosen, "active_rig", rows=RIGS_SHOWN
        )
        buttons = row.column(align=True)
        buttons.operator("monorig.live_rig_add", text="", icon="ADD")
        buttons.operator("monorig.live_rig_remove", text="", icon="REMOVE")
        if 0 <= chosen.active_rig < len(chosen.rigs):
            draw_rig(layout.column(), chosen.rigs[chosen.active_rig])


def draw_rig(layout, row):
    """How the chosen rig is driven."""
    layout.use_property_split, layout.use_property_decorate = True, False
    layout.prop(row, "at_home")
    controls = layout.column(heading="IK Controls")
    controls.prop(row, "ik_hand")
    controls.prop(row, "ik_foot")


def draw_source(layout, context, chosen):
    """What is looked at, with which networks."""
    layout.row().prop(chosen, "source", expand=True)
    if chosen.source == "CAMERA":
        row = layout.row(align=True)
        row.prop(chosen, "camera")
        row.operator("monorig.live_cameras", text="", icon="FILE_REFRESH")
        layout.prop(chosen, "size")
        layout.prop(chosen, "fps")
    elif chosen.source == "ADDRESS":
        layout.prop(chosen, "address")
        if not live.online(context):
            sentences(layout, context, "ERROR", "Blender's online access is off.")
    else:
        layout.prop(chosen, "clip")
        layout.prop(chosen, "again")
    layout.prop(chosen, "mirror")
    layout.prop(chosen, "chain")
    layout.prop(chosen, "max_people")


def draw_running(layout, context, running):
    """How it goes, and what can be done."""
    status, state = running.status, running.live
    column = layout.column(align=True)
    stage = STAGES.get(status.stage, "Starting") if status.phase == "RUNNING" else "Starting"
    column.label(text="Stopping" if status.phase == "CANCELLING" else stage, icon="REC")
    if state.lost:
        box = layout.box()
        box.alert = True
        sentences(
            box,
            context,
            "ERROR",
            label("{trouble} It is tried again every second.", trouble=state.lost),
        )
    if state.delay_s:
        column.label(text=spoken_rate(RATES, status), icon="PLAY")
        delay = label("{delay:.0f} ms from camera to pose", delay=1000 * state.delay_s)
        column.label(text=delay, icon="TIME")
        column.label(text=spoken_people(state.identities), icon="COMMUNITY")
    for name, identity in state.rigs:
        follows = label(FOLLOWS if identity else WAITS, name=name, number=identity)
        column.label(text=follows, icon="ARMATURE_DATA", translate=False)
    if status.log_line:
        sentences(column, context, "INFO", status.log_line)
    draw_recording(layout, context, state)
    row = layout.row(align=True)
    row.operator(
        "monorig.live_pause", text="Resume" if state.paused else "Pause", depress=state.paused
    )
    row.operator("monorig.live_recalibrate")
    row = layout.row()
    row.scale_y = 1.4
    row.operator("monorig.live_stop", icon="CANCEL")


def draw_recording(layout, context, state):
    """Record, its countdown, and what was recorded last."""
    row = layout.row(align=True)
    row.scale_y = 1.4
    row.alert = state.recording in ("COUNTDOWN", "RECORDING")
    texts = {
        "OFF": "Record",
        "COUNTDOWN": label(
            "Take {take} in {left} s", take=state.take, left=math.ceil(state.seconds)
        ),
        "RECORDING": label(
            "End Take {take}  {seconds:.1f} s", take=state.take, seconds=state.seconds
        ),
        "WRITING": "Writing keys",
    }
    row.operator("monorig.live_record", text=texts[state.recording], icon="RADIOBUT_ON")
    if state.recording == "OFF":
        layout.prop(context.scene.monorig.live, "countdown")
    if state.written:
        sentences(layout, context, "CHECKMARK", state.written)


def spoken_people(identities):
    """(1, 3) -> "People 1, 3 in the picture"."""
    if not identities:
        return "Nobody in the picture"
    numbers = ", ".join(str(identity) for identity in identities)
    if len(identities) == 1:
        return label("Person {number} in the picture", number=numbers)
    return label("People {numbers} in the picture", numbers=numbers)


CLASSES = (MONORIG_UL_live_rigs, MONORIG_PT_live, MONORIG_PT_live_rigs)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
