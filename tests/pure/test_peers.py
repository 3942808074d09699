"""Peers of the benchmark: their runner's file, what it is mapped to, peers that are missing; no peer is run."""

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from monorig.bench import accuracy, filters, metrics, scenes
from monorig.bench.cases import Case
from monorig.bench.peers import peer
from monorig.cli.usage import UserError
from monorig.inference import camera, weights
from monorig.inference.keypoints import INDEX, KEYPOINTS, LIMB_JOINTS, indices
from monorig.inference.take import empty_observation

FRAMES, FPS, SIZE = 40, 30.0, (640, 480)
FAKE = """
import argparse
import numpy as np
options = argparse.ArgumentParser()
for name in ("clip", "out", "--complexity", "--frames"):
    options.add_argument(name)
asked = options.parse_args()
first, end = (int(part) for part in (asked.frames or "0:40").split(":"))
frame = np.arange(first, end)
px = np.zeros((len(frame), 33, 2)) + np.arange(33)[:, None]
X = np.zeros((len(frame), 33, 3)) + float(asked.complexity)
np.savez(asked.out, frame=frame, px=px, X=X, visibility=np.ones((len(frame), 33)), region=np.ones((len(frame), 5)),
         seconds_per_frame=np.full(len(frame), 0.01), seconds=0.5, processor_seconds=0.7)
"""


@pytest.fixture
def fake(tmp_path):
    """fake(script): a peer whose runner is that script, started with this Python."""

    def make(script=FAKE):
        runner = tmp_path / "runner.py"
        runner.write_text(script)
        return replace(peer.PEERS["MediaPipe 2"], runner=runner)

    return make


@pytest.fixture
def case(rng):
    """A person who walks through the picture, with somebody else at its border."""
    t = np.arange(FRAMES)[:, None, None] / FPS
    X = rng.normal(0, 0.4, (14, 3)) + 0.1 * np.sin(3 * t) + [0, 0, 4.0]
    for middle, sides in (("pelvis", "hip"), ("neck", "shoulder")):
        pair = [metrics.JOINTS.index(f"{sides}_{side}") for side in "lr"]
        X[:, metrics.JOINTS.index(middle)] = X[:, pair].mean(1)
    given = camera.make(SIZE)
    return Case(
        "walk", "real", [empty_observation(t, t / FPS) for t in range(FRAMES)], FPS, SIZE, given,
        X, X[:, :6], None, camera.project(X[:, :12], given.K),
    )  # fmt: skip


def test_a_runner_is_asked_for_its_frames_and_options(fake):
    seen = peer.run(fake(), "clip.mp4", (5, 9), python=sys.executable)
    np.testing.assert_array_equal(seen.frame, [5, 6, 7, 8])
    np.testing.assert_allclose(seen.X[:, INDEX["knee_l"]], 2.0)
    assert (seen.seconds, seen.processor_seconds) == (0.5, 0.7)


def test_landmarks_are_mapped_by_the_names_of_mediapipe(fake):
    seen = peer.run(fake(), "clip.mp4", python=sys.executable)
    published = {"nose": 0, "ear_l": 7, "shoulder_l": 11, "wrist_r": 16, "hip_r": 24, "ankle_l": 27,
                 "heel_r": 30, "big_toe_l": 31}  # fmt: skip
    for name, landmark in published.items():
        assert seen.px[0, INDEX[name], 0] == landmark, name
    assert np.isnan(seen.px[0, INDEX["head_top"]]).all()
    assert seen.visibility[0, INDEX["head_top"]] == 0


@pytest.mark.parametrize(
    "script, reason",
    [("raise SystemExit('no such model')", "no such model"), ("", "wrote no answer"),
     ("import sys; open(sys.argv[2], 'w').write('text')", "wrote no answer")],
)  # fmt: skip
def test_a_runner_that_fails_is_one_sentence(fake, script, reason):
    with pytest.raises(peer.PeerError, match=reason) as raised:
        peer.run(fake(script), "clip.mp4", python=sys.executable)
    assert str(raised.value).startswith("MediaPipe 2 is left out: ")
    assert "\n" not in str(raised.value)


