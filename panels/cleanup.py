"""The sub-panel "Clean Up": draws what is there, computes nothing."""

import bpy

from ..operators import cleanup, people_list, session
from .sidebar import SidebarPanel


class MONORIG_PT_cleanup(SidebarPanel, bpy.types.Panel):
    bl_label = "Clean Up"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return people_list.chosen(context) is not None

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.cleanup
        collection, row = people_list.chosen(context)
        layout.enabled = session.status().over
        layout.label(text=row.name, icon="ARMATURE_DATA", translate=False)
        draw_range(layout, chosen)
        fitted = layout.column(align=True)
        fitted.operator("monorig.sides_swap", icon="ARROW_LEFTRIGHT")
        feet = layout.column(align=True)
        feet.row(align=True).prop(chosen, "foot", expand=True)
        pair = feet.row(align=True)
        pair.operator("monorig.foot", text="Hold", icon="PINNED").hold = True
        pair.operator("monorig.foot", text="Let Go", icon="UNPINNED").hold = False
        again = layout.column(align=True)
        again.prop(chosen, "factor")
        again.operator("monorig.range_refit", icon="FILE_REFRESH")
        bones = layout.row(align=True)
        bones.operator("monorig.bones_smooth", text="Smoother Bones").amount = 1.0
        bones.operator("monorig.bones_smooth", text="Livelier").amount = -1.0
        raw = cleanup.plays_raw(collection)
        text = "Show Fitted" if raw else "Show Raw"
        layout.operator("monorig.raw_toggle", text=text, icon="UV_SYNC_SELECT", depress=raw)


def draw_range(layout, chosen):
    """Jumps to what was seen badly, and the range."""
    column = layout.column(align=True)
    jump = column.row(align=True)
    back = jump.operator("monorig.unsure_jump", text="", icon="PREV_KEYFRAME")
    back.direction = cleanup.PREVIOUS
    ahead = jump.operator("monorig.unsure_jump", text="Go to Unsure Frames")
    ahead.direction = cleanup.NEXT
    jump.operator("monorig.unsure_jump", text="", icon="NEXT_KEYFRAME").direction = cleanup.NEXT
    for name, end in (("first", False), ("last", True)):
        row = column.row(align=True)
        row.prop(chosen, name)
        row.operator("monorig.range_here", text="", icon="EYEDROPPER").end = end


CLASSES = (MONORIG_PT_cleanup,)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
