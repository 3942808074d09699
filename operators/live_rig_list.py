"""The list of rigs that live mode drives: added from the selection, taken out again."""

import bpy

from . import session
from .language import sentence


def _may_change(cls):
    """Rigs are read when live starts: the list stays as it is until then."""
    if session.running():
        cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
        return False
    return True


class MONORIG_OT_live_rig_add(bpy.types.Operator):
    """Drive the selected armatures too. A bone map that was edited under Retarget is used"""

    bl_idname = "monorig.live_rig_add"
    bl_label = "Add Selected Rigs"

    @classmethod
    def poll(cls, context):
        if not any(owner.type == "ARMATURE" for owner in context.selected_objects):
            cls.poll_message_set("Select the armatures first")
            return False
        return _may_change(cls)

    def execute(self, context):
        from .live_rigs import refusal

        chosen, retarget = context.scene.monorig.live, context.scene.monorig.retarget
        there = {row.target for row in chosen.rigs}
        for owner in context.selected_objects:
            if owner.type != "ARMATURE" or owner in there:
                continue
            trouble = refusal(owner)
            if trouble:
                self.report({"WARNING"}, sentence(trouble))
                continue
            row = chosen.rigs.add()
            row.target, row.person = owner, len(chosen.rigs)
            row.map_text = retarget.edited_map() if retarget.target == owner else ""
            chosen.active_rig = len(chosen.rigs) - 1
        return {"FINISHED"}


class MONORIG_OT_live_rig_remove(bpy.types.Operator):
    """Take the chosen rig out of the list"""

    bl_idname = "monorig.live_rig_remove"
    bl_label = "Remove Rig"

    @classmethod
    def poll(cls, context):
        if not context.scene.monorig.live.rigs:
            cls.poll_message_set("There is no rig in the list")
            return False
        return _may_change(cls)

    def execute(self, context):
        chosen = context.scene.monorig.live
        chosen.rigs.remove(min(chosen.active_rig, len(chosen.rigs) - 1))
        chosen.active_rig = max(0, chosen.active_rig - 1)
        return {"FINISHED"}


CLASSES = (MONORIG_OT_live_rig_add, MONORIG_OT_live_rig_remove)
