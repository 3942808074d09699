"""The one piece of background work that may run, and what connects it with Blender while it does.

With a window a timer calls it; without one it is called in a loop. ESC is a shortcut that exists only
meanwhile, not a modal operator: Blender saves nothing automatically as long as one of those runs.
Another file, or the add-on switched off, ends the work and its child process.
"""

import time

import bpy
from bpy.app.handlers import persistent

from .background import NEXT_STEP, Background, Status, WorkError

WITHOUT_WINDOW = 0.001  # [s] between looks at what is waited for: Blender has nothing else to do
DRAWN_IN = {"VIEW_3D": "UI", "PREFERENCES": "WINDOW"}  # area: region

_current = None  # the one Background, until the next is started
_shortcuts = []  # (keymap, item) that exist while it runs


def status():
    """Status of the work that runs or ran last."""
    return _current.status if _current else Status()


def current():
    """The Background that runs or ran last, or None."""
    return _current


def last_was(kind):
    """Whether what runs, or ran last, is a piece of work of this kind."""
    return _current is not None and isinstance(_current.work, kind)


def running():
    return not status().over


def launch(work):
    """Starts the work; with a window it goes on by itself, without one this returns when it is over.

    `work.life` may be another kind of Background; `work.over()` is called last of all where there is one.
    """
    global _current
    if running():
        raise WorkError("Monorig is at work already.")
    life = getattr(work, "life", Background)
    _current = life(work, _redraw, lambda: _push_undo(work), lambda: _over(work))
    bpy.app.handlers.load_pre.append(_file_is_leaving)
    bpy.app.handlers.undo_post.append(_state_changed)
    bpy.app.handlers.redo_post.append(_state_changed)
    if bpy.app.background:
        _run_to_the_end(_current)
        return
    _shortcuts.extend(_escape_key())
    bpy.app.timers.register(_timer, persistent=True)


def cancel():
    if running():
        _current.cancel()


def forget(sentence="The add-on was switched off; the take is kept."):
    """Ends what runs and clears the status."""
    global _current
    if running():
        _current.close(sentence)
    _current = None


def _timer():
    return _current.tick() if _current else None


def _run_to_the_end(background):
    while True:
        try:
            delay = background.tick()
            if delay is None:
                return
            time.sleep(WITHOUT_WINDOW if delay > NEXT_STEP else 0.0)
        except KeyboardInterrupt:
            background.cancel()


def _escape_key():
    """Yields the shortcut that cancels; ESC reaches it only when nothing else in Blender wants it."""
    keyconfig = bpy.context.window_manager.keyconfigs.addon
    if keyconfig is not None:
        keymap = keyconfig.keymaps.new(name="Window", space_type="EMPTY", region_type="WINDOW")
        yield keymap, keymap.keymap_items.new("monorig.cancel", "ESC", "PRESS")


def _over(work):
    _disconnect()
    if hasattr(work, "over"):
        work.over()


def _disconnect():
    """Takes back timer, handlers and shortcut; harmless when they are gone."""
    for handlers, function in (
        (bpy.app.handlers.load_pre, _file_is_leaving),
        (bpy.app.handlers.undo_post, _state_changed),
        (bpy.app.handlers.redo_post, _state_changed),
    ):
        if function in handlers:
            handlers.remove(function)
    if bpy.app.timers.is_registered(_timer):
        bpy.app.timers.unregister(_timer)
    while _shortcuts:
        keymap, item = _shortcuts.pop()
        keymap.keymap_items.remove(item)


@persistent
def _file_is_leaving(*_):
    if running():
        _current.close("Another file was opened: Monorig stopped, the take is kept.")


@persistent
def _state_changed(*_):
    if _current:
        _current.undone()


def _push_undo(work):
    """One undo step for everything that was made; without a window there is nothing to undo."""
    windows = bpy.context.window_manager.windows
    if getattr(work, "in_undo_history", True) and not bpy.app.background and len(windows):
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=work.name)


def _redraw():
    """Asks Blender to draw our panels and preferences again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                if DRAWN_IN.get(area.type) == region.type:
                    region.tag_redraw()
