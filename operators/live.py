"""Live: a webcam, a stream or a clip drives armatures as it is seen, and is recorded along the timeline."""

import os
import sys
from typing import NamedTuple

import bpy

from . import chain_choice, network_folders, session
from .background import WorkError
from .language import say
from .work import begun, outcome

_cameras = []  # (number, name) of the webcams that were found, in this run of Blender
NAME = "Live with Monorig"
NO_CAMERA = "No camera was found: none is connected."
NO_CAMERA_LINUX = "No camera was found: none is connected, or you are not in the group video."


class LiveRequest(NamedTuple):
    """Everything that the user chose, read once; nothing of Blender's data."""

    source: object  # LiveSource
    chain: str
    fit: object  # FitSettings
    max_people: int
    networks: tuple  # folders that are searched for networks, first wins
    scene: tuple  # name and session id
    own: bool  # armatures are made for the people
    rigs: tuple  # fields of live_rigs.LiveRig of each


def read_request(context):
    """Context -> LiveRequest; WorkError with one sentence where a setting cannot be used."""
    from ..inference.fit_settings import FitSettings
    from ..inference.live_settings import ADDRESS

    chosen, fit = context.scene.monorig.live, context.scene.monorig.fit
    source = read_source(chosen)
    if source.kind == ADDRESS and not online(context):
        raise WorkError(
            "Blender's online access is off: allow it in Preferences > System > Network."
        )
    rigs = tuple(
        ((row.target.name, row.target.session_uid), row.person, row.at_home, row.map_text, row.ik())
        for row in chosen.rigs
        if row.target is not None
    )
    if not rigs and not chosen.own_people:
        raise WorkError("There is nothing to move: add a rig, or switch Show People on.")
    return LiveRequest(
        source=source,
        chain=chain_choice.name_of(chosen.chain, context),
        fit=FitSettings(solver="live", smoothing=fit.smoothing, limits=fit.limits, level=fit.level),
        max_people=chosen.max_people,
        networks=network_folders.searched(context),
        scene=(context.scene.name, context.scene.session_uid),
        own=chosen.own_people,
        rigs=rigs,
    )


def read_source(chosen):
    """The panel's source -> LiveSource; raises WorkError."""
    from ..inference.live_settings import ADDRESS, CAMERA, CLIP, LiveSettingsError, LiveSource

    size = () if chosen.size == "ANY" else tuple(int(side) for side in chosen.size[1:].split("_"))
    clip = os.path.abspath(bpy.path.abspath(chosen.clip)) if chosen.clip else ""
    address = {ADDRESS: chosen.address.strip(), CLIP: clip}.get(chosen.source.lower(), "")
    source = LiveSource(
        kind=chosen.source.lower(),
        device=int(chosen.camera or 0),
        address=address,
        size=size if chosen.source.lower() == CAMERA else (),
        fps=float(chosen.fps),
        mirror=chosen.mirror,
        again=chosen.again,
    )
    try:
        source.check()
    except LiveSettingsError as error:
        raise WorkError(str(error)) from error
    if source.kind == CLIP and not os.path.isfile(clip):
        raise WorkError(say("There is no file {path}.", path=clip))
    return source


def online(_context):
    """Whether Blender may use the network."""
    return bpy.app.online_access


def cameras():
    """[(number, name)] of the webcams as far as anybody looked."""
    return list(_cameras)


class LiveWork:
    """What a live session does at each point of its life (`live_life.LiveLife`)."""

    name = NAME

    def __init__(self, request):
        self.request, self.written = request, ""

    @property
    def life(self):
        from .live_life import LiveLife

        return LiveLife

    @property
    def cancelled(self):
        """Sentence for when it was stopped, which is how it ends."""
        return f"{say('Live has stopped.')} {self.written}".strip()

    def start(self):
        """On a thread: starts the child, and loads what the armatures need, numpy among it."""
        from ..inference.job import Job
        from . import live_stage  # noqa: F401

        request = self.request
        job = Job(
            task="live", chain=request.chain, live=request.source, fit=request.fit,
            max_people=request.max_people, networks=request.networks,
        )  # fmt: skip
        return begun(job, self.name)

    def prepare(self, _fields):
        """The clip has come to its end."""

    def build(self, _prepared):
        """Nothing is left to be made."""
        return " ".join(filter(None, (say("The clip has come to its end."), self.written))), ()
        yield


