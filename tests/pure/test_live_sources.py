"""Live sources: webcams by name and backend, streams that break off, clips at their own rate."""

import itertools
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from capturing import film, is_one_sentence
from monorig.inference import live_reader, webcam
from monorig.inference.job import Job, JobError
from monorig.inference.live_reader import NewestFrame
from monorig.inference.live_settings import LiveSettingsError, LiveSource
from monorig.inference.video import VideoError

IMAGE = np.zeros((48, 64, 3), np.uint8)
SOON = 20.0  # [s] a picture may take on a busy machine
STREAM = LiveSource("address", address="http://127.0.0.1/video")


class Capture:
    """A webcam as OpenCV opens it; remembers what it was asked for."""

    def __init__(self, opens):
        self.opens, self.asked = opens, {}

    def isOpened(self):
        return self.opens

    def set(self, key, value):
        self.asked[key] = value

    def get(self, key):
        return {3: 640.0, 4: 480.0}.get(key, 0.0)

    def release(self):
        self.opens = False


def test_a_live_job_survives_json():
    source = LiveSource("camera", 2, "", (1280, 720), 30.0, True, False)
    job = Job(task="live", live=source)
    assert Job.from_json(job.to_json()) == job
    job.check()
    Job(task="cameras").check()


@pytest.mark.parametrize(
    ("source", "word"),
    [
        (LiveSource("radio"), "no source"),
        (LiveSource("clip"), "Choose a clip"),
        (LiveSource("address", address="192.168.0.7"), "no address"),
        (LiveSource("address", address="http://"), "no address"),
        (LiveSource(device=-1), "no camera number"),
        (LiveSource(size=(0, 480)), "not possible"),
        (LiveSource(fps=-5.0), "not possible"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused_in_a_sentence(source, word):
    with pytest.raises(LiveSettingsError, match=word) as refused:
        Job(task="live", live=source).check()
    assert is_one_sentence(str(refused.value))


def test_a_live_job_without_a_source_is_refused():
    with pytest.raises(JobError, match="No webcam"):
        Job(task="live").check()


def test_linux_tells_the_names_of_webcams_and_their_other_nodes_are_left_out(tmp_path):
    for node, name, index in (("video2", "USB Camera", 0), ("video0", "Built-in", 0)):
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(name + "\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    (tmp_path / "video1").mkdir()
    (tmp_path / "video1" / "index").write_text("1\n")
    assert webcam.listed(tmp_path) == [(0, "Built-in"), (2, "USB Camera")]
    assert webcam.listed(tmp_path / "nothing") == []


def test_elsewhere_numbers_are_tried_until_none_answers():
    found = webcam.devices("win32", opener=lambda number, backend: Capture(number in (0, 2)))
    assert found == [(0, "Camera 1 (640 x 480)"), (2, "Camera 3 (640 x 480)")]


def test_backends_are_tried_in_turn_and_size_and_rate_are_asked_for():
    tried = []

    def opener(number, backend):
        tried.append(backend)
        return Capture(backend == cv2.CAP_MSMF)

    source = LiveSource(device=1, size=(1280, 720), fps=30.0)
    asked = webcam.open_camera(source, "win32", opener).asked
    assert tried == [cv2.CAP_DSHOW, cv2.CAP_MSMF]
    assert asked[cv2.CAP_PROP_FRAME_WIDTH] == 1280 and asked[cv2.CAP_PROP_FPS] == 30.0


def test_a_camera_that_is_not_there_or_busy_is_a_sentence():
    with pytest.raises(VideoError, match="another program uses it") as refused:
        webcam.open_camera(LiveSource(device=3), "linux", lambda *_: Capture(False))
    assert is_one_sentence(str(refused.value))


def test_only_the_newest_picture_is_kept(monkeypatch):
    read, go_on = threading.Event(), threading.Event()

    def five(_source, _stop):
        yield from ((t / 30, IMAGE) for t in range(5))
        read.set()
        go_on.wait(SOON)

    monkeypatch.setattr(live_reader, "pictures", five)
    reader = NewestFrame(STREAM)
    assert read.wait(SOON)
    frame = reader.newest(SOON)
    assert frame.index == 4 and reader.missed == 4 and reader.newest(0.0) is None
    go_on.set()
    reader.close()


def test_a_picture_that_is_about_to_come_is_worth_waiting_for():
    assert live_reader.worth_waiting(0.030, 0.033) == pytest.approx(0.003)
    for age, apart in (
        (0.010, 0.033),
        (0.040, 0.033),
        (0.9, 1.0),
    ):  # fresh, late, too slow a camera
        assert live_reader.worth_waiting(age, apart) == 0.0


def test_the_picture_that_was_waited_for_is_the_one_looked_at(monkeypatch):
    come = threading.Event()

    def two(_source, stop):
        yield 0.0, IMAGE
        come.wait(SOON)
        yield 0.1, IMAGE
        stop.wait(SOON)

    def about_to_come(_age, _apart):
        come.set()
        return SOON

    monkeypatch.setattr(live_reader, "pictures", two)
    monkeypatch.setattr(live_reader, "worth_waiting", about_to_come)
    reader = NewestFrame(STREAM)
    assert reader.newest(SOON).index == 1 and reader.missed == 1
    reader.close()


def test_what_breaks_off_is_opened_again_until_it_answers(monkeypatch):
    turns = itertools.count()

    def broken(_source, stop):
        turn = next(turns)
        if turn in (1, 2):
            raise VideoError("Nothing answers there.")
        yield float(turn), IMAGE
        if turn > 2:
            stop.wait(SOON)

    monkeypatch.setattr(live_reader, "pictures", broken)
    monkeypatch.setattr(live_reader, "AGAIN_AFTER", 0.01)
    reader = NewestFrame(STREAM)
    times = []
    while len(times) < 2:
        frame = reader.newest(SOON)
        times += [frame.time_s] if frame else []
    assert times == [0.0, 3.0] and not reader.over and reader.trouble == ""
    reader.close()


def test_what_never_gave_a_picture_ends_with_its_sentence(monkeypatch):
    def refused(_source, _stop):
        raise VideoError("Nothing answers there.")
        yield

    monkeypatch.setattr(live_reader, "pictures", refused)
    with pytest.raises(VideoError, match="Nothing answers"):
        NewestFrame(STREAM).newest(SOON)


def test_a_clip_runs_at_its_own_rate_and_its_time_goes_on_when_it_begins_again(tmp_path):
    path = film(tmp_path / "short.mp4", frames=6)
    source = LiveSource("clip", address=str(path), again=True)
    times = [t for t, _ in itertools.islice(live_reader.pictures(source, threading.Event()), 15)]
    np.testing.assert_allclose(times, np.arange(15) / 30, atol=2e-3)  # [s]
    once = LiveSource("clip", address=str(path))
    assert len(list(live_reader.pictures(once, threading.Event()))) == 6


@pytest.fixture
def served():
    """served(part): address of a stream on this machine that sends what `part(number)` gives until None."""
    servers = []

    def serve(part):
        class Stream(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=--part")
                self.end_headers()
                for number in itertools.count():
                    chunk = part(number)
                    if chunk is None:
                        return
                    self.wfile.write(chunk)

            def log_message(self, *_words):
                """Quiet."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Stream))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/video"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def jpeg(number):
    """One part of an MJPEG stream."""
    data = cv2.imencode(".jpg", np.full((48, 64, 3), 5 * number % 250, np.uint8))[1].tobytes()
    head = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def test_a_phones_mjpeg_stream_is_read_and_opened_again_when_it_ends(served, monkeypatch):
    monkeypatch.setattr(live_reader, "AGAIN_AFTER", 0.01)
    address = served(lambda number: jpeg(number) if number < 40 else None)
    reader = NewestFrame(LiveSource("address", address=address))
    seen = 0
    while seen <= 45:  # more than one connection gives
        frame = reader.newest(SOON)
        seen = frame.index
    assert frame.image.shape == (48, 64, 3) and not reader.over
    reader.close()


def test_a_stream_that_stalls_is_noticed_and_opened_again(served, monkeypatch):
    monkeypatch.setattr(live_reader, "AGAIN_AFTER", 0.01)
    monkeypatch.setattr(live_reader, "READ_MS", 200)
    stalled = threading.Event()

    def first_stalls(number):
        if number == 20 and not stalled.is_set():
            stalled.set()
            resumed.wait(SOON)
            return None
        return jpeg(number)

    resumed = threading.Event()
    reader = NewestFrame(LiveSource("address", address=served(first_stalls)))
    while not stalled.is_set() or reader.newest(SOON).index < 30:  # only a second connection gives
        pass
    assert not reader.over
    resumed.set()
    reader.close()


def test_options_of_streams_are_there_for_streams_alone(served, monkeypatch):
    """With them, some versions of OpenCV decode no file."""
    monkeypatch.delenv(live_reader.OPTIONS, raising=False)
    there, opened = [], cv2.VideoCapture

    def capture(*arguments):
        there.append(os.environ.get(live_reader.OPTIONS))
        return opened(*arguments)

    monkeypatch.setattr(cv2, "VideoCapture", capture)
    live_reader._open_stream(served(jpeg)).release()
    assert there == [live_reader.FOR_STREAMS] and live_reader.OPTIONS not in os.environ


def test_a_stream_of_garbage_is_a_sentence(served):
    garbage = np.random.default_rng(1).integers(0, 256, 1 << 16, np.uint8).tobytes()
    address = served(lambda number: garbage if number < 40 else None)
    with pytest.raises(VideoError, match="no video") as refused:
        NewestFrame(LiveSource("address", address=address)).newest(SOON)
    assert is_one_sentence(str(refused.value))
