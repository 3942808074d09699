"""The table of texts for translators, and that nothing is shown which a translation could not reach."""

import ast
from pathlib import Path

import pytest
from monorig.cli import messages

ROOT = Path(__file__).resolve().parents[2]
SHOWS = (
    "label",
    "report",
    "poll_message_set",
    "operator",
    "menu",
    "sentences",
)  # calls that show a text
FOUND = messages.messages()
FILES = [path for folder in messages.SHOWN for path in sorted((ROOT / folder).glob("*.py"))]


@pytest.mark.parametrize(
    "text",
    [
        "Fit",  # a label
        "Which networks look at the clip",  # a description
        "Everybody in the picture, best quality",  # an item of a list
        "Draw the skeletons, paths and ground over the 3D viewport, and in the camera view what was seen",
        "Choose a clip first",  # a refusal
        "{name} is hidden: show it first",  # a sentence with a value in it
        "{count} waiting",
        "Choose a clip first.",  # of the child
        "Hips and shoulders of {name} are at one place.",  # of retargeting
    ],
)
def test_every_kind_of_text_is_in_the_table(text):
    assert all(":" in place for place in FOUND[messages.ANYWHERE, text])


def test_what_stands_on_a_button_is_looked_up_as_that():
    for text in ("Split Here", "Pick", "Capture"):
        assert (messages.ON_BUTTONS, text) in FOUND
    assert (messages.ANYWHERE, "Capture") in FOUND  # the panel


def test_what_nobody_reads_is_not():
    assert not {"VIEW_3D", "monorig.capture", "LEFTMOUSE", "monorig_take"} & {t for _, t in FOUND}


def test_the_template_is_one_entry_a_text(tmp_path, capsys):
    assert messages.main(["-o", str(tmp_path / "monorig.pot")]) == 0
    written = (tmp_path / "monorig.pot").read_text(encoding="utf-8")
    assert written.count("\nmsgid ") == len(FOUND) and str(len(FOUND)) in capsys.readouterr().out


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_values_come_into_a_text_after_its_translation(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            shown = name in SHOWS or name.endswith("Error") or name in messages.SAID
            given = [*node.args, *(k.value for k in node.keywords if k.arg == "text")]
            untranslated = any(k.arg == "translate" for k in node.keywords)
            if shown and not untranslated:
                assert not any(isinstance(one, ast.JoinedStr) for one in given), node.lineno