class CamerasWork:
    """Looks which webcams there are."""

    name = "Find Cameras"
    cancelled = "Cancelled."
    in_undo_history = False

    def start(self):
        """On a thread: starts the child."""
        from ..inference.job import Job

        return begun(Job(task="cameras"), self.name)

    def prepare(self, fields):
        """(number, name) of each."""
        return [(int(number), str(name)) for number, name in fields["cameras"]]

    def build(self, found):
        """Keeps them for the panel."""
        _cameras[:] = found
        if not found:
            return say(NO_CAMERA_LINUX if sys.platform.startswith("linux") else NO_CAMERA), ()
        names = ", ".join(name for _, name in found)
        return say("{count} found: {names}.", count=len(found), names=names), ()
        yield


def life():
    """The LiveLife that runs, or None."""
    running = session.current()
    return running if session.running() and hasattr(running, "live") else None


def was_live():
    """Whether what ran last was live."""
    return hasattr(session.current(), "live")


class _WhileLive:
    """Operators that need a live session."""

    @classmethod
    def poll(cls, _context):
        if life() is None:
            cls.poll_message_set("Live is not running")
            return False
        return True


class MONORIG_OT_live_start(bpy.types.Operator):
    """Let what the camera sees drive people and rigs. Blender stays usable meanwhile; ESC stops"""

    bl_idname = "monorig.live_start"
    bl_label = "Start Live"

    @classmethod
    def poll(cls, _context):
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        if bpy.app.background:
            cls.poll_message_set("Live needs a window")
            return False
        return True

    def execute(self, context):
        try:
            session.launch(LiveWork(read_request(context)))
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return outcome(self, session.status())


class MONORIG_OT_live_stop(_WhileLive, bpy.types.Operator):
    """End the live session. What is being recorded is kept; other rigs stand as before"""

    bl_idname = "monorig.live_stop"
    bl_label = "Stop"

    def execute(self, _context):
        session.cancel()
        return {"FINISHED"}


class MONORIG_OT_live_pause(_WhileLive, bpy.types.Operator):
    """Hold the pose as it is; press again to go on"""

    bl_idname = "monorig.live_pause"
    bl_label = "Pause"

    def execute(self, _context):
        life().pause(not life().live.paused)
        return {"FINISHED"}


class MONORIG_OT_live_recalibrate(_WhileLive, bpy.types.Operator):
    """Measure everybody, the camera and the ground anew. Stand upright and still for a second"""

    bl_idname = "monorig.live_recalibrate"
    bl_label = "Recalibrate"

    def execute(self, _context):
        life().recalibrate()
        return {"FINISHED"}


class MONORIG_OT_live_record(_WhileLive, bpy.types.Operator):
    """Record a take from the current frame on, after the countdown; press again to end it"""

    bl_idname = "monorig.live_record"
    bl_label = "Record"

    def execute(self, context):
        if life().live.recording == "WRITING":
            self.report({"WARNING"}, "The last take is still being written.")
            return {"CANCELLED"}
        if life().live.recording == "OFF":
            life().record(context.scene.monorig.live.countdown)
        else:
            life().stop_recording()
        return {"FINISHED"}


class MONORIG_OT_live_cameras(bpy.types.Operator):
    """Look for the cameras that are connected"""

    bl_idname = "monorig.live_cameras"
    bl_label = "Find Cameras"

    @classmethod
    def poll(cls, _context):
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        return True

    def execute(self, _context):
        session.launch(CamerasWork())
        return outcome(self, session.status())


CLASSES = (
    MONORIG_OT_live_start, MONORIG_OT_live_stop, MONORIG_OT_live_pause, MONORIG_OT_live_recalibrate,
    MONORIG_OT_live_record, MONORIG_OT_live_cameras,
)  # fmt: skip
