"""The focal length that a camera wrote into its MP4 or MOV file, if it did.

Phones keep tags in the atom moov/meta: a table of names (`keys`) and a table of values by number (`ilst`).
Source: QuickTime File Format Specification (Apple 2016), Metadata. An atom is a length, a name, and what is
in it; a length of 1 means that 64 bits of length follow, 0 that it goes to the end.
"""

import os
import struct

NAMES = (
    b"com.apple.quicktime.camera.focal_length.35mm_equivalent",
    b"com.apple.quicktime.full-frame-rate-playback-focal-length-35mm",
    b"com.android.capture.focal_length_35mm",
)
PLAUSIBLE = (8.0, 800.0)  # [mm]
MOST_BYTES = 1 << 24  # of the tags that are read
NUMBERS = {21: "signed", 22: "unsigned", 23: ">f", 24: ">d"}  # well-known types of values
TEXT = 1


def focal_length_35mm(path):
    """Focal length [mm] of the same field of view on 36 x 24 mm film, or None where the file has none."""
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        file.seek(0, 2)
        moov = _find(file, 0, file.tell(), b"moov")
        meta = moov and _find(file, *moov, b"meta")
        keys = meta and _find(file, *meta, b"keys")
        values = meta and _find(file, *meta, b"ilst")
        if not (keys and values) or keys[1] - keys[0] + values[1] - values[0] > MOST_BYTES:
            return None
        names, found = _names(_read(file, keys)), _values(_read(file, values))
    for number, name in enumerate(names, start=1):
        if name in NAMES and number in found:
            focal = found[number]
            if PLAUSIBLE[0] <= focal <= PLAUSIBLE[1]:
                return focal
    return None


def _read(file, span):
    file.seek(span[0])
    return file.read(span[1] - span[0])


def _atoms(file, first, end):
    """Yields name, (first, end) of what is in each atom."""
    while first + 8 <= end:
        file.seek(first)
        length, name = struct.unpack(">I4s", file.read(8))
        inside = first + 8
        if length == 1:
            length, inside = struct.unpack(">Q", file.read(8))[0], first + 16
        last = first + length if length else end
        if last < inside or last > end:
            return
        yield name, (inside, last)
        first = last


def _find(file, first, end, wanted):
    return next((span for name, span in _atoms(file, first, end) if name == wanted), None)


def _names(data):
    """`keys` -> names in order."""
    names, at = [], 8  # version and flags, number of entries
    while at + 8 <= len(data):
        length = struct.unpack(">I", data[at : at + 4])[0]
        if length < 8:
            break
        names.append(data[at + 8 : at + length])
        at += length
    return names


def _values(data):
    """`ilst` -> {number of the key: value}, of those that are numbers."""
    values, at = {}, 0
    while at + 24 <= len(data):
        length, number, _, _, kind, _ = struct.unpack(">II I4s II", data[at : at + 24])
        if length < 24:
            break
        value = _number(data[at + 24 : at + length], kind & 0xFFFFFF)
        if value is not None:
            values[number] = value
        at += length
    return values


def _number(data, kind):
    """Value of a well-known type -> float, or None where it is none."""
    if kind == TEXT:
        text = data.decode("utf-8", "replace").removesuffix("mm").strip()
        return float(text) if text.replace(".", "", 1).isdigit() else None
    if kind not in NUMBERS or not data:
        return None
    if NUMBERS[kind].startswith(">"):
        wanted = struct.calcsize(NUMBERS[kind])
        return float(struct.unpack(NUMBERS[kind], data)[0]) if len(data) == wanted else None
    return float(int.from_bytes(data, "big", signed=NUMBERS[kind] == "signed"))