def test_a_peer_without_its_python_is_one_sentence(monkeypatch):
    monkeypatch.setattr(peer.blenders, "interpreters", lambda wanted: {})
    with pytest.raises(peer.PeerError, match=r"needs Python 3.11 or 3.12"):
        peer.interpreter(peer.PEERS["MediaPipe 1"])


def test_a_peer_that_cannot_be_installed_is_one_sentence(monkeypatch):
    def no_network(venv, files):
        raise UserError("Packages could not be installed.")

    monkeypatch.setattr(peer.blenders, "interpreters", lambda wanted: {"3.11": sys.executable})
    monkeypatch.setattr(peer.environment.Environment, "ensure", no_network)
    with pytest.raises(peer.PeerError, match="left out: Packages could not be installed"):
        peer.interpreter(peer.PEERS["MediaPipe 1"])


def test_a_network_that_a_package_lacks_is_put_into_it_once(tmp_path, monkeypatch):
    published = tmp_path / "heavy.tflite"
    published.write_bytes(b"network")
    asked = []
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(weights, "published", lambda spec, *_: asked.append(spec.name) or published)
    place = tmp_path / "package.tflite"
    for _ in range(2):
        peer.add_network("blazepose-heavy", place)
    assert place.read_bytes() == b"network"
    assert asked == ["blazepose-heavy"]


def test_one_euro_calms_rest_and_keeps_what_is_missing(rng):
    X = rng.normal(0, 0.01, (200, 2, 3))
    X[50, 1] = np.nan
    smooth = filters.one_euro(X, np.arange(200) / FPS)
    assert smooth[100:, 0].std() < 0.4 * X[100:, 0].std()
    assert np.isnan(smooth[50, 1]).all() and np.isfinite(smooth[51, 1]).all()


def test_one_euro_reads_its_parameters_in_decimetres():
    """A step of 1 m after rest: speed |v| = a 10 / dt [dm/s], a = 1 / (1 + 1 / (2 pi dt)), and so on."""
    X = np.zeros((2, 1, 3))
    X[1, 0, 0] = 1.0
    found = filters.one_euro(X, np.arange(2) / FPS)[1, 0, 0]
    alpha = [1 / (1 + FPS / (2 * np.pi))]
    alpha.append(1 / (1 + FPS / (2 * np.pi * (0.8 + 0.4 * alpha[0] * 10 * FPS))))
    assert found == pytest.approx(alpha[1])


def as_keypoints(case):
    """The truth of a case as a perfect peer would give it: pelvis-relative X (T,K,3), px (T,K,2)."""
    X, px = (
        np.full((FRAMES, len(KEYPOINTS), 3), np.nan),
        np.full((FRAMES, len(KEYPOINTS), 2), np.nan),
    )
    columns = indices(LIMB_JOINTS)
    X[:, columns], px[:, columns] = metrics.root_relative(case.X)[:, :12], case.px
    return X, px


def test_a_perfect_peer_has_no_error(case):
    answer = accuracy.filtered("perfect", *as_keypoints(case), case)["perfect, raw"]
    found = accuracy.score(accuracy.gated(answer, case), case)
    assert found["mpjpe"] < 1e-9 and found["coverage"] == 1


def test_frames_on_somebody_else_count_as_missing(case):
    X, px = as_keypoints(case)
    px[:10] += 400
    answer = accuracy.filtered("half", X, px, case)["half, raw"]
    found = accuracy.score(accuracy.gated(answer, case), case)
    assert found["coverage"] == found["pck"] / 100 == 0.75
    assert found["mpjpe"] < 1e-9


