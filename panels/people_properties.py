"""What a result knows of its people, kept with its collection in the .blend: `collection.monorig`."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..operators import people_list, people_rigs


def _is_armature(_group, candidate):
    return candidate.type == "ARMATURE"


def _called(row):
    return row.name


def _rename(row, text):
    people_list.rename(row.id_data, row.identity, text.strip())


def _row_chosen(group, context):
    people_list.make_active(context, group.id_data, group.active)


def _rig_chosen(row, _context):
    people_rigs.describe(row)


class MonorigPerson(bpy.types.PropertyGroup):
    """One person of a take."""

    identity: IntProperty(name="Number", description="Never given to anybody else in this take")
    called: StringProperty(
        name="Name",
        description="What this person is called, also in a later fit",
        get=_called,
        set=_rename,
    )
    colour: FloatVectorProperty(
        name="Colour",
        description="The colour of this person in the viewport",
        subtype="COLOR",
        size=3,
        min=0.0,
        max=1.0,
    )
    frames: IntProperty(name="Frames", description="In so many frames of the clip")
    sureness: FloatProperty(name="Confidence", description="How well arms and legs were seen")
    ignored: BoolProperty(name="Ignored", description="Left out of the fit")
    target: PointerProperty(
        type=bpy.types.Object,
        name="Rig",
        description="Armature that gets this person's motion with Retarget Everybody",
        poll=_is_armature,
        update=_rig_chosen,
    )
    described: StringProperty(name="Described Rig", description="Rig that the bone map is of")
    family: StringProperty(name="Bone Map", description="Family of rigs that the rig is of")
    missing: StringProperty(name="Missing", description="What the rig has no bone for")


class MonorigResultProperties(bpy.types.PropertyGroup):
    """A captured take in a scene."""

    people: CollectionProperty(type=MonorigPerson)
    active: IntProperty(name="Person", description="The person chosen", update=_row_chosen)
    edits: StringProperty(name="Edits", description="What was said about the people of the take")


CLASSES = (MonorigPerson, MonorigResultProperties)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    bpy.types.Collection.monorig = PointerProperty(type=MonorigResultProperties)


def unregister():
    del bpy.types.Collection.monorig
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
