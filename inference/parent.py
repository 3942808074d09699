"""The child's end of the pipes: what it sends to the parent, and what it is asked for."""

import queue
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
        self._requests = queue.SimpleQueue()
        self._last_progress = 0.0
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, type, arrays=None, **fields):
        try:
            write_message(self._out, Message(type, fields, arrays or {}))
        except OSError:
            self._stop.set()

    def check(self):
        """Raises Cancelled when asked to stop."""
        if self._stop.is_set():
            raise Cancelled

    def progress(self, final=False, **fields):
        """Sends progress, at most every 0.1 s; raises Cancelled when asked to stop."""
        self.check()
        now = time.monotonic()
        if final or now - self._last_progress >= PROGRESS_EVERY:
            self._last_progress = now
            self.send("progress", **fields)

    def requests(self):
        """Yields the types of what the parent asked for since the last call, `cancel` aside."""
        while not self._requests.empty():
            yield self._requests.get()

    def _listen(self):
        """Thread: waits for requests, `cancel`, the end of the stream, or something that is no frame."""
        reader = FrameReader()
        try:
            while chunk := self._in.read1(4096):
                asked = [message.type for message in reader.feed(chunk)]
                if "cancel" in asked:
                    break
                for request in asked:
                    self._requests.put(request)
        except ProtocolError as error:
            print(f"the parent does not keep to the protocol: {error}", file=sys.stderr)
        finally:
            self._stop.set()
