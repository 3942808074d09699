"""The parent's half: starts the child process, reads its messages, asks it to stop.

Standard library and `protocol` only; nothing here blocks: a thread reads the pipe, `poll()` empties
its queue. Packages are handed over as folders found *without importing them*, so that Blender never
loads onnxruntime or cv2.
"""

import collections
import importlib.util
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

from .protocol import FrameReader, Message, ProtocolError, encode

PACKAGES = ("numpy", "cv2", "onnxruntime")
TERMINATE_AFTER = 2.0
KILL_AFTER = 4.0
LOG_LINES = 12


def package_folders(names=PACKAGES):
    """Folders that hold the packages the child needs, in order, without importing any of them."""
    folders = []
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"the package {name} is not installed", name=name)
        folder = str(Path(spec.origin).parent.parent)
        if folder not in folders:
            folders.append(folder)
    return folders


def child_command(python=None):
    """Command line of the child: this interpreter, isolated, running `inference/__main__.py` by path."""
    return [python or sys.executable, "-I", str(Path(__file__).with_name("__main__.py"))]


class Client:
    """One child process and its messages. `command` replaces the child in tests."""

    def __init__(self, python=None, command=None):
        self._command = command or child_command(python)
        self._process = None
        self._messages = queue.Queue()
        self._log = collections.deque(maxlen=LOG_LINES)
        self._cancelled_at = None
        self._ended = True
        self._readers = []

    @property
    def running(self):
        """True from `start` until the message that ends the job has been polled."""
        return not self._ended

    @property
    def pid(self):
        return self._process.pid if self._process else None

    def start(self, job):
        """Starts the child with a Job. Raises OSError when the interpreter cannot be started."""
        if self.running:
            raise RuntimeError("a capture is running already")
        environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._messages, self._cancelled_at, self._ended = queue.Queue(), None, False
        self._log.clear()
        self._readers = [
            threading.Thread(target=self._read_messages, daemon=True),
            threading.Thread(target=self._read_log, daemon=True),
        ]
        for reader in self._readers:
            reader.start()
        self._send(Message("job", {**job.to_json(), "packages": package_folders()}))

    def poll(self):
        """Messages that came since the last call, oldest first; never waits."""
        messages = []
        while not self._ended:
            try:
                message = self._messages.get_nowait()
            except queue.Empty:
                break
            if message is None:
                message = self._obituary()
            messages.append(message)
            if message.type in ("done", "failed"):
                self._ended = True
        if self._ended:
            self._reap()
        else:
            self._escalate()
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
            self._send(Message("cancel"))

    def close(self):
        """Ends the child at once and waits for it (add-on disabled, Blender closing)."""
        self._ended = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        self._reap()

    def _send(self, message):
        try:
            self._process.stdin.write(encode(message))
            self._process.stdin.flush()
        except OSError as error:  # the child died first: its obituary follows through poll()
            self._log.append(f"the child does not listen: {error}")

    def _escalate(self):
        if self._cancelled_at is None or self._process.poll() is not None:
            return
        waited = time.monotonic() - self._cancelled_at
        if waited > KILL_AFTER:
            self._process.kill()
        elif waited > TERMINATE_AFTER:
            self._process.terminate()

    def _obituary(self):
        """What `failed` says when the stream ended without a last word."""
        status = self._process.wait()
        self._readers[1].join(timeout=1.0)
        log = list(self._log)
        if self._cancelled_at is not None:
            return Message("failed", {"kind": "cancelled", "text": "Cancelled.", "log": log})
        how = f"signal {-status}" if status < 0 else f"exit status {status}"
        text = f"The capture process ended unexpectedly ({how}); what it had seen is kept in the take."
        return Message("failed", {"kind": "crashed", "text": text, "log": log})

    def _reap(self):
        if self._process is None:
            return
        for stream in (self._process.stdin,):
            try:
                stream.close()
            except OSError:
                continue  # unsent bytes for a dead child
        self._process.wait()
        for reader in self._readers:
            reader.join(timeout=1.0)
        self._process.stdout.close()
        self._process.stderr.close()
        self._process = None

    def _read_messages(self):
        """Thread: pipe -> queue; None marks the end of the stream."""
        reader, stream = FrameReader(), self._process.stdout
        try:
            while chunk := stream.read1(1 << 16):
                for message in reader.feed(chunk):
                    self._messages.put(message)
        except (ProtocolError, ValueError, OSError) as error:
            self._log.append(str(error))
        self._messages.put(None)

    def _read_log(self):
        """Thread: the child's stderr -> its last lines."""
        for line in self._process.stderr:
            self._log.append(line.decode("utf-8", "replace").rstrip())
