"""The animator's say about who is who: from the list in the panel to the take and the scene, and back by undo."""

import json
import sys

import bpy
import pytest
from monorig.operators import people_list, people_rigs, session
from synthetic_motion import synthetic_motion


@pytest.fixture(autouse=True)
def registered(addon):
    return addon


def rows(collection):
    return [(row.identity, row.name, row.ignored) for row in collection.monorig.people]


def kept(folder):
    return json.loads((folder / "take.json").read_text())["edits"]


def said(collection):
    return json.loads(collection.monorig.edits)


def test_a_capture_lists_everybody_with_frames_and_confidence(captured):
    assert rows(captured) == [(1, "Person 1", False), (2, "Person 2", False)]
    for row in captured.monorig.people:
        assert row.frames == 24 and row.sureness == pytest.approx(1.0)
        assert tuple(row.colour) == pytest.approx(
            bpy.data.objects[f"tone Person {row.identity} Mannequin"].color[:3]
        )


def test_people_without_rigs_are_listed_without_loading_what_rigs_need(captured, monkeypatch):
    """A list is filled anew in the last tick of a re-fit: loading that takes a fifth of a second."""
    monkeypatch.setitem(sys.modules, "monorig.operators.retarget_steps", None)
    row = captured.monorig.people[0]
    for described, name in (("", ""), ("Gone", "")):
        row.described, row.family = described, described
        people_rigs.describe(row)
        assert (row.described, row.family) == (name, name)


def test_nobody_can_be_meant_before_a_capture():
    for name in ("ignore", "split", "merge", "swap", "rename"):
        assert not getattr(bpy.ops.monorig, f"person_{name}").poll()


def test_who_is_ignored_is_left_out_of_the_fit_and_can_come_back(captured, real_child, take):
    assert bpy.ops.monorig.person_ignore(identity=2) == {"FINISHED"}
    assert session.status().sentence == "1 person fitted, in the collection tone."
    assert rows(captured) == [(1, "Person 1", False), (2, "Person 2", True)]
    assert kept(take)["ignore"] == [2] == said(captured)["ignore"]
    assert bpy.ops.monorig.refit() == {"FINISHED"} and len(captured.monorig.people) == 2
    assert kept(take)["ignore"] == [2]
    assert bpy.ops.monorig.person_ignore(identity=2) == {"FINISHED"}
    assert kept(take)["ignore"] == [] and not any(row.ignored for row in captured.monorig.people)


def test_only_one_person_is_left_in_the_fit(captured, real_child, take):
    assert bpy.ops.monorig.person_only(identity=2) == {"FINISHED"}
    assert rows(captured) == [(1, "Person 1", True), (2, "Person 2", False)]
    assert kept(take)["ignore"] == [1] == said(captured)["ignore"]


def test_a_hidden_person_can_be_chosen_too(captured):
    bpy.context.view_layer.objects.active = bpy.data.objects["tone Person 1"]
    bpy.data.objects["tone Person 2"].hide_set(True)
    captured.monorig.active = 1
    assert people_list.chosen(bpy.context)[1].identity == 2


def test_a_split_makes_a_new_person_from_the_current_frame_on(captured, real_child, take):
    bpy.context.scene.frame_set(13)  # the clip's time 0 is at frame 1
    assert bpy.ops.monorig.person_split(identity=1) == {"FINISHED"}
    assert kept(take)["split"] == [{"identity": 1, "frame": 12}]
    assert [row.frames for row in captured.monorig.people] == [12, 24, 12]
    assert bpy.ops.monorig.person_merge(identity=1, other=3) == {"FINISHED"}
    assert [row.frames for row in captured.monorig.people] == [24, 24]
    with pytest.raises(RuntimeError, match="put together of several people"):
        bpy.ops.monorig.person_split(identity=1)
    assert bpy.ops.monorig.edits_forget() == {"FINISHED"}
    assert not any(kept(take).values()) and not bpy.ops.monorig.edits_forget.poll()


def test_two_change_places_from_the_current_frame_on(captured, real_child, take):
    bpy.context.scene.frame_set(13)
    assert bpy.ops.monorig.person_swap(identity=1, other=2) == {"FINISHED"}
    assert kept(take)["swap"] == [{"identity": 1, "other": 2, "frame": 12}]
    with pytest.raises(RuntimeError, match="two people of this take"):
        bpy.ops.monorig.person_swap(identity=1, other=1)


def test_outside_the_clip_there_is_nothing_to_split(captured, real_child):
    bpy.context.scene.frame_set(200)
    with pytest.raises(RuntimeError, match="no picture between the frames 200 and 200"):
        bpy.ops.monorig.person_split(identity=1)


def test_a_name_is_kept_by_everything_and_by_the_take(captured, real_child, take):
    captured.monorig.people[0].called = "Ann"
    assert "tone Ann" in bpy.data.objects and "tone Ann Mannequin" in bpy.data.objects
    assert kept(take)["name"] == {"1": "Ann"}
    assert bpy.ops.monorig.refit() == {"FINISHED"}
    assert rows(captured)[0] == (1, "Ann", False)
    assert bpy.ops.monorig.person_rename(identity=1, name="") == {"FINISHED"}
    assert "tone Person 1" in bpy.data.objects and kept(take)["name"] == {}


def test_a_fit_without_its_people_leaves_all_as_it_was(captured, real_child, take):
    bpy.ops.monorig.person_ignore(identity=1)
    with pytest.raises(RuntimeError):
        bpy.ops.monorig.person_split(identity=7)
    assert kept(take)["split"] == [] and said(captured)["split"] == []
    assert rows(captured) == [(1, "Person 1", True), (2, "Person 2", False)]


def test_the_row_follows_the_active_armature_and_the_armature_the_row(captured):
    captured.monorig.active = 1
    assert bpy.context.view_layer.objects.active.name == "tone Person 2"
    bpy.context.view_layer.objects.active = bpy.data.objects["tone Person 1"]
    assert people_list.chosen(bpy.context)[1].identity == 1


def test_the_list_is_saved_with_the_file(captured, tmp_path):
    captured.monorig.people[1].called = "Bea"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert rows(bpy.data.collections["tone"])[1] == (2, "Bea", False)


def test_everybody_gets_the_rig_that_was_chosen(play):
    play("ok", synthetic_motion(people=2, frames=8, gaps=False))
    bpy.ops.monorig.capture()
    known = bpy.data.collections["tone"].monorig
    assert not bpy.ops.monorig.retarget_people.poll()
    for row in known.people:
        row.target = bpy.data.objects[f"tone Person {row.identity}"].copy()
        row.target.animation_data_clear()
        bpy.context.scene.collection.objects.link(row.target)
        assert (row.family, row.missing) == ("Monorig", "")
    assert bpy.ops.monorig.retarget_people() == {"FINISHED"}
    assert session.status().sentence == "2 people retargeted."
    played = {row.target.animation_data.action.name for row in known.people}
    assert len(played) == 2
