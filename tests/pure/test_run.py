"""run.py as its users meet it: usage, bad input, and commands that need nothing installed."""

import os
import subprocess
import sys

import pytest
from monorig.cli import environment
from monorig.tests.conftest import load_run

ROOT = environment.ROOT
COMMANDS = tuple(load_run().COMMANDS)


def run(*arguments, **variables):
    command = [sys.executable, "-I", str(ROOT / "run.py"), *arguments]
    environ = {**os.environ, **variables}
    return subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60)


def test_without_a_command_the_usage_is_shown():
    done = run()
    assert done.returncode == 2
    for command in COMMANDS:
        assert f"  {command} " in done.stdout


@pytest.fixture
def here(monkeypatch, capsys):
    """here(*arguments): run.py in this process, before any environment is made; (status, output, errors)."""
    module = load_run()
    monkeypatch.setattr(module, "alias_package", lambda: None)
    monkeypatch.delenv(module.INSIDE, raising=False)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "reconfigure", lambda **_: None, raising=False)

    def start(*arguments):
        try:
            status = module.main(list(arguments))
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return start


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(here, command):
    status, output, _ = here(command, "-h")
    assert status == 0 and output.startswith(f"usage: run.py {command}")


def test_command_lines_are_read_before_any_package_is_there():
    script = (
        "import importlib, sys\n"
        "sys.modules.update(dict.fromkeys(('numpy', 'cv2', 'onnxruntime', 'bpy')))\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import run; run.alias_package()\n"
        "for name in run.COMMANDS: importlib.import_module('monorig.cli.' + name).parser()\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dance"], 'there is no command "dance"'),
        (["fetch", "--everything"], "unrecognized arguments: --everything"),
        (["capture"], "arguments are required: clip"),
        (["build", "--platform", "amiga"], "invalid choice: 'amiga'"),
        (["test", "--budget", "soon"], "invalid float value: 'soon'"),
        (
            ["capture", "a.mp4", "-o", "a.npz", "--frames", "5:x"],
            "5:x is no range of frames as 100:250",
        ),
        (["capture", "a.mp4", "-o", "a.npz", "--fov-y", "-1"], "-1 is no number greater than 0"),
        (["capture", "a.mp4", "-o", "a.npz", "--report", "no/r.json"], "there is no folder no"),
        (["capture", "a.mp4", "-o", "a.npz", "--networks", "no"], "there is no folder no"),
        (["messages", "-o", "."], ". is a folder"),
        (
            ["calibrate", "a.png", "-o", "a", "--board", "9", "--square", "1"],
            "9 is no board as 9x6",
        ),
    ],
)
def test_a_wrong_command_line_is_one_sentence(here, arguments, complaint):
    status, output, errors = here(*arguments)
    assert status == 2 and complaint in errors
    assert len(errors.splitlines()) == 1 and output == ""


def test_a_clip_that_is_no_file_is_one_sentence():
    done = run("demo", "no such clip.mp4", MONORIG_INSIDE_VENV="1")
    assert done.returncode == 2
    assert done.stderr == "run.py demo: no such clip.mp4 is not a file\n"


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path):
    occupied = tmp_path / "a file"
    occupied.write_text("")
    variables = {"MONORIG_INSIDE_VENV": "1", "MONORIG_CACHE": str(occupied)}
    done = run("fetch", **variables)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "a file" in done.stderr


def test_an_old_python_is_told_what_to_do(monkeypatch, capsys):
    module = load_run()
    monkeypatch.setattr(module.sys, "version_info", (3, 9, 1))
    assert module.main(["demo"]) == 2
    said = capsys.readouterr().err
    assert "3.11" in said and "this is 3.9" in said


def test_old_pythons_can_read_run_py():
    import ast

    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_cancelling_is_said_and_has_its_own_status(monkeypatch, capsys):
    module = load_run()

    def cancelled(name, argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "set_up_and_start", cancelled)
    monkeypatch.delenv("MONORIG_INSIDE_VENV", raising=False)
    assert module.run("fetch", []) == 130
    assert capsys.readouterr().err == "run.py fetch: cancelled\n"