def test_an_answer_to_some_frames_lies_on_those(case):
    found = accuracy.at_frames(np.array([[1.0], [2.0]]), np.array([3, 7]), case)
    assert (found[3], found[7]) == (1, 2)
    assert np.isfinite(found).sum() == 2


def test_the_table_goes_on_without_a_peer(case, monkeypatch, capsys):
    def missing(one, clip):
        raise peer.PeerError(f"{one.name} is left out: no network.")

    X, px = as_keypoints(case)
    own = accuracy.filtered("our networks", 1.1 * X, px, case)
    own[accuracy.OURS] = accuracy.filtered("", X, px, case)[", raw"]
    monkeypatch.setattr(peer, "run", missing)
    monkeypatch.setattr(accuracy, "own_fits", lambda scene: {})
    monkeypatch.setattr(accuracy, "own_answers", lambda fits, case: own)
    monkeypatch.setattr(accuracy.plots, "accuracy", lambda result, folder: None)
    found = [scenes.Scene("clip.mp4", (case,), None)]
    monkeypatch.setattr(accuracy.scenes, "sets", lambda data: [("walks", found)])
    result = accuracy.main(type("Options", (), {"data": None, "plots": None, "short": False}))
    said = capsys.readouterr().out
    assert said.count("is left out: no network.") == 2
    assert set(result["walks"]) == {*own, accuracy.TRUTH}


def test_what_beats_our_take_fit_is_marked(capsys):
    even = {key: 10.0 for key, *_ in accuracy.COLUMNS}
    rows = {
        "MediaPipe 1, raw": [(5, {**even, "mpjpe": 9.0, "pck": 9.0, "jitter": 1.0})],
        accuracy.OURS: [(5, even)],
        accuracy.TRUTH: [(5, {**even, "jitter": 12.0})],  # less than the truth's own is no merit
    }
    accuracy.table("walks", rows)
    said = capsys.readouterr().out
    assert "| MediaPipe 1, raw | **9.0** | 10.0 |" in said
    assert "behind MediaPipe 1, raw: mpjpe\n" in said


def test_clips_weigh_by_their_frames():
    assert accuracy.weighted([(3, {"a": 1.0}), (1, {"a": 5.0}), (9, {"a": np.nan})], "a") == 2.0
    assert np.isnan(accuracy.weighted([(9, {"a": np.nan})], "a"))


def test_a_synthetic_clip_is_a_scene_of_everybody_in_it(case, monkeypatch):
    X, px = (np.stack([values] * 2) for values in as_keypoints(case))
    visible = np.ones(px.shape[:3], bool)
    visible[1, :7] = False  # the second person comes in later
    truth = SimpleNamespace(
        name="pair", digest="0123456789", fps=FPS, image_size=np.array(SIZE), K=case.camera.K,
        identity=np.array([1, 2]), person=np.array(["Ada", "Ben"]), stature=np.array([1.6, 1.8]),
        X=X, px=px, visible=visible, joints=np.stack([case.X] * 2),
    )  # fmt: skip
    monkeypatch.setattr(scenes.datasets, "captured", lambda sequence, title: Path("take"))
    monkeypatch.setattr(scenes, "read_log", lambda path: (case.observations, True, 0))
    scene = scenes.rendered_scene("pair.mp4", truth)
    assert [one.name for one in scene.cases] == ["pair, Ada", "pair, Ben"]
    first, second = scene.cases
    np.testing.assert_allclose(metrics.root_relative(first.X), metrics.root_relative(case.X))
    np.testing.assert_allclose(first.px, case.px)
    assert np.isnan(second.X[:7]).all() and np.isfinite(second.X[7:]).all()


def test_material_that_is_not_there_is_said(monkeypatch, capsys):
    monkeypatch.setattr(scenes.synthetic, "find", lambda names: [])
    assert list(scenes.sets(None)) == []
    said = capsys.readouterr().out
    assert "Real video is left out" in said and "Synthetic people are left out" in said
