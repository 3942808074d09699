"""House rules that a program can check: sizes, the linter, nothing of one machine in the files."""

import ast
import subprocess
import sys

import pytest
from monorig.cli.environment import ROOT

LARGEST_FILE, LARGEST_FUNCTION = 300, 40
FOLDERS = ("bench", "cli", "inference", "operators", "panels", "retarget", "tests", "training")
FILES = sorted(
    [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
)


def names(paths):
    return [path.relative_to(ROOT).as_posix() for path in paths]


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LARGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            size = node.end_lineno - node.lineno + 1
            assert size <= LARGEST_FUNCTION, f"{node.name} has {size} lines"


@pytest.mark.parametrize("path", FILES, ids=names(FILES))
def test_every_module_says_what_it_is(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


def test_the_linter_has_no_complaint():
    pytest.importorskip("ruff", reason="ruff is not installed")
    command = [sys.executable, "-m", "ruff", "check", "--output-format", "concise", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
