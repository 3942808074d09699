"""Re-fit: the operator from the panel to the updated scene, with a played child and with the real one."""

import json
import shutil
from pathlib import Path

import bpy
import pytest
from monorig.inference import client as clients
from monorig.operators import refit, session, takes
from monorig.operators.background import Background
from synthetic_motion import synthetic_motion
from ticking import tick_until

CLIP = Path(__file__).resolve().parents[1] / "data" / "tone.mp4"


@pytest.fixture(autouse=True)
def registered(addon):
    takes._begun.clear()
    return addon


def settings(**values):
    chosen = bpy.context.scene.monorig.fit
    for name, value in values.items():
        setattr(chosen, name, value)


def everything():
    """Names of all data, what plays what, and where the camera stands."""
    kinds = ("objects", "actions", "collections", "armatures", "meshes", "materials", "scenes")
    names = {kind: sorted(getattr(bpy.data, kind).keys()) for kind in kinds}
    played = {
        o.name: o.animation_data.action.name for o in bpy.data.objects if o.type == "ARMATURE"
    }
    rest = {a.name: [tuple(b.tail_local) for b in a.bones] for a in bpy.data.armatures}
    corners = {m.name: [tuple(v.co) for v in m.vertices] for m in bpy.data.meshes}
    camera = [list(row) for row in bpy.data.objects["Monorig Camera"].matrix_basis]
    return names, played, rest, corners, camera


def test_without_a_take_there_is_nothing_to_fit():
    bpy.context.scene.monorig.capture.clip = str(CLIP)
    assert not bpy.ops.monorig.refit.poll()
    with pytest.raises(RuntimeError, match="no take of the clip yet; capture it first"):
        bpy.ops.monorig.refit()


@pytest.mark.parametrize("solver", ["RAW", "LIVE", "TAKE"])
def test_a_captured_take_is_fitted_again_by_the_real_child(captured, real_child, take, solver):
    before = sorted(bpy.data.objects.keys())
    settings(solver=solver, smoothing=2.0, planted=0.5)
    assert bpy.ops.monorig.refit() == {"FINISHED"}
    assert session.status().sentence == "2 people fitted, in the collection tone."
    assert sorted(bpy.data.objects.keys()) == before
    for identity in (1, 2):
        armature = bpy.data.objects[f"tone Person {identity}"]
        assert armature.animation_data.action.name == f"tone Person {identity} {solver.title()}"
        assert armature["monorig_solver"] == captured["monorig_solver"] == solver.lower()
    kept = json.loads((take / "take.json").read_text())["fit"]
    assert (kept["solver"], kept["smoothing"], kept["planted"]) == (solver.lower(), 2.0, 0.5)


def test_the_three_fits_are_three_actions_to_choose_from(captured, real_child):
    for solver in ("RAW", "LIVE", "TAKE", "RAW"):
        settings(solver=solver)
        bpy.ops.monorig.refit()
    names = sorted(a.name for a in bpy.data.actions if a["monorig_identity"] == 1)
    assert names == [f"tone Person 1 {solver}" for solver in ("Live", "Raw", "Take")]
    assert all(action.use_fake_user for action in bpy.data.actions)


def test_the_panels_settings_reach_the_first_result(play, monkeypatch):
    jobs = []
    monkeypatch.setattr(
        clients.Client, "start",
        lambda self, job, start=clients.Client.start: (jobs.append(job), start(self, job)),
    )  # fmt: skip
    play("ok", synthetic_motion(people=1, frames=6))
    settings(solver="LIVE", smoothing=3.0, planted=0.25, limits=False, level=False, max_people=4)
    settings(mirrored=True)
    bpy.ops.monorig.capture()
    fit = jobs[0].fit
    assert (fit.solver, fit.smoothing, fit.planted) == ("live", 3.0, 0.25)
    assert (fit.limits, fit.level, fit.mirrored) == (False, False, True)
    assert (fit.max_people, jobs[0].max_people) == (4, 0)
    assert bpy.data.objects["tone Person 1"].animation_data.action.name == "tone Person 1 Live"


