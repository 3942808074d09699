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


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_needs_no_environment(command):
    done = run(command, "-h")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: run.py {command}")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_line_is_read_before_any_package_is_there(command):
    script = (
        "import importlib, sys\n"
        "sys.modules.update(dict.fromkeys(('numpy', 'cv2', 'onnxruntime', 'bpy')))\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import run; run.alias_package()\n"
        f"importlib.import_module('monorig.cli.{command}').parser()\n"
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
    ],
)
def test_a_wrong_command_line_is_one_sentence(arguments, complaint):
    done = run(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


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
