"""Settings of retargeting, kept in the .blend: `scene.monorig.retarget`."""

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..operators import retarget_map


def _is_armature(_group, candidate):
    return candidate.type == "ARMATURE"


def _target_changed(group, _context):
    retarget_map.find(group)


def _row_changed(row, context):
    retarget_map.row_changed(context.scene.monorig.retarget, row)


def travels_along(axis):
    """Property: who travels along an axis of the scene."""
    return EnumProperty(
        name=f"Along {axis}",
        description=f"What travels along {axis} of the scene",
        items=(
            ("HIPS", "Hips", "The hips travel"),
            ("ROOT", "Root Bone", "The root bone travels"),
            ("OBJECT", "Object", "The armature object travels"),
            ("NOBODY", "Nothing", "Nothing travels: the hips stay where they are at rest"),
        ),
        default="HIPS",
    )


class MonorigMapRow(bpy.types.PropertyGroup):
    """One role of the bone map; its name is the role."""

    bones: StringProperty(
        name="Bones",
        description="Bone that plays this role; several, from first to last along the body, with commas between",
        update=_row_changed,
    )


class MonorigRetargetProperties(bpy.types.PropertyGroup):
    """Whose motion goes to which rig, and how."""

    source: PointerProperty(
        type=bpy.types.Object,
        name="Source",
        description="Armature whose motion is used: a captured person, or any other that plays an action",
        poll=_is_armature,
    )
    target: PointerProperty(
        type=bpy.types.Object,
        name="Target",
        description="Armature that gets the motion. Its rest pose, constraints and shape are not changed",
        poll=_is_armature,
        update=_target_changed,
    )
    root: EnumProperty(
        name="Root Motion",
        description="What travels over the ground",
        items=(
            ("HIPS", "Hips", "The hips travel; root bone and object stay"),
            ("ROOT", "Root Bone", "The root bone travels over the ground, the hips move above it"),
            ("OBJECT", "Object", "The armature object travels over the ground"),
            ("IN_PLACE", "In Place", "Nothing travels: the hips only go up and down"),
            ("PER_AXIS", "Per Axis", "Choose for each axis of the scene"),
        ),
        default="HIPS",
    )
    root_x: travels_along("X")
    root_y: travels_along("Y")
    root_z: travels_along("Z")
    at_home: BoolProperty(
        name="Start at Rig",
        description="Start where the rig stands. Without it the motion is where the person was in the clip",
        default=False,
    )
    planted: FloatProperty(
        name="Planted Feet",
        description="How firmly feet that stand in the source stand on the rig too",
        subtype="FACTOR",
        default=1.0,
        min=0.0,
        max=1.0,
    )
    touching: FloatProperty(
        name="Touching Hands",
        description="How firmly hands that rest on the ground, on things or on the body in the source rest there "
        "on the rig too, though its arms are longer or shorter",
        subtype="FACTOR",
        default=0.0,
        min=0.0,
        max=1.0,
    )
    source_in_t_pose: BoolProperty(
        name="Source",
        description="The source stands in T pose now; its rest pose is another. Otherwise T and A rest poses "
        "are recognised",
        default=False,
    )
    target_in_t_pose: BoolProperty(
        name="Target",
        description="The target stands in T pose now; its rest pose is another. Otherwise T and A rest poses "
        "are recognised",
        default=False,
    )
    ik_hand: BoolProperty(
        name="Hands",
        description="Key the IK controls and poles of the arms too, and switch the arms to IK",
        default=False,
    )
    ik_foot: BoolProperty(
        name="Feet",
        description="Key the IK controls and poles of the legs too, and switch the legs to IK",
        default=False,
    )
    relaxed_fingers: BoolProperty(
        name="Relaxed Fingers",
        description="Curl the fingers a little, as no capture says where they are. Off: they get no keys",
        default=True,
    )
    existing: EnumProperty(
        name="Action",
        description="What becomes of the action that the target plays",
        items=(
            ("KEEP", "New", "A new action is played; the one of before is kept"),
            ("REPLACE", "Replace", "The action of an earlier retargeting to this rig is replaced"),
            ("NLA", "NLA Strip", "The new action becomes a strip on a track of its own"),
        ),
        default="KEEP",
    )
    whole_frames: BoolProperty(
        name="Whole Frames",
        description="Put keys on the scene's frames. Without it they stand where the source has them, "
        "also between frames",
        default=False,
    )
    reduce: BoolProperty(
        name="Fewer Keys",
        description="Leave out keys that the curves do without, within the error below",
        default=False,
    )
    reduce_degrees: FloatProperty(
        name="Rotation",
        description="Greatest error of a rotation, in degrees",
        default=0.5,
        min=0.001,
        max=20.0,
    )
    reduce_mm: FloatProperty(
        name="Location",
        description="Greatest error of a location, in millimetres",
        default=3.0,
        min=0.001,
        max=1000.0,
    )
    family: StringProperty(name="Family")
    missing: StringProperty(name="Missing")
    map_text: StringProperty(name="Bone Map")
    edited: BoolProperty(name="Edited", default=False)
    rows: CollectionProperty(type=MonorigMapRow)
    active_row: IntProperty(name="Role")

    def per_axis(self):
        """Who travels along x, y and z."""
        return self.root_x, self.root_y, self.root_z

    def edited_map(self):
        """Text of the bone map where the user changed it, else ""."""
        return self.map_text if self.edited else ""


CLASSES = (MonorigMapRow, MonorigRetargetProperties)
