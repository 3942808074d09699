"""The library: takes that were captured before are opened, copied, fitted again, shown and deleted."""

import os
from dataclasses import replace

import bpy
from bpy.props import StringProperty

from . import session, takes, takes_list, takes_shelf
from .background import WorkError
from .capture import read_request
from .errands import ErrandWork
from .language import say
from .refit import RefitRequest, RefitWork, read_fit
from .retarget import _NoChild
from .work import FitWork, counted, outcome


def chosen_take(context):
    """The row of the library that is chosen, or None."""
    return takes_list.chosen_of(context.window_manager.monorig)


class OpenWork(FitWork):
    """A kept Motion becomes a scene, without a child."""

    name = "Open Take"
    cancelled = "Cancelled. Nothing was made."

    def __init__(self, request, out):
        self._request, self._out = request, out

    def start(self):
        return _NoChild()

    def prepare(self, _fields):
        """On a thread: reads the Motion."""
        return super().prepare({"out": self._out})

    def scene_steps(self, motion):
        """Generator on the main thread: a new scene."""
        from . import scene

        made = self._request.scene_request(os.path.dirname(self._out), self.edits)
        built = yield from scene.build(made, motion)
        return say(
            "{people}, in the collection {collection}.",
            people=counted(built.people),
            collection=built.collection,
        ), built.notes


class CopyWork(ErrandWork):
    """A take is copied on a thread."""

    name = "Duplicate Take"
    cancelled = "Cancelled."

    def __init__(self, folder):
        self._folder = folder

    def errors(self):
        return (OSError,)

    def errand(self, _errand):
        return {"ok": True, "sentence": "Duplicated.", "folder": takes_shelf.copy(self._folder)}

    def build(self, fields):
        """Generator on the main thread: the copy is in the list, and chosen."""
        done = yield from super().build(fields)
        takes_list.look(bpy.context, fields["folder"])
        return done


class ExportWork(ErrandWork):
    """Everybody in a take becomes a BVH file beside it, on a thread."""

    name = "Export Take"
    cancelled = "Cancelled."

    def __init__(self, folder):
        self._folder = folder

    def errors(self):
        from ..inference.motion import MotionError

        return OSError, MotionError

    def errand(self, errand):
        from ..inference.motion import Motion
        from ..retarget import bvh

        motion = Motion.load(os.path.join(self._folder, takes_shelf.OUT))
        for person, identity in enumerate(motion.identity.tolist()):
            errand.progress(self.name, person, len(motion.identity))
            path = os.path.join(self._folder, f"person-{identity}.bvh")
            bvh.write(motion, person, path, units_per_metre=1.0)
        told = "{people} written to {folder}."
        people = counted(len(motion.identity))
        return {"ok": True, "sentence": say(told, people=people, folder=self._folder)}


class TakeOperator:
    """One about the take that is chosen in the library, or named."""

    folder: StringProperty(name="Folder", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        if chosen_take(context) is None:
            cls.poll_message_set("Choose a take in the list first")
            return False
        return True

    def take(self, context):
        """(folder, clip) that is meant; WorkError where it is gone."""
        row = chosen_take(context)
        folder = self.folder or row.folder
        found = {one.folder: one for one in takes_shelf.kept(os.path.dirname(folder))}
        if folder not in found:
            raise WorkError(say("There is no take in {folder} any more.", folder=folder))
        return found[folder]

    def execute(self, context):
        try:
            return self.act(context, self.take(context))
        except (WorkError, takes_shelf.ShelfError) as error:
            self.report({"ERROR"}, str(error))
        except OSError as error:
            self.report(
                {"ERROR"}, say("{path}: {trouble}.", path=error.filename, trouble=error.strerror)
            )
        return {"CANCELLED"}


def choose(context, one):
    """The panel is about this take from now on; returns what a capture of it would be."""
    chosen = context.scene.monorig.capture
    chosen.clip, chosen.take_folder, chosen.use_range = one.clip, one.folder, False
    return read_request(context)


class MONORIG_OT_take_open(TakeOperator, bpy.types.Operator):
    """Make the people of this take in the scene, as they were fitted last"""

    bl_idname = "monorig.take_open"
    bl_label = "Open"

    def act(self, context, one):
        if one.state != takes_shelf.FITTED:
            raise WorkError(
                say("{name} was not fitted yet: Re-fit makes its people.", name=one.name)
            )
        request = choose(context, one)
        request = request._replace(fit=replace(request.fit, solver=one.solver or "take"))
        session.launch(OpenWork(request, os.path.join(one.folder, takes_shelf.OUT)))
        return outcome(self, session.status())


class MONORIG_OT_take_refit(TakeOperator, bpy.types.Operator):
    """Fit this take again with the settings of Fit; its people in the scene are updated, or made"""

    bl_idname = "monorig.take_refit"
    bl_label = "Re-fit"

    def act(self, context, one):
        new = choose(context, one)
        fit, scene = read_fit(context), (context.scene.name, context.scene.session_uid)
        request = RefitRequest((one.folder,), fit, scene, new=new)
        for collection in takes.results(context.scene):
            if one.folder in takes.places(collection):
                named = collection.name, collection.session_uid
                request = replace(request, collection=named, clip=one.clip)
        session.launch(RefitWork(request))
        return outcome(self, session.status())


class MONORIG_OT_take_duplicate(TakeOperator, bpy.types.Operator):
    """Copy this take, to try other edits without losing these"""

    bl_idname = "monorig.take_duplicate"
    bl_label = "Duplicate"

    def act(self, _context, one):
        session.launch(CopyWork(one.folder))
        return outcome(self, session.status())


class MONORIG_OT_take_export(TakeOperator, bpy.types.Operator):
    """Write a BVH file for everybody in this take into its folder, as they were fitted last"""

    bl_idname = "monorig.take_export"
    bl_label = "Export BVH"

    def act(self, _context, one):
        if one.state != takes_shelf.FITTED:
            raise WorkError(
                say("{name} was not fitted yet: Re-fit makes its people.", name=one.name)
            )
        session.launch(ExportWork(one.folder))
        return outcome(self, session.status())


class MONORIG_OT_take_delete(TakeOperator, bpy.types.Operator):
    """Delete this take from the disk. What was made of it in scenes stays; it cannot be fitted again"""

    bl_idname = "monorig.take_delete"
    bl_label = "Delete Take"

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def act(self, context, one):
        takes_shelf.remove(one.folder)
        takes_list.look(context)
        self.report({"INFO"}, say("{name} was deleted.", name=one.name))
        return {"FINISHED"}


class MONORIG_OT_take_show(TakeOperator, bpy.types.Operator):
    """Show the folder of this take in the system's file manager"""

    bl_idname = "monorig.take_show"
    bl_label = "Show Folder"

    def act(self, _context, one):
        return bpy.ops.wm.path_open(filepath=one.folder)


class MONORIG_OT_takes_look(bpy.types.Operator):
    """Read again which takes there are"""

    bl_idname = "monorig.takes_look"
    bl_label = "Refresh"

    def execute(self, context):
        takes_list.look(context)
        return {"FINISHED"}


CLASSES = (
    MONORIG_OT_take_open,
    MONORIG_OT_take_refit,
    MONORIG_OT_take_duplicate,
    MONORIG_OT_take_export,
    MONORIG_OT_take_delete,
    MONORIG_OT_take_show,
    MONORIG_OT_takes_look,
)
