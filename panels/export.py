"""The sub-panel "Export": draws what is there, computes nothing."""

import bpy

from ..operators import session
from .sidebar import SidebarPanel


class MONORIG_PT_export(SidebarPanel, bpy.types.Panel):
    bl_label = "Export"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.export
        settings = layout.column()
        settings.use_property_split, settings.use_property_decorate = True, False
        settings.enabled = session.status().over
        settings.prop(chosen, "format")
        settings.prop(chosen, "preset")
        settings.prop(chosen, "who")
        meshes = settings.column()
        meshes.active = chosen.format != "BVH"
        meshes.prop(chosen, "with_mesh")
        settings.prop(chosen, "folder")
        row = layout.row()
        row.scale_y = 1.4
        row.operator("monorig.export", icon="EXPORT")


CLASSES = (MONORIG_PT_export,)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
