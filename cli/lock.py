"""One process at a time, by a lock on a file that the system gives back when the process ends."""

import os
import sys
import time
from contextlib import contextmanager

WAIT = 0.5

if sys.platform == "win32":
    import msvcrt

    def acquire(file):
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def acquire(file):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.set_inheritable(file.fileno(), True)  # a package manager goes on when we are killed


@contextmanager
def locked(path, report):
    """Wait until no other process holds the lock, and hold it."""
    with open(path, "a", encoding="utf-8") as file:
        waiting = False
        while not try_acquire(file):
            if not waiting:
                report(f"waiting for another run.py to finish ({path.name})")
            waiting = True
            time.sleep(WAIT)
        yield


def try_acquire(file):
    try:
        acquire(file)
    except OSError:  # somebody else has it
        return False
    return True
