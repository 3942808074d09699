"""The child's end of the pipes: what it sends to the parent, and whether it has been asked to stop."""

import sys
import threading
import time

from .protocol import FrameReader, Message, ProtocolError, write_message

PROGRESS_EVERY = 0.1  # [s]


class Cancelled(Exception):
    """The parent asked to stop, or is gone."""


class Parent:
    """The other end of the pipes."""

    def __init__(self, frames_in, frames_out):
        self._in, self._out = frames_in, frames_out
        self._stop = threading.Event()
        self._last_progress = 0.0
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, type, **fields):
        try:
            write_message(self._out, Message(type, fields))
        except OSError:
            self._stop.set()

    def progress(self, final=False, **fields):
        """Sends progress, at most every 0.1 s; raises Cancelled when asked to stop."""
        if self._stop.is_set():
            raise Cancelled
        now = time.monotonic()
        if final or now - self._last_progress >= PROGRESS_EVERY:
            self._last_progress = now
            self.send("progress", **fields)

    def _listen(self):
        """Thread: waits for `cancel`, the end of the stream, or something that is no frame."""
        reader = FrameReader()
        try:
            while chunk := self._in.read1(4096):
                if any(message.type == "cancel" for message in reader.feed(chunk)):
                    break
        except ProtocolError as error:
            print(f"the parent does not keep to the protocol: {error}", file=sys.stderr)
        finally:
            self._stop.set()
