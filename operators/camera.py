"""What is known of the camera of a clip: nothing, its lens, or a profile; and making profiles.

A profile is a small file in the extension's user folder (`inference/profiles.py`). One is made by a child process
from a checkerboard, or from four clicks on the floor of what was captured (`camera_floor`).
"""

import json
import os
import re
from pathlib import Path

import bpy

from . import session, user_folder
from .background import WorkError
from .datablocks import DatablockLost, by_uid
from .errands import at_rest
from .language import say
from .work import begun, outcome

KIND, ENDING = "cameras", ".json"
NO_PICTURES = "Choose a clip or a picture of the checkerboard first"
UNSAFE = re.compile(r'\s*[\\/:*?"<>|\x00-\x1f]+\s*')


def names():
    """The profiles that there are, by name."""
    folder = user_folder.folder()
    return sorted(path.stem for path in (folder / KIND).glob(f"*{ENDING}")) if folder else []


def chosen(context):
    """What a job is told of the camera (dict), None = nothing; WorkError where that cannot be used."""
    said = context.scene.monorig.camera
    if said.known == "LENS":
        return {"lens_mm": said.lens}
    if said.known != "PROFILE":
        return None
    from ..inference import profiles

    if not said.profile:
        raise WorkError("Choose a camera profile, or let the camera be found.")
    path = user_folder.place(KIND) / f"{said.profile}{ENDING}"
    if not path.is_file():
        raise WorkError(say('There is no camera profile "{name}" any more.', name=said.profile))
    try:
        return profiles.read(path)
    except profiles.ProfileError as error:
        raise WorkError(str(error)) from error


class ProfileWork:
    """A child process makes a profile, which is then the chosen one (see `background.Background`).

    A kind of it says `name`, `_job()`, and `_told(fields)`, a sentence.
    """

    cancelled = "Cancelled."

    def __init__(self, context, called):
        self._scene = context.scene.name, context.scene.session_uid
        self._called = UNSAFE.sub(" ", called).strip() or "Camera"

    def start(self):
        """On a thread: starts the child."""
        return begun(self._job(), self.name)

    def prepare(self, fields):
        """On a thread: the profile is kept, under a name that is free."""
        kept = user_folder.add(
            f"{KIND}/{self._called}{ENDING}", json.dumps(fields["camera"], indent=1).encode()
        )
        return Path(kept).stem, self._told(fields)

    def build(self, prepared):
        """Generator on the main thread: the profile becomes the chosen one."""
        kept, told = prepared
        yield 1.0
        try:
            scene = by_uid("scenes", self._scene[1], self._scene[0])
        except DatablockLost as error:
            raise WorkError(str(error)) from error
        scene.monorig.camera.profile, scene.monorig.camera.known = kept, "PROFILE"
        return say('{told} It is kept as the camera profile "{name}".', told=told, name=kept), ()


class BoardWork(ProfileWork):
    """A profile from a checkerboard."""

    name = "Calibrate Camera with Monorig"

    def __init__(self, context):
        said = context.scene.monorig.camera
        self._path = Path(os.path.abspath(bpy.path.abspath(said.pictures)))
        super().__init__(context, said.name or self._path.stem)
        self._asked = {
            "board": tuple(said.board),
            "square": metres(context, said.square),
            "on_floor": said.on_floor,
        }

    def _job(self):
        from ..inference import sequences
        from ..inference.job import Job

        asked, path = dict(self._asked), self._path
        beside = sorted(path.parent.glob(f"*{path.suffix}")) if sequences.is_picture(path) else []
        asked["pictures"] = [str(picture) for picture in beside or [path]]
        return Job(task="calibrate", calibration=asked)

    def _told(self, fields):
        return say(
            "The board was found in {views} of {searched} pictures, {error:.2f} px off.",
            views=fields["views"], searched=fields["searched"], error=fields["error_px"],
        )  # fmt: skip


def metres(context, length):
    """A length of the scene in metres."""
    return length * context.scene.unit_settings.scale_length


class MONORIG_OT_camera_calibrate(bpy.types.Operator):
    """Find out focal length and distortion from a clip or pictures of a checkerboard that is held in
    different ways, and keep them as a camera profile"""

    bl_idname = "monorig.camera_calibrate"
    bl_label = "Calibrate"

    @classmethod
    def poll(cls, context):
        if not at_rest(cls):
            return False
        if not context.scene.monorig.camera.pictures:
            cls.poll_message_set(NO_PICTURES)
            return False
        return True

    def execute(self, context):
        session.launch(BoardWork(context))
        return outcome(self, session.status())


class MONORIG_OT_camera_profile_remove(bpy.types.Operator):
    """Delete the chosen camera profile from Monorig's folder"""

    bl_idname = "monorig.camera_profile_remove"
    bl_label = "Delete Profile"

    @classmethod
    def poll(cls, context):
        if not context.scene.monorig.camera.profile:
            cls.poll_message_set("Choose a camera profile first")
            return False
        return at_rest(cls)

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        said = context.scene.monorig.camera
        path = user_folder.place(KIND) / f"{said.profile}{ENDING}"
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self.report({"ERROR"}, say("{path}: {trouble}.", path=path, trouble=error.strerror))
            return {"CANCELLED"}
        said.profile, said.known = "", "AUTO"
        return {"FINISHED"}


CLASSES = (MONORIG_OT_camera_calibrate, MONORIG_OT_camera_profile_remove)
