"""The sub-panel "People": who is in the take; draws what is there, computes nothing."""

import bpy

from ..operators import people, people_list, session
from ..operators.language import label
from .sidebar import SidebarPanel, sentences

ROWS = 3  # of the list, at least
RIG_WIDTH = 4.0  # of the column with the rigs' names
NAMED_FROM = 330  # [px] at a scale of 1: width of a sidebar that has room for them


class MONORIG_UL_people(bpy.types.UIList):
    """A person a row: colour, name, how often and how well seen, rig, whether in the fit."""

    def draw_item(self, context, layout, data, item, _icon, _active, _property, _index):
        row = layout.row()
        swatch = row.row()
        swatch.ui_units_x = 0.8
        swatch.prop(item, "colour", text="")
        named = row.row()
        named.active = not item.ignored
        named.prop(item, "called", text="", emboss=False)
        told = row.row()
        told.active, told.alignment = False, "RIGHT"
        told.label(text=f"{item.frames} · {100 * item.sureness:.0f} %", translate=False)
        if any(person.target for person in data.people):
            draw_rig(row, context, item)
        icon = "HIDE_ON" if item.ignored else "HIDE_OFF"
        row.operator(
            "monorig.person_ignore", text="", icon=icon, emboss=False
        ).identity = item.identity


def draw_rig(layout, context, item):
    """Who has a rig; which one, where there is room for its name."""
    wide = context.region.width > NAMED_FROM * context.preferences.system.ui_scale
    rig = layout.row()
    rig.ui_units_x, rig.active = RIG_WIDTH if wide else 1.0, not item.ignored
    name = item.target.name if item.target and wide else ""
    rig.label(text=name, icon="ARMATURE_DATA" if item.target else "BLANK1", translate=False)


class MONORIG_PT_people(SidebarPanel, bpy.types.Panel):
    bl_label = "People"

    @classmethod
    def poll(cls, context):
        return people_list.chosen(context) is not None

    def draw(self, context):
        layout, (collection, row) = self.layout, people_list.chosen(context)
        layout.enabled = session.status().over
        known, rest = collection.monorig, len(collection.monorig.people) > 1
        layout.template_list(
            "MONORIG_UL_people", "", known, "people", known, "active", rows=ROWS, sort_lock=True
        )
        one = layout.split(factor=0.4, align=True)
        one.operator("monorig.person_pick", text="Pick", icon="EYEDROPPER")
        alone = one.row(align=True)
        alone.enabled = rest
        alone.operator("monorig.person_only", icon="SOLO_ON")
        pairs = layout.row(align=True)
        pairs.enabled = rest
        pairs.menu("MONORIG_MT_person_merge", text="Merge", icon="FULLSCREEN_EXIT")
        pairs.menu("MONORIG_MT_person_swap", text="Swap", icon="ARROW_LEFTRIGHT")
        layout.operator("monorig.person_split", icon="FULLSCREEN_ENTER")
        more = layout.column()
        more.use_property_split, more.use_property_decorate = True, False
        more.prop(context.scene.monorig.fit, "max_people")
        more.prop(row, "target")
        draw_map(more, context, row)
        layout.operator("monorig.retarget_people", icon="ARMATURE_DATA")
        if people.has_edits(collection):
            layout.operator("monorig.edits_forget", icon="LOOP_BACK")


def draw_map(layout, context, row):
    """Which bone map the person's rig has, and what it lacks."""
    if row.target is None:
        return
    sentences(layout, context, "BONE_DATA", row.family or "No bone map")
    if row.missing:
        sentences(layout, context, "ERROR", label("No bone for {roles}.", roles=row.missing))


CLASSES = (MONORIG_UL_people, MONORIG_PT_people)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
