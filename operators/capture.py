"""Capture a clip: the panel's settings become a job for the child, the Motion becomes a scene."""

import os
from pathlib import Path
from typing import NamedTuple

import bpy

from . import camera, chain_choice, network_folders, session, source, takes
from .background import WorkError
from .language import say
from .work import FitWork, counted, outcome

STAGES = {
    "networks": "Loading networks",
    "capture": "Looking at the clip",
    "fit": "Fitting skeletons",
    "calibrate": "Looking for the board",
}
_temporary = []  # folder for the takes of unsaved files, made once per run of Blender


class CaptureRequest(NamedTuple):
    """Everything that the user chose, read once; nothing of Blender's data."""

    clip: str  # absolute path
    takes: str  # folder that holds takes; "" = a temporary one
    take: str  # folder of this take, when the user chose it; "" = one in `takes`
    chain: str
    networks: tuple  # folders that are searched for networks, first wins
    fit: object  # FitSettings
    scene: tuple  # name and session id of the scene that gets the result
    options: dict  # of scene.SceneRequest
    frames: tuple | None = None  # first, end of the pictures; None = all
    fps: float | None = None  # of numbered pictures
    camera: dict | None = None  # what is known of it

    def scene_request(self, folder, edits=""):
        """What the scene builder wants to know; folder of the take, and its edits as JSON."""
        from .scene import SceneRequest

        made_of = {"folder": folder, "solver": self.fit.solver, "edits": edits}
        return SceneRequest(Path(self.clip).stem, self.clip, *self.scene, **self.options, **made_of)


def read_request(context):
    """Context -> CaptureRequest; WorkError with one sentence where a setting cannot be used."""
    chosen = context.scene.monorig.capture
    clip = takes.chosen_clip(context)
    if not clip:
        raise WorkError("Choose a clip first.")
    take = os.path.abspath(bpy.path.abspath(chosen.take_folder)) if chosen.take_folder else ""
    return CaptureRequest(
        clip=clip,
        takes=takes.beside_the_file(),
        take=take,
        chain=chain_choice.name_of(chosen.chain, context),
        networks=network_folders.searched(context),
        fit=read_fit(context),
        scene=(context.scene.name, context.scene.session_uid),
        options={name: getattr(chosen, name) for name in SCENE_OPTIONS},
        frames=chosen_frames(chosen),
        fps=source.sequence_rate(context, clip),
        camera=camera.chosen(context),
    )


def chosen_frames(chosen):
    """first, end of the pictures to be captured, None for all; WorkError where there is none."""
    if not chosen.use_range:
        return None
    if chosen.first_picture > chosen.last_picture:
        raise WorkError("The part of the clip ends before it begins.")
    return chosen.first_picture, chosen.last_picture + 1


ASKED = ("chain", "networks", "fit", "frames", "fps", "camera")  # of a request, for the job
SCENE_OPTIONS = (
    "start_frame", "match_rate", "match_range", "match_resolution", "use_camera", "add_sound",
)  # fmt: skip


def read_fit(context):
    """The panel's settings of the fit."""
    from ..inference.fit_settings import FitSettings

    chosen = context.scene.monorig.fit
    return FitSettings(
        solver=chosen.solver.lower(),
        smoothing=chosen.smoothing,
        planted=chosen.planted,
        limits=chosen.limits,
        level=chosen.level,
        mirrored=chosen.mirrored,
        max_people=chosen.max_people,
    )


class CaptureWork(FitWork):
    """What a capture does at each point of its life."""

    name = "Capture with Monorig"
    cancelled = "Cancelled. What was captured is kept in the take."

    def __init__(self, request):
        self._request = request

    def job(self):
        """On a thread: finds a place for the take."""
        from ..inference.job import Job

        request = self._request
        if not os.path.isfile(request.clip):
            raise WorkError(say("There is no file {path}.", path=request.clip))
        self.take = str(request.take or self._free_take())
        takes.remember(request.clip, self.take)
        asked = {name: getattr(request, name) for name in ASKED}
        return Job(request.clip, self.take, **asked)

    def _free_take(self):
        """A folder for this clip, chain and part: one that holds it already, or a new one."""
        from ..inference.take_folder import free_folder

        request = self._request
        base = request.takes or _temporary_folder()
        if request.frames is None:
            return free_folder(base, request.clip, request.chain)
        first, end = request.frames
        return Path(base, f"{Path(request.clip).stem}-{request.chain}-{first}-{end - 1}")

    def scene_steps(self, motion):
        """Generator on the main thread: a new scene."""
        from . import scene

        built = yield from scene.build(self._request.scene_request(self.take, self.edits), motion)
        told = "{people} captured, in the collection {collection}."
        return say(told, people=counted(built.people), collection=built.collection), built.notes


def _temporary_folder():
    import tempfile

    if not _temporary:
        _temporary.append(tempfile.mkdtemp(prefix="monorig-takes-"))
    return _temporary[0]


class MONORIG_OT_capture(bpy.types.Operator):
    """Turn the people of the clip into animated armatures. Blender stays usable meanwhile; ESC cancels"""

    bl_idname = "monorig.capture"
    bl_label = "Capture"

    @classmethod
    def poll(cls, context):
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        if not context.scene.monorig.capture.clip:
            cls.poll_message_set("Choose a clip first")
            return False
        return True

    def execute(self, context):
        try:
            session.launch(CaptureWork(read_request(context)))
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return outcome(self, session.status())


class MONORIG_OT_cancel(bpy.types.Operator):
    """Stop. What was captured so far is kept, and Capture goes on from there"""

    bl_idname = "monorig.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context):
        if not session.running():
            cls.poll_message_set("Nothing is running")
            return False
        return True

    def execute(self, _context):
        session.cancel()
        return {"FINISHED"}


CLASSES = (MONORIG_OT_capture, MONORIG_OT_cancel)
