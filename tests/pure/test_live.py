"""The live child from end to end, with stand-in networks: poses, pauses, a camera that is lost, the end."""

import itertools

import numpy as np
import pytest
from capturing import SIZE, film, is_one_sentence, run
from monorig.inference import live, live_reader
from monorig.inference.job import Job
from monorig.inference.live_settings import LiveSource
from monorig.inference.parent import Cancelled
from monorig.inference.take import empty_observation
from monorig.inference.video import VideoError

SECONDS = 3


@pytest.fixture(scope="module")
def live_job(networks, tmp_path_factory):
    """A clip of somebody who stands, as if it were live, again and again."""
    path = film(
        tmp_path_factory.mktemp("live") / "stands.mp4",
        frames=30 * SECONDS,
        people=lambda i: [(100, 30, 170)],
    )
    source = LiveSource("clip", address=str(path), again=True)
    return Job(task="live", chain="live", live=source, networks=(str(networks),), threads=1)


def until(messages, type, number):
    return sum(m.type == type for m in messages) >= number


def test_a_clip_as_if_live_gives_a_body_and_poses_until_cancelled(live_job):
    got = []

    def listen(message, client):
        got.append(message)
        if until(got, "pose", 25) and message.fields.get("stage") == "live":
            client.cancel()

    messages = run(live_job, listen)
    assert messages[-1].fields["kind"] == "cancelled"
    bodies = next(m for m in messages if m.type == "bodies")
    assert bodies.arrays["identity"].tolist() == [1] and bodies.fields["camera"][2] > 0
    assert 1.2 < bodies.arrays["height_m"][0] < 2.1  # [m]
    poses = [m for m in messages if m.type == "pose"]
    last = poses[-1]
    assert last.arrays["rotation"].shape[-2:] == (21, 4)
    np.testing.assert_allclose(np.linalg.norm(last.arrays["rotation"], axis=-1), 1.0, atol=1e-3)
    times = [m.fields["time_s"] for m in poses]
    assert times == sorted(times)
    for m in poses:
        told = m.fields
        assert told["captured_s"] + told["waited_s"] + told["networks_s"] <= told["solved_s"]
    stages = [m.fields["stage"] for m in messages if m.type == "progress"]
    assert stages[0] == "networks" and stages[-1] == "live" and "measuring" in stages


def test_pause_holds_the_poses_back_and_recalibrate_tells_the_body_again(live_job):
    got, asked = [], []

    def listen(message, client):
        got.append(message)
        stage = message.fields.get("stage")
        if not asked and until(got, "bodies", 1):
            client.ask("pause")
            asked.append(len(got))
        elif len(asked) == 1 and stage == "paused":
            client.ask("resume")
            client.ask("recalibrate")
            asked.append(len(got))
        elif len(asked) == 2 and until(got, "bodies", 2):
            client.cancel()

    messages = run(live_job, listen)
    assert until(messages, "bodies", 2) and messages[-1].fields["kind"] == "cancelled"


def test_a_clip_that_is_not_played_again_ends_the_job(live_job, tmp_path):
    path = film(tmp_path / "short.mp4", frames=10)
    source = LiveSource("clip", address=str(path), mirror=True)
    last = run(Job(**{**vars(live_job), "live": source}))[-1]
    assert last.type == "done" and last.fields["frames"] + last.fields["missed"] <= 10


@pytest.mark.parametrize(
    "source",
    [
        LiveSource("clip", address="/no/clip.mp4"),
        LiveSource("address", address="http://127.0.0.1:9/"),
    ],
)
def test_a_source_that_cannot_be_opened_is_a_sentence(live_job, source):
    last = run(Job(**{**vars(live_job), "live": source}))[-1]
    assert last.fields["kind"] == "input" and is_one_sentence(last.fields["text"])


class Parent:
    """Stands where the pipe is; cancels after so many messages of a type."""

    def __init__(self, type, number):
        self.sent, self._until = [], (type, number)

    def send(self, type, arrays=None, **fields):
        self.sent.append((type, fields))

    def requests(self):
        return ()

    def progress(self, final, **fields):
        if sum(kind == self._until[0] for kind, _ in self.sent) >= self._until[1]:
            raise Cancelled


class NoNetworks:
    """An observer that sees nobody."""

    class tracker:
        tracks = ()

        def forget():
            """Nobody is known."""

    def look(self, picture):
        return empty_observation(picture.index, picture.time_s)


def looking(monkeypatch, parent, feed):
    """A session on pictures that `feed(turn, stop)` gives."""
    turns = itertools.count()
    monkeypatch.setattr(live_reader, "pictures", lambda source, stop: feed(next(turns), stop))
    monkeypatch.setattr(live_reader, "AGAIN_AFTER", 0.01)
    monkeypatch.setattr(live, "LOST_AFTER", 0.1)
    source = LiveSource("address", address="http://127.0.0.1/")
    reader = live_reader.NewestFrame(source)
    network = type("Network", (), {"provider": "CPU", "seconds": 0.0})
    job = Job(task="live", live=source)
    return live.Looking(job, NoNetworks(), reader, parent, {"pose_3d": network}, 1), reader


def test_a_lost_camera_is_told_and_found_again(monkeypatch):
    def feed(turn, stop):
        if turn == 0:
            yield 0.0, np.zeros((*SIZE[::-1], 3), np.uint8)
        elif ("lost", {"text": "http://127.0.0.1/ sends no picture any more."}) in parent.sent:
            yield 1.0, np.zeros((*SIZE[::-1], 3), np.uint8)
            stop.wait(10)

    parent = Parent("found", 1)
    session, reader = looking(monkeypatch, parent, feed)
    with pytest.raises(Cancelled):
        while session.goes_on():
            session.look()
    reader.close()
    assert [kind for kind, _ in parent.sent] == ["pose", "lost", "found", "pose"]


def test_a_source_that_opens_and_stays_dark_is_given_up(monkeypatch):
    monkeypatch.setattr(live, "PATIENCE", 0.1)

    def feed(_turn, stop):
        stop.wait(10)
        yield from ()

    session, reader = looking(monkeypatch, Parent("found", 1), feed)
    with pytest.raises(VideoError, match="gives no picture"):
        while session.goes_on():
            session.look()
    reader.close()


def test_each_wish_to_pause_or_to_go_on_is_answered(monkeypatch):
    """Also one to go on and one to pause that come together, after which nothing has changed."""

    class Asking(Parent):
        wishes = [("pause",), (), ("resume", "pause"), (), ("resume", "recalibrate")]

        def requests(self):
            return self.wishes.pop(0)

        def progress(self, final, **fields):
            self.sent.append((final, len(self.wishes)))

        def check(self):
            """Nobody cancels."""

    def feed(_turn, stop):
        yield 0.0, np.zeros((*SIZE[::-1], 3), np.uint8)
        stop.wait(10)

    parent = Asking("found", 1)
    session, reader = looking(monkeypatch, parent, feed)
    while session.frames == 0:
        session.look()
    parent.sent.clear()
    while parent.wishes:
        session.goes_on()
    reader.close()
    assert parent.sent == [(True, 4), (True, 2), (True, 0)]
