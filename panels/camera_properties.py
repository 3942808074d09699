"""What the user knows of the camera of a clip, and how a profile of it is made."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntVectorProperty,
    StringProperty,
)

from ..operators import camera
from .paths import RELATIVE


def _names(_group, _context, typed):
    return [name for name in camera.names() if typed.lower() in name.lower()]


class MonorigCameraProperties(bpy.types.PropertyGroup):
    """Used by Capture, by Re-fit and by Batch."""

    known: EnumProperty(
        name="Camera",
        description="What is known of the camera that filmed the clip",
        items=(
            (
                "AUTO",
                "Find",
                "Found out from people, straight lines and what the file says. Re-fit keeps what was "
                "known when the clip was captured",
            ),
            ("LENS", "Lens", "The focal length is known"),
            ("PROFILE", "Profile", "A camera profile that was calibrated before"),
        ),
        default="AUTO",
    )
    lens: FloatProperty(
        name="Focal Length",
        description="In millimetres on a sensor 36 mm wide, as Blender's cameras have it. The main camera "
        "of most phones is about 26",
        subtype="DISTANCE_CAMERA",
        default=26.0,
        min=4.0,
        soft_max=200.0,
        max=2000.0,
    )
    profile: StringProperty(
        name="Profile",
        description="Camera profile in Monorig's folder",
        search=_names,
    )
    pictures: StringProperty(
        name="Board",
        description="Clip in which a checkerboard is held in different ways, or one of several pictures of "
        "it: all of that kind in its folder are used",
        subtype="FILE_PATH",
        options=RELATIVE,
    )
    board: IntVectorProperty(
        name="Inner Corners",
        description="How many corners between squares the board has, along and across",
        size=2,
        default=(9, 6),
        min=3,
        soft_max=20,
        max=50,
    )
    square: FloatProperty(
        name="Square", description="Side of a square", default=0.025, min=0.001, max=5.0,
        unit="LENGTH", precision=4,
    )  # fmt: skip
    on_floor: BoolProperty(
        name="Ends on the Floor",
        description="In the last picture the board lies on the floor: the profile also says where the "
        "camera stands",
        default=False,
    )
    name: StringProperty(
        name="Name", description="What the profile will be called; empty: after the file"
    )
    floor_sides: FloatVectorProperty(
        name="Sides",
        description="Sides of a rectangle on the floor: from the first corner to the second, and from the "
        "second to the third",
        size=2,
        default=(2.0, 1.0),
        min=0.01,
        soft_max=50.0,
        unit="LENGTH",
    )


CLASSES = (MonorigCameraProperties,)
