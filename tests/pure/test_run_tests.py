"""run.py test: which versions are tried, and what a run leaves behind."""

import subprocess
import tempfile
from pathlib import Path

import pytest
from monorig.cli import test as command
from monorig.cli.blenders import BLENDERS
from monorig.cli.combinations import COMBINATIONS
from monorig.cli.usage import UserError


@pytest.mark.parametrize(
    ("candidates", "text", "count"),
    [
        (COMBINATIONS, None, 8),
        (COMBINATIONS, "numpy 2.2", 2),
        (COMBINATIONS, "1.24, oldest", 1),
        (BLENDERS, "4.2", 1),
    ],
)
def test_one_version_can_be_asked_for(candidates, text, count):
    assert len(command.wanted(candidates, text)) == count


def test_a_version_that_is_not_tried_is_a_sentence_with_those_that_are():
    with pytest.raises(UserError, match=r'no name holds "2.7"; there are: bpy 5.2.3 .*4.2.23'):
        command.main(["--matrix", "--only", "2.7"])


def test_what_a_run_leaves_behind_goes_with_it(monkeypatch):
    """Blender keeps a folder in the temporary one, which stays where its process is killed."""
    had = []

    def run(words, cwd, env):
        place = {Path(env[name]) for name in ("TMPDIR", "TEMP", "TMP")}
        had.extend(place)
        (had[-1] / f"blender_{len(had)}").mkdir()
        return subprocess.CompletedProcess(words, command.DONE)

    monkeypatch.setattr(command.subprocess, "run", run)
    monkeypatch.setattr(command, "in_parts", lambda folders: [["-m", "not alone"], ["-m", "alone"]])
    assert command.run_pytest("python", ["tests/pure"], None) == command.DONE
    assert len(had) == 2 and had[0] == had[1] != Path(tempfile.gettempdir())
    assert not had[0].exists()


def test_tests_that_measure_times_come_after_the_others_and_nothing_else_is_read(monkeypatch):
    monkeypatch.setattr(command.os, "sched_getaffinity", lambda _: range(2), raising=False)
    together, alone = command.in_parts(["tests/pure", "tests/blender"])
    assert together[:4] == ["tests/pure", "tests/blender", "-m", "not alone"] and "3" in together
    assert alone[-2:] == ["-m", "alone"] and "tests/blender/test_live_ticks.py" in alone
    assert len(alone) < 20 and all(Path(command.ROOT, path).is_file() for path in alone[:-2])
    assert len(command.in_parts(["tests/data"])) == 1
    assert command.in_parts(["tests/gui"]) == [["tests/gui"]]


@pytest.mark.parametrize(("minutes", "tried"), [(41, 4), (39, 3), (20, 2), (1, 1)])
def test_no_version_is_begun_that_would_not_be_done_in_time(monkeypatch, capsys, minutes, tried):
    """Each takes 10 minutes; the budget says when all is to be done."""
    now, begun = [0.0], []

    def run(candidate, *_):
        now[0] += 600
        begun.append(candidate.name)
        return "passed"

    monkeypatch.setattr(command, "run_trial", run)
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(command, "interpreters", lambda wanted: dict.fromkeys(wanted, "python"))
    arguments = ["--matrix", "--budget", str(minutes)]
    monkeypatch.setattr(command, "BLENDERS", BLENDERS[:4])
    assert command.main(arguments) == command.DONE
    assert len(begun) == tried
    assert capsys.readouterr().out.count("would not have been done") == 4 - tried
