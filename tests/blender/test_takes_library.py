"""The library of takes: looked at, opened, copied, fitted again, deleted; a take that is gone is a sentence."""

import json
import time
from types import SimpleNamespace

import bpy
import pytest
from monorig.operators import session, takes_library, takes_list, takes_shelf
from synthetic_motion import synthetic_motion

PATIENCE = 30.0  # [s]


@pytest.fixture(autouse=True)
def registered(addon):
    return addon


@pytest.fixture
def library(take, real_child, tmp_path):
    """The library with one take, and things that are none."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("no take")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "take.json").write_text("{")
    bpy.context.scene.monorig.capture.take_folder = str(take)
    assert bpy.ops.monorig.takes_look() == {"FINISHED"}
    return bpy.context.window_manager.monorig


def names(library):
    return sorted(row.name for row in library.takes)


def test_only_takes_are_listed_and_told_about(library):
    assert names(library) == ["take"] and library.takes[0].state == takes_shelf.FITTED
    assert library.takes[0].told.startswith("tone.mp4, networks: take, fitted")


def test_without_a_folder_the_library_is_empty():
    assert bpy.ops.monorig.takes_look() == {"FINISHED"}
    assert not len(bpy.context.window_manager.monorig.takes)
    for name in ("open", "refit", "duplicate", "export", "delete", "show"):
        assert not getattr(bpy.ops.monorig, f"take_{name}").poll()


def test_a_take_is_opened_as_it_was_fitted(library, take):
    said = json.loads((take / "take.json").read_text())
    said |= {"fit": {"solver": "live"}, "edits": {"name": {"2": "Bea"}}}
    (take / "take.json").write_text(json.dumps(said))
    assert bpy.ops.monorig.take_open() == {"FINISHED"}
    assert session.status().sentence == "2 people, in the collection tone."
    collection = bpy.data.collections["tone"]
    assert collection["monorig_solver"] == "live" and collection["monorig_take"] == str(take)
    assert [row.name for row in collection.monorig.people] == ["Person 1", "Bea"]


def test_a_take_is_fitted_again_and_then_updated(library):
    for _ in range(2):
        assert bpy.ops.monorig.take_refit() == {"FINISHED"}
        assert session.status().sentence == "2 people fitted, in the collection tone."
    assert len([o for o in bpy.data.objects if o.type == "ARMATURE"]) == 2


def test_a_copy_is_listed_chosen_and_deleted_again(library, take):
    assert bpy.ops.monorig.take_duplicate() == {"FINISHED"}
    assert names(library) == ["take", "take-copy-1"]
    copied = takes_library.chosen_take(bpy.context)
    assert copied.name == "take-copy-1"
    for file in take.iterdir():
        assert (take.parent / "take-copy-1" / file.name).read_bytes() == file.read_bytes()
    assert bpy.ops.monorig.take_delete(folder=copied.folder) == {"FINISHED"}
    assert names(library) == ["take"] and not (take.parent / "take-copy-1").exists()


def test_a_take_that_is_not_fitted_or_gone_is_one_sentence(library, take):
    (take / "OUT.npz").unlink()
    with pytest.raises(RuntimeError, match="was not fitted yet"):
        bpy.ops.monorig.take_open()
    (take / "take.json").unlink()
    with pytest.raises(RuntimeError, match="no take in .* any more"):
        bpy.ops.monorig.take_refit()


def test_everybody_in_a_take_becomes_a_bvh_file(library, take):
    assert bpy.ops.monorig.take_export() == {"FINISHED"}
    assert session.status().sentence == f"2 people written to {take}."
    written = [(take / f"person-{identity}.bvh").read_text() for identity in (1, 2)]
    assert all(text.startswith("HIERARCHY") and "Frames: 24" in text for text in written)
    (take / "OUT.npz").write_bytes(b"no motion")
    with pytest.raises(RuntimeError, match="not a Monorig motion"):
        bpy.ops.monorig.take_export()
    (take / "OUT.npz").unlink()
    with pytest.raises(RuntimeError, match="was not fitted yet"):
        bpy.ops.monorig.take_export()


def test_a_capture_and_a_refit_show_their_take_by_themselves(play, take):
    play("ok", synthetic_motion(people=2, frames=24, gaps=False))
    library = bpy.context.window_manager.monorig
    library.takes.clear()
    assert bpy.ops.monorig.capture() == {"FINISHED"}
    assert names(library) == ["take"] and library.takes[0].state == takes_shelf.FITTED
    assert takes_library.chosen_take(bpy.context).folder == str(take)
    library.takes.clear()
    assert bpy.ops.monorig.refit() == {"FINISHED"} and names(library) == ["take"]


def test_a_take_of_a_capture_that_was_cancelled_is_shown_too(take, tmp_path):
    (take / "OUT.npz").unlink()
    bpy.context.window_manager.monorig.takes.clear()
    takes_list.written(str(take))
    assert takes_library.chosen_take(bpy.context).state == takes_shelf.SEEN
    takes_list.written(str(tmp_path / "gone" / "take"))
    assert not len(bpy.context.window_manager.monorig.takes)


def test_with_a_window_the_folder_is_read_on_a_thread(take, monkeypatch):
    timers = []
    fake = SimpleNamespace(
        is_registered=lambda _: bool(timers), register=lambda f, **_: timers.append(f)
    )
    monkeypatch.setattr(takes_list, "bpy", SimpleNamespace(
        app=SimpleNamespace(background=False, timers=fake), context=bpy.context))  # fmt: skip
    library = bpy.context.window_manager.monorig
    takes_list.written(str(take))
    deadline = time.monotonic() + PATIENCE
    while timers[0]() is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert names(library) == ["take"]


def test_what_is_more_than_a_take_is_not_deleted(library, take):
    (take / "more").mkdir()
    with pytest.raises(RuntimeError, match="other folders as well"):
        bpy.ops.monorig.take_delete()
    assert (take / "take.json").exists()
