"""A take on disk: what the networks saw in every picture, kept while it is captured.

Folder: `take.json` (what was captured, how), `observations.log`, `OUT.npz` (the latest Motion).
The log is append-only. A record is a 4-byte length, a 4-byte CRC-32 (both little-endian) and one frame
of the pipe protocol: type `observation` {index, time_s, flags} with the arrays of `Observation`, or `end`.
Takes of format 1 hold no clothes and no flags; they are read and resumed like any other. Hands and faces are only
written where somebody's were seen.
A torn tail (crash, power cut) is dropped when the take is opened again.
"""

import dataclasses
import json
import os
import struct
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .background import NO_KEY, Matches
from .face_measures import MEASURES
from .keypoints import HAND_POINTS, KEYPOINTS
from .protocol import FrameReader, Message, ProtocolError, encode
from .take_folder import OUT, write_json

# 1: without torso, scene changes; 2: without background, whose camera stands still; 3: without hands, faces
FORMAT = 4
FLUSH_EVERY = 1.0  # [s]
MAX_RECORD = 1 << 26
LOCKED_BYTE = 1 << 40  # beyond any log: on Windows a lock also keeps others from reading


class TakeError(Exception):
    """The take cannot be used; one sentence for the user."""


@dataclass(frozen=True)
class Observation:
    """What the networks saw in one picture; N people, K canonical keypoints, NaN / 0 where nothing."""

    index: int  # in the file
    time_s: float
    id: np.ndarray  # (N,) number that the tracker gave
    box: np.ndarray  # (N,4) [px]
    px: np.ndarray  # (N,K,2) 2D network
    confidence: np.ndarray  # (N,K)
    px_3d: np.ndarray  # (N,K,2) the 3D network's own 2D
    visibility: np.ndarray  # (N,K)
    X: np.ndarray  # (N,K,3) [m] pelvis-relative, camera axes
    presence: np.ndarray  # (N,)
    torso: np.ndarray = None  # (N,LOOK_BINS,3) uint8 clothes, see `appearance`; 0 = not looked at
    hands: np.ndarray = None  # (N,2,21,5) left, right: px; X [m] from the hand's middle, as X
    hand_score: np.ndarray = None  # (N,2) 0..1, 0 = not seen
    face: np.ndarray = None  # (N,M) `face_measures.MEASURES`
    face_score: np.ndarray = None  # (N,)
    cut: bool = False  # another scene begins with this picture
    detected: bool = False  # the detector looked at this picture
    background: Matches = Matches()  # how it moved, see `background`

    def __post_init__(self):
        for name in MAY_BE_ABSENT:
            if getattr(self, name) is None:
                object.__setattr__(self, name, absent(name, len(self.id)))


K = len(KEYPOINTS)
LOOK_BINS = 32  # of a look at somebody's clothes, see `appearance`
SHAPES = {
    "id": (),
    "box": (4,),
    "px": (K, 2),
    "confidence": (K,),
    "px_3d": (K, 2),
    "visibility": (K,),
    "X": (K, 3),
    "presence": (),
    "torso": (LOOK_BINS, 3),
    "hands": (2, len(HAND_POINTS), 5),
    "hand_score": (2,),
    "face": (len(MEASURES),),
    "face_score": (),
}
ON_DISK = {"id": "<i4", "torso": "|u1"}  # the others "<f4"
IN_MEMORY = {"id": int, "torso": np.uint8}  # the others float
MAY_BE_ABSENT = {"torso": 0, "hands": np.nan, "hand_score": 0, "face": np.nan, "face_score": 0}
SAID_BY = {  # arrays that are written only where these scores are above 0 for somebody
    **dict.fromkeys(("hands", "hand_score"), "hand_score"),
    **dict.fromkeys(("face", "face_score"), "face_score"),
}
FLAGS = ("cut", "detected")


def absent(name, people):
    """An array that says nothing of so many people."""
    shape, kind = (people, *SHAPES[name]), IN_MEMORY.get(name, float)
    return np.full(shape, MAY_BE_ABSENT[name], kind)


def empty_observation(index, time_s, **flags):
    """Nobody in the picture."""
    arrays = {
        name: np.zeros((0, *shape), IN_MEMORY.get(name, float)) for name, shape in SHAPES.items()
    }
    return Observation(index, time_s, **arrays, **flags)


