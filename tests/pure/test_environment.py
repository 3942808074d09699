"""The project's own environments: stamps, interruptions, one process at a time; the pins."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from monorig.cli import blenders, environment
from monorig.cli.environment import Environment
from monorig.cli.lock import locked
from monorig.cli.usage import UserError
from monorig.inference import sources

PIN = re.compile(r"([A-Za-z0-9._-]+)==([A-Za-z0-9._]+)(?:\s*;\s*(.+))?")


@pytest.fixture
def pip(monkeypatch):
    """Stands for pip: remembers what it was asked to install."""
    commands = []
    monkeypatch.setattr(environment, "run_pip", lambda command, report: commands.append(command))
    return commands


@pytest.fixture
def requirements(tmp_path, monkeypatch):
    """A folder with the requirement files a.txt and b.txt."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"{name}==1\n")
    monkeypatch.setattr(environment, "REQUIREMENTS", folder)
    return folder


@pytest.fixture
def venv(tmp_path, monkeypatch):
    """An environment that is made without the slow venv module."""

    def make(self):
        self.interpreter.parent.mkdir(parents=True, exist_ok=True)
        self.interpreter.write_text("")
        self.write_stamp()

    monkeypatch.setattr(Environment, "make", make)
    return Environment(tmp_path / "venv", report=lambda text: None)


def files_of(command):
    return [Path(command[k + 1]).name for k, part in enumerate(command) if part == "-r"]


def test_a_second_run_installs_nothing(venv, pip, requirements):
    venv.ensure(["a.txt"])
    venv.ensure(["a.txt"])
    assert [files_of(command) for command in pip] == [["a.txt"]]


def test_only_what_is_missing_is_installed(venv, pip, requirements):
    venv.ensure(["a.txt"])
    venv.ensure(["a.txt", "b.txt"])
    assert files_of(pip[-1]) == ["b.txt"]
    assert "--force-reinstall" not in pip[-1]


def test_a_changed_requirement_file_is_installed_again(venv, pip, requirements):
    venv.ensure(["a.txt", "b.txt"])
    (requirements / "a.txt").write_text("a==2\n")
    venv.ensure(["a.txt", "b.txt"])
    assert files_of(pip[-1]) == ["a.txt"]


def test_an_interrupted_installation_is_done_from_the_ground_up(
    venv, pip, requirements, monkeypatch
):
    def interrupted(command, report):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(environment, "run_pip", interrupted)
        with pytest.raises(KeyboardInterrupt):
            venv.ensure(["a.txt"])
    venv.ensure(["a.txt"])
    assert "--force-reinstall" in pip[-1]
    venv.ensure(["b.txt"])
    assert "--force-reinstall" not in pip[-1]


def test_an_environment_of_another_python_is_made_anew(venv, pip, requirements):
    venv.ensure(["a.txt"])
    stamp = venv.folder / environment.STAMP
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "python": "3.9"}))
    assert venv.missing(["a.txt"]) == ["a.txt"]
    venv.ensure(["a.txt"])
    assert len(pip) == 2


def test_a_failing_pip_is_a_sentence():
    print_error = [sys.executable, "-c", "print('ERROR: no such thing'); raise SystemExit(1)"]
    with pytest.raises(UserError, match=r"ERROR: no such thing.*goes on where it stopped"):
        environment.run_pip(print_error, print)


def test_larger_downloads_are_reported(capsys):
    said = [
        "Downloading tiny-1.0-py3-none-any.whl (7.1 kB)",
        "Downloading bpy-5.0.1-cp311-cp311-win_amd64.whl (374.3 MB)",
    ]
    environment.run_pip(
        [sys.executable, "-c", "import sys; print(sys.argv[1])", "\n".join(said)], print
    )
    assert capsys.readouterr().out == "  getting bpy 5.0.1, 374.3 MB\n"


def test_pip_does_not_outlive_an_interruption():
    line = "Downloading bpy-5.0.1-cp311-cp311-win_amd64.whl (374.3 MB)"
    code = "import sys, time; print(sys.argv[1], flush=True); time.sleep(60)"
    with (
        pytest.raises(KeyboardInterrupt),
        sources.package_manager([sys.executable, "-c", code, line]) as process,
    ):
        assert process.stdout.readline() == line + "\n"
        raise KeyboardInterrupt
    assert process.wait(timeout=20) != 0


def test_the_lock_keeps_a_second_process_waiting(tmp_path):
    path = tmp_path / "lock"
    code = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import lock\n"
    code += "with lock.locked(pathlib.Path(sys.argv[2]), print): print('in')"
    command = [sys.executable, "-u", "-c", code, str(environment.ROOT / "cli"), str(path)]
    with locked(path, print):
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert "waiting" in other.stdout.readline()
    assert other.communicate(timeout=20)[0] == "in\n"


def test_why_there_is_no_bpy(monkeypatch):
    monkeypatch.setattr(environment.sys, "platform", "linux")
    monkeypatch.setattr(environment.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(environment, "python_version", lambda: "3.12")
    assert environment.why_no_bpy() == (
        "Blender's Python module needs Python 3.11 or 3.13; this is 3.12."
    )
    assert environment.requirement_files(["blender"]) == []
    monkeypatch.setattr(environment, "python_version", lambda: "3.13")
    assert "blender-5.2.txt" in environment.requirement_files(["base", "blender"])
    monkeypatch.setattr(environment.platform, "machine", lambda: "aarch64")
    assert "aarch64" in environment.why_no_bpy()


def pins(name):
    """{(package, marker): version} of a requirement file."""
    lines = (environment.REQUIREMENTS / name).read_text(encoding="utf-8").splitlines()
    found = [PIN.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert all(found), f"{name}: every line must be an exact pin"
    return {(match[1].lower(), match[3] or ""): match[2] for match in found}


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_groups_that_are_installed_together_agree(python, monkeypatch):
    monkeypatch.setattr(environment, "why_no_bpy", lambda: "")
    monkeypatch.setattr(environment, "python_version", lambda: python)
    together = environment.requirement_files(["base", "convert", "media", "test", "blender"])
    sets = [together, *(blender.files for blender in blenders.BLENDERS)]
    for files in sets:
        seen = {}
        for name in files:
            for package, version in pins(name).items():
                assert seen.setdefault(package, version) == version, (package, files)


def test_every_blender_of_the_matrix_is_pinned():
    for blender in blenders.BLENDERS:
        assert pins(blender.requirements)["bpy", ""] == blender.bpy


def test_interpreters_are_tried_before_they_are_named(tmp_path):
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    version = environment.python_version()
    found = blenders.interpreters({version, "3.99"}, {"MONORIG_PYTHONS": str(shim)})
    assert found == {version: sys.executable}
