"""The sub-panel "Overlay": draws what is there, computes nothing. The drawing itself is in `operators.overlay`."""

import bpy

from ..operators import overlay
from .sidebar import SidebarPanel, sentences

SWITCHES = ("skeletons", "keypoints", "paths", "ground")


class MONORIG_PT_overlay(SidebarPanel, bpy.types.Panel):
    bl_label = "Overlay"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.overlay
        layout.operator("monorig.overlay", icon="OVERLAY", depress=overlay.is_on())
        switches = layout.column()
        switches.active = overlay.is_on()
        for name in SWITCHES:
            switches.prop(chosen, name)
        if overlay.sentence():
            sentences(layout, context, "ERROR", overlay.sentence())


CLASSES = (MONORIG_PT_overlay,)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    overlay.switch_off()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
