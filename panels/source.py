"""The sub-panel "Source": which clip, and which part of it; draws what is there, computes nothing."""

import bpy

from ..operators import session, source
from .sidebar import SidebarPanel, sentences

ENLARGED = 7.0  # of the small picture


class MONORIG_PT_source(SidebarPanel, bpy.types.Panel):
    bl_label = "Source"

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.capture
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.enabled = session.status().over
        row = layout.row(align=True)
        row.prop(chosen, "clip")
        row.menu("MONORIG_MT_source", text="", icon="DOWNARROW_HLT")
        icon, told = source.told(context)
        if icon:
            layout.template_icon(icon_value=icon, scale=ENLARGED)
        if told:
            sentences(layout, context, "FILE_MOVIE" if icon else "ERROR", told)
        part = layout.column(align=True, heading="Part")
        part.prop(chosen, "use_range")
        if chosen.use_range:
            part.prop(chosen, "first_picture")
            part.prop(chosen, "last_picture")


CLASSES = (MONORIG_PT_source,)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    source.forget()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
