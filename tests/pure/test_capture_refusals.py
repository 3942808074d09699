"""What a capture refuses: one sentence for the user, nothing half-written, nothing lost."""

import errno
import io
import os
import sys
from pathlib import Path

import clips
import pytest
from capturing import film, is_one_sentence, run, run_here
from monorig.inference import worker
from monorig.inference.protocol import FrameReader


@pytest.mark.parametrize("kind", ["text", "empty", "folder", "missing", "noise"])
def test_what_is_no_clip_fails_as_input_and_leaves_nothing(job, tmp_path, kind):
    (tmp_path / "clips").mkdir()
    path = clips.write_unusable(tmp_path / "clips")[kind]
    last = run_here(job(clip=str(path), out=str(tmp_path / "out.npz")))
    assert (last.type, last.fields["kind"], last.fields["log"]) == ("failed", "input", [])
    assert is_one_sentence(last.fields["text"]) and str(path) in last.fields["text"]
    assert [p.name for p in tmp_path.iterdir()] == ["clips"]


def test_a_codec_that_cannot_be_decoded_fails_as_input(job, tmp_path):
    last = run_here(job(clip=str(clips.write(tmp_path / "new.mp4", clips.AV1))))
    assert last.fields["kind"] == "input" and "AV01" in last.fields["text"]


@pytest.mark.parametrize(
    "changes, word",
    [
        ({"frames": (60, 70)}, "no picture in the chosen frame range"),
        ({"frames": (9, 3)}, "range of frames"),
        ({"frames": (-3, 5)}, "range of frames"),
        ({"frames": (1, 2, 3)}, "range of frames"),
        ({"chain": "no such chain"}, "no such chain"),
        ({"take": "", "out": ""}, "Neither a take folder nor"),
        ({"max_people": -1}, "max_people"),
        ({"threads": 1.5}, "threads"),
        ({"fov_y_deg": 180.0}, "field of view"),
        ({"focal_px": -3.0}, "focal length"),
        ({"focal_px": float("nan")}, "focal length"),
        ({"camera": {"K": [[1, 2], [3, 4]]}}, "camera's K"),
        ({"camera": {"K": "wide"}}, "camera's K"),
        ({"camera": {"K": [[1, 0, 0], [0, 1], [0, 0, 1]]}}, "camera's K"),
        ({"camera": {"lens": [1]}}, "camera's lens"),
        ({"camera": {"dist": [0, 0, 0, 0, float("nan")]}}, "camera's dist"),
        ({"networks": ("/no/such/folder",)}, "has not been fetched"),
    ],
)
def test_a_setting_that_makes_no_sense_fails_as_input(job, changes, word):
    last = run_here(job(**changes))
    assert (last.type, last.fields["kind"]) == ("failed", "input")
    assert word in last.fields["text"] and is_one_sentence(last.fields["text"])


def test_an_unknown_setting_fails_as_input(job):
    reading, writing = os.pipe()
    out = io.BytesIO()
    with os.fdopen(reading, "rb") as frames_in:
        os.close(writing)
        worker.main({**job().to_json(), "colour": "blue"}, frames_in, out)
    (last,) = FrameReader().feed(out.getvalue())
    assert last.fields["kind"] == "input" and "colour" in last.fields["text"]


def test_a_network_file_that_is_none_fails_as_input(job, networks, tmp_path):
    for path in networks.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "rtmpose-s-halpe26.onnx").write_text("not a network")
    last = run_here(job(networks=(str(tmp_path),)))
    assert last.fields["kind"] == "input" and "rtmpose-s-halpe26.onnx" in last.fields["text"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses long paths, in its own test")
def test_long_paths_and_names_beyond_ascii_are_no_trouble(job, tmp_path):
    deep = tmp_path / "Jörg Müller 王" / ("d" * 120) / ("e" * 120)
    last = run_here(job(take=str(deep / "take"), out=str(deep / "ü.npz"), frames=(0, 2)))
    assert last.type == "done", last.fields
    assert (deep / "ü.npz").is_file() and len(str(deep)) > 240


@pytest.mark.parametrize(
    "place, words",
    [
        ("a file in the way/OUT.npz", "choose another name or move it"),
        ("folder.npz", "it is a folder"),
        ("x" * 300, "choose a folder with a shorter one"),
        ("locked/OUT.npz", "give yourself the right to this one"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_the_work(
    job, tmp_path, locked, place, words
):
    (tmp_path / "a file in the way").touch()
    (tmp_path / "folder.npz").mkdir()
    last = run_here(job(out=str(tmp_path / place)))
    assert last.fields["kind"] == "input" and words in last.fields["text"]
    assert last.fields["text"].startswith(str(tmp_path / place))
    assert not (tmp_path / "take" / "observations.log").exists()


@pytest.fixture
def locked(tmp_path, monkeypatch):
    """A folder in which nobody may write, an administrator neither."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    opened = Path.open

    def refuse(path, mode="r", *more, **named):
        if path.parent == folder and mode[0] in "wa":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return opened(path, mode, *more, **named)

    monkeypatch.setattr(Path, "open", refuse)
    return folder


def test_the_take_of_another_clip_is_refused_and_kept(job, tmp_path):
    run_here(job(frames=(0, 3)))
    before = (tmp_path / "take" / "observations.log").read_bytes()
    last = run_here(job(clip=str(film(tmp_path / "other.mp4", frames=3)), frames=(0, 3)))
    assert last.fields["kind"] == "input" and "another clip" in last.fields["text"]
    assert (tmp_path / "take" / "observations.log").read_bytes() == before


def test_the_childs_refusal_arrives_through_the_pipe(job, tmp_path):
    (last,) = run(job(clip=str(tmp_path / "missing.mp4")))
    assert last.fields["kind"] == "input" and is_one_sentence(last.fields["text"])


def test_a_fault_of_ours_comes_with_its_trace(job, monkeypatch, capsys):
    monkeypatch.setattr(worker, "solve", lambda *_: 1 / 0)
    last = run_here(job(frames=(0, 2)))
    assert last.fields["kind"] == "fault" and "ZeroDivisionError" in last.fields["text"]
    assert "ZeroDivisionError" in last.fields["log"][-1] and "Traceback" in capsys.readouterr().err
