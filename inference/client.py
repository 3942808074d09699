"""The parent's half: starts the child process, reads its messages, asks it to stop.

Standard library and `protocol` only; nothing here blocks: threads read the pipes and wait for
the process, `poll()` empties their queue. Packages are handed over as folders found *without importing
them* (`packages.py`), so that Blender never loads onnxruntime or cv2.
"""

import collections
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from .packages import folders as package_folders
from .protocol import FrameReader, Message, ProtocolError, encode

TERMINATE_AFTER = 2.0  # [s] from the request to stop
KILL_AFTER = 4.0  # [s] from the request to stop
LEAVE_AFTER = 4.0  # [s] that a child may take to exit after its last word
LOG_LINES, LOG_BYTES = 12, 4096  # kept of what the child writes to stderr; most of one line


def child_command(python=None):
    """Command line of the child: this interpreter, isolated, running `inference/__main__.py` by path."""
    return [python or sys.executable, "-I", str(Path(__file__).with_name("__main__.py"))]


class Client:
    """One child process and its messages.

    preferred   folders whose packages come before those that Blender would import
    command     replaces the child in tests
    """

    def __init__(self, python=None, command=None, preferred=()):
        self._preferred = preferred
        self._command = command or child_command(python)
        self._child = None
        self._keeps_take = False
        self._cancelled_at = None

    @property
    def running(self):
        """True from `start` until the message that ends the job has been polled."""
        return self._child is not None

    @property
    def pid(self):
        return self._child.process.pid if self._child else None

    def start(self, job):
        """Starts the child with a Job.

        Raises OSError when the interpreter cannot be started, PackagesError when a package of the child
        is not installed, or none that works.
        """
        if self.running:
            raise RuntimeError("a capture is running already")
        message = Message("job", {**job.to_json(), "packages": package_folders(self._preferred)})
        self._child, self._cancelled_at = _Child(self._command), None
        self._keeps_take = bool(job.take)
        self._child.send(message)

    def poll(self):
        """Messages that came since the last call, oldest first; never waits."""
        messages = []
        while self.running:
            try:
                message = self._child.messages.get_nowait()
            except queue.Empty:
                self._escalate()
                break
            if not isinstance(message, Message):
                message = self._obituary(message)
            messages.append(message)
            if message.type in ("done", "failed"):
                threading.Thread(target=self._child.end, name="monorig end", daemon=True).start()
                self._child = None
        return messages

    def wait(self, on_message, interval=0.02):
        """Polls until the job ends, handing each message to `on_message`; returns the last one."""
        last = None
        while self.running:
            for last in self.poll():
                on_message(last)
            if self.running:
                time.sleep(interval)
        return last

    def cancel(self):
        """Asks the child to stop; `poll` terminates it after 2 s and kills it after 4 s."""
        if self.running and self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self._child.send(Message("cancel"))

    def ask(self, request):
        """Sends the child a request (see `protocol`)."""
        if self.running:
            self._child.send(Message(request))

    def close(self):
        """Ends the child at once and waits for it (add-on disabled, Blender closing)."""
        if self.running:
            self._child.process.kill()
            self._child.end()
            self._child = None

    def _escalate(self):
        if self._cancelled_at is None:
            return
        waited = time.monotonic() - self._cancelled_at
        if waited > KILL_AFTER:
            self._child.process.kill()
        elif waited > TERMINATE_AFTER:
            self._child.process.terminate()

    def _obituary(self, status):
        """What `failed` says when the child ended with this exit status and without a last word."""
        log = list(self._child.log)
        if self._cancelled_at is not None:
            return Message("failed", {"kind": "cancelled", "text": "Cancelled.", "log": log})
        kept = "; what it had seen is kept in the take" if self._keeps_take else ""
        text = f"The capture process ended unexpectedly ({_how_it_ended(status)}){kept}."
        return Message("failed", {"kind": "crashed", "text": text, "log": log})


class _Child:
    """A started process.

    messages   queue of Message, and as its last item the exit status (int)
    log        its last lines on stderr
    """

    def __init__(self, command):
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.messages = queue.Queue()
        self.log = collections.deque(maxlen=LOG_LINES)
        self._log_reader = threading.Thread(target=self._read_log, name="monorig log", daemon=True)
        self._message_reader = threading.Thread(
            target=self._read_messages, name="monorig messages", daemon=True
        )
        self._log_reader.start()
        self._message_reader.start()

    def send(self, message):
        try:
            self.process.stdin.write(encode(message))
            self.process.stdin.flush()
        except OSError as error:  # the child died first: its obituary follows
            self.log.append(f"the child does not listen: {error}")

    def end(self):
        """Waits until the process has exited, however it takes its leave; not for the main thread."""
        try:
            self.process.stdin.close()
        except OSError as error:  # unsent bytes for a dead child
            self.log.append(f"the child did not listen: {error}")
        self._exit_status()
        self._message_reader.join(timeout=1.0)

    def _exit_status(self):
        try:
            return self.process.wait(LEAVE_AFTER)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def _read_messages(self):
        """Thread: pipe -> queue; at the end of the stream the exit status."""
        reader = FrameReader()
        with self.process.stdout as stream:
            try:
                while chunk := stream.read1(1 << 16):
                    for message in reader.feed(chunk):
                        self.messages.put(message)
            except ProtocolError as error:
                self.log.append(f"the child does not keep to the protocol: {error}")
                self.process.kill()
        status = self._exit_status()
        self._log_reader.join(timeout=1.0)
        self.messages.put(status)

    def _read_log(self):
        """Thread: the child's stderr -> its last lines."""
        with self.process.stderr as stream:
            while line := stream.readline(LOG_BYTES):
                self.log.append(line.decode("utf-8", "replace").rstrip())


def _how_it_ended(status):
    """Exit status -> words; negative = killed by that signal."""
    known = {number.value: number.name for number in signal.Signals}
    return (
        f"signal {-status}, {known.get(-status, 'unknown')}"
        if status < 0
        else f"exit status {status}"
    )
