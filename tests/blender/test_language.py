"""A translation reaches reports, panels, and sentences with values in them.

The bpy of a test carries no languages: what stands for Blender's table is the test's own. A play in a window asks
the real one (`tests/gui`).
"""

from types import SimpleNamespace

import bpy
import pytest
from monorig.operators import batch_queue, export, language, session
from monorig.panels import live, sidebar
from synthetic_motion import synthetic_motion

TABLE = {
    "{name} has no motion": "{name} bewegt sich nicht",
    "{count} people": "{count} Menschen",
    "{people} captured, in the collection {collection}.": "In {collection} sind {people}.",
    "{count} done": "{count} fertig",
    "{seconds} s": "{sekunden} s",
    "{time} left": "noch {time}",
    "Nobody was found in this clip.": "In diesem Film ist niemand.",
}


@pytest.fixture(autouse=True)
def german(addon, monkeypatch):
    def look_up(text):
        return TABLE.get(text, text)

    kinds = {f"pgettext_{kind}": look_up for kind in ("rpt", "iface", "tip")}
    monkeypatch.setattr(language, "translations", SimpleNamespace(**kinds))


def test_the_values_come_into_the_translated_sentence(play):
    play("ok", synthetic_motion(people=2, frames=8, gaps=False))
    assert bpy.ops.monorig.capture() == {"FINISHED"}
    assert session.status().sentence == "In tone sind 2 Menschen."


def test_a_translation_with_other_braces_is_passed_over():
    assert language.say("{seconds} s", seconds=3) == "3 s"


def test_a_value_with_braces_stays_as_it_is():
    assert language.say("There is no file {path}.", path="{x}.mp4") == "There is no file {x}.mp4."
    assert language.say(language.say("There is no file {path}.", path="{x}")).endswith("{x}.")


def test_a_refusal_is_translated_as_a_whole():
    rig = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(rig)
    rig.select_set(True)
    bpy.context.scene.monorig.export.who = "SELECTED"
    assert export.refusal(bpy.context) == "Rig bewegt sich nicht"


def test_lines_of_the_panels_are_translated_before_they_are_wrapped():
    written = []
    column = SimpleNamespace(label=lambda **given: written.append(given))
    layout = SimpleNamespace(column=lambda **_: column)
    context = SimpleNamespace(
        region=SimpleNamespace(width=200),
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
    )
    sidebar.sentences(layout, context, "INFO", "Nobody was found in this clip.")
    assert " ".join(line["text"] for line in written) == "In diesem Film ist niemand."
    assert not any(line["translate"] for line in written)
    rows = [SimpleNamespace(state="done"), SimpleNamespace(state="done")]
    assert batch_queue.summary(rows) == "2 fertig."
    assert live.spoken_people((1, 3)) == "People 1, 3 in the picture"  # not in the table
