"""Add-on preferences."""

import bpy
from bpy.props import StringProperty


class MonorigPreferences(bpy.types.AddonPreferences):
    bl_idname = __package__.rpartition(".")[0]  # the add-on, not this folder of it

    networks_folder: StringProperty(
        name="Networks",
        description="Folder with network files (.onnx). It is searched before the add-on's own folder "
        "and the cache; empty: only those",
        subtype="DIR_PATH",
    )

    def draw(self, _context):
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "networks_folder")


def register():
    bpy.utils.register_class(MonorigPreferences)


def unregister():
    bpy.utils.unregister_class(MonorigPreferences)
