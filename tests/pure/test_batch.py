"""A queue of clips: kept on disk after every change, resumed, retried, never doing a thing twice."""

from pathlib import Path

import pytest
from monorig.cli import batch as command
from monorig.cli.usage import BAD_INPUT, CANCELLED, DONE, UserError
from monorig.inference import batch
from monorig.inference.batch import BatchError, Queue, clips_of, table
from monorig.inference.fit_settings import FitSettings
from monorig.inference.protocol import Message


@pytest.fixture
def clips(tmp_path):
    """Paths of three files that are no clips, two of them of one name."""
    paths = [tmp_path / name for name in ("a/walk.mp4", "b/walk.mp4", "b/run.MOV")]
    for number, path in enumerate(paths):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes([number]) * 100)
    return [str(path) for path in paths]


@pytest.fixture
def queue(tmp_path):
    return Queue(tmp_path / "takes")


def finish(queue, clip):
    take = queue.begin(clip)
    take.mkdir(parents=True)
    (take / "OUT.npz").touch()
    queue.end(clip, batch.DONE, "", {"people": 2, "frames": 50, "seconds": 3.2, "provider": "CPU"})


def test_everything_is_on_disk_at_once(queue, clips):
    assert queue.add(clips, "live", FitSettings(solver="live", smoothing=2.0)) == 3
    queue.begin(clips[0])
    again = Queue(queue.folder)
    assert [entry.clip for entry in again.entries] == clips
    assert {entry.chain for entry in again.entries} == {"live"}
    assert again.entries[2].fit == FitSettings(solver="live", smoothing=2.0)


def test_what_was_at_work_when_the_program_ended_waits_again_and_keeps_its_take(queue, clips):
    queue.add(clips)
    take = queue.begin(clips[0])
    again = Queue(queue.folder)
    assert again.entries[0].state == batch.WAITING and again.next().clip == clips[0]
    assert again.begin(clips[0]) == take


def test_a_clip_is_in_the_queue_once(queue, clips):
    queue.add(clips[:2])
    assert queue.add([clips[1], clips[2], clips[2]]) == 1
    assert len(queue.entries) == 3


def test_clips_of_one_name_get_takes_of_their_own(queue, clips):
    queue.add(clips[:2])
    assert queue.begin(clips[0]).name == "walk" and queue.begin(clips[1]).name == "walk-2"


def test_what_is_done_is_skipped_until_its_take_is_gone(queue, clips):
    queue.add(clips)
    finish(queue, clips[0])
    assert queue.next().clip == clips[1]
    (queue.take(queue.entries[0]) / "OUT.npz").unlink()
    queue.revisit()
    assert queue.next().clip == clips[0]


def test_failures_are_passed_over_and_tried_again_on_demand(queue, clips):
    queue.add(clips)
    queue.begin(clips[0])
    queue.end(clips[0], batch.FAILED, "walk.mp4 is not a video.")
    assert queue.next().clip == clips[1]
    queue.again(clips[0])
    assert queue.next().clip == clips[0] and queue.entries[0].sentence == ""


def test_takes_stay_when_an_entry_is_removed(queue, clips):
    queue.add(clips)
    finish(queue, clips[1])
    take = queue.take(queue.entries[1])
    queue.remove([clips[1]])
    assert [entry.clip for entry in queue.entries] == [clips[0], clips[2]]
    assert (take / "OUT.npz").is_file()


