"""Capture a clip: the panel's settings become a job for the child, the Motion becomes a scene."""

import os
from dataclasses import dataclass
from pathlib import Path

import bpy

from . import session
from .background import Lost, WorkError

TAKES = "monorig-takes"  # folder of takes beside the .blend
STAGES = {
    "networks": "Loading networks",
    "capture": "Looking at the clip",
    "fit": "Fitting skeletons",
}
_temporary = []  # folder for the takes of unsaved files, made once per run of Blender


@dataclass(frozen=True)
class CaptureRequest:
    """Everything that the user chose, read once; nothing of Blender's data."""

    clip: str  # absolute path
    takes: str  # folder that holds takes; "" = a temporary one
    take: str  # folder of this take, when the user chose it; "" = one in `takes`
    chain: str
    networks: str  # folder that is searched for networks before the usual ones, or ""
    scene: tuple  # name and session id of the scene that gets the result
    options: dict  # of scene.SceneRequest


def read_request(context):
    """Context -> CaptureRequest; WorkError with one sentence where a setting cannot be used."""
    chosen = context.scene.monorig.capture
    clip = os.path.abspath(bpy.path.abspath(chosen.clip)) if chosen.clip else ""
    if not clip:
        raise WorkError("Choose a clip first.")
    take = os.path.abspath(bpy.path.abspath(chosen.take_folder)) if chosen.take_folder else ""
    return CaptureRequest(
        clip=clip,
        takes=bpy.path.abspath(f"//{TAKES}") if bpy.data.is_saved else "",
        take=take,
        chain=chosen.chain.lower(),
        networks=_networks_folder(context),
        scene=(context.scene.name, context.scene.session_uid),
        options={name: getattr(chosen, name) for name in SCENE_OPTIONS},
    )


SCENE_OPTIONS = (
    "start_frame", "match_rate", "match_range", "match_resolution", "use_camera", "add_sound",
)  # fmt: skip


def _networks_folder(context):
    """The folder for networks that the preferences name, or ""."""
    addon = context.preferences.addons.get(__package__.rpartition(".")[0])
    chosen = addon.preferences.networks_folder if addon and addon.preferences else ""
    return os.path.abspath(bpy.path.abspath(chosen)) if chosen else ""


def make_client():
    """The parent's half of a child process; tests put a stand-in here."""
    from ..inference.client import Client

    return Client()


class CaptureWork:
    """What a capture does at each point of its life (see `background.Background`)."""

    name = "Capture with Monorig"

    def __init__(self, request):
        self._request = request

    def start(self):
        """On a thread: finds a place for the take and starts the child."""
        from ..inference.job import Job

        request = self._request
        if not os.path.isfile(request.clip):
            raise WorkError(f"There is no file {request.clip}.")
        try:
            take = Path(request.take) if request.take else self._free_take()
            job = Job(request.clip, str(take), chain=request.chain, networks=self._networks())
            client = make_client()
            client.start(job)
        except ModuleNotFoundError as error:
            raise WorkError(f"Monorig is not installed completely: {error}.") from error
        except OSError as error:
            raise WorkError(f"The capture could not be started: {error}.") from error
        return client

    def _networks(self):
        """Folders for the job, () = the usual ones."""
        from ..inference.weights import search_folders

        chosen = self._request.networks
        return (chosen, *(str(folder) for folder in search_folders())) if chosen else ()

    def _free_take(self):
        """A folder for this clip and chain: one that holds it already, or a new one."""
        from ..inference.take import clip_hash

        request = self._request
        base = Path(request.takes or _temporary_folder())
        stem = Path(request.clip).stem + ("" if request.chain == "take" else f"-{request.chain}")
        return free_folder(base, stem, clip_hash(request.clip), request.chain)

    def prepare(self, fields):
        """On a thread: reads the Motion, and loads what only the scene needs."""
        from ..inference.motion import Motion, MotionError
        from . import scene  # noqa: F401  imports numpy: not on the main thread

        try:
            return Motion.load(fields["out"])
        except MotionError as error:
            raise WorkError(f"The result cannot be read: {error}") from error

    def build(self, motion):
        """Generator on the main thread: the scene."""
        from ..retarget.action import ActionLost
        from . import scene
        from .datablocks import DatablockLost

        if not motion.present.any():
            return "Nobody was found in this clip.", ()
        clip, (name, uid) = self._request.clip, self._request.scene
        request = scene.SceneRequest(Path(clip).stem, clip, name, uid, **self._request.options)
        try:
            built = yield from scene.build(request, motion)
        except (ActionLost, DatablockLost) as error:
            raise Lost(str(error)) from error
        except scene.SceneLost as error:
            raise WorkError(str(error)) from error
        people = "1 person" if built.people == 1 else f"{built.people} people"
        return f"{people} captured, in the collection {built.collection}.", built.notes


def free_folder(base, stem, clip_hash, chain):
    """base/stem, or base/stem-2 and so on where that holds the take of another clip or chain."""
    import json

    number = 1
    while True:
        folder = base / (stem if number == 1 else f"{stem}-{number}")
        try:
            found = json.loads((folder / "take.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return folder
        except ValueError:
            found = {}  # not a take of ours: leave it alone
        if (found.get("clip_hash"), found.get("chain")) == (clip_hash, chain):
            return folder
        number += 1


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
            cls.poll_message_set("A capture is running; cancel it or wait for its end")
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
        return self._outcome(session.status())

    def _outcome(self, status):
        """With a window the work has only begun; without one it is over now."""
        if status.phase in ("FAILED", "CANCELLED"):
            self.report({"ERROR"} if status.phase == "FAILED" else {"WARNING"}, status.sentence)
            return {"CANCELLED"}
        for note in status.notes:
            self.report({"WARNING"}, note)
        if status.over:
            self.report({"INFO"}, status.sentence)
        return {"FINISHED"}


class MONORIG_OT_cancel(bpy.types.Operator):
    """Stop the capture. What was captured so far is kept, and Capture goes on from there"""

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
