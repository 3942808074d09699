"""The self-test: what it finds out, what it says, and that its report names no folder and no user."""

import tempfile
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest
from monorig.inference import self_test
from monorig.inference.errand import Errand
from monorig.inference.packages import PackagesError
from monorig.inference.parent import Cancelled
from monorig.inference.protocol import Message
from monorig.inference.take_folder import OUT
from synthetic_motion import synthetic_motion

TRUTH = tomllib.loads(self_test.TRUTH.read_text(encoding="utf-8"))
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


class Listener:
    """Stands for the errand; cancels at the first progress where it should."""

    def __init__(self, cancels=False):
        self.cancels, self.heard = cancels, []

    def check(self):
        pass

    def progress(self, stage, **fields):
        self.heard.append((stage, fields))
        if self.cancels:
            raise Cancelled


def seen(offset_px=0.0, people=1, frames=50):
    """A Motion whose keypoints lie so far from the truth."""
    motion = synthetic_motion(people, frames, gaps=False)
    columns = [list(motion.keypoint_names).index(name) for name in TRUTH["keypoints"]]
    true_px = np.asarray(TRUTH["px"]).reshape(-1, len(columns), 2)
    for row, px in zip(range(0, frames, TRUTH["every"]), true_px):
        motion.px[0, row, columns] = px + [offset_px, 0.0]
    return motion


class Child:
    """Stands for the client: says at once that the clip was captured, or what it is told to say."""

    def __init__(self, motion, provider=CPU, last=None, refusal=None, said=()):
        self.said = said
        self.motion, self.provider, self.last, self.refusal = motion, provider, last, refusal
        self.jobs, self.preferred, self.running, self.closed = [], None, False, False

    def __call__(self, preferred):
        self.preferred = preferred
        return self

    def start(self, job):
        if self.refusal:
            raise self.refusal
        self.jobs.append(job)
        self.motion.save(Path(job.take, OUT))
        self.running = True

    def poll(self):
        self.running = False
        report = {"provider": self.provider, "frames": 50, "seconds_per_stage": {"capture": 5.0}}
        progress = Message("progress", {"stage": "capture", "done": 25, "total": 50})
        said = [Message("log", {"text": text}) for text in self.said]
        return [progress, *said, self.last or Message("done", {"report": report})]

    def close(self):
        self.closed = True


@pytest.fixture
def networks(tmp_path):
    """A folder in which the networks seem to lie."""
    folder = tmp_path / "networks"
    folder.mkdir()
    for name in ("yolox-tiny-humanart", "rtmpose-s-halpe26", "blazepose-heavy"):
        (folder / f"{name}.onnx").write_bytes(b"x" * 1000)
    return (str(folder),)


def test_the_clip_is_small_and_what_the_truth_describes():
    assert self_test.CLIP.stat().st_size < 300_000
    film = cv2.VideoCapture(str(self_test.CLIP))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == TRUTH["frames"]
    assert len(TRUTH["px"]) == TRUTH["frames"] / TRUTH["every"]
    assert {len(row) for row in TRUTH["px"]} == {2 * len(TRUTH["keypoints"])}
    film.release()


def test_where_everything_works_it_says_how_fast(networks):
    child, listener = Child(seen(1.0)), Listener()
    facts = (("Blender", "5.2.3"),)
    fields = self_test.run(listener, self_test.Plan(facts, networks=networks, make_client=child))
    assert fields["ok"] and fields["provider"] == CPU and not fields["card_works"]
    sentence = "Everything works: 10.0 frames per second on the processor."
    assert fields["sentence"] == sentence
    assert "Blender                             5.2.3" in fields["report"]
    assert "keypoints 1.0 px from the truth" in fields["report"]
    assert listener.heard == [("Capturing on the processor", {"done": 25, "total": 50})]
    assert not child.jobs[0].gpu and child.closed


def test_with_a_card_both_are_tested_and_told(networks, tmp_path):
    child = Child(seen(), provider=CUDA)
    plan = self_test.Plan(networks=networks, card=tmp_path / "gpu", make_client=child)
    fields = self_test.run(Listener(), plan)
    assert fields["card_works"] and fields["provider"] == CUDA
    assert "on the graphics card (CUDA), 10.0 frames per second on the proc" in fields["sentence"]
    assert [job.gpu for job in child.jobs] == [True, False]
    assert child.preferred == []  # the processor's run is not the card's packages


