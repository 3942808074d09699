"""The benchmark's history: what is kept of a run, and which changes are worth a word."""

import json

import pytest
from monorig.bench import history
from monorig.cli.usage import UserError

RESULT = {
    "real video": {"our take fit": {"mpjpe": 70.0, "pck": 94.0, "frames": 200}, "nothing": None},
    "solo": {"ms_per_frame": {"median": 30.0, "spread": 2.0}},
    "of nobody": {"mpjpe": float("nan")},
}


def changed(before, now, name="set.mpjpe"):
    return history.changes({name: before}, {name: now})


def test_numbers_are_kept_of_which_it_is_known_what_is_better():
    assert history.numbers(RESULT) == {
        "real video.our take fit.mpjpe": [70.0, 0.0],
        "real video.our take fit.pck": [94.0, 0.0],
        "solo.ms_per_frame": [30.0, 2.0],
    }


@pytest.mark.parametrize(
    "name, now, better",
    [("set.mpjpe", 60.0, True), ("set.mpjpe", 80.0, False), ("set.pck", 80.0, True), ("set.pck", 60.0, False)],
)  # fmt: skip
def test_what_is_better_depends_on_the_number(name, now, better):
    (change,) = changed([70.0, 0.0], [now, 0.0], name)
    assert change.better is better
    assert str(change).startswith("better: " if better else "worse: ")


def test_changes_within_the_noise_are_not_told():
    assert not changed([70.0, 0.0], [71.0, 0.0])  # below 2 %
    assert not changed([70.0, 6.0], [80.0, 5.0])  # repeats of one run differ as much
    assert changed([70.0, 4.0], [80.0, 5.0])


def test_a_second_run_says_what_changed_since_the_last(tmp_path, capsys):
    path = tmp_path / "new folder" / "history.jsonl"
    for mpjpe in (90.0, 70.0, 77.0):
        history.keep(path, history.read(path), {"accuracy": {"take": {"mpjpe": mpjpe}}})
    said = capsys.readouterr().out
    assert "accuracy: nothing earlier to compare with on this machine" in said
    assert "better: take.mpjpe 90 -> 70 (x 0.78)" in said
    assert "worse: take.mpjpe 70 -> 77 (x 1.10)" in said
    assert len(history.read(path)) == 3


def test_what_is_no_longer_measured_is_named(tmp_path, capsys):
    path = tmp_path / "history.jsonl"
    for result in ({"auc": 1.0, "pck": 2.0}, {"pck": 2.0}):
        history.keep(path, history.read(path), {"accuracy": result})
    assert "no longer measured: auc" in capsys.readouterr().out


def test_other_machines_and_measurements_are_not_compared_with(tmp_path, monkeypatch, capsys):
    path = tmp_path / "history.jsonl"
    history.keep(path, [], {"speed": {"ratio": 2.0}, "accuracy": {"pck": 2.0}})
    monkeypatch.setattr(history, "machine", lambda: {"cores": 1000})
    history.keep(path, history.read(path), {"speed": {"ratio": 9.0}})
    assert capsys.readouterr().out.count("nothing earlier") == 3


def test_a_file_that_is_no_history_is_one_sentence(tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({"when": "today"}) + "\n")
    with pytest.raises(UserError, match="line 1 is no measurement"):
        history.read(path)
