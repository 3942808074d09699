"""Writes channels into Blender actions; the only writer.

Layered actions with a slot where Blender has them (4.4 and later), plain ones before. Work is cut into
steps of a few milliseconds: the functions that write are generators, and between two steps they keep
names, never Blender data, because an undo or a file load may come in between.
"""

import bpy
import numpy as np

from .trouble import Trouble

ALIGNED = 3  # number of Blender's handle type


class ActionLost(Trouble):
    """An action, or a curve of it, was removed while it was being written or read."""


def new_action(name, slot_name, id_type="OBJECT"):
    """Makes an empty action with one slot for one kind of owner; returns the unique name it got."""
    action = bpy.data.actions.new(name)
    if hasattr(action, "layers"):
        slot = action.slots.new(id_type=id_type, name=slot_name)
        strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
        strip.channelbag(slot, ensure=True)
    return action.name


def assign(owner, action_name):
    """Makes an object (or camera data) play an action made by `new_action`."""
    action = _action(action_name)
    animation = owner.animation_data or owner.animation_data_create()
    animation.action = action
    if hasattr(action, "layers"):
        animation.action_slot = action.slots[0]


def write(action_name, channels):
    """Generator: writes the channels, one F-curve in three steps, and yields after each step.

    A None among the channels is a step in which one was worked out.
    Raises ActionLost when the action disappears between two steps.
    """
    for channel in channels:
        if channel is None:
            yield
            continue
        _add_keys(action_name, channel)
        yield
        _fill_keys(action_name, channel)
        yield
        _curve(action_name, channel).update()
        yield


def curves(action):
    """The place that holds the F-curves and groups of an action made by `new_action`."""
    if hasattr(action, "layers"):
        return action.layers[0].strips[0].channelbag(action.slots[0])
    return action


def _action(name):
    action = bpy.data.actions.get(name)
    if action is None:
        raise ActionLost('The action "{name}" was removed while it was being written.', name=name)
    return action


def _add_keys(action_name, channel):
    bag = curves(_action(action_name))
    curve = bag.fcurves.new(channel.data_path, index=channel.index)
    curve.group = bag.groups.get(channel.group) or bag.groups.new(channel.group)
    curve.keyframe_points.add(len(channel.frames))


def _fill_keys(action_name, channel):
    points = _curve(action_name, channel).keyframe_points
    points.foreach_set(
        "co", np.column_stack([channel.frames, channel.values]).astype(np.float32).ravel()
    )
    points.foreach_set("interpolation", np.ascontiguousarray(channel.interpolation, np.uint8))
    if channel.slopes is not None:
        for side, handles in zip(("left", "right"), channel.handles()):
            points.foreach_set(
                f"handle_{side}_type", np.full(len(channel.frames), ALIGNED, np.uint8)
            )
            points.foreach_set(f"handle_{side}", handles.astype(np.float32).ravel())


def _curve(action_name, channel):
    curve = curves(_action(action_name)).fcurves.find(channel.data_path, index=channel.index)
    if curve is None:
        raise ActionLost(
            'A curve of the action "{name}" was removed while it was being written.',
            name=action_name,
        )
    return curve
