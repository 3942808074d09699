"""What an ONNX file says of itself, read without loading it: names of outside files and claimed sizes.

ONNX Runtime opens the files that a network names for its weights. A network from somewhere else must
not make it read outside its own folder, nor ask for more memory than there is; so these are looked at first.
The file is one protocol buffer message (Protocol Buffers encoding, Google; onnx.proto, ONNX project): fields
of (number << 3 | kind), kind 0 = integer, 1 = 8 bytes, 2 = length and bytes, 5 = 4 bytes.
Standard library only.
"""

import math
import mmap
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

GET_IT_AGAIN = "Get the file again; if it came with Monorig, install Monorig again."
LARGEST_TENSOR = 1 << 31  # elements
INTEGER, EIGHT_BYTES, BYTES, FOUR_BYTES = 0, 1, 2, 5
DEEPEST = 32  # graphs inside graphs
MOST_AXES = 64  # of a tensor
LONGEST_INTEGER = 10  # bytes

# message: {field number: message inside}; what is not listed is stepped over
MESSAGES = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
    "entry": {},
}
DIMENSIONS = 1  # of a tensor
KEY, VALUE = 1, 2  # of an entry


class OnnxFileError(Exception):
    """One sentence why the file must not be loaded."""


@dataclass
class Contents:
    """What was found: the files that tensors point to, and the elements of the largest tensor."""

    locations: set = field(default_factory=set)
    largest: int = 0


def check(path):
    """Raises OnnxFileError where the file is no network, or one that must not be loaded."""
    contents = read(path)
    for location in sorted(contents.locations):
        if not stays_inside(location, Path(path).parent):
            raise OnnxFileError(
                f'{Path(path).name} wants weights from "{location}", which is outside its own folder.'
            )
    if contents.largest > LARGEST_TENSOR:
        raise OnnxFileError(
            f"{Path(path).name} holds a tensor of {contents.largest:.2g} numbers, which is too large."
        )


def stays_inside(location, folder):
    """Whether a path written in a network names a file below its own folder, links followed."""
    plain = PurePosixPath(location.replace("\\", "/"))
    if plain.is_absolute() or ":" in location or ".." in plain.parts or "\0" in location:
        return False
    return (folder / plain).resolve().is_relative_to(folder.resolve())


def read(path):
    """Contents of an ONNX file; OnnxFileError where it is none."""
    try:
        with (
            open(path, "rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            contents = Contents()
            _walk(content, 0, len(content), "model", contents, 0)
            return contents
    except OSError as error:
        raise OnnxFileError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, IndexError) as error:  # ValueError: an empty file cannot be mapped either
        raise OnnxFileError(
            f"{Path(path).name} is not a valid ONNX file. {GET_IT_AGAIN}"
        ) from error


def _walk(content, start, end, message, contents, depth):
    """Looks at the fields of one message that lies in content[start:end]."""
    if depth > DEEPEST:
        raise ValueError("too deep")
    inside, dimensions, entry = MESSAGES[message], [], {}
    for number, first, last, value in fields(content, start, end):
        if message == "tensor" and number == DIMENSIONS:
            dimensions += [value] if first is None else integers(content, first, last)
            if len(dimensions) > MOST_AXES:
                raise ValueError("too many axes")
        elif message == "entry" and number in (KEY, VALUE) and first is not None:
            entry[number] = content[first:last].decode("utf-8")
        elif number in inside and first is not None:
            _walk(content, first, last, inside[number], contents, depth + 1)
    if dimensions:
        contents.largest = max(contents.largest, math.prod(dimensions))
    if entry.get(KEY) == "location":
        contents.locations.add(entry.get(VALUE, ""))


def fields(content, start, end):
    """(number, first byte, last byte + 1, None) of fields of bytes, (number, None, None, value) of others."""
    place = start
    while place < end:
        tag, place = _integer(content, place)
        number, kind = tag >> 3, tag & 7
        if kind == BYTES:
            length, place = _integer(content, place)
            yield number, place, place + length, None
            place += length
        elif kind == INTEGER:
            value, place = _integer(content, place)
            yield number, None, None, value
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            place += 8 if kind == EIGHT_BYTES else 4
        else:
            raise ValueError("unknown kind of field")
    if place != end:
        raise ValueError("a field goes beyond its message")


def integers(content, first, last):
    """Integers packed one after another, as many as a tensor may have axes."""
    if last - first > MOST_AXES * LONGEST_INTEGER:
        raise ValueError("too many axes")
    values = []
    while first < last:
        value, first = _integer(content, first)
        values.append(value)
    return values


def _integer(content, place):
    """Integer of 7 bits a byte, lowest first -> value, place behind it."""
    value = shift = 0
    while True:
        byte = content[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
        if shift > 63:
            raise ValueError("integer too long")
