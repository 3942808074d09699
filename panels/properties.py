"""Settings that are kept in the .blend, under one pointer on the scene: `scene.monorig`."""

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, PointerProperty, StringProperty


class MonorigCaptureProperties(bpy.types.PropertyGroup):
    """What to capture and what to make of it."""

    clip: StringProperty(
        name="Clip",
        description="Video file of one camera. It is read where it is and never changed",
        subtype="FILE_PATH",
    )
    take_folder: StringProperty(
        name="Take Folder",
        description="Folder that keeps what was captured, to resume or to fit again. "
        "Empty: a folder monorig-takes beside the .blend",
        subtype="DIR_PATH",
    )
    chain: EnumProperty(
        name="Quality",
        description="Which networks look at the clip",
        items=(
            ("TAKE", "Take", "Everybody in the shot, best quality"),
            ("LIVE", "Live", "Everybody in the shot, faster and a little less exact"),
            ("SOLO", "Solo", "One person, fastest"),
        ),
        default="TAKE",
    )
    start_frame: IntProperty(
        name="Start Frame", description="Scene frame of the first picture of the clip", default=1
    )
    match_rate: BoolProperty(
        name="Frame Rate",
        description="Set the scene's frame rate to that of the clip. "
        "Without it, keys are placed between frames where they have to be",
        default=True,
    )
    match_range: BoolProperty(
        name="Frame Range", description="Set the scene's start and end to the clip", default=True
    )
    match_resolution: BoolProperty(
        name="Resolution", description="Set the render size to that of the clip", default=True
    )
    use_camera: BoolProperty(
        name="Active Camera",
        description="Make the solved camera the scene's camera, to look through it",
        default=True,
    )
    add_sound: BoolProperty(
        name="Sound",
        description="Add the sound of the clip to the sequencer. Blender may pause for a moment",
        default=False,
    )


class MonorigProperties(bpy.types.PropertyGroup):
    """Everything of Monorig in one scene."""

    capture: PointerProperty(type=MonorigCaptureProperties)


CLASSES = (MonorigCaptureProperties, MonorigProperties)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.monorig = PointerProperty(type=MonorigProperties)


def unregister():
    del bpy.types.Scene.monorig
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
