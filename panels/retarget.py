"""The sub-panel "Retarget": draws what is there, computes nothing."""

import bpy

from ..operators import session
from ..operators.language import label
from ..operators.retarget import RetargetWork
from .sidebar import SidebarPanel, draw_ending, draw_progress, sentences

ROLES_SHOWN = 12  # rows of the bone map before it has to be scrolled
ROLE_WIDTH = 0.38  # share of a row


class MONORIG_UL_bone_map(bpy.types.UIList):
    """One role of the map a row, and its bone; that of the chosen row can be searched for."""

    def draw_item(self, context, layout, _data, item, _icon, active, property_name, index):
        chosen = context.scene.monorig.retarget
        split = layout.split(factor=ROLE_WIDTH)
        split.label(text=item.name)
        if index == getattr(active, property_name) and "," not in item.bones:
            split.prop_search(item, "bones", chosen.target.data, "bones", text="")
        else:
            split.prop(item, "bones", text="")


class MONORIG_PT_retarget(SidebarPanel, bpy.types.Panel):
    bl_label = "Retarget"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen, status = self.layout, context.scene.monorig.retarget, session.status()
        settings = layout.column()
        settings.use_property_split, settings.use_property_decorate = True, False
        settings.enabled = status.over
        settings.prop(chosen, "source")
        settings.prop(chosen, "target")
        draw_found(settings, context, chosen)
        settings.prop(chosen, "root")
        if chosen.root == "PER_AXIS":
            for axis in "xyz":
                settings.prop(chosen, f"root_{axis}")
        settings.prop(chosen, "at_home")
        settings.prop(chosen, "planted", slider=True)
        settings.prop(chosen, "touching", slider=True)
        if status.over:
            row = layout.row()
            row.scale_y = 1.4
            row.operator("monorig.retarget", icon="ARMATURE_DATA")
            if session.last_was(RetargetWork):
                draw_ending(layout, context, status)
            row = layout.row(align=True)
            row.operator("monorig.unsure", text="", icon="PREV_KEYFRAME").forwards = False
            row.operator("monorig.unsure", text="Go to Unsure Frames").forwards = True
            row.operator("monorig.unsure", text="", icon="NEXT_KEYFRAME").forwards = True
        else:
            draw_progress(layout, context, status)


class MONORIG_PT_bone_map(SidebarPanel, bpy.types.Panel):
    bl_label = "Bone Map"
    bl_parent_id = "MONORIG_PT_retarget"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return context.scene.monorig.retarget.target is not None

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.retarget
        layout.enabled = session.status().over
        layout.template_list(
            "MONORIG_UL_bone_map", "", chosen, "rows", chosen, "active_row", rows=ROLES_SHOWN
        )
        if 0 <= chosen.active_row < len(chosen.rows):
            role = chosen.rows[chosen.active_row].name
            pick = layout.operator("monorig.map_pick", text="Use Active Bone", icon="EYEDROPPER")
            pick.role = role
        row = layout.row(align=True)
        row.operator("monorig.map_find", text="Find", icon="FILE_REFRESH")
        row.operator("monorig.map_mirror", text="Mirror", icon="MOD_MIRROR")
        row.operator("monorig.map_load", text="", icon="FILE_FOLDER")
        row.operator("monorig.map_save", text="", icon="FILE_TICK")


class MONORIG_PT_retarget_more(SidebarPanel, bpy.types.Panel):
    bl_label = "Poses and Keys"
    bl_parent_id = "MONORIG_PT_retarget"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.retarget
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.enabled = session.status().over
        poses = layout.column(heading="In T Pose Now")
        poses.prop(chosen, "source_in_t_pose")
        poses.prop(chosen, "target_in_t_pose")
        controls = layout.column(heading="IK Controls")
        controls.prop(chosen, "ik_hand")
        controls.prop(chosen, "ik_foot")
        layout.prop(chosen, "relaxed_fingers")
        layout.prop(chosen, "existing")
        layout.prop(chosen, "whole_frames")
        layout.prop(chosen, "reduce")
        bounds = layout.column()
        bounds.active = chosen.reduce
        bounds.prop(chosen, "reduce_degrees")
        bounds.prop(chosen, "reduce_mm")


def draw_found(layout, context, chosen):
    """Which family of rigs the target is of, and what it lacks."""
    if chosen.target is None:
        return
    family = chosen.family or label("No bone map")
    text = label("{family}, edited", family=family) if chosen.edited else family
    sentences(layout, context, "BONE_DATA", text)
    if chosen.missing:
        trouble = label("No bone for {roles}.", roles=chosen.missing)
        sentences(layout, context, "ERROR", trouble)


CLASSES = (
    MONORIG_UL_bone_map, MONORIG_PT_retarget, MONORIG_PT_bone_map, MONORIG_PT_retarget_more,
)  # fmt: skip
register, unregister = bpy.utils.register_classes_factory(CLASSES)
