"""One long piece of work beside Blender: a child process, then short steps on Blender's main thread.

`tick` does a few milliseconds of work and says when it wants to be called again; who calls it is the
business of `session.py`. What is going on is in `status`, a record that the panel draws. No Blender
data is kept between two ticks, and undo while results are being made starts making them again.
"""

import logging
import threading
import time
from dataclasses import dataclass, replace

from .language import say

log = logging.getLogger(__name__)

BUDGET = 0.004  # [s] a tick starts no further step after this; Blender draws after every tick
WAIT = 0.05  # [s] between looks at the child
LOOK = 0.01  # [s] before a step that has a tick to itself, and between looks at a thread
NEXT_STEP = 0.005  # [s] left to Blender between ticks that make results
ATTEMPTS = 3  # at making results, when undo or clearing takes away what was made
FAULT = "Something went wrong in Monorig: {error}. See the console."
SHOWN_SHARE = 0.01  # progress of results is shown in steps of this

IDLE, STARTING, RUNNING, CANCELLING, LOADING, BUILDING = (
    "IDLE", "STARTING", "RUNNING", "CANCELLING", "LOADING", "BUILDING",
)  # fmt: skip
DONE, FAILED, CANCELLED = "DONE", "FAILED", "CANCELLED"
OVER = (IDLE, DONE, FAILED, CANCELLED)


@dataclass(frozen=True)
class Status:
    """What there is to show."""

    phase: str = IDLE
    stage: str = ""  # of the child: networks, capture, fit
    share: float = 0.0  # 0..1 of the stage
    seconds_left: float | None = None
    people: int = 0
    frames_per_second: float = 0.0
    provider: str = ""
    log_line: str = ""  # the last
    sentence: str = ""  # how it ended
    notes: tuple = ()  # more sentences
    details: tuple = ()  # last lines of the child's log, after a failure

    @property
    def over(self):
        return self.phase in OVER


class WorkError(Exception):
    """The work cannot be done; one sentence for the user."""


class Lost(Exception):
    """What was being made was taken away (undo, clearing); making it again may work."""


class Background:
    """The life of one piece of work. `work` offers, in this order:

    start()         on a thread: -> a started Client
    prepare(fields) on a thread: what `done` said -> anything
    build(prepared) generator on the main thread: yields the share done, or None to wait; returns
                    (sentence, notes)
    name            what the work is called, in the undo history too
    cancelled       sentence for the user when it was
    `on_change()` is called when the status has changed, `on_done()` when the results are there,
    `on_end()` once, last of all.
    """

    def __init__(self, work, on_change, on_done, on_end):
        self.status = Status(phase=STARTING)
        self._work = work
        self._on_change, self._on_done, self._on_end = on_change, on_done, on_end
        self._client = None
        self._lock = (
            threading.Lock()
        )  # guards _client and _closed: the child is started on a thread
        self._closed = False
        self._stop = False
        self._undone = False
        self._life = self._live()

    @property
    def work(self):
        """The piece of work that this is the life of."""
        return self._work

    def tick(self):
        """Does a few milliseconds of work. -> seconds until the next call, or None when it is over."""
        until = time.perf_counter() + BUDGET
        try:
            delay = next(self._life)
            while not delay and time.perf_counter() < until:
                delay = next(self._life)
        except StopIteration:
            return None
        except Exception as error:  # a fault of ours must not leave a child or a timer behind
            log.exception("%s", self._work.name)
            self._end(FAILED, say(FAULT, error=error))
            return None
        return delay or NEXT_STEP

    def cancel(self):
        """Asks the work to stop; it ends in a later tick."""
        self._stop = True
        if not self.status.over:
            self._show(phase=CANCELLING)
        if self._client is not None:
            self._client.cancel()

    def undone(self):
        """Blender went to another state of the file: what was made so far is not there any more."""
        self._undone = True

    def close(self, sentence):
        """Ends everything at once."""
        self._stop = True
        self._life.close()
        self._end(CANCELLED, sentence)

    def _live(self):
        try:
            yield from _on_thread(self._start)
            last = yield from self._messages()
            if last.type == "failed":
                self._failed(last.fields)
                return
            self._show(phase=LOADING, share=0.0, seconds_left=None)
            prepared = yield from _on_thread(lambda: self._work.prepare(last.fields))
            if not self._stop:
                yield from self._results(prepared)
            if self._stop:
                self._end(CANCELLED, self._work.cancelled)
        except WorkError as error:
            self._end(FAILED, str(error))

    def _start(self):
        """On a thread: starts the child, and ends it again when nobody waits for it any more."""
        client = self._work.start()
        with self._lock:
            if not self._closed:
                self._client = client
                return
        client.close()

    def _messages(self):
        """Generator: shows what the child says until it is done; returns its last message."""
        if self._stop:  # cancelled while the child was being started
            self._client.cancel()
        else:
            self._show(phase=RUNNING)
        while True:
            for message in self._client.poll():
                if message.type in ("done", "failed"):
                    return message
                self._heard(message)
            yield WAIT

    def _heard(self, message):
        fields = message.fields
        if message.type == "log":
            self._show(log_line=str(fields.get("text", "")))
        elif message.type == "progress":
            total = fields.get("total") or 0
            self._show(
                stage=fields.get("stage", ""),
                share=min(1.0, fields.get("done", 0) / total) if total else 0.0,
                seconds_left=fields.get("seconds_left"),
                people=fields.get("people") or self.status.people,
                frames_per_second=fields.get("frames_per_second") or 0.0,
                provider=fields.get("provider") or self.status.provider,
            )

    def _failed(self, fields):
        text, details = fields.get("text", ""), tuple(fields.get("log") or ())
        if fields.get("kind") == "cancelled":
            self._end(CANCELLED, self._work.cancelled)
            return
        if details:
            log.error("%s\n%s", text, "\n".join(details))
        self._end(FAILED, text, details=details)

    def _results(self, prepared):
        """Generator: makes the results, again from the start when they are taken away meanwhile."""
        for _ in range(ATTEMPTS):
            self._undone = False
            steps = self._work.build(prepared)
            try:
                ending = yield from self._steps(steps)
            except Lost as error:
                log.info("Monorig starts making the scene again: %s", error)
                continue
            finally:
                steps.close()
            if not self._stop:
                self._on_done()
                self._end(DONE, *ending)
            return
        raise WorkError(
            "The scene changed again and again while results were made; the take is kept."
        )

    def _steps(self, steps):
        while not self._stop:
            if self._undone:
                raise Lost("undo")
            try:
                share = next(steps)
            except StopIteration as end:
                return end.value
            if (
                share is not None
                and not self.status.share <= share < self.status.share + SHOWN_SHARE
            ):
                self._show(phase=BUILDING, share=share)
            yield LOOK if share is None else 0.0
        return None

    def _show(self, **changes):
        self.status = replace(self.status, **changes)
        self._on_change()

    def _end(self, phase, sentence, notes=(), details=()):
        """The one place of clean-up."""
        with self._lock:
            self._closed, client, self._client = True, self._client, None
        if client is not None:
            client.close()
        if not self.status.over:
            self._show(phase=phase, sentence=sentence, notes=tuple(notes), details=details)
            self._on_end()


def _on_thread(function):
    """Generator: runs a function without bpy on a thread; returns its result or raises its error."""
    from concurrent.futures import ThreadPoolExecutor

    executor = ThreadPoolExecutor(1, thread_name_prefix="monorig")
    future = executor.submit(function)
    executor.shutdown(wait=False)
    while not future.done():
        yield WAIT
    return future.result()
