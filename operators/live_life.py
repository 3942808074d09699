"""The life of one live session in Blender: what the child says goes to the armatures, is recorded, and is shown.

It is the one piece of background work while it runs (`session.py`). A tick takes in what the child said and poses
one armature after the other, a few milliseconds at a time (`live_stage.py`).
"""

import logging
import statistics
import time
from collections import deque
from dataclasses import dataclass, replace

import bpy
from bpy.app.handlers import persistent

from .background import NEXT_STEP, RUNNING, Background
from .datablocks import DatablockLost
from .language import say
from .steps import OWN_TICK

log = logging.getLogger(__name__)

EVERY = 0.002  # [s] between looks at the child, as far as Blender has time
WRITING_TAKES = 0.004  # [s] of a tick
SHOWN_EVERY = 0.2  # [s] between changes of what the panel shows
QUIET_AFTER = 2.0  # [s] that the child may take to fall silent
DELAYS = 60  # poses over which the delay is taken
RECORDED = "Take {take} was recorded on {names}."
OFF, COUNTDOWN, RECORDING, WRITING = "OFF", "COUNTDOWN", "RECORDING", "WRITING"
_watched = []  # sessions that write poses


@dataclass(frozen=True)
class LiveState:
    """What there is to show besides `Status`."""

    paused: bool = False
    lost: str = ""  # why no picture comes
    delay_s: float = 0.0  # median, from the picture to the posed bones
    identities: tuple = ()  # in the picture
    rigs: tuple = ()  # (name, identity or None) of those that are driven
    recording: str = OFF
    seconds: float = 0.0  # left of the countdown, or recorded
    take: int = 0
    written: str = ""  # sentence about the last recording


