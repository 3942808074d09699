"""A take on disk: appended, torn, damaged, opened again, refused."""

import json
import os
import struct
import zlib

import numpy as np
import pytest
from monorig.inference import take
from monorig.inference.protocol import Message, encode
from monorig.inference.take import (
    ON_DISK,
    SHAPES,
    Observation,
    Take,
    TakeError,
    read_log,
)
from monorig.inference.take_folder import write_json

DESCRIPTION = {
    "clip": "a.mp4",
    "clip_hash": "abc",
    "chain": "take",
    "frames": None,
    "settings": {"max_people": 0},
}


def observation(index, people=2):
    rng = np.random.default_rng(index)
    arrays = {name: rng.normal(size=(people, *shape)) for name, shape in SHAPES.items()}
    arrays["id"] = np.arange(1, people + 1)
    arrays["torso"] = rng.integers(0, 256, (people, *SHAPES["torso"]), np.uint8)
    return Observation(index, index / 30, **arrays, cut=index == 1, detected=index == 2)


def same(a, b):
    """The same observation, to the precision of the log (float32)."""
    equal = (np.allclose(getattr(a, n), getattr(b, n), rtol=1e-6, equal_nan=True) for n in SHAPES)
    fields = ("index", "time_s", "cut", "detected")
    return all(getattr(a, n) == getattr(b, n) for n in fields) and all(equal)


def filled(folder, count=3, finish=False):
    """A take with `count` pictures, closed; returns what was appended."""
    seen = [observation(index, people=index % 3) for index in range(count)]
    record = Take(folder, DESCRIPTION)
    for one in seen:
        record.append(one)
    if finish:
        record.finish()
    record.close()
    return seen


def test_what_is_appended_is_there_when_opened_again(tmp_path):
    seen = filled(tmp_path, 5)
    again = Take(tmp_path, DESCRIPTION)
    assert len(again.observations) == 5 and all(map(same, again.observations, seen))
    assert not again.finished


def test_a_resumed_take_goes_on_where_it_stopped(tmp_path):
    seen = filled(tmp_path, 2)
    record = Take(tmp_path, DESCRIPTION)
    record.append(observation(2))
    record.finish()
    record.close()
    observations, finished, good = read_log(tmp_path / "observations.log")
    assert finished and [o.index for o in observations] == [0, 1, 2]
    assert same(observations[1], seen[1]) and good == (tmp_path / "observations.log").stat().st_size


def test_nan_and_nobody_survive_the_log(tmp_path):
    record = Take(tmp_path, DESCRIPTION)
    record.append(take.empty_observation(0, 0.0))
    record.append(take.rows(observation(1), [1]))
    values = dict.fromkeys(SHAPES, np.nan) | {"id": 7, "torso": 0}
    record.append(
        Observation(2, 0.1, **{n: np.full((1, *SHAPES[n]), v) for n, v in values.items()})
    )
    record.close()
    nobody, one, unknown = read_log(record.log_path)[0]
    assert len(nobody.id) == 0 and list(one.id) == [2]
    assert np.isnan(unknown.X).all() and list(unknown.id) == [7]


def test_a_take_of_format_1_is_read_as_if_nobody_had_been_looked_at(tmp_path):
    one = observation(2)
    arrays = {n: getattr(one, n).astype(ON_DISK.get(n, "<f4")) for n in SHAPES if n != "torso"}
    payload = encode(Message("observation", {"index": 2, "time_s": one.time_s}, arrays))
    record = struct.pack("<II", len(payload), zlib.crc32(payload)) + payload
    (tmp_path / "observations.log").write_bytes(record)
    write_json(tmp_path / "take.json", {**DESCRIPTION, "format": 1})
    older = Take(tmp_path, DESCRIPTION)
    assert not older.observations[0].torso.any() and not older.observations[0].cut
    older.append(one)
    older.close()
    assert same(read_log(older.log_path)[0][1], one)


def test_a_tail_torn_at_any_byte_loses_that_record_only(tmp_path):
    filled(tmp_path, 1)
    log = tmp_path / "observations.log"
    kept = log.stat().st_size
    log.write_bytes(log.read_bytes() + _record(observation(1, people=1)))
    for length in reversed(_places(kept, log.stat().st_size)):
        os.truncate(log, length)
        observations, finished, good = read_log(log)
        assert ([o.index for o in observations], finished, good) == ([0], False, kept), (
            f"at {length}"
        )


def _places(start, end):
    """Bytes of a record: all at its beginning and its end, where lengths and names are, and every 13th."""
    return sorted({*range(start, start + 99), *range(start, end, 13), *range(end - 33, end)})


def _record(one):
    """Bytes of one record, as a log holds it."""
    arrays = {n: getattr(one, n).astype(ON_DISK.get(n, "<f4")) for n in SHAPES}
    payload = encode(Message("observation", {"index": one.index, "time_s": one.time_s}, arrays))
    return struct.pack("<II", len(payload), zlib.crc32(payload)) + payload


