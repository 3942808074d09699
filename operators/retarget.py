"""Retarget: the motion of one armature becomes an action of another, whose rig stays as it is.

Reading and writing are steps of a few milliseconds on Blender's main thread; what lies between is numpy on a
thread. Nothing of the target changes before the last step, which gives it the finished action.
"""

from typing import NamedTuple

import bpy

from . import session
from .background import Lost, WorkError
from .datablocks import DatablockLost, Made
from .language import say, sentence, told
from .steps import share_done
from .work import outcome

LEAST_SCALE = 1e-6


class RetargetRequest(NamedTuple):
    """Everything that the user chose, read once; nothing of Blender's data."""

    source: tuple  # name and session id
    target: tuple
    scene_fps: float
    root: str  # of root_motion.NAMED, or PER_AXIS
    at_home: bool
    planted: float
    source_in_t_pose: bool = False
    target_in_t_pose: bool = False
    map_text: str = ""  # of the target's bone map, as the user edited it; "" = find it
    reduce: tuple = ()  # greatest error [deg], [Blender's units]; () = a key on every frame of the source
    whole_frames: bool = False  # keys on the scene's frames, wherever the source has them
    ik: tuple = ()  # "hand", "foot": limbs whose IK controls are keyed and switched on
    relaxed_fingers: bool = True
    touching: float = 0.0
    per_axis: tuple = ()  # who travels along x, y and z, where the root motion is PER_AXIS
    existing: str = "KEEP"  # what becomes of the action of before (retarget_play.py)


def read_request(context):
    """Context -> RetargetRequest; WorkError with one sentence where something is not fit for it."""
    chosen = context.scene.monorig.retarget
    trouble = refusal(chosen.source, chosen.target)
    if trouble:
        raise WorkError(sentence(trouble))
    return RetargetRequest(
        source=(chosen.source.name, chosen.source.session_uid),
        target=(chosen.target.name, chosen.target.session_uid),
        at_home=chosen.at_home,
        source_in_t_pose=chosen.source_in_t_pose,
        target_in_t_pose=chosen.target_in_t_pose,
        map_text=chosen.edited_map(),
        existing=chosen.existing,
        **choices(context.scene),
    )


def choices(scene):
    """Fields of RetargetRequest that do not depend on which two armatures it is about."""
    chosen, render = scene.monorig.retarget, scene.render
    metre = 1 / scene.unit_settings.scale_length
    return {
        "scene_fps": render.fps / render.fps_base,
        "root": chosen.root,
        "per_axis": chosen.per_axis(),
        "planted": chosen.planted,
        "touching": chosen.touching,
        "ik": tuple(limb for limb in ("hand", "foot") if getattr(chosen, f"ik_{limb}")),
        "relaxed_fingers": chosen.relaxed_fingers,
        "whole_frames": chosen.whole_frames,
        "reduce": (chosen.reduce_degrees, chosen.reduce_mm / 1000 * metre) if chosen.reduce else (),
    }


def refusal(source, target):
    """Why these two armatures cannot be used, as a sentence without its full stop; "" where they can."""
    if source is None or source.type != "ARMATURE":
        return "Choose the armature whose motion is to be used"
    if target is None or target.type != "ARMATURE":
        return "Choose the armature that is to get the motion"
    if source == target:
        return "Source and target are the same armature"
    animation = source.animation_data
    if animation is None or animation.action is None:
        return say("{name} plays no action", name=source.name)
    if target.library is not None:
        return say("{name} is linked: make a library override of it first", name=target.name)
    for owner in (source, target):
        if owner.data.is_editmode:
            return say("{name} is in edit mode: leave that first", name=owner.name)
        if not owner.data.bones:
            return say("{name} has no bones", name=owner.name)
        if owner.matrix_world.determinant() < 0:
            return say("{name} is mirrored by a negative scale: remove that first", name=owner.name)
        if min(abs(owner.matrix_world.to_scale()[axis]) for axis in range(3)) < LEAST_SCALE:
            return say("{name} has a scale of 0", name=owner.name)
    if target.animation_data is not None and target.animation_data.use_tweak_mode:
        return say("{name} is tweaked in the NLA: leave that first", name=target.name)
    return ""


class _NoChild:
    """Stands where other work has a child process: this work has none, and is ready at once."""

    def poll(self):
        from ..inference.protocol import Message

        return [Message("done")]

    def cancel(self):
        """Nothing runs beside Blender."""

    def close(self):
        """Nothing to end."""


class RetargetWork:
    """What a retargeting does at each point of its life (`background.Background`)."""

    name = "Retarget with Monorig"
    cancelled = "Cancelled. Nothing was changed."

    def __init__(self, request):
        self._request = request

    def start(self):
        return _NoChild()

    def prepare(self, _fields):
        """On a thread: loads what is needed, numpy among it."""
        from . import retarget_steps

        return retarget_steps

    def build(self, retarget_steps):
        """Generator on the main thread: yields the share done; returns (sentence, notes)."""
        from ..retarget.action import ActionLost

        made = Made()
        try:
            steps = retarget_steps.steps(made, self._request)
            return (yield from share_done(steps, retarget_steps.EXPECTED))
        except ActionLost as error:
            made.discard()
            raise Lost(told(error)) from error
        except DatablockLost as error:
            made.discard()
            raise Lost(str(error)) from error
        except BaseException:  # GeneratorExit as well: it was given up
            made.discard()
            raise


class MONORIG_OT_retarget(bpy.types.Operator):
    """Give the motion of one armature to another. The rig keeps its rest pose, constraints and shape"""

    bl_idname = "monorig.retarget"
    bl_label = "Retarget"

    @classmethod
    def poll(cls, context):
        chosen = context.scene.monorig.retarget
        trouble = refusal(chosen.source, chosen.target)
        if session.running():
            trouble = "Monorig is at work; cancel that or wait for its end"
        if trouble:
            cls.poll_message_set(trouble)
        return not trouble

    def execute(self, context):
        try:
            session.launch(RetargetWork(read_request(context)))
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return outcome(self, session.status())


CLASSES = (MONORIG_OT_retarget,)
