"""The library of takes when it was last looked at; of the window, not of the file: `window_manager.monorig`."""

import bpy
from bpy.props import CollectionProperty, IntProperty, PointerProperty, StringProperty


class MonorigTake(bpy.types.PropertyGroup):
    """One take; its name is that of its folder."""

    folder: StringProperty(name="Folder", subtype="DIR_PATH")
    clip: StringProperty(name="Clip")
    told: StringProperty(name="About")
    state: StringProperty(name="State")


class MonorigLibrary(bpy.types.PropertyGroup):
    """Takes of one folder, the newest first."""

    takes: CollectionProperty(type=MonorigTake)
    active: IntProperty(name="Take", description="The take chosen")
    folder: StringProperty(name="Folder")


CLASSES = (MonorigTake, MonorigLibrary)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.WindowManager.monorig = PointerProperty(type=MonorigLibrary)


def unregister():
    del bpy.types.WindowManager.monorig
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
