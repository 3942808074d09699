"""The animator's say about who is who: ignore, merge, split, swap, rename; each a new fit of the take."""

import json
from dataclasses import replace

import bpy
from bpy.props import IntProperty

from . import people_list, session
from .background import WorkError
from .language import say
from .refit import RefitWork, read_refit_request
from .work import outcome


class NeedsPeople:
    """An operator that is about the people of a result, and cannot run while other work does."""

    @classmethod
    def poll(cls, context):
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        if people_list.chosen(context) is None:
            cls.poll_message_set("There is nobody in this scene yet; capture a clip first")
            return False
        return True


class EditOperator(NeedsPeople):
    """An operator that changes the edits of the take, which is then fitted again; one undo step."""

    def execute(self, context):
        collection, row = people_list.chosen(context)
        try:
            said = self.changed(context, people_list.edits_of(collection), collection, row)
            return launched(self, context, said)
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}


def launched(operator, context, said):
    """Fits the chosen take again with other edits."""
    request = replace(read_refit_request(context), edits=said.to_json())
    session.launch(RefitWork(request))
    return outcome(operator, session.status())


def picture_now(context, collection):
    """Index in the file of the picture that the current frame shows."""
    from .take_data import NoTakeData, frames_of, moments

    frame = context.scene.frame_current
    try:
        seen = moments(collection)
        return seen.file_range(frames_of(collection, seen.time_s), frame, frame)[0]
    except NoTakeData as error:
        raise WorkError(str(error)) from error


class PersonOperator(EditOperator):
    """One that is told who is meant; 0 = the person chosen."""

    identity: IntProperty(name="Person", default=0, options={"SKIP_SAVE"})

    def who(self, row):
        return self.identity or row.identity


class MONORIG_OT_person_ignore(PersonOperator, bpy.types.Operator):
    """Leave this person out of the fit, or take the person in again"""

    bl_idname = "monorig.person_ignore"
    bl_label = "Ignore"

    def changed(self, _context, said, _collection, row):
        who = self.who(row)
        if who in said.ignore:
            return replace(said, ignore=tuple(i for i in said.ignore if i != who))
        return replace(said, ignore=(*said.ignore, who))


class MONORIG_OT_person_only(PersonOperator, bpy.types.Operator):
    """Leave everybody else of this take out of the fit"""

    bl_idname = "monorig.person_only"
    bl_label = "Only This Person"

    def changed(self, _context, said, collection, row):
        everybody = {person.identity for person in collection.monorig.people}
        return replace(said, ignore=tuple(sorted(everybody - {self.who(row)})))


class MONORIG_OT_person_split(PersonOperator, bpy.types.Operator):
    """From the current frame on this is somebody else, who gets an armature of their own"""

    bl_idname = "monorig.person_split"
    bl_label = "Split Here"

    def changed(self, context, said, collection, row):
        who = self.who(row)
        if who in {kept for kept, _ in said.merge}:
            raise WorkError(
                say(
                    "{name} was put together of several people: take that back before you split.",
                    name=row.name,
                )
            )
        return replace(said, split=(*said.split, (who, picture_now(context, collection))))


class PairOperator(PersonOperator):
    """One about two people."""

    other: IntProperty(name="Other Person", options={"SKIP_SAVE"})

    def both(self, collection, row):
        """Numbers of the two; WorkError where they are not two of this take."""
        there = {person.identity for person in collection.monorig.people if not person.ignored}
        pair = self.who(row), self.other
        if not there.issuperset(pair) or pair[0] == pair[1]:
            raise WorkError("Choose two people of this take.")
        return pair


class MONORIG_OT_person_merge(PairOperator, bpy.types.Operator):
    """These two are the same person: one armature gets the motion of both"""

    bl_idname = "monorig.person_merge"
    bl_label = "Merge"

    def changed(self, _context, said, collection, row):
        kept, gone = self.both(collection, row)

        def moved(spans):
            return tuple(replace(s, identity=kept) if s.identity == gone else s for s in spans)

        spans = {name: moved(getattr(said, name)) for name in ("sides", "feet", "smooth")}
        return replace(said, merge=(*said.merge, (kept, gone)), **spans)


class MONORIG_OT_person_swap(PairOperator, bpy.types.Operator):
    """From the current frame on these two are each other"""

    bl_idname = "monorig.person_swap"
    bl_label = "Swap from Here On"

    def changed(self, context, said, collection, row):
        pair = self.both(collection, row)
        return replace(said, swap=(*said.swap, (*pair, picture_now(context, collection))))


class MONORIG_OT_edits_forget(EditOperator, bpy.types.Operator):
    """Take back everything that was said about the people of this take, and fit it again"""

    bl_idname = "monorig.edits_forget"
    bl_label = "Forget Edits"

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        if not has_edits(people_list.chosen(context)[0]):
            cls.poll_message_set("Nothing was said about these people yet")
            return False
        return True

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def changed(self, _context, said, _collection, _row):
        return type(said)()


def has_edits(collection):
    """Whether anything was said about the people of a result; cheap enough for a panel."""
    text = collection.monorig.edits
    return bool(text) and any(json.loads(text).values())


class MONORIG_OT_person_rename(NeedsPeople, bpy.types.Operator):
    """Call this person, the armature and the mannequin by another name, also in a later fit"""

    bl_idname = "monorig.person_rename"
    bl_label = "Rename"
    bl_options = {"UNDO"}

    identity: IntProperty(name="Person", default=0, options={"SKIP_SAVE"})
    name: bpy.props.StringProperty(name="Name", options={"SKIP_SAVE"})

    def execute(self, context):
        collection, row = people_list.chosen(context)
        people_list.rename(collection, self.identity or row.identity, self.name.strip())
        return {"FINISHED"}


def others(context):
    """(row of the person chosen, rows of everybody else) who are in the fit."""
    found = people_list.chosen(context)
    if found is None:
        return None, []
    collection, row = found
    return row, [p for p in collection.monorig.people if p != row and not p.ignored]


class PairMenu:
    """A menu of everybody else."""

    operator = ""

    def draw(self, context):
        row, rest = others(context)
        for person in rest:
            chosen = self.layout.operator(self.operator, text=person.name, translate=False)
            chosen.identity, chosen.other = row.identity, person.identity
        if not rest:
            self.layout.label(text="There is nobody else")


class MONORIG_MT_person_merge(PairMenu, bpy.types.Menu):
    """Who is the same person as the one chosen"""

    bl_label = "Merge with"
    bl_idname = "MONORIG_MT_person_merge"
    operator = "monorig.person_merge"


class MONORIG_MT_person_swap(PairMenu, bpy.types.Menu):
    """With whom the person chosen changes places from the current frame on"""

    bl_label = "Swap with"
    bl_idname = "MONORIG_MT_person_swap"
    operator = "monorig.person_swap"


CLASSES = (
    MONORIG_OT_person_ignore,
    MONORIG_OT_person_only,
    MONORIG_OT_person_split,
    MONORIG_OT_person_merge,
    MONORIG_OT_person_swap,
    MONORIG_OT_edits_forget,
    MONORIG_OT_person_rename,
    MONORIG_MT_person_merge,
    MONORIG_MT_person_swap,
)
