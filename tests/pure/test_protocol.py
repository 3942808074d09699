"""Frames between the two processes: what goes in comes out, and nothing else passes."""

import json
import struct

import numpy as np
import pytest
from monorig.inference.protocol import (
    DTYPES,
    MAX_ARRAY_BYTES,
    MAX_HEADER,
    FrameReader,
    Message,
    ProtocolError,
    encode,
)


def same(a, b):
    """True when two messages say the same, bit for bit."""
    return (
        (a.type, a.fields, list(a.arrays)) == (b.type, b.fields, list(b.arrays))
        and all(
            x.dtype == y.dtype and x.shape == y.shape
            for x, y in zip(a.arrays.values(), b.arrays.values())
        )
        and all(np.array_equal(x, y) for x, y in zip(a.arrays.values(), b.arrays.values()))
    )


def frame(header):
    """Bytes of a frame with this header (any JSON value) and no arrays behind it."""
    text = json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text


def a_message(rng):
    px = rng.normal(size=(2, 33, 2)).astype("<f4")
    return Message(
        "observation", {"index": 7, "text": "Zoë ☂", "none": None}, {"px": px, "id": np.arange(2)}
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (0, 4, 2), (2, 3, 4)])
def test_arrays_of_every_type_and_shape_come_through(dtype, shape):
    array = np.ones(shape, dtype)
    (message,) = FrameReader().feed(encode(Message("x", {}, {"array": array})))
    assert same(message, Message("x", {}, {"array": array}))


def test_an_array_that_is_not_contiguous_comes_through(rng):
    array = rng.normal(size=(4, 6))[::2, ::-3]
    (message,) = FrameReader().feed(encode(Message("x", {}, {"array": array})))
    assert np.array_equal(message.arrays["array"], array)


def test_chunks_of_every_size_give_the_same_messages(rng):
    sent = [a_message(rng), Message("end"), a_message(rng)]
    stream = b"".join(encode(message) for message in sent)
    for size in range(1, len(stream) + 1):
        reader = FrameReader()
        got = [
            m
            for start in range(0, len(stream), size)
            for m in reader.feed(stream[start : start + size])
        ]
        assert len(got) == 3 and all(map(same, got, sent)), f"chunks of {size} bytes"
        assert reader.pending == 0


def test_a_torn_frame_gives_nothing_and_says_so(rng):
    stream = encode(a_message(rng))
    for length in range(1, len(stream)):
        reader = FrameReader()
        assert reader.feed(stream[:length]) == []
        assert reader.pending > 0, f"torn after {length} bytes"


@pytest.mark.parametrize(
    "array", [np.array(["a"]), np.array([None]), np.zeros(2, ">f4"), np.zeros(2, "c16")]
)
def test_other_types_do_not_travel(array):
    with pytest.raises(ProtocolError, match="does not travel"):
        encode(Message("x", {}, {"array": array}))


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "a", "dtype": "|O", "shape": [1]},
        {"name": "a", "dtype": ">f8", "shape": [1]},
        {"name": "a", "dtype": ["<f4"], "shape": [1]},
        {"name": "a", "dtype": "<f4", "shape": [-1]},
        {"name": "a", "dtype": "<f4", "shape": [1.5]},
        {"name": "a", "dtype": "<f4", "shape": ["3"]},
        {"name": "a", "dtype": "<f4", "shape": [True]},
        {"name": "a", "dtype": "<f4", "shape": 3},
        {"name": "a", "dtype": "<f4", "shape": [1] * 100},
        {"name": "a", "dtype": "<f4", "shape": [MAX_ARRAY_BYTES]},
        {"name": "a", "dtype": "<f4", "shape": [2**33, 2**33]},
        {"name": "a", "dtype": "<f4", "shape": [0, 2**62, 2**62]},
        {"name": 5, "dtype": "<f4", "shape": [1]},
        {"dtype": "<f4", "shape": [1]},
        "px",
    ],
)
def test_an_array_that_was_not_agreed_is_refused(entry):
    with pytest.raises(ProtocolError):
        FrameReader().feed(frame({"type": "x", "arrays": [entry]}))


@pytest.mark.parametrize(
    "header",
    [None, 3, [], {}, {"type": 4}, {"type": "x", "fields": []}, {"type": "x", "arrays": {}}],
)
def test_a_header_that_was_not_agreed_is_refused(header):
    with pytest.raises(ProtocolError):
        FrameReader().feed(frame(header))


@pytest.mark.parametrize("text", [b"\xff\xfe{}", b"{", b"", b"[" * 200_000])
def test_a_header_that_is_no_json_is_refused(text):
    with pytest.raises(ProtocolError):
        FrameReader().feed(struct.pack("<I", len(text)) + text)


def test_a_length_beyond_the_limit_is_refused_before_its_bytes_arrive():
    with pytest.raises(ProtocolError, match="not a frame"):
        FrameReader().feed(struct.pack("<I", MAX_HEADER + 1))


def test_garbage_never_raises_anything_else(rng):
    for _ in range(300):
        garbage = rng.integers(0, 256, rng.integers(1, 200), np.uint8).tobytes()
        try:
            messages = FrameReader().feed(garbage)
        except ProtocolError:
            continue
        assert messages == []


def test_damage_to_any_byte_of_a_header_is_refused_or_read_as_a_message(rng):
    good = encode(Message("x", {"a": 1}, {"px": np.zeros(3, "<f4")}))
    for place in range(4, len(good) - 12):
        damaged = bytearray(good)
        damaged[place] ^= int(rng.integers(1, 256))
        try:
            messages = FrameReader().feed(bytes(damaged))
        except ProtocolError:
            continue
        assert all(isinstance(message.type, str) for message in messages)
