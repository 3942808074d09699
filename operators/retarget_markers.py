"""From one stretch that the capture was not sure of to the next: markers of actions, in order."""

import bpy
from bpy.props import BoolProperty

UNSURE, SURE = "unsure", "sure"  # names of markers at the first and the last frame of a stretch


def unsure_frames(owner):
    """Sorted frames of the markers of the action that an object plays."""
    animation = owner.animation_data if owner else None
    action = animation.action if animation else None
    markers = action.pose_markers if action else ()
    return sorted({marker.frame for marker in markers if marker.name == UNSURE})


def looked_at(context):
    """The target of retargeting, else the active armature; None where there is neither."""
    chosen = context.scene.monorig.retarget.target
    active = context.active_object
    return chosen or (active if active and active.type == "ARMATURE" else None)


class MONORIG_OT_unsure(bpy.types.Operator):
    """Go to the next frame from which on the capture was not sure"""

    bl_idname = "monorig.unsure"
    bl_label = "Go to Unsure Frames"

    forwards: BoolProperty(name="Forwards", default=True)

    @classmethod
    def poll(cls, context):
        if not unsure_frames(looked_at(context)):
            cls.poll_message_set("The action of the target has no unsure frames")
            return False
        return True

    def execute(self, context):
        now, frames = context.scene.frame_current, unsure_frames(looked_at(context))
        if self.forwards:
            later = [frame for frame in frames if frame > now]
            context.scene.frame_set(later[0] if later else frames[0])
        else:
            earlier = [frame for frame in frames if frame < now]
            context.scene.frame_set(earlier[-1] if earlier else frames[-1])
        return {"FINISHED"}


CLASSES = (MONORIG_OT_unsure,)
