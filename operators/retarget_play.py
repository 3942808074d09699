"""The action of a retargeting: made, and given to the rig as the user chose."""

import bpy

from ..retarget.action import assign, new_action
from . import marks
from .datablocks import block_name
from .language import say

PLAYS = '{rig} plays "{action}".'
KEEP, REPLACE, NLA = "KEEP", "REPLACE", "NLA"
RIG = "monorig_rig"  # custom property of actions: name of the rig that a retargeting made it for


def empty_action(made, source, target):
    """Makes the action for the motion of one armature on another; returns its name."""
    name = new_action(block_name(source.name, target.name), target.name)
    action = bpy.data.actions[name]
    made.add("actions", action)
    action.use_fake_user = True
    action[RIG] = target.name
    for mark in (marks.TAKE, marks.IDENTITY):
        if mark in source:
            action[mark] = source[mark]
    return name


def play(target, name, existing):
    """The target plays the action, or gets it as a strip; -> sentence, what could not be done (list)."""
    animation = target.animation_data or target.animation_data_create()
    if animation.use_tweak_mode:
        tweaked = say("{name} is tweaked in the NLA: assign it yourself.", name=target.name)
        return say('"{action}" is there.', action=name), [tweaked]
    if existing == NLA:
        _push(animation, bpy.data.actions[name])
        strip = say('"{action}" is a strip of {rig}.', action=name, rig=target.name)
        return strip, _hidden_by(target, animation.action)
    before = animation.action
    assign(target, name)
    if before is None or before.library is not None:
        return say(PLAYS, rig=target.name, action=name), []
    if existing == REPLACE and _is_ours_alone(before, target):
        called = before.name
        bpy.data.actions.remove(before)
        bpy.data.actions[name].name = name = called
    else:
        before.use_fake_user = True
    return say(PLAYS, rig=target.name, action=name), []


def _push(animation, action):
    """The action as a strip on a track of its own, on top of the others."""
    track = animation.nla_tracks.new()
    track.name = action.name
    strip = track.strips.new(action.name, round(action.frame_range[0]), action)
    strip.frame_start_ui = action.frame_range[0]
    if hasattr(strip, "action_slot"):
        strip.action_slot = action.slots[0]


def _hidden_by(target, action):
    """What keeps a strip from being seen, as a list of sentences."""
    if action is None:
        return []
    covered = '{rig} also plays "{action}", which covers its strips.'
    return [say(covered, rig=target.name, action=action.name)]


def _is_ours_alone(action, target):
    """Whether a retargeting made the action for this rig and nothing else uses it."""
    return action.get(RIG) == target.name and action.users - action.use_fake_user <= 0