def test_a_card_that_stays_unused_is_said(networks, tmp_path):
    child = Child(seen(), said=["Failed to load libcudnn.so.9."])
    plan = self_test.Plan(networks=networks, card=tmp_path, make_client=child)
    fields = self_test.run(Listener(), plan)
    assert fields["ok"] and not fields["card_works"]
    words = "The graphics card is not used: Failed to load libcudnn.so.9. The rest works: 10.0"
    assert fields["sentence"].startswith(words)
    assert "What the child said on the graphics card:" in fields["report"]


@pytest.mark.parametrize(
    "motion, words",
    [
        (seen(30.0), "keypoints lie 30 px from where the person is"),
        (seen(people=2), "2 people were found instead of 1"),
        (seen(frames=40), "not all of the clip was seen"),
    ],
)
def test_a_wrong_result_fails_with_what_is_wrong(networks, motion, words):
    plan = self_test.Plan(networks=networks, make_client=Child(motion))
    fields = self_test.run(Listener(), plan)
    assert not fields["ok"] and words in fields["sentence"]
    assert "FAILS" in fields["report"]


def test_a_child_that_fails_leaves_its_last_lines_in_the_report(networks):
    home = str(Path.home() / "some where")
    last = Message("failed", {"text": "Boom.", "log": [f"{home}/onnx.so: missing"]})
    plan = self_test.Plan(networks=networks, make_client=Child(seen(), last=last))
    fields = self_test.run(Listener(), plan)
    assert fields["sentence"] == "The self-test fails at: Capture on the processor - Boom."
    assert "onnx.so: missing" in fields["report"] and str(Path.home()) not in fields["report"]


def test_packages_that_do_not_work_fail_with_the_way_out(networks):
    child = Child(seen(), refusal=PackagesError("OpenCV 3.4 does not do. Use own ones."))
    fields = self_test.run(Listener(), self_test.Plan(networks=networks, make_client=child))
    assert fields["sentence"].endswith("Use own ones.") and not fields["ok"]


def test_a_missing_network_is_named(tmp_path):
    plan = self_test.Plan(networks=(str(tmp_path),), make_client=Child(seen()))
    fields = self_test.run(Listener(), plan)
    assert not fields["ok"] and "yolox-tiny-humanart" in fields["sentence"]


def test_a_cancel_ends_the_child(networks):
    child = Child(seen())
    with pytest.raises(Cancelled):
        plan = self_test.Plan(networks=networks, make_client=child)
        self_test.run(Listener(cancels=True), plan)
    assert child.closed


@pytest.mark.parametrize(
    "text",
    [
        "/home/jane/.config/blender/5.2/a.py: broken",
        r"C:\Users\Jane Doe\AppData\Local\a.dll is missing",
        r"C:\\Users\\Jane Doe\\AppData\\a.dll",
        "in /Users/jane doe/Library/a.so",
        "janedoe ran it",
    ],
)
def test_no_folder_and_no_name_is_left(monkeypatch, text):
    monkeypatch.setattr(self_test, "user_name", lambda: "janedoe")
    homes = {"C": r"C:\Users\Jane Doe", "i": "/Users/jane doe"}
    monkeypatch.setattr(Path, "home", lambda: Path(homes.get(text[0], "/home/jane")))
    left = self_test.without_personal_paths(text)
    assert "jane" not in left.lower() and len(left) > 5


def test_what_is_no_folder_stays():
    text = "50 frames at 10.1 frames/s with CUDA, n/a, 3.11, https://example.org/a/b, and/or"
    assert self_test.without_personal_paths(text) == text


def test_as_an_errand_it_ends_with_one_last_word(networks):
    plan = self_test.Plan(networks=networks, make_client=Child(seen()))
    errand = Errand(lambda errand: self_test.run(errand, plan))
    errand.start()
    errand._thread.join(10.0)
    assert [message.type for message in errand.poll()] == ["progress", "done"]


@pytest.mark.slow
def test_the_real_thing(network_file):
    """The real child with the real networks."""
    for name in ("yolox-tiny-humanart", "rtmpose-s-halpe26", "blazepose-heavy"):
        network_file(name)
    fields = self_test.run(Listener(), self_test.Plan())
    assert fields["ok"], fields["sentence"]
    assert tempfile.gettempdir() not in fields["report"]
