"""What the overlay shows, kept in the .blend: `scene.monorig.overlay`."""

import bpy
from bpy.props import BoolProperty


class MonorigOverlayProperties(bpy.types.PropertyGroup):
    """Switches of the overlay; whether it is drawn at all is not kept."""

    keypoints: BoolProperty(
        name="What Was Seen",
        description="The points that the networks saw, in the view through the solved camera: green where they "
        "were sure, red where they were not",
        default=True,
    )
    skeletons: BoolProperty(
        name="Skeletons",
        description="The fitted skeletons, in everybody's own colour",
        default=True,
    )
    paths: BoolProperty(name="Paths", description="Everybody's way over the ground", default=True)
    ground: BoolProperty(
        name="Ground", description="The ground of the fit, a line every metre", default=True
    )


CLASSES = (MonorigOverlayProperties,)
