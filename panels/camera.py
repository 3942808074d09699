"""The sub-panels "Camera" and "Camera Profile": what is known of it; they draw what is there, compute nothing."""

import bpy

from ..operators import session
from .sidebar import SidebarPanel


class MONORIG_PT_camera(SidebarPanel, bpy.types.Panel):
    bl_label = "Camera"
    bl_parent_id = "MONORIG_PT_source"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.camera
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.enabled = session.status().over
        layout.row().prop(chosen, "known", expand=True)
        if chosen.known == "LENS":
            layout.prop(chosen, "lens")
        elif chosen.known == "PROFILE":
            row = layout.row(align=True)
            row.prop(chosen, "profile", icon="CAMERA_DATA")
            row.operator("monorig.camera_profile_remove", text="", icon="TRASH")


class MONORIG_PT_camera_profile(SidebarPanel, bpy.types.Panel):
    bl_label = "New Profile"
    bl_parent_id = "MONORIG_PT_camera"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.camera
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.enabled = session.status().over
        board = layout.column()
        board.prop(chosen, "pictures")
        board.prop(chosen, "board")
        board.prop(chosen, "square")
        board.prop(chosen, "on_floor")
        board.prop(chosen, "name")
        board.operator("monorig.camera_calibrate", icon="TEXTURE")
        layout.separator()
        floor = layout.column()
        floor.prop(chosen, "floor_sides")
        floor.operator("monorig.floor_pick", icon="VIEW_PERSPECTIVE")


CLASSES = (MONORIG_PT_camera, MONORIG_PT_camera_profile)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
