"""A queue of clips on disk, captured one after another by whoever has time: Blender, or a command without it.

FOLDER/batch.json: {"format": "monorig-batch", "version": 1, "entries": [...]}, beside the takes that it makes. It
is replaced whole after every change, so it survives whatever ends the program; a clip that was at work then
waits again, and its take goes on where it stopped. Standard library only.
"""

import json
import os
import threading
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from .fit_settings import FitSettings, FitSettingsError
from .refusals import refused, unreadable
from .take_folder import OUT, free_folder, write_json

FILE, FORMAT, VERSION = "batch.json", "monorig-batch", 1
STATES = WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
CLIPS = (
    ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv",
    ".ts", ".webm", ".wmv",
)  # fmt: skip


class BatchError(Exception):
    """The queue cannot be used; one sentence for the user."""


@dataclass(frozen=True)
class Entry:
    """One clip, how it is to be captured, and what came of it."""

    clip: str  # absolute path
    take: str = ""  # folder of the take, relative to that of the queue; "" = not chosen yet
    chain: str = "take"
    fit: FitSettings = FitSettings()
    state: str = WAITING
    sentence: str = ""  # how it ended
    people: int = 0
    frames: int = 0
    seconds: float = 0.0

    def to_json(self):
        return {**asdict(self), "fit": self.fit.to_json()}

    @classmethod
    def from_json(cls, data):
        """dict -> Entry; raises BatchError."""
        kinds = {f.name: type(f.default) for f in fields(cls) if f.name not in ("clip", "fit")}
        try:
            entry = cls(**{**data, "fit": FitSettings.from_json(data.get("fit", {}))})
            right = isinstance(entry.clip, str) and all(
                isinstance(getattr(entry, name), (kind, int) if kind is float else kind)
                for name, kind in kinds.items()
            )
        except (TypeError, AttributeError, FitSettingsError) as error:
            raise BatchError(f"An entry of the queue is damaged: {error}.") from error
        if not right or entry.state not in STATES:
            raise BatchError("An entry of the queue is damaged.")
        return replace(entry, state=WAITING) if entry.state == RUNNING else entry


class Queue:
    """The entries of one folder by their clips; every change is on disk when the call returns. For all threads."""

    def __init__(self, folder):
        """Reads the folder's queue, empty where there is none. Raises BatchError."""
        self.folder = Path(folder)
        self._lock = threading.RLock()
        self._entries = {entry.clip: entry for entry in self._read()}

    @property
    def entries(self):
        """All entries, in their order."""
        return tuple(self._entries.values())

    def add(self, clips, chain="take", fit=FitSettings()):
        """Puts clips (paths) at the end, without those that are in already; returns how many are new."""
        paths = dict.fromkeys(os.path.abspath(clip) for clip in clips)
        with self._lock:
            new = {p: Entry(p, chain=chain, fit=fit) for p in paths if p not in self._entries}
            self._keep({**self._entries, **new})
        return len(new)

    def remove(self, clips):
        """Forgets entries; their takes stay where they are."""
        with self._lock:
            self._keep({c: entry for c, entry in self._entries.items() if c not in set(clips)})

    def change(self, clip, **values):
        """Gives an entry new values; nothing where it was removed."""
        with self._lock:
            if clip in self._entries:
                changed = replace(self._entries[clip], **values)
                self._keep({**self._entries, clip: changed})

    def again(self, clip):
        """Lets an entry that failed, or is done, be captured again; what its take holds is kept."""
        self.change(clip, state=WAITING, sentence="")

    def next(self):
        """The first entry that waits, or None."""
        return next((entry for entry in self.entries if entry.state == WAITING), None)

    def revisit(self):
        """Lets entries wait again that are done but whose take was removed meanwhile."""
        for entry in self.entries:
            if entry.state == DONE and not self.take(entry).joinpath(OUT).is_file():
                self.again(entry.clip)

    def begin(self, clip):
        """Finds a folder for the entry's take and marks it as at work; returns the folder.

        Raises BatchError where the clip cannot be read.
        """
        with self._lock:
            if clip not in self._entries:
                raise BatchError(f"{clip} is no longer in the queue.")
            entry = self._entries[clip]
            try:
                take = self.take(entry) if entry.take else self._new_take(entry)
            except OSError as error:
                raise BatchError(f"{clip} cannot be read: {error.strerror or error}.") from error
            self.change(clip, take=os.path.relpath(take, self.folder), state=RUNNING, sentence="")
        return take

    def end(self, clip, state, sentence, report=None):
        """Notes how it ended; report as `done` of the child brings it."""
        numbers = {name: (report or {}).get(name, 0) for name in ("people", "frames", "seconds")}
        self.change(clip, state=state, sentence=sentence, **numbers)

    def take(self, entry):
        """Folder of an entry's take."""
        return self.folder / entry.take

    def _new_take(self, entry):
        promised = {self.take(other) for other in self.entries if other.take}
        return free_folder(self.folder, entry.clip, entry.chain, promised)

    def _read(self):
        path = self.folder / FILE
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise BatchError(unreadable(path, error)) from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise BatchError(f"{path} is no queue of Monorig's.")
        if data.get("version") != VERSION:
            raise BatchError(f"{path} was written by another version of Monorig.")
        return [Entry.from_json(entry) for entry in data.get("entries", [])]

    def _keep(self, entries):
        data = [entry.to_json() for entry in entries.values()]
        path = self.folder / FILE
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(path, {"format": FORMAT, "version": VERSION, "entries": data})
        except OSError as error:
            error.filename = str(path)  # and not that of a part of it
            raise BatchError(refused(error)) from error
        self._entries = entries


def clips_of(paths):
    """Files and folders -> clips: files as they are, of folders and those inside what looks like a clip.

    Raises BatchError for a path that is not there.
    """
    found = []
    for path in map(Path, paths):
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.suffix.lower() in CLIPS)
            found += [str(p) for p in inside if p.is_file() and not p.name.startswith(".")]
        elif path.is_file():
            found.append(str(path))
        else:
            raise BatchError(f"There is no file or folder {path}.")
    return found


def table(entries):
    """Lines of text: what became of every clip."""
    rows = [("clip", "state", "people", "frames", "time", "")]
    for entry in entries:
        done = entry.state == DONE
        numbers = (
            (str(entry.people), str(entry.frames), f"{entry.seconds:.0f} s") if done else [""] * 3
        )
        said = "" if done else entry.sentence
        rows.append((Path(entry.clip).name, entry.state, *numbers, said))
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
