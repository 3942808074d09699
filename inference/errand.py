"""Work of the parent itself that takes long: on a thread, with the face of a `client.Client`.

So installing and testing are shown, cancelled and waited for as a capture is. The function gets the
errand, tells it how far it is, and returns the fields of `done`. Nothing of Blender may be touched in it.
"""

import queue
import threading
import traceback

from .parent import Cancelled
from .protocol import Message
from .refusals import refused

LEAVE_AFTER = 2.0  # [s] that a closed errand may take to notice


class Errand:
    """One function on a thread.

    errors   what it may raise with one sentence for the user
    """

    pid = None  # of no process

    def __init__(self, function, errors=()):
        self._function, self._errors = function, errors
        self._messages, self._stop = queue.Queue(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._over = False

    @property
    def running(self):
        """True from `start` until the message that ends it has been polled."""
        return self._thread.ident is not None and not self._over

    def start(self):
        self._thread.start()

    def poll(self):
        """Messages that came since the last call, oldest first; never waits."""
        messages = []
        while self.running and not self._messages.empty():
            messages.append(self._messages.get())
            self._over = messages[-1].type in ("done", "failed")
        return messages

    def cancel(self):
        self._stop.set()

    def close(self):
        """Ends it as soon as it looks up."""
        self._stop.set()
        if self.running:
            self._thread.join(LEAVE_AFTER)
        self._over = True

    def check(self):
        """For the function: raises Cancelled when asked to stop."""
        if self._stop.is_set():
            raise Cancelled

    def progress(self, stage, done, total, **fields):
        """For the function: how far it is; raises Cancelled when asked to stop."""
        self.check()
        self.tell(Message("progress", {"stage": stage, "done": done, "total": total, **fields}))

    def log(self, text):
        """For the function: one line for the user."""
        self.tell(Message("log", {"text": text}))

    def tell(self, message):
        """For the function: any message."""
        self._messages.put(message)

    def _run(self):
        try:
            self.tell(Message("done", self._function(self)))
        except Cancelled:
            self._failed("cancelled", "Cancelled.")
        except self._errors as error:
            self._failed("input", str(error))
        except OSError as error:
            self._failed("input", refused(error))
        except Exception as error:  # noqa: BLE001 - shown to the user; nothing is hidden
            log = traceback.format_exc().splitlines()[-12:]
            self._failed("fault", f"{type(error).__name__}: {error}", log)

    def _failed(self, kind, text, log=()):
        self.tell(Message("failed", {"kind": kind, "text": text, "log": list(log)}))
