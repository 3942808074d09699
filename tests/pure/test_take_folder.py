"""Folders of takes: told apart by their clips, never taken over; small files are whole or not there."""

import json
from pathlib import Path

import pytest
from monorig.inference.take_folder import clip_hash, free_folder, write_json


def test_json_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "take.json"
    write_json(path, {"name": "Zoë"})
    with pytest.raises(TypeError):
        write_json(path, {"name": object()})
    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "Zoë"}
    assert [p.name for p in tmp_path.iterdir()] == ["take.json"]


def test_the_hash_tells_clips_apart_by_size_and_content(tmp_path):
    a, b, c = (tmp_path / name for name in "abc")
    a.write_bytes(bytes(5_000_000))
    b.write_bytes(bytes(5_000_001))
    c.write_bytes(bytes(4_999_999) + b"x")
    hashes = {clip_hash(path) for path in (a, b, c)}
    assert len(hashes) == 3 and clip_hash(Path(a)) == clip_hash(str(a))


def test_a_take_of_another_clip_is_not_taken_over(tmp_path):
    clips = [tmp_path / name / "walk.mp4" for name in "ab"]
    for clip in clips:
        clip.parent.mkdir()
        clip.write_bytes(clip.parent.name.encode())

    def take(name, clip, chain):
        (tmp_path / name).mkdir()
        found = {"clip_hash": clip_hash(clip), "chain": chain}
        (tmp_path / name / "take.json").write_text(json.dumps(found))

    take("walk", clips[0], "take")
    take("walk-live", clips[1], "live")
    (tmp_path / "walk-2").mkdir()
    (tmp_path / "walk-2" / "take.json").write_text("somebody else's")
    assert free_folder(tmp_path, clips[0], "take") == tmp_path / "walk"
    assert free_folder(tmp_path, clips[1], "live") == tmp_path / "walk-live"
    assert free_folder(tmp_path, clips[1], "take") == tmp_path / "walk-3"
    assert free_folder(tmp_path, clips[0], "solo") == tmp_path / "walk-solo"
