"""Settings that are kept in the .blend, under one pointer on the scene: `scene.monorig`."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..operators import chain_choice, source
from . import (
    batch_properties,
    camera_properties,
    cleanup_properties,
    export_properties,
    live_properties,
    overlay_properties,
    retarget_properties,
)
from .paths import RELATIVE


class MonorigCaptureProperties(bpy.types.PropertyGroup):
    """What to capture and what to make of it."""

    clip: StringProperty(
        name="Clip",
        description="Video file of one camera, or the first of numbered pictures. It is read where it is and "
        "never changed",
        subtype="FILE_PATH",
        options=RELATIVE,
        update=source.changed,
    )
    use_range: BoolProperty(
        name="Not the Whole Clip",
        description="Capture only the pictures from the first to the last below",
        default=False,
        update=source.changed,
    )
    first_picture: IntProperty(
        name="First",
        description="First picture that is captured; the clip's own first is 0",
        default=0,
        min=0,
        update=source.changed,
    )
    last_picture: IntProperty(
        name="Last", description="Last picture that is captured", default=249, min=0
    )
    take_folder: StringProperty(
        name="Take Folder",
        description="Folder that keeps what was captured, to resume or to fit again. "
        "Empty: a folder monorig-takes beside the .blend",
        subtype="DIR_PATH",
        options=RELATIVE,
    )
    chain: EnumProperty(
        name="Quality",
        description="Which networks look at the clip",
        items=chain_choice.items,
        default=chain_choice.number_of("take"),
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


class MonorigFitProperties(bpy.types.PropertyGroup):
    """How skeletons are fitted to what the networks saw; used by Capture and by Re-fit."""

    solver: EnumProperty(
        name="Solver",
        description="How poses are found. Each gives an action of its own, to be compared",
        items=(
            ("RAW", "Raw", "Every frame by itself: what the networks say, with all its jitter"),
            ("LIVE", "Live", "Frame after frame without the future, as for a live picture"),
            ("TAKE", "Take", "All frames at once: the steadiest, with feet that stand"),
        ),
        default="TAKE",
    )
    smoothing: FloatProperty(
        name="Smoothing",
        description="1 follows the motion, 2 is twice as smooth, 0.5 half",
        default=1.0,
        min=0.05,
        soft_max=5.0,
        max=100.0,
        step=10,
    )
    planted: FloatProperty(
        name="Planted Feet",
        description="How firmly feet that stand keep their place; 0 leaves them free",
        subtype="FACTOR",
        default=1.0,
        min=0.0,
        max=1.0,
    )
    limits: BoolProperty(
        name="Joint Limits",
        description="Joints bend no farther than joints can. Off for people who bend farther, and for what "
        "the networks see wrongly to be seen; Raw always keeps them",
        default=True,
    )
    level: BoolProperty(
        name="Level the World",
        description="Find up and the ground from the people. Without it the camera is taken as level "
        "and put at the world's origin",
        default=True,
    )
    mirrored: BoolProperty(
        name="Mirrored Clip",
        description="The clip shows everything as in a mirror, as front cameras often do. Left is left again, "
        "and the clip behind the scene is turned round",
        default=False,
    )
    max_people: IntProperty(
        name="People Limit",
        description="At most so many people, those seen longest; 0 means everybody",
        default=0,
        min=0,
        soft_max=10,
    )


class MonorigProperties(bpy.types.PropertyGroup):
    """Everything of Monorig in one scene."""

    capture: PointerProperty(type=MonorigCaptureProperties)
    camera: PointerProperty(type=camera_properties.MonorigCameraProperties)
    fit: PointerProperty(type=MonorigFitProperties)
    live: PointerProperty(type=live_properties.MonorigLiveProperties)
    overlay: PointerProperty(type=overlay_properties.MonorigOverlayProperties)
    cleanup: PointerProperty(type=cleanup_properties.MonorigCleanUpProperties)
    retarget: PointerProperty(type=retarget_properties.MonorigRetargetProperties)
    export: PointerProperty(type=export_properties.MonorigExportProperties)
    batch: PointerProperty(type=batch_properties.MonorigBatchProperties)


CLASSES = (
    MonorigCaptureProperties,
    MonorigFitProperties,
    *camera_properties.CLASSES,
    *overlay_properties.CLASSES,
    *cleanup_properties.CLASSES,
    *live_properties.CLASSES,
    *retarget_properties.CLASSES,
    *export_properties.CLASSES,
    *batch_properties.CLASSES,
    MonorigProperties,
)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Scene.monorig = PointerProperty(type=MonorigProperties)


def unregister():
    del bpy.types.Scene.monorig
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
