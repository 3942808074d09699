"""The list of takes in the panel: which takes there are in a folder, as it was last looked at.

It is read anew when the user asks, and by itself when a capture, a batch or a re-fit has written a take: then on a
thread, as a folder may hold hundreds and lie on another computer.
"""

import os
import threading

import bpy

from . import session, takes, takes_shelf

WAIT = 0.1  # [s] between looks at whether the folder has been read
_reading = []  # the Reading under way


class Reading:
    """A folder of takes that is read on a thread. `kept` is None until that is done."""

    def __init__(self, take):
        self.take, self.kept = take, None
        threading.Thread(target=self._read, name="monorig library", daemon=True).start()

    def _read(self):
        self.kept = _takes_in(os.path.dirname(self.take))


def folder_of_takes(context):
    """The folder that holds takes: of the chosen take, else the one beside the file; "" where there is none."""
    chosen = takes.chosen_folder(context)
    return os.path.dirname(chosen.rstrip("/\\")) if chosen else takes.beside_the_file()


def look(context, take=""):
    """Reads the list anew; the take in this folder is then chosen, else the one of before."""
    place = folder_of_takes(context)
    fill(context.window_manager, place, takes_shelf.kept(place) if place else [], take)


def written(take):
    """A take was written: the list shows it as soon as its folder has been read."""
    if bpy.app.background:
        place = os.path.dirname(take)
        fill(bpy.context.window_manager, place, _takes_in(place), take)
        return
    _reading[:] = [Reading(take)]
    if not bpy.app.timers.is_registered(_until_read):
        bpy.app.timers.register(_until_read, first_interval=WAIT)


def forget():
    """Nothing is listed any more that is still being read."""
    _reading.clear()
    if bpy.app.timers.is_registered(_until_read):
        bpy.app.timers.unregister(_until_read)


def fill(window_manager, place, kept, take=""):
    """Writes the rows; where the add-on is not registered, as for a command, there is no list."""
    if not hasattr(window_manager, "monorig"):
        return
    library = window_manager.monorig
    take = take or (chosen_of(library).folder if chosen_of(library) else "")
    library.takes.clear()
    library.folder = place
    for index, one in enumerate(kept):
        row = library.takes.add()
        row.name, row.folder, row.clip = one.name, one.folder, one.clip
        row.state, row.told = one.state, takes_shelf.about(one)
        if one.folder == take:
            library.active = index


def chosen_of(library):
    """The row that is chosen, or None."""
    return library.takes[library.active] if 0 <= library.active < len(library.takes) else None


def _takes_in(place):
    try:
        return takes_shelf.kept(place)
    except OSError:  # the folder cannot be read: the operators that use a take say so
        return []


def _until_read():
    """Timer while a folder is being read."""
    reading = _reading[-1]
    if reading.kept is None:
        return WAIT
    _reading.clear()
    place = os.path.dirname(reading.take)
    fill(bpy.context.window_manager, place, reading.kept, reading.take)
    session._redraw()
    return None
