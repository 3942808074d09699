"""Clean-up of a range of frames: of the take, which is fitted again, or of what is played.

Edits of the take go by the pictures of the clip, so they hold for every later fit and every solver.
"""

from dataclasses import replace

import bpy
from bpy.props import BoolProperty, EnumProperty

from . import marks, people_list, session
from .background import WorkError
from .language import say, tip
from .people import EditOperator, NeedsPeople
from .refit import RefitWork, read_refit_request
from .work import outcome

NEXT, PREVIOUS = "NEXT", "PREVIOUS"


def file_span(context, collection):
    """The chosen range of scene frames as first, end in the file; WorkError with one sentence."""
    from .take_data import NoTakeData, frames_of, moments

    chosen = context.scene.monorig.cleanup
    try:
        seen = moments(collection)
        frames = frames_of(collection, seen.time_s)
        return seen.file_range(frames, *sorted((chosen.first, chosen.last)))
    except NoTakeData as error:
        raise WorkError(str(error)) from error


class RangeOperator(EditOperator):
    """One that says something about the person chosen over the chosen range."""

    def changed(self, context, said, collection, row):
        first, end = file_span(context, collection)
        span = self.span(context, row.identity, first, end)
        try:
            span.check()
        except people_list.edits_module().EditsError as error:
            raise WorkError(str(error)) from error
        return replace(said, **{self.kind: (*getattr(said, self.kind), span)})


class MONORIG_OT_sides_swap(RangeOperator, bpy.types.Operator):
    """Left and right were taken for each other in the range: exchange them and fit again"""

    bl_idname = "monorig.sides_swap"
    bl_label = "Swap Left and Right"
    kind = "sides"

    def span(self, _context, *place):
        return people_list.edits_module().Span(*place)


class MONORIG_OT_range_refit(RangeOperator, bpy.types.Operator):
    """Fit the range again, smoother or livelier than the rest"""

    bl_idname = "monorig.range_refit"
    bl_label = "Re-fit Range"
    kind = "smooth"

    def span(self, context, *place):
        return people_list.edits_module().Smooth(*place, context.scene.monorig.cleanup.factor)


class MONORIG_OT_foot(RangeOperator, bpy.types.Operator):
    """Say that a foot stands in the range, or that it does not, and fit again"""

    bl_idname = "monorig.foot"
    bl_label = "Hold Foot"
    kind = "feet"

    hold: BoolProperty(name="Hold", description="Whether the foot stands", default=True)

    @classmethod
    def description(cls, _context, properties):
        if properties.hold:
            return tip("The foot stands in the range: hold it in its place and fit again")
        return tip("The foot does not stand in the range: let it move and fit again")

    def span(self, context, *place):
        return people_list.edits_module().Foot(
            *place, context.scene.monorig.cleanup.foot, self.hold
        )


class MONORIG_OT_unsure_jump(NeedsPeople, bpy.types.Operator):
    """Go to the next range in which the arms and legs of this person were seen badly"""

    bl_idname = "monorig.unsure_jump"
    bl_label = "Next Unsure Range"
    bl_options = {"UNDO"}

    direction: EnumProperty(
        name="Direction",
        items=((NEXT, "Next", "After this frame"), (PREVIOUS, "Previous", "Before this frame")),
    )

    @classmethod
    def description(cls, _context, properties):
        if properties.direction == NEXT:
            return tip("Go to the next range in which arms and legs were seen badly, and choose it")
        return tip("Go to the previous range in which arms and legs were seen badly, and choose it")

    def execute(self, context):
        collection, row = people_list.chosen(context)
        try:
            found = self._range(context.scene.frame_current, collection, row)
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if found is None:
            after = "{name} was seen well everywhere after this frame."
            before = "{name} was seen well everywhere before this frame."
            self.report({"INFO"}, say(after if self.direction == NEXT else before, name=row.name))
            return {"CANCELLED"}
        chosen = context.scene.monorig.cleanup
        chosen.first, chosen.last = found
        context.scene.frame_set(chosen.first)
        return {"FINISHED"}

    def _range(self, now, collection, row):
        """First and last scene frame of the range, or None."""
        ranges = unsure_ranges(collection, row.identity)
        if self.direction == NEXT:
            return next((r for r in ranges if r[0] > now), None)
        return next((r for r in reversed(ranges) if r[0] < now), None)


