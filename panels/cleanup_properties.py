"""Settings of the clean-up tools, kept in the .blend: `scene.monorig.cleanup`."""

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty


class MonorigCleanUpProperties(bpy.types.PropertyGroup):
    """Which frames, which foot, how much."""

    first: IntProperty(name="First", description="First scene frame of the range", default=1)
    last: IntProperty(name="Last", description="Last scene frame of the range", default=1)
    foot: EnumProperty(
        name="Foot",
        description="The person's own left or right",
        items=(("l", "Left", "The person's left foot"), ("r", "Right", "The person's right foot")),
    )
    factor: FloatProperty(
        name="Smoothness",
        description="So many times as smooth as the rest of the fit, in the range",
        default=2.0,
        min=0.05,
        max=20.0,
        step=10,
    )


CLASSES = (MonorigCleanUpProperties,)
