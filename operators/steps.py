"""Long work on the main thread in short steps, and the moment for the last of them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import bpy

OWN_TICK = object()  # yielded by a step: what follows must not come in the same tick
THREADS = "monorig"  # what the names of all our threads begin with
PATIENCE = 10.0  # [s] that a drag or a brush stroke of the user is waited for
LEAVE = 3.0  # [s] the same for threads of ours


def share_done(steps, expected):
    """Generator: runs `steps`, yields the share done (0..1) after each, returns what they return.

    None is yielded before a step that is long, or when the user's hands have to be free first.
    """
    done = 0
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        done += 1
        yield None if step is OWN_TICK else min(1.0, done / max(1, expected))


def at_once(steps):
    """Runs steps to their end, for scripts and files made without a window; returns what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def aside(function):
    """Generator: works something out on a thread while Blender goes on; returns it or raises its error."""
    executor = ThreadPoolExecutor(1, thread_name_prefix=THREADS)
    future = executor.submit(function)
    executor.shutdown(wait=False)
    while not future.done():
        yield OWN_TICK
    return future.result()


def quiet():
    """Generator: yields OWN_TICK as long as threads of ours run, for a while at most.

    Blender lets go of Python's lock while an operator runs. With an overridden context it looks things up in a
    Python dictionary meanwhile, which before Python 3.12 it does without the lock where another thread runs
    Python just then; that ends Blender. So what overrides the context comes when nobody else is at work.
    """
    until = time.monotonic() + LEAVE
    while _threads() and time.monotonic() < until:
        yield OWN_TICK


def _threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREADS)]


def free_hands():
    """Generator: yields OWN_TICK as long as the user drags or paints, for a while at most.

    An undo step that comes in the middle of a brush stroke would cut the stroke's own step in two.
    """
    until = time.monotonic() + PATIENCE
    while _hands_are_busy() and time.monotonic() < until:
        yield OWN_TICK


def _hands_are_busy():
    windows = bpy.context.window_manager.windows
    return not bpy.app.background and any(len(window.modal_operators) for window in windows)
