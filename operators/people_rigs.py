"""Everybody's motion to the rigs chosen in the list of people, one after the other; one undo step."""

import bpy

from . import people_list, retarget, session
from .background import WorkError
from .language import say
from .people import NeedsPeople
from .work import counted, outcome


class RetargetPeopleWork(retarget.RetargetWork):
    """The retargetings of several people as one piece of work."""

    def __init__(self, requests):
        super().__init__(requests[0])
        self._requests = requests

    def build(self, prepared):
        """Generator on the main thread: yields the share done; returns (sentence, notes)."""
        notes, count = [], len(self._requests)
        for number, request in enumerate(self._requests):
            steps = retarget.RetargetWork(request).build(prepared)
            sentence, more = yield from _scaled(steps, number, count)
            notes += [sentence, *more]
        return say("{people} retargeted.", people=counted(count)), tuple(notes)


def _scaled(steps, number, count):
    """Generator: the share of one of `count` parts as the share of all; returns what it returns."""
    while True:
        try:
            share = next(steps)
        except StopIteration as end:
            return end.value
        yield share if share is None else (number + share) / count


class MONORIG_OT_retarget_people(NeedsPeople, bpy.types.Operator):
    """Give everybody in the list the rig that was chosen for them"""

    bl_idname = "monorig.retarget_people"
    bl_label = "Retarget Everybody"

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        if not pairs(people_list.chosen(context)[0]):
            cls.poll_message_set("Choose a rig for somebody in the list first")
            return False
        return True

    def execute(self, context):
        chosen = context.scene.monorig.retarget
        requests = []
        try:
            for armature, target in pairs(people_list.chosen(context)[0]):
                chosen.source = armature
                if chosen.target != target:  # a bone map that was edited is used
                    chosen.target = target
                requests.append(retarget.read_request(context))
            session.launch(RetargetPeopleWork(requests))
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return outcome(self, session.status())


def describe(row):
    """Finds the bone map of the rig that was just chosen for a person; without a rig it loads nothing."""
    target = row.target
    name = target.name if target is not None else ""
    if name == row.described:
        return
    row.described, row.family, row.missing = name, "", ""
    if target is not None and target.data.bones:
        from ..retarget import detect, rig
        from .role_words import spoken

        found = detect.detect(rig.read(target)).bone_map
        row.family = found.name
        row.missing = spoken(found.within(target.data.bones.keys()).missing)


def pairs(collection):
    """[(armature of a person, rig chosen for it)] of a result."""
    rows = [row for row in collection.monorig.people if row.target and not row.ignored]
    found = [(people_list.armature_of(collection, row.identity), row.target) for row in rows]
    return [(armature, rig) for armature, rig in found if armature is not None]


CLASSES = (MONORIG_OT_retarget_people,)
