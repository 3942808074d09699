"""Objects that the IK of a rig reaches for: which of them may get keys, and the actions that hold those."""

import bpy
import numpy as np

from ..retarget import goals, rig
from ..retarget.action import write
from . import marks, retarget_play
from .datablocks import named_object
from .language import say

EVEN = 1.01  # ratio of the scales of two axes that count as one
GOAL = "monorig_goal"  # custom property of actions: name of the rig whose IK reaches for what they move
DELTAS = ("delta_location", "delta_rotation_euler")


def chosen(armature_object):
    """-> goals.End of all that may get keys, as a list; {bone: sentence} of those that reach for the others."""
    found, told = [], {}
    ends = list(goals.ends(armature_object))
    reached = _reached(armature_object) if ends else []
    places = reached + [end.place for end in ends]
    for end in ends:
        reason = next((text for text, holds in REASONS.items() if holds(armature_object, end)), "")
        if places.count(end.place) > 1:
            reason = SHARED
        if reason:
            told.setdefault(end.bone, say(reason, bone=end.bone, object=end.owner.name))
        else:
            found.append(end)
    return found, told


def write_steps(made, request, channels):
    """Generator: an action for each object of keys.goal_channels; returns {its name and session id: action}."""
    written = {}
    for named, curves in channels.items():
        name = retarget_play.empty_action(made, named_object(request.source), named_object(named))
        bpy.data.actions[name][GOAL] = request.target[0]
        yield from write(name, curves)
        written[named] = name
    return written


def play(written, existing):
    """The objects play what `write_steps` has written; -> sentences."""
    found = []
    for named, name in written.items():
        sentence, more = retarget_play.play(named_object(named), name, existing)
        found += [sentence, *more]
    return found


def _reached(armature_object):
    """Places of all that the IK of other rigs reaches for."""
    others = (o for o in bpy.data.objects if o.type == "ARMATURE" and o != armature_object)
    return [end.place for other in others if other.pose for end in goals.ends(other)]


def _is_no_control(_armature_object, end):
    if end.owner.type == "ARMATURE":
        return end.subtarget not in end.owner.pose.bones
    return end.owner.type != "EMPTY"


def _is_linked(_armature_object, end):
    return end.owner.library is not None


def _is_at_work(_armature_object, end):
    """Of somebody captured, being edited, or with an action that somebody has made for all of an armature."""
    owner = end.owner
    if owner.type != "ARMATURE":
        return False
    has_own = any(GOAL not in action for action in _actions(owner))
    return marks.IDENTITY in owner or owner.data.is_editmode or has_own


def _actions(owner):
    """Actions that an object plays, or has in its NLA."""
    animation = owner.animation_data
    if animation is None:
        return []
    strips = [strip.action for track in animation.nla_tracks for strip in track.strips]
    return [action for action in (animation.action, *strips) if action is not None]


def _is_flat(_armature_object, end):
    """Or mirrored, which a rotation cannot be."""
    owner = end.owner
    own = owner.pose.bones[end.subtarget] if end.subtarget else owner
    return min(owner.matrix_world.determinant(), own.matrix_basis.determinant()) <= 0


def _is_moved(armature_object, end):
    """By more than its own channels."""
    owner = end.owner
    deltas = any(value for name in DELTAS for value in getattr(owner, name))
    if deltas or owner.constraints or _is_driven(owner):
        return True
    bone = owner.data.bones[end.subtarget] if end.subtarget else None
    if bone and (bone.parent or not rig.can_move(owner, [bone.name]) or not _is_even(owner)):
        return True
    return not _is_carried_evenly(armature_object, owner)


def _is_driven(owner):
    return owner.animation_data is not None and len(owner.animation_data.drivers) > 0


def _is_carried_evenly(armature_object, owner):
    """Whether an object has no parents but such as stand still, or the rig; and none that bend it."""
    parent = owner.parent
    if parent is None:
        return True
    if owner.parent_type != "OBJECT" or not _is_even(parent):
        return False
    return parent == armature_object or _stands(armature_object, parent)


def _is_even(owner):
    scale = np.linalg.norm(np.array(owner.matrix_world, float)[:3, :3], axis=0)
    return scale.max() <= EVEN * scale.min()


def _stands(armature_object, owner):
    moves = _actions(owner) or _is_driven(owner) or len(owner.constraints)
    return not moves and _is_carried_evenly(armature_object, owner)


SHARED = "{bone} reaches for {object}, as others do: it gets no keys, mute that IK."
REASONS = {
    "{bone} reaches for {object}, no empty and no bone: it gets no keys, mute that IK.": (
        _is_no_control
    ),
    "{bone} reaches for {object}, which is linked: it gets no keys, mute that IK.": _is_linked,
    "{bone} reaches for {object}, mirrored or of no size: it gets no keys, mute that IK.": _is_flat,
    "{bone} reaches for {object}, which has a motion of its own: it gets no keys, mute that IK.": (
        _is_at_work
    ),
    "{bone} reaches for {object}, which something else moves or scales: it gets no keys, mute that IK.": (
        _is_moved
    ),
}