def test_a_torn_tail_is_cut_off_before_more_is_appended(tmp_path):
    filled(tmp_path, 2)
    with open(tmp_path / "observations.log", "ab") as log:
        log.write(_record(observation(2))[:-3])
    record = Take(tmp_path, DESCRIPTION)
    record.append(observation(2))
    record.close()
    assert [o.index for o in Take(tmp_path, DESCRIPTION).observations] == [0, 1, 2]


def test_damage_to_any_byte_of_a_record_is_noticed(tmp_path):
    filled(tmp_path, 1)
    log = tmp_path / "observations.log"
    start, record = log.stat().st_size, _record(observation(1, people=1))
    log.write_bytes(log.read_bytes() + record)
    with open(log, "r+b", buffering=0) as stream:
        for place in _places(start, start + len(record)):
            byte = record[place - start]
            stream.seek(place)
            stream.write(bytes([byte ^ 0x55]))
            assert len(read_log(log)[0]) == 1, f"damage at byte {place} went unnoticed"
            stream.seek(place)
            stream.write(bytes([byte]))
    assert len(read_log(log)[0]) == 2


def test_a_whole_record_of_another_kind_is_refused(tmp_path):
    filled(tmp_path, 1)
    payload = encode(
        Message("observation", {"index": 1, "time_s": 0.1}, {"id": np.zeros(2, "<i4")})
    )
    with open(tmp_path / "observations.log", "ab") as log:
        log.write(struct.pack("<II", len(payload), zlib.crc32(payload)) + payload)
    with pytest.raises(TakeError, match="another kind"):
        Take(tmp_path, DESCRIPTION)


@pytest.mark.parametrize(
    "change, word",
    [
        ({"clip_hash": "xyz"}, "clip"),
        ({"chain": "live"}, "chain"),
        ({"frames": [0, 9]}, "frame range"),
    ],
)
def test_a_take_of_something_else_is_refused_and_left_alone(tmp_path, change, word):
    filled(tmp_path, 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(TakeError, match=f"another {word};"):
        Take(tmp_path, {**DESCRIPTION, **change})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "made_with, wanted, fits",
    [(0, 2, True), (2, 2, True), (2, 1, True), (2, 3, False), (2, 0, False)],
)
def test_a_take_of_few_people_is_not_resumed_for_more(tmp_path, made_with, wanted, fits):
    Take(tmp_path, {**DESCRIPTION, "settings": {"max_people": made_with}}).close()
    more = {**DESCRIPTION, "settings": {"max_people": wanted}}
    if fits:
        Take(tmp_path, more).close()
    else:
        with pytest.raises(TakeError, match="at most 2 people"):
            Take(tmp_path, more)


def test_a_clip_that_was_moved_is_still_the_same_take(tmp_path):
    filled(tmp_path, 2)
    assert len(Take(tmp_path, {**DESCRIPTION, "clip": "b.mp4"}).observations) == 2
    assert json.loads((tmp_path / "take.json").read_text())["clip"] == "b.mp4"


def test_edits_are_kept_when_a_take_is_opened_again(tmp_path):
    Take(tmp_path, DESCRIPTION).close()
    write_json(
        tmp_path / "take.json", {**DESCRIPTION, "format": 1, "edits": {"name": {"1": "Ada"}}}
    )
    Take(tmp_path, DESCRIPTION).close()
    assert json.loads((tmp_path / "take.json").read_text())["edits"] == {"name": {"1": "Ada"}}


def test_a_take_of_a_newer_program_is_refused(tmp_path):
    write_json(tmp_path / "take.json", {**DESCRIPTION, "format": take.FORMAT + 1})
    with pytest.raises(TakeError, match="newer"):
        Take(tmp_path, DESCRIPTION)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"format": "1"}', "{}", "\x00\x01"])
def test_a_damaged_description_is_refused(tmp_path, text):
    (tmp_path / "take.json").write_text(text)
    with pytest.raises(TakeError, match="take.json"):
        Take(tmp_path, DESCRIPTION)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "taken").touch()
    for folder in (tmp_path / "taken", tmp_path / "taken" / "inside"):
        with pytest.raises(TakeError, match="a file of that name"):
            Take(folder, DESCRIPTION)


def test_appended_pictures_are_on_disk_within_a_second(tmp_path, monkeypatch):
    clock = iter(np.arange(0, 100, 0.4))
    monkeypatch.setattr(take.time, "monotonic", lambda: next(clock))
    record = Take(tmp_path, DESCRIPTION)
    for index in range(10):
        record.append(observation(index))
        assert index - len(read_log(record.log_path)[0]) < 1.0 / 0.4  # pictures of the last second


def test_a_take_that_is_being_captured_is_refused_until_that_ends(tmp_path):
    first = Take(tmp_path, DESCRIPTION)
    with pytest.raises(TakeError, match="another process"):
        Take(tmp_path, DESCRIPTION)
    first.append(observation(0))
    first.close()
    assert len(Take(tmp_path, DESCRIPTION).observations) == 1
