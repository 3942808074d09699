"""Takes fitted again, by the child and by the command: no clip, no networks; a cancel leaves all as it was."""

import json
import shutil

import numpy as np
import pytest
from capturing import assert_same, is_one_sentence, run, run_here
from monorig.cli import refit as command
from monorig.cli.usage import UserError
from monorig.inference.fit_settings import FitSettings
from monorig.inference.job import Job
from monorig.inference.motion import Motion

LIVE = FitSettings("live", smoothing=2.0, planted=0.5)


@pytest.fixture(scope="module")
def captured(walking_clip, networks, tmp_path_factory):
    """Folder of a finished take."""
    take = tmp_path_factory.mktemp("captured") / "take"
    names = (str(networks),)
    last = run_here(Job(str(walking_clip), str(take), networks=names, threads=1, fit=LIVE))
    assert last.type == "done", last.fields
    return take


@pytest.fixture
def take(captured, tmp_path):
    """A copy of the take, to be changed."""
    return shutil.copytree(captured, tmp_path / "take")


def said(take):
    return json.loads((take / "take.json").read_text(encoding="utf-8"))


def everything(take):
    return {path.name: path.read_bytes() for path in take.iterdir()}


def again(take, **changes):
    return run_here(Job(take=str(take), task="refit", **changes))


def test_a_capture_uses_the_settings_of_the_fit_and_keeps_them(captured, tmp_path):
    assert FitSettings.from_json(said(captured)["fit"]) == LIVE
    last = again(captured, fit=LIVE, out=str(tmp_path / "same.npz"))
    assert last.type == "done", last.fields
    shutil.copy(captured / "OUT.npz", tmp_path / "first.npz")
    assert_same(Motion.load(captured / "OUT.npz"), Motion.load(tmp_path / "same.npz"))


@pytest.mark.parametrize("solver", ["raw", "live", "take"])
def test_a_take_is_fitted_again_with_each_solver(take, uninterrupted, solver):
    last = again(take, fit=FitSettings(solver))
    assert last.type == "done" and last.fields["out"] == str(take / "OUT.npz")
    assert last.fields["report"]["finished"] and last.fields["report"]["seconds_in_networks"] == 0
    motion = Motion.load(take / "OUT.npz")
    assert list(motion.identity) == [1] and motion.present.all()
    assert said(take)["fit"]["solver"] == solver
    assert set(everything(take)) == {"OUT.npz", "clues.json", "observations.log", "take.json"}
    if solver == "take":
        assert_same(motion, uninterrupted[1])


def test_another_output_leaves_the_takes_own_alone(take, tmp_path):
    before = everything(take)
    last = again(take, fit=FitSettings("raw"), out=str(tmp_path / "raw.npz"))
    assert last.type == "done" and (tmp_path / "raw.npz").exists()
    assert command.main([str(take), "--raw", "-o", str(tmp_path / "by command.npz")]) == 0
    assert_same(Motion.load(tmp_path / "raw.npz"), Motion.load(tmp_path / "by command.npz"))
    after = everything(take)
    assert after["observations.log"] == before["observations.log"]


def test_progress_is_told_and_a_cancel_leaves_the_take_as_it_was(take):
    shares = []

    def on_message(message, client):
        if message.type == "progress":
            shares.append(message.fields["done"] / message.fields["total"])
            client.cancel()

    for _ in range(4):  # so small a take may be done before the cancel arrives
        before = everything(take)
        last = run(Job(take=str(take), task="refit", fit=FitSettings("take")), on_message)[-1]
        if last.type != "done":
            break
    assert last.fields["kind"] == "cancelled" and everything(take) == before
    assert shares and 0 <= shares[0] <= 1


def test_an_interrupted_take_gives_what_is_there(take):
    log = take / "observations.log"
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    last = again(take)
    assert last.type == "done" and not last.fields["report"]["finished"]
    assert 5 < len(Motion.load(take / "OUT.npz").frame) < 20


def test_edits_of_the_take_are_kept_through_every_fit(take, job, networks):
    edits = take.parent / "edits.json"
    edits.write_text('{"height": {"1": 1.9}}', encoding="utf-8")
    assert command.main([str(take), "--edits", str(edits)]) == 0
    for solver in ("raw", "live"):
        assert again(take, fit=FitSettings(solver)).type == "done"
        assert Motion.load(take / "OUT.npz").height_m == pytest.approx([1.9])
    assert run_here(job(take=str(take))).type == "done"
    assert Motion.load(take / "OUT.npz").height_m == pytest.approx([1.9])
    assert said(take)["edits"]["height"] == {"1": 1.9} and said(take)["fit"]["solver"] == "take"


def test_a_known_camera_is_not_levelled(take):
    description = said(take)
    T = np.eye(4)
    T[:3, :3], T[2, 3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]], 1.4
    description["camera"] = {"T_world_camera": T.tolist()}
    (take / "take.json").write_text(json.dumps(description), encoding="utf-8")
    assert again(take, fit=FitSettings("raw")).type == "done"
    np.testing.assert_allclose(Motion.load(take / "OUT.npz").T_world_camera[0], T)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda take: shutil.rmtree(take), "is not a take"),
        (lambda take: (take / "observations.log").unlink(), "no observation yet"),
        (lambda take: (take / "take.json").write_text('{"format": 99}'), "newer Monorig"),
        (lambda take: (take / "take.json").write_text("{torn"), "cannot be read"),
    ],
    ids=["gone", "empty", "newer", "torn"],
)
def test_what_cannot_be_fitted_again_is_one_sentence(take, change, word):
    change(take)
    last = again(take)
    assert last.fields["kind"] == "input" and word in last.fields["text"]
    assert is_one_sentence(last.fields["text"])
    with pytest.raises(UserError, match=word):
        command.main([str(take)])


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--smoothing", "0"], "Smoothing"),
        (["--planted", "2"], "Planted"),
        (["--max-people", "-1"], "people"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_the_command(take, options, word):
    with pytest.raises(UserError, match=word):
        command.main([str(take), *options])


def test_one_solver_at_a_time(take):
    with pytest.raises(SystemExit):
        command.main([str(take), "--raw", "--causal"])


def test_edits_of_a_job_take_the_place_of_the_takes_own(take):
    assert again(take, edits={"height": {"1": 1.9}, "name": {"1": "Ann"}}).type == "done"
    assert again(take, edits={"name": {"1": "Bea"}}).type == "done"
    assert said(take)["edits"]["name"] == {"1": "Bea"} and not said(take)["edits"]["height"]
    last = again(take, edits={"ignore": [7]})
    assert last.type == "failed" and "no person 7" in last.fields["text"]
    assert said(take)["edits"]["name"] == {"1": "Bea"}