class Take:
    """An open take folder. `observations` holds what the log held when it was opened."""

    def __init__(self, folder, description):
        """Creates the folder, or resumes it when it was made from the same `description` (a dict)."""
        self.folder = Path(folder)
        _make_folder(self.folder)
        self._check_description(description)
        self._stream = open(self.log_path, "ab")
        if not _lock(self._stream):
            self._stream.close()
            raise TakeError(f"{self.folder} is being captured by another process.")
        self.observations, self.finished, good = read_log(self.log_path)
        self._stream.truncate(good)
        self._flushed = time.monotonic()

    @property
    def log_path(self):
        return self.folder / "observations.log"

    @property
    def out_path(self):
        return self.folder / OUT

    def append(self, observation):
        """Adds one picture; on disk within a second."""
        arrays = {
            name: getattr(observation, name).astype(ON_DISK.get(name, "<f4"))
            for name in SHAPES
            if name not in SAID_BY or getattr(observation, SAID_BY[name]).any()
        }
        fields = {"index": observation.index, "time_s": observation.time_s}
        fields.update({name: True for name in FLAGS if getattr(observation, name)})
        if observation.background.key != NO_KEY:
            fields["key"] = observation.background.key
            arrays["background"] = observation.background.points.astype("<f4")
        message = Message("observation", fields, arrays)
        self._write(message)
        self.observations.append(
            _observation(message, self.log_path)
        )  # to the same precision as on disk
        if time.monotonic() - self._flushed > FLUSH_EVERY:
            self.flush()

    def finish(self):
        """Marks the whole clip as observed."""
        if not self.finished:
            self._write(Message("end"))
            self.finished = True
        self.flush()

    def flush(self):
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._flushed = time.monotonic()

    def close(self):
        if not self._stream.closed:
            self.flush()
            self._stream.close()

    def _write(self, message):
        payload = encode(message)
        self._stream.write(struct.pack("<II", len(payload), zlib.crc32(payload)) + payload)

    def _check_description(self, description):
        path = self.folder / "take.json"
        description = json.loads(json.dumps({"format": FORMAT, **description}))
        if not path.exists():
            write_json(path, description)
            return
        found = read_description(path)
        for key in ("clip_hash", "chain", "frames"):
            if found.get(key) != description.get(key):
                what = {"clip_hash": "clip", "frames": "frame range"}.get(key, key)
                raise TakeError(
                    f"{self.folder} holds a take of another {what}; choose another folder for this one."
                )
        limit, wanted = (
            said.get("settings", {}).get("max_people", 0) for said in (found, description)
        )
        if limit and not 0 < wanted <= limit:
            raise TakeError(
                f"{self.folder} holds a take of at most {limit} people; choose another folder for more."
            )
        write_json(path, {**found, **description})


def _make_folder(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise TakeError(f"{folder} cannot be a take: there is a file of that name.") from error


if sys.platform == "win32":
    import msvcrt

    def _lock(stream):
        """Takes the file for this process until it is closed; False where another has it."""
        stream.seek(LOCKED_BYTE)
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(stream):
        """Takes the file for this process until it is closed; False where another has it."""
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def read_description(path):
    """take.json -> dict; TakeError for one that is damaged or newer than this program."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise TakeError(f"{path} cannot be read: {error}.") from error
    if not isinstance(found, dict) or not isinstance(found.get("format"), int):
        raise TakeError(f"{path} is not the description of a take.")
    if found["format"] > FORMAT:
        raise TakeError(f"{path.parent} was made by a newer Monorig; update to open it.")
    return found


def read_log(path):
    """-> observations, True when the end record was reached, bytes of the good part."""
    observations, finished, good = [], False, 0
    if not Path(path).exists():
        return observations, finished, good
    with open(path, "rb") as stream:
        while (message := _read_record(stream)) is not None:
            good = stream.tell()
            finished = message.type == "end"
            if message.type == "observation":
                observations.append(_observation(message, path))
    return observations, finished, good


def _observation(message, path):
    """Message -> Observation; TakeError where a whole record holds something else."""
    people, arrays = len(message.arrays.get("id", ())), dict(message.arrays)
    points = arrays.pop("background", np.zeros((0, 4)))
    expected = {name: (people, *shape) for name, shape in SHAPES.items()}
    found = {name: absent(name, people) for name in MAY_BE_ABSENT} | arrays
    if {name: array.shape for name, array in found.items()} != expected:
        raise TakeError(f"{path} holds observations of another kind than this Monorig makes.")
    arrays = {name: array.astype(IN_MEMORY.get(name, float)) for name, array in found.items()}
    flags = {name: bool(message.fields.get(name, False)) for name in FLAGS}
    background = Matches(message.fields.get("key", NO_KEY), points.reshape(-1, 4).astype(float))
    index, time_s = message.fields["index"], message.fields["time_s"]
    return Observation(index, time_s, **arrays, **flags, background=background)


def _read_record(stream):
    """The next whole record, or None at the end or at a torn tail."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    length, crc = struct.unpack("<II", head)
    if length > MAX_RECORD:
        return None
    payload = stream.read(length)
    if len(payload) < length or zlib.crc32(payload) != crc:
        return None
    try:
        messages = FrameReader().feed(payload)
    except ProtocolError:
        return None
    return messages[0] if messages else None


def as_kept(array):
    """Floats at the precision of the log, so that a resumed take goes on from the very same numbers."""
    return np.asarray(array, "<f4").astype(float)


def rows(observation, chosen):
    """The observation with only the chosen people (index array or mask)."""
    return dataclasses.replace(
        observation, **{name: getattr(observation, name)[chosen] for name in SHAPES}
    )