def unsure_ranges(collection, identity):
    """[(first, last)] scene frames of ranges where a person was seen badly; WorkError."""
    import numpy as np

    from .take_data import NoTakeData, frames_of, moments

    try:
        seen = moments(collection)
    except NoTakeData as error:
        raise WorkError(str(error)) from error
    person = np.flatnonzero(seen.identity == identity)
    if not len(person):
        return []
    frames = np.round(frames_of(collection, seen.time_s)).astype(int)
    return [(int(frames[a]), int(frames[b])) for a, b in seen.unsure(int(person[0]))]


class MONORIG_OT_range_here(bpy.types.Operator):
    """The range begins, or ends, at the current frame"""

    bl_idname = "monorig.range_here"
    bl_label = "Range at Current Frame"
    bl_options = {"UNDO"}

    end: BoolProperty(name="End", description="The end instead of the beginning")

    def execute(self, context):
        chosen, now = context.scene.monorig.cleanup, context.scene.frame_current
        setattr(chosen, "last" if self.end else "first", now)
        if self.end:
            chosen.first = min(chosen.first, now)
        else:
            chosen.last = max(chosen.last, now)
        return {"FINISHED"}


class MONORIG_OT_raw_toggle(NeedsPeople, bpy.types.Operator):
    """Everybody plays what the networks say, unfitted, or the fit again. Raw actions are made the first time"""

    bl_idname = "monorig.raw_toggle"
    bl_label = "Raw or Fitted"
    bl_options = {"UNDO"}

    def execute(self, context):
        collection, _ = people_list.chosen(context)
        wanted = ("take", "live") if plays_raw(collection) else ("raw",)
        if play(collection, wanted):
            return {"FINISHED"}
        request = read_refit_request(context)
        request = replace(request, fit=replace(request.fit, solver=wanted[0]))
        session.launch(RefitWork(request))
        return outcome(self, session.status())


def plays_raw(collection):
    """Whether the people of a result show the unfitted motion."""
    armatures = [o for o in collection.all_objects if o.type == "ARMATURE" and marks.SOLVER in o]
    return bool(armatures) and all(o[marks.SOLVER] == "raw" for o in armatures)


def play(collection, solvers):
    """Everybody in the fit plays the action of the first of these solvers that has one; whether all could."""
    from ..retarget.action import assign

    rows = [row for row in collection.monorig.people if not row.ignored]
    found = []
    for row in rows:
        armature = people_list.armature_of(collection, row.identity)
        named = armature and action_of(collection, row.identity, solvers)
        if not named:
            return False
        found.append((armature, *named))
    for armature, action, solver in found:
        assign(armature, action)
        armature[marks.SOLVER] = solver
    return bool(found)


def action_of(collection, identity, solvers):
    """(name, solver) of the newest action of a person by the first of the solvers that has one, or None."""
    ours = [a for a in bpy.data.actions if a.get(marks.TAKE) == collection[marks.TAKE]]
    ours = [a for a in ours if a.get(marks.IDENTITY) == identity]
    for solver in solvers:
        names = sorted(a.name for a in ours if a.get(marks.SOLVER) == solver)
        if names:
            return names[-1], solver
    return None


CLASSES = (
    MONORIG_OT_sides_swap,
    MONORIG_OT_range_refit,
    MONORIG_OT_foot,
    MONORIG_OT_unsure_jump,
    MONORIG_OT_range_here,
    MONORIG_OT_raw_toggle,
)