class LiveLife(Background):
    """A Background whose child sends poses until somebody stops it. `work` is a `live.LiveWork`."""

    def __init__(self, work, on_change, on_done, on_end):
        super().__init__(work, on_change, on_done, on_end)
        self.live = LiveState()
        self._stage = None
        self._delays, self._shown_s = deque(maxlen=DELAYS), 0.0
        self._counted_s, self._recording, self._writing = None, None, None
        self._unpushed = False  # something was recorded that has no undo step yet
        _watched.append(self)
        if _frame_changed not in bpy.app.handlers.frame_change_post:
            bpy.app.handlers.frame_change_post.append(_frame_changed)

    def pause(self, paused):
        self._client.ask("pause" if paused else "resume")
        self._tell(paused=paused)

    def recalibrate(self):
        self._client.ask("recalibrate")

    def record(self, countdown):
        """Starts a recording after a countdown [s]."""
        from .live_recording import next_take

        self._counted_s = time.monotonic() + countdown
        self._tell(recording=COUNTDOWN, seconds=countdown, take=next_take())

    def stop_recording(self):
        """Ends countdown or recording; what was recorded is written in the next ticks."""
        self._counted_s, found, self._recording = None, self._recording, None
        if found is None or not found.poses:
            self._tell(recording=OFF, written=say("Nothing was recorded."))
            return
        self._tell(recording=WRITING)
        self._writing = self._stage.written(found)

    def repose(self):
        """The newest pose has to be written again."""
        if self._stage is not None:
            self._stage.repose()

    def undone(self):
        super().undone()
        if self._stage is not None:
            self._stage.undone()

    def _messages(self):
        """Generator: drives the armatures until the child has said its last word; returns that."""
        from .live_stage import Stage

        self._stage = Stage(self._work.request)
        yield from self._stage.read_rigs()
        if self._stop:
            self._client.cancel()
        else:
            self._show(phase=RUNNING)
        last = None
        while last is None:
            last = self._listen()
            self._count()
            if last is None and (self._stage.has_to_make or self._unpushed):
                last = yield from self._quietly()
            if (
                self._writing is None
            ):  # meanwhile nothing moves, as Blender draws every pose between two ticks
                yield from self._stage.drive()
            self._show_now()
            yield NEXT_STEP if self._write() else EVERY
        if self._recording is not None:
            self.stop_recording()
        while self._write():
            yield NEXT_STEP
        if self._unpushed:
            self._on_done()
        self._work.written = self.live.written
        return last

    def _quietly(self):
        """Generator: makes armatures and undo steps while the child is silent; its last word, or None.

        Both call operators in another context. In Python before 3.12 Blender looks that context up without the
        interpreter's lock where a thread of ours happens to have it, such as the one that reads messages.
        """
        self._client.ask("pause")
        until = time.monotonic() + QUIET_AFTER
        while self.status.stage != "paused" and time.monotonic() < until:
            last = self._listen()
            if last is not None:
                return last
            yield EVERY
        yield from self._stage.make()
        if self._unpushed:
            self._unpushed = False
            self._on_done()
        if not self.live.paused:
            self._client.ask("resume")
            self._show(stage="live")
        return None

    def _listen(self):
        """Takes in what the child said; its last message, or None."""
        for message in self._client.poll():
            if message.type in ("done", "failed"):
                return message
            if message.type == "pose":
                pose = self._stage.take_pose(message)
                if self._recording is not None:
                    self._recording.add(pose)
            elif message.type == "bodies":
                self._stage.take_bodies(message)
            elif message.type in ("lost", "found"):
                self._tell(lost=str(message.fields.get("text", "")))
            else:
                self._heard(message)
        return None

    def _show_now(self):
        """Tells the panel how it goes, now and then."""
        stage, now = self._stage, time.monotonic()
        if stage.delay_s:
            self._delays.append(stage.delay_s)
            stage.delay_s = 0.0
        if now - self._shown_s < SHOWN_EVERY:
            return
        self._shown_s = now
        if stage.line and stage.line != self.status.log_line:
            self._show(log_line=stage.line)
        seconds = self.live.seconds
        if self._counted_s is not None:
            seconds = max(0.0, self._counted_s - now)
        elif self._recording is not None:
            seconds = self._recording.seconds
        delay = statistics.median(self._delays) if self._delays else 0.0
        self._tell(delay_s=delay, identities=stage.seen, rigs=stage.followed, seconds=seconds)

    def _count(self):
        """The recording begins when the countdown is over."""
        if self._counted_s is None or time.monotonic() < self._counted_s:
            return
        from .live_recording import Recording
        from .live_rigs import scene_of

        self._counted_s = None
        try:
            scene = scene_of(self._work.request.scene)
        except DatablockLost as error:
            self._tell(recording=OFF, written=str(error))
            return
        fps = scene.render.fps / scene.render.fps_base
        self._recording = Recording(self.live.take, scene.frame_current, fps)
        self._tell(recording=RECORDING, seconds=0.0)

    def _write(self):
        """A few steps of writing a recording; False where there is none to write."""
        if self._writing is None:
            return False
        names, until = (), time.perf_counter() + WRITING_TAKES
        try:
            while next(self._writing) is not OWN_TICK and time.perf_counter() < until:
                pass
            return True
        except StopIteration as end:
            names, sentence = end.value, say("Nobody was in the recording.")
            if names:
                sentence = say(RECORDED, take=self.live.take, names=", ".join(names))
        except Exception as error:  # noqa: BLE001 - told and logged; the live session goes on
            log.exception("a recording could not be written")
            sentence = say("The recording could not be written: {trouble}.", trouble=error)
        self._writing = None
        self._tell(recording=OFF, written=sentence)
        self._unpushed = self._unpushed or bool(names)
        return False

    def _tell(self, **changes):
        self.live = replace(self.live, **changes)
        self._on_change()

    def _end(self, phase, sentence, notes=(), details=()):
        if self._writing is not None:
            self._writing.close()
        if self._stage is not None:
            self._stage.close()
        self._writing = self._stage = None
        if self in _watched:
            _watched.remove(self)
        if not _watched and _frame_changed in bpy.app.handlers.frame_change_post:
            bpy.app.handlers.frame_change_post.remove(_frame_changed)
        super()._end(phase, sentence, notes, details)


@persistent
def _frame_changed(*_):
    """The timeline moved: what plays an action has taken the pose of that."""
    for life in _watched:
        life.repose()