def test_the_take_is_found_after_saving_and_loading(captured, real_child, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    settings(solver="LIVE")
    assert bpy.ops.monorig.refit() == {"FINISHED"}
    assert bpy.data.objects["tone Person 2"].animation_data.action.name == "tone Person 2 Live"
    assert len([o for o in bpy.data.objects if o.type == "ARMATURE"]) == 2


def test_the_take_is_found_beside_a_file_that_was_moved_with_it(
    captured, real_child, take, tmp_path
):
    old = captured["monorig_take"]
    shutil.move(take, tmp_path / "moved" / takes.FOLDER / "take")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "moved" / "shot.blend"))
    settings(solver="LIVE")
    for _ in range(2):
        assert bpy.ops.monorig.refit() == {"FINISHED"}
    moved = str(tmp_path / "moved" / takes.FOLDER / "take")
    assert (
        captured["monorig_take"]
        == bpy.data.objects["tone Person 1"]["monorig_take"]
        == moved
        != old
    )
    assert len([o for o in bpy.data.objects if o.type == "ARMATURE"]) == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (shutil.rmtree, "There is no take in .*take; capture the clip again"),
        (lambda take: (take / "take.json").write_text('{"format": 99}'), "newer Monorig; update"),
        (lambda take: (take / "observations.log").unlink(), "holds no observation yet"),
    ],
    ids=["gone", "newer", "empty"],
)
def test_a_take_that_cannot_be_used_is_said_and_changes_nothing(
    captured, real_child, take, change, sentence
):
    change(take)
    before = everything()
    with pytest.raises(RuntimeError, match=sentence):
        bpy.ops.monorig.refit()
    assert everything() == before and session.status().phase == "FAILED"


def begun():
    work_ = refit.RefitWork(refit.read_refit_request(bpy.context))
    return Background(work_, lambda: None, lambda: None, lambda: None)


def test_a_refit_cancelled_in_the_child_changes_nothing(captured, play):
    play("slow")
    before, background = everything(), begun()
    tick_until(background, lambda status: status.share > 0)
    background.cancel()
    tick_until(background, lambda status: status.over)
    assert background.status.sentence == "Cancelled. Everything is as it was."
    assert everything() == before


@pytest.mark.parametrize("steps", [1, 100, 400, 900, 1000])
def test_a_refit_given_up_in_the_middle_changes_nothing(captured, steps):
    from monorig.operators import results, update

    motion = taller(synthetic_motion(people=3, frames=24, moving_camera=True))
    before = everything()
    place = (captured.name, captured.session_uid), (bpy.context.scene.name, 0)
    changing = update.update(
        results.Result(*place, str(CLIP), captured["monorig_take"], "live"), motion
    )
    done = sum(1 for _ in zip(range(steps), changing))
    assert done == steps, "the update was over before it was given up"
    changing.close()
    assert everything() == before


def taller(motion):
    motion.rest_offset[:] *= 1.1
    motion.height_m[:] *= 1.1
    return motion


def test_a_part_of_a_clip_is_said_to_be_one(captured, play):
    play("part", synthetic_motion(people=2, frames=10, gaps=False))
    assert bpy.ops.monorig.refit() == {"FINISHED"}
    assert "not captured to its end" in session.status().notes[-1]


def test_an_interrupted_capture_can_be_fitted(play, take, real_child):
    settings_ = bpy.context.scene.monorig.capture
    settings_.clip, settings_.take_folder = str(CLIP), str(take)
    log = take / "observations.log"
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    assert bpy.ops.monorig.refit() == {"FINISHED"}
    assert session.status().sentence == "2 people fitted, in the collection tone."
    assert bpy.data.collections["tone"]["monorig_take"] == str(take)


def test_the_take_of_a_cancelled_capture_is_remembered(play, take):
    play("slow")
    background = Background(work_of_capture(), lambda: None, lambda: None, lambda: None)
    tick_until(background, lambda status: status.share > 0)
    background.cancel()
    tick_until(background, lambda status: status.over)
    bpy.context.scene.monorig.capture.take_folder = ""
    assert bpy.ops.monorig.refit.poll()
    assert refit.read_refit_request(bpy.context).folders == (str(take),)


def work_of_capture():
    from monorig.operators import capture

    return capture.CaptureWork(capture.read_request(bpy.context))


def test_the_active_object_says_which_take_is_meant(play, take):
    play("ok", synthetic_motion(people=1, frames=6))
    for _ in range(2):
        bpy.ops.monorig.capture()
    first, second = (bpy.data.collections[name] for name in ("tone", "tone.001"))
    assert takes.chosen_result(bpy.context) == second
    bpy.context.view_layer.objects.active = bpy.data.objects["tone Person 1"]
    assert takes.chosen_result(bpy.context) == first
    bpy.context.view_layer.objects.active = None
    bpy.context.scene.monorig.capture.clip = str(take / "another.mp4")
    assert takes.chosen_result(bpy.context) is None


def test_a_collection_that_was_removed_is_said(captured, play):
    play("ok", synthetic_motion(people=1, frames=6))
    background = begun()
    bpy.data.collections.remove(captured)
    tick_until(background, lambda status: status.over)
    assert (
        background.status.sentence == 'The collection "tone" is no longer there; the take is kept.'
    )
