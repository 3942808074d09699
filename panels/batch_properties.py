"""Settings of the batch, kept in the .blend: `scene.monorig.batch`. The queue itself lies on disk."""

import bpy
from bpy.props import (
    CollectionProperty,
    EnumProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .paths import RELATIVE


def _is_armature(_group, candidate):
    return candidate.type == "ARMATURE"


class MonorigBatchRow(bpy.types.PropertyGroup):
    """One clip as the queue has it; its name is that of the file."""

    clip: StringProperty(name="Clip")
    state: StringProperty(name="State")
    sentence: StringProperty(name="What happened")
    chain: StringProperty(name="Quality")
    solver: StringProperty(name="Solver")
    people: IntProperty(name="People")
    frames: IntProperty(name="Frames")


class MonorigBatchProperties(bpy.types.PropertyGroup):
    """A queue of clips and what becomes of each."""

    folder: StringProperty(
        name="Folder",
        description="Folder of the queue and of the takes that it makes. "
        "Empty: a folder monorig-takes beside the .blend",
        subtype="DIR_PATH",
        options=RELATIVE,
    )
    make: EnumProperty(
        name="Make",
        description="What becomes of every clip",
        items=(
            ("NOTHING", "Takes", "Takes on disk only; nothing in this scene"),
            ("SCENE", "People", "A collection for every clip, with everybody as an armature"),
            ("RIGS", "Rigs", "The same, and a copy of a rig of yours for everybody"),
        ),
        default="NOTHING",
    )
    template: PointerProperty(
        type=bpy.types.Object,
        name="Rig",
        description="Armature that everybody gets a copy of, with all that hangs on it. It stays as it is",
        poll=_is_armature,
    )
    rows: CollectionProperty(type=MonorigBatchRow)
    active: IntProperty(name="Clip")


CLASSES = (MonorigBatchRow, MonorigBatchProperties)
