"""Settings of live mode, kept in the .blend: `scene.monorig.live`."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..operators import chain_choice, live
from ..operators.language import tip
from .paths import RELATIVE

_listed = []  # Blender keeps no copy of the texts of a list that is made anew


def _cameras(_group, _context):
    found = live.cameras() or [(0, "First camera")]
    _listed[:] = [
        (str(number), name, tip("Camera {number}", number=number), number) for number, name in found
    ]
    return _listed


def _is_armature(_group, candidate):
    return candidate.type == "ARMATURE"


class MonorigLiveRig(bpy.types.PropertyGroup):
    """One rig that is driven."""

    target: PointerProperty(
        type=bpy.types.Object,
        name="Rig",
        description="Armature that follows. Its rest pose, constraints and shape are not changed",
        poll=_is_armature,
    )
    person: IntProperty(
        name="Person",
        description="Number of the person that this rig follows; 0: whoever is nearest to the camera",
        default=0,
        min=0,
        soft_max=8,
    )
    at_home: BoolProperty(
        name="Start at Rig",
        description="Start where the rig stands. Without it the rig is where the person is",
        default=True,
    )
    map_text: StringProperty(name="Bone Map")
    ik_hand: BoolProperty(
        name="Hands",
        description="Drive and record the IK controls and poles of the arms too, and switch the arms to IK",
        default=False,
    )
    ik_foot: BoolProperty(
        name="Feet",
        description="Drive and record the IK controls and poles of the legs too, and switch the legs to IK",
        default=False,
    )

    def ik(self):
        """Limbs whose IK controls are wanted."""
        return tuple(limb for limb in ("hand", "foot") if getattr(self, f"ik_{limb}"))


class MonorigLiveProperties(bpy.types.PropertyGroup):
    """What to look at, and what it drives."""

    source: EnumProperty(
        name="Source",
        description="Where the pictures come from",
        items=(
            ("CAMERA", "Camera", "A webcam of this computer"),
            ("ADDRESS", "Stream", "A phone or network camera, by its address"),
            ("CLIP", "Clip", "A video file, as if it were live"),
        ),
        default="CAMERA",
    )
    camera: EnumProperty(name="Camera", description="Which webcam", items=_cameras)
    address: StringProperty(
        name="Address",
        description="Address of the stream, as the app on the phone shows it: http://... or rtsp://...",
    )
    clip: StringProperty(
        name="Clip",
        description="Video file that is played as if it were live",
        subtype="FILE_PATH",
        options=RELATIVE,
    )
    again: BoolProperty(
        name="Repeat", description="The clip begins again at its end", default=False
    )
    size: EnumProperty(
        name="Resolution",
        description="What the camera is asked for. More than 1280 x 720 makes nothing better",
        items=(
            ("ANY", "Default", "What the camera gives by itself"),
            ("S640_480", "640 x 480", "Least work"),
            ("S1280_720", "1280 x 720", "People far away are seen better"),
            ("S1920_1080", "1920 x 1080", "More work to read"),
        ),
        default="ANY",
    )
    fps: IntProperty(
        name="Frame Rate",
        description="Pictures per second that the camera is asked for; 0: its default",
        default=0,
        min=0,
        soft_max=60,
        max=240,
    )
    mirror: BoolProperty(
        name="Mirror",
        description="Left and right are exchanged, so that figures move as you do in a mirror",
        default=False,
    )
    chain: EnumProperty(
        name="Quality",
        description="Which networks look at the picture",
        items=chain_choice.items,
        default=chain_choice.number_of("live"),
    )
    max_people: IntProperty(
        name="People Limit",
        description="At most so many people; 0 means as many as there is room for",
        default=0,
        min=0,
        soft_max=8,
    )
    own_people: BoolProperty(
        name="Show People",
        description="Make an armature with a mannequin for everybody in the picture",
        default=True,
    )
    rigs: CollectionProperty(type=MonorigLiveRig)
    active_rig: IntProperty(name="Rig")
    countdown: IntProperty(
        name="Countdown",
        description="Seconds from pressing Record to the first pose that is kept",
        default=3,
        min=0,
        soft_max=10,
        subtype="TIME",
    )


CLASSES = (MonorigLiveRig, MonorigLiveProperties)