def test_a_clip_that_went_away_is_said_in_a_sentence(queue, clips):
    queue.add(clips)
    Path(clips[0]).unlink()
    with pytest.raises(BatchError, match="walk.mp4 cannot be read"):
        queue.begin(clips[0])


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"format": "other", "version": 1}',
        '{"format": "monorig-batch", "version": 2, "entries": []}',
        '{"format": "monorig-batch", "version": 1, "entries": [{"chain": "take"}]}',
        '{"format": "monorig-batch", "version": 1, "entries": [{"clip": "a", "state": "odd"}]}',
        '{"format": "monorig-batch", "version": 1, "entries": [{"clip": "a", "people": "two"}]}',
        '{"format": "monorig-batch", "version": 1, "entries": [{"clip": "a", "fit": {"x": 1}}]}',
        '{"format": "monorig-batch", "version": 1, "entries": ["a"]}',
    ],
)
def test_a_damaged_queue_is_refused_and_left_alone(tmp_path, text):
    path = tmp_path / "batch.json"
    path.write_text(text)
    with pytest.raises(BatchError):
        Queue(tmp_path)
    assert path.read_text() == text


def test_folders_give_the_clips_inside_them(clips, tmp_path):
    (tmp_path / "b" / "notes.txt").touch()
    (tmp_path / "b" / ".hidden.mp4").touch()
    assert clips_of([tmp_path / "b", clips[0]]) == [clips[2], clips[1], clips[0]]
    with pytest.raises(BatchError, match="no file or folder"):
        clips_of([tmp_path / "c"])


def test_the_table_says_what_became_of_every_clip(queue, clips):
    queue.add(clips)
    finish(queue, clips[0])
    queue.begin(clips[1])
    queue.end(clips[1], batch.FAILED, "walk.mp4 is not a video.")
    lines = table(queue.entries)
    assert lines[0].split() == ["clip", "state", "people", "frames", "time"]
    assert lines[1].split() == ["walk.mp4", "done", "2", "50", "3", "s"]
    assert lines[2].endswith("walk.mp4 is not a video.") and lines[3].split()[1] == "waiting"


def run(monkeypatch, takes, endings, *arguments):
    """The command with captures that end as told: {clip's name: Message}; -> status, clips in order."""
    seen = []

    def captured(entry, take, _threads):
        seen.append(entry.clip)
        last = endings[Path(entry.clip).name]
        if last.type == "done":
            take.mkdir(parents=True, exist_ok=True)
            (take / "OUT.npz").touch()
        return last

    monkeypatch.setattr(command, "captured", captured)
    return command.main([*arguments, "--takes", str(takes)]), seen


GOOD = Message("done", {"report": {"people": 1, "frames": 9, "seconds": 1.0}})
BAD = Message("failed", {"kind": "input", "text": "It is not a video.", "log": []})
STOPPED = Message("failed", {"kind": "cancelled", "text": "Cancelled.", "log": []})


def test_the_command_goes_on_after_a_broken_clip_and_does_nothing_twice(
    monkeypatch, tmp_path, clips, capsys
):
    takes, endings = tmp_path / "takes", {"walk.mp4": GOOD, "run.MOV": BAD}
    status, seen = run(monkeypatch, takes, endings, str(tmp_path / "b"), clips[0])
    assert (status, seen) == (BAD_INPUT, [clips[2], clips[1], clips[0]])
    assert "It is not a video." in capsys.readouterr().out
    assert run(monkeypatch, takes, endings)[1] == []
    endings["run.MOV"] = GOOD
    assert run(monkeypatch, takes, endings, "--again") == (DONE, [clips[2]])


def test_a_stopped_command_goes_on_where_it_was(monkeypatch, tmp_path, clips):
    takes, endings = tmp_path / "takes", {"walk.mp4": GOOD, "run.MOV": STOPPED}
    status, seen = run(monkeypatch, takes, endings, clips[2], clips[0])
    assert (status, seen) == (CANCELLED, [clips[2]])
    endings["run.MOV"] = GOOD
    assert run(monkeypatch, takes, endings) == (DONE, [clips[2], clips[0]])


def test_the_command_refuses_in_a_sentence(tmp_path):
    with pytest.raises(UserError, match="no file or folder"):
        command.main(["nowhere.mp4", "--takes", str(tmp_path)])
    (tmp_path / "batch.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        command.main(["--takes", str(tmp_path)])
