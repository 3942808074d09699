"""What a clip tells of its camera: straight lines of a picture, the tag of its file."""

import struct

import cv2
import numpy as np
import pytest
from monorig.inference import clues
from monorig.inference.file_tags import NAMES, focal_length_35mm


def drawing(scale=1):
    """A bright picture with three dark bars."""
    picture = np.full((360 * scale, 640 * scale, 3), 220, np.uint8)
    for a, b in (((100, 50), (100, 300)), ((200, 60), (600, 160)), ((250, 330), (620, 330))):
        cv2.line(
            picture, *(tuple(scale * v for v in end) for end in (a, b)), (20, 20, 20), 3 * scale
        )
    return picture


@pytest.mark.parametrize("scale", [1, 4])
def test_straight_lines_are_found_where_they_are(scale):
    lines = clues.straight_lines(drawing(scale))
    length = np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=-1)
    assert (np.diff(length) <= 1e-9).all()
    upright = lines[np.abs(lines[:, 0] - lines[:, 2]) < 3 * scale]
    assert len(upright) >= 1 and np.abs(upright[:, [0, 2]] - 100 * scale).max() < 5 * scale


def test_a_plain_picture_has_no_lines():
    assert clues.straight_lines(np.full((50, 80, 3), 128, np.uint8)).shape == (0, 4)


def test_lines_on_people_are_left_out():
    lines = np.array([[0.0, 0, 10, 0], [50, 50, 60, 60], [0, 90, 90, 90]])
    kept = clues.beside_people(lines, np.array([[40.0, 40, 70, 70], [80, 0, 99, 20]]))
    np.testing.assert_array_equal(kept, lines[[0, 2]])
    np.testing.assert_array_equal(clues.beside_people(lines, np.zeros((0, 4))), lines)


def test_a_take_keeps_its_clues(tmp_path):
    found = clues.Clues(np.array([[1.25, 2, 3, 4]]), 26.0)
    clues.keep(found, tmp_path)
    again = clues.read(tmp_path)
    np.testing.assert_allclose(again.lines, found.lines)
    assert again.focal_35mm == 26.0
    kept = clues.of_take(tmp_path, "the clip is gone.mp4", 0)
    np.testing.assert_allclose(kept.lines, found.lines)


def test_a_take_without_clues_has_none(tmp_path):
    none = clues.read(tmp_path)
    assert none.lines.shape == (0, 4) and none.focal_35mm is None


def test_the_clues_of_a_clip_are_of_its_first_captured_picture(walking_clip, tmp_path):
    found = clues.of_take(tmp_path, walking_clip, 0)
    assert found.lines.shape[1] == 4 and found.focal_35mm is None
    assert (tmp_path / clues.FILE).exists()


def atom(name, inside, wide=False):
    if wide:
        return struct.pack(">I4sQ", 1, name, 16 + len(inside)) + inside
    return struct.pack(">I4s", 8 + len(inside), name) + inside


def movie(key, kind, value, wide=False):
    """A file whose second tag is the one named, after one of text."""
    names = [b"com.apple.quicktime.model", key]
    keys = struct.pack(">II", 0, len(names)) + b"".join(atom(b"mdta", name) for name in names)
    values = [(1, b"Phone"), (kind, value)]
    items = b"".join(
        struct.pack(">II", 24 + len(data), number)
        + struct.pack(">I4sII", 16 + len(data), b"data", kind, 0)
        + data
        for number, (kind, data) in enumerate(values, start=1)
    )
    meta = atom(b"hdlr", bytes(24)) + atom(b"keys", keys) + atom(b"ilst", items)
    moov = atom(b"mvhd", bytes(100)) + atom(b"meta", meta, wide)
    return atom(b"ftyp", b"qt  ") + atom(b"mdat", bytes(1000), wide) + atom(b"moov", moov)


@pytest.mark.parametrize(
    "kind, value", [(21, b"\x00\x1a"), (22, b"\x1a"), (23, struct.pack(">f", 26)), (1, b"26 mm")]
)
@pytest.mark.parametrize("wide", [False, True])
def test_the_focal_length_that_a_phone_wrote_is_read(tmp_path, kind, value, wide):
    path = tmp_path / "clip.mov"
    path.write_bytes(movie(NAMES[0], kind, value, wide))
    assert focal_length_35mm(path) == 26.0


@pytest.mark.parametrize(
    "data",
    [
        b"", b"RIFF", atom(b"moov", b""), movie(b"com.somebody.else", 22, b"\x1a"),
        movie(NAMES[0], 22, b"\x00"), movie(NAMES[0], 1, b"long"), movie(NAMES[0], 23, b"\x00"),
        movie(NAMES[0], 22, b"\x1a")[:-30], movie(NAMES[0], 22, b"\x1a").replace(b"ilst", b"xxxx"),
        struct.pack(">I4s", 4, b"moov"), struct.pack(">I4s", 2**31, b"moov"),
    ],
)  # fmt: skip
def test_a_file_without_a_sound_tag_has_none(tmp_path, data):
    path = tmp_path / "clip.mp4"
    path.write_bytes(data)
    assert focal_length_35mm(path) is None
