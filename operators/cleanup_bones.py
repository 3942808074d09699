"""Selected bones smoother or livelier over the chosen range, on the keys that are there."""

import bpy
from bpy.props import FloatProperty

from .language import say, tip

TURNS = "rotation_quaternion"


class MONORIG_OT_bones_smooth(bpy.types.Operator):
    """Make the selected bones smoother or livelier in the range. Keys stay where they are in time"""

    bl_idname = "monorig.bones_smooth"
    bl_label = "Smooth Bones"
    bl_options = {"REGISTER", "UNDO"}

    amount: FloatProperty(
        name="Amount",
        description="More than 0 is smoother, less is livelier",
        default=1.0,
        soft_min=-2.0,
        soft_max=4.0,
        min=-10.0,
        max=10.0,
    )

    @classmethod
    def description(cls, _context, properties):
        if properties.amount > 0:
            return tip(
                "Make the selected bones smoother in the range. Keys stay where they are in time"
            )
        return tip(
            "Make the selected bones livelier in the range. Keys stay where they are in time"
        )

    @classmethod
    def poll(cls, context):
        if not context.selected_pose_bones:
            cls.poll_message_set("Select bones in pose mode first")
            return False
        animation = context.object.animation_data
        if animation is None or animation.action is None:
            cls.poll_message_set("This armature plays no action")
            return False
        if not animation.action.is_editable:
            cls.poll_message_set("The action is linked from another file")
            return False
        return True

    def execute(self, context):
        chosen, render = context.scene.monorig.cleanup, context.scene.render
        span = tuple(sorted((chosen.first, chosen.last)))
        curves = curves_of(context.object.animation_data)
        count = 0
        for bone in context.selected_pose_bones:
            begins = bone.path_from_id() + "."
            ours = [c for c in curves if c.data_path.startswith(begins) and not c.lock]
            count += change(ours, self.amount, span, render.fps / render.fps_base)
        if not count:
            self.report({"ERROR"}, "The selected bones have no keys that could be smoothed.")
            return {"CANCELLED"}
        self.report({"INFO"}, say("{count} curves changed.", count=count))
        return {"FINISHED"}


def curves_of(animation):
    """F-curves that an owner plays, whatever the layout of its action."""
    action = animation.action
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    bags = [strip.channelbag(animation.action_slot) for la in action.layers for strip in la.strips]
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def change(curves, amount, span, fps):
    """Changes F-curves of one bone; the four of a quaternion together. Returns how many were changed."""
    by_path = {}
    for curve in curves:
        if len(curve.keyframe_points) > 2:
            by_path.setdefault(curve.data_path, []).append(curve)
    for path, group in by_path.items():
        _change_group(path, group, amount, span, fps)
    return sum(len(group) for group in by_path.values())


def _change_group(path, group, amount, span, fps):
    import numpy as np

    from .cleanup_curves import changed, changed_turns

    keys = [_keys(curve) for curve in group]
    together = len(keys) == 4 and path.endswith(TURNS)
    together = together and all(np.array_equal(k[:, 0], keys[0][:, 0]) for k in keys)
    if together:
        values = np.stack([k[:, 1] for k in keys], -1)
        turned = changed_turns(keys[0][:, 0], values, amount, span, fps)
        fresh = list(turned.T)
    else:
        fresh = [changed(k[:, 0], k[:, 1:], amount, span, fps)[:, 0] for k in keys]
    for curve, old, new in zip(group, keys, fresh):
        _move(curve, new - old[:, 1])


def _keys(curve):
    """(N,2) scene frame and value of every key."""
    import numpy as np

    places = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", places)
    return places.reshape(-1, 2).astype(float)


def _move(curve, by):
    """Moves keys and their handles up by (N,)."""
    import numpy as np

    for place in ("co", "handle_left", "handle_right"):
        values = np.empty(2 * len(by), np.float32)
        curve.keyframe_points.foreach_get(place, values)
        values[1::2] += by
        curve.keyframe_points.foreach_set(place, values)
    curve.update()


CLASSES = (MONORIG_OT_bones_smooth,)
