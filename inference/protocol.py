"""Framed messages between Blender and the child process; one file for both sides.

A frame is a 4-byte little-endian length, a JSON header of that length, then the raw bytes of the
arrays that the header lists, one after the other, C order, little-endian:

    {"type": "progress", "fields": {...}, "arrays": [{"name": "px", "dtype": "<f4", "shape": [2, 34]}]}

No pickle: only the number types of `DTYPES` pass. Standard library and numpy.

To the child:      job {job fields} (first frame), cancel {}; end of the stream = the parent is gone;
                   while it is live: pause {}, resume {}, recalibrate {}.
To the parent:     progress {stage, done, total, seconds, seconds_left, people, frames_per_second, provider},
                   log {text}, picture {} [rgba of `preview`], done {out, report}, failed {kind, text, log};
                   while it is live: pose {time_s, captured_s, solved_s, waited_s, networks_s} [arrays of
                   `live_people.Poses`], bodies {camera} [of `Bodies`], lost {text}, found {}.
Exactly one `done` or `failed` ends a job; `failed` has kind `input` (the user's clip or setting), `packages`
(none that works), `cancelled`, `fault` (ours) or `crashed` (made by the parent when the child died without a
word).
"""

import json
import math
import struct
from dataclasses import dataclass, field

import numpy as np

DTYPES = ("<f4", "<f8", "<i4", "<i8", "|u1", "|b1")
MAX_HEADER = 1 << 24
MAX_ARRAY_BYTES = 1 << 30  # of all arrays of a frame together
MAX_AXES = 8


class ProtocolError(Exception):
    """The other side sent something that is not a frame."""


@dataclass(frozen=True)
class Message:
    type: str
    fields: dict = field(default_factory=dict)
    arrays: dict = field(default_factory=dict)


def encode(message):
    """Message -> bytes of one frame."""
    arrays = {name: np.asarray(array, order="C") for name, array in message.arrays.items()}
    for name, array in arrays.items():
        if array.dtype.str not in DTYPES:
            raise ProtocolError(f"array {name} has type {array.dtype}, which does not travel")
    header = json.dumps(
        {
            "type": message.type,
            "fields": message.fields,
            "arrays": [
                {"name": name, "dtype": array.dtype.str, "shape": array.shape}
                for name, array in arrays.items()
            ],
        }
    ).encode()
    return b"".join(
        [struct.pack("<I", len(header)), header, *(a.tobytes() for a in arrays.values())]
    )


class FrameReader:
    """Cuts a byte stream, fed in chunks of any size, into messages."""

    def __init__(self):
        self._buffer = bytearray()
        self._header = None

    def feed(self, chunk):
        """bytes -> list of the messages that are now complete."""
        self._buffer += chunk
        messages = []
        while (message := self._next()) is not None:
            messages.append(message)
        return messages

    @property
    def pending(self):
        """Bytes of an unfinished frame: not 0 at the end of a stream means that it was torn."""
        return len(self._buffer) + (self._header is not None)

    def _next(self):
        if self._header is None and not self._read_header():
            return None
        header, layout, size = self._header
        if len(self._buffer) < size:
            return None
        arrays, start = {}, 0
        for name, dtype, shape, count in layout:
            array = np.frombuffer(bytes(self._buffer[start : start + count]), dtype)
            arrays[name] = array.reshape(shape)
            start += count
        del self._buffer[:size]
        self._header = None
        return Message(header["type"], header.get("fields", {}), arrays)

    def _read_header(self):
        if len(self._buffer) < 4:
            return False
        (length,) = struct.unpack_from("<I", self._buffer)
        if length > MAX_HEADER:
            raise ProtocolError(f"a header of {length} bytes: this is not a frame")
        if len(self._buffer) < 4 + length:
            return False
        header, layout, size = _parse_header(bytes(self._buffer[4 : 4 + length]))
        del self._buffer[: 4 + length]
        self._header = header, layout, size
        return True


def _parse_header(text):
    """JSON bytes -> header, [(name, dtype, shape, bytes)], bytes of all arrays."""
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"a header that cannot be read: {error}") from error
    if not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise ProtocolError("a header without a type")
    entries = header.get("arrays", [])
    if not isinstance(header.get("fields", {}), dict) or not isinstance(entries, list):
        raise ProtocolError(f"the header of a {header['type']} is not what was agreed")
    layout = [_array_layout(entry) for entry in entries]
    size = sum(count for *_, count in layout)
    if size > MAX_ARRAY_BYTES:
        raise ProtocolError(f"arrays of {size} bytes are refused")
    return header, layout, size


def _array_layout(entry):
    """One entry of the header's array list -> name, dtype, shape, bytes."""
    try:
        name, dtype, shape = entry["name"], entry["dtype"], tuple(entry["shape"])
    except (KeyError, TypeError) as error:
        raise ProtocolError(f"an array without name, type and shape: {error}") from error
    known = isinstance(name, str) and dtype in DTYPES and len(shape) <= MAX_AXES
    whole = all(type(n) is int and n >= 0 for n in shape)
    if not known or not whole or math.prod(max(n, 1) for n in shape) > MAX_ARRAY_BYTES:
        raise ProtocolError(f"array {name} of type {dtype} and shape {shape} is refused")
    return name, dtype, shape, math.prod(shape) * np.dtype(dtype).itemsize


def write_message(stream, message):
    """Writes one frame and flushes; raises OSError when the other side is gone."""
    stream.write(encode(message))
    stream.flush()
