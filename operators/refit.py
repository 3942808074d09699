"""Re-fit: a take that was captured before is fitted again, and what is in the scene of it is updated."""

import json
import os
from dataclasses import dataclass

import bpy

from . import camera, marks, session, takes
from .background import WorkError
from .capture import CaptureRequest, read_fit, read_request
from .language import say, sentence
from .work import FitWork, counted, outcome


@dataclass(frozen=True)
class RefitRequest:
    """Everything that the user chose, read once; nothing of Blender's data."""

    folders: tuple  # where the take may lie
    fit: object  # FitSettings
    scene: tuple  # name and session id
    collection: tuple = ()  # name and session id of the result to update; () = there is none yet
    clip: str = ""  # of that result
    new: CaptureRequest | None = None  # what a capture would make, where there is no result yet
    edits: dict | None = None  # of the people; None = those that the take keeps
    camera: dict | None = None  # what is known of it; None = what was known when it was captured


def read_refit_request(context):
    """Context -> RefitRequest; WorkError with one sentence where there is nothing to fit.

    The edits are those of the result in the scene: what was undone there is undone in the take as well.
    """
    fit, scene = read_fit(context), (context.scene.name, context.scene.session_uid)
    result = takes.chosen_result(context)
    if result is not None:
        named = result.name, result.session_uid
        edits = json.loads(result.monorig.edits) if result.monorig.edits else None
        return RefitRequest(
            takes.places(result), fit, scene, named, result[marks.CLIP], edits=edits,
            camera=camera.chosen(context),
        )  # fmt: skip
    folder = takes.chosen_folder(context)
    if not folder:
        raise WorkError(sentence(NO_TAKE))
    new = read_request(context)
    return RefitRequest((folder,), fit, scene, new=new, camera=new.camera)


GONE = "There is no take in {folder}; capture the clip again."
NO_TAKE = "This scene has no take of the clip yet; capture it first"


class RefitWork(FitWork):
    """What a re-fit does at each point of its life."""

    name = "Re-fit with Monorig"
    cancelled = "Cancelled. Everything is as it was."

    def __init__(self, request):
        self._request, self._finished = request, True

    def job(self):
        """On a thread: finds the take."""
        from ..inference.job import Job

        folders = self._request.folders
        kept = [f for f in folders if os.path.isfile(os.path.join(f, "take.json"))]
        if not kept:
            raise WorkError(say(GONE, folder=folders[0]))
        self.take = kept[0]
        request = self._request
        known = {"edits": request.edits, "camera": request.camera}
        return Job(take=self.take, task="refit", fit=request.fit, **known)

    def prepare(self, fields):
        """On a thread: reads the Motion."""
        self._finished = fields["report"]["finished"]
        return super().prepare(fields)

    def scene_steps(self, motion):
        """Generator on the main thread: the result of before with another motion, or a new one."""
        from . import results, scene, update

        request = self._request
        if request.collection:
            place = request.collection, request.scene, request.clip
            result = results.Result(*place, self.take, request.fit.solver, self.edits)
            done = yield from update.update(result, motion)
        else:
            new = request.new.scene_request(self.take, self.edits)
            done = yield from scene.build(new, motion)
        rest = "The clip was not captured to its end; Capture goes on from there."
        notes = done.notes if self._finished else (*done.notes, rest)
        told = "{people} fitted, in the collection {collection}."
        return say(told, people=counted(done.people), collection=done.collection), notes


class MONORIG_OT_refit(bpy.types.Operator):
    """Fit the skeletons again to what was captured, without the clip. Earlier actions are kept"""

    bl_idname = "monorig.refit"
    bl_label = "Re-fit"

    @classmethod
    def poll(cls, context):
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        if takes.chosen_result(context) is None and not takes.chosen_folder(context):
            cls.poll_message_set(NO_TAKE)
            return False
        return True

    def execute(self, context):
        try:
            session.launch(RefitWork(read_refit_request(context)))
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return outcome(self, session.status())


CLASSES = (MONORIG_OT_refit,)
