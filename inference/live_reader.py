"""The newest picture of a live source: a thread reads all of them and keeps only the last.

Whoever is slower than the camera misses pictures, but what is looked at is never old, so that the delay
does not grow. A camera or stream that breaks off is opened again every second.
"""

import contextlib
import itertools
import os
import threading
import time
from dataclasses import dataclass

import cv2
import numpy as np

from . import live_settings
from .video import Video, VideoError
from .webcam import open_camera

AGAIN_AFTER = 1.0  # [s] between two tries to open what broke off
LATER, LONGEST = (
    0.5,
    0.1,
)  # share of the time between pictures that is waited; [s] of that time at most
OPEN_MS, READ_MS = 5000, 2000  # [ms] that a stream may keep us waiting
OPTIONS = "OPENCV_FFMPEG_CAPTURE_OPTIONS"  # the only way to hand some to OpenCV's FFmpeg
FOR_STREAMS = "rtsp_transport;tcp|fflags;nobuffer"


@dataclass(frozen=True)
class Frame:
    """One picture: (H,W,3) uint8 BGR."""

    index: int
    time_s: float  # of the motion: since the first picture, or in the clip
    captured_s: float  # time.monotonic() when it was here
    image: np.ndarray


class NewestFrame:
    """Reads a LiveSource on a thread until it is closed.

    over      True when a clip has ended
    trouble   the sentence why no picture comes just now, or ""
    """

    def __init__(self, source):
        self._source = source
        self._changed = threading.Condition()
        self._frame, self._count, self._missed = None, 0, 0
        self._last_s = self._apart_s = (
            0.0  # when the last picture came, and how long after the one before
        )
        self._stop = threading.Event()
        self.trouble, self._error, self._ended = "", None, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def newest(self, timeout):
        """The newest Frame that was not given yet, waited for so long [s]; None where there is none.

        Where the next one is about to come, that one is waited for: poses are a little fewer, and much younger.
        Raises VideoError where the source never gave a picture, or its clip cannot be decoded further.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._ended, timeout)
            old, left = self._frame, worth_waiting(time.monotonic() - self._last_s, self._apart_s)
            if old is not None and left:
                self._changed.wait_for(lambda: self._frame is not old or self._ended, left)
            frame, self._frame = self._frame, None
        if frame is None and self._error is not None:
            raise self._error
        return frame

    @property
    def over(self):
        return self._ended and self._error is None and self._frame is None

    @property
    def missed(self):
        """Number of pictures that nobody looked at."""
        return self._missed

    def close(self):
        """Ends the thread; one that the system keeps waiting ends later, by itself."""
        self._stop.set()
        self._thread.join(timeout=0.5)

    def _run(self):
        """Thread: pictures until the source is over, with a new try whenever it breaks off."""
        try:
            while not self._stop.is_set() and not self._read_on():
                self._stop.wait(AGAIN_AFTER)
        except Exception as error:  # noqa: BLE001 - raised again by `newest`
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_on(self):
        """Opens the source and hands its pictures over; True when it has come to its end."""
        try:
            for time_s, image in pictures(self._source, self._stop):
                self._hand_over(time_s, image)
        except (VideoError, cv2.error) as error:
            sentence = error if isinstance(error, VideoError) else VideoError(_broken(self._source))
            if not self._count or self._source.kind == live_settings.CLIP:
                raise sentence from error
            self.trouble = str(sentence)
        else:
            self.trouble = "" if self._stop.is_set() else _broken(self._source)
        return self._source.kind == live_settings.CLIP

    def _hand_over(self, time_s, image):
        frame = Frame(self._count, time_s, time.monotonic(), image)
        with self._changed:
            self._missed += self._frame is not None
            self._apart_s, self._last_s = frame.captured_s - self._last_s, frame.captured_s
            self._frame, self._count, self.trouble = frame, self._count + 1, ""
            self._changed.notify_all()


def worth_waiting(age_s, apart_s):
    """[s] until the next picture, 0 where the one that is here, of this age, is to be looked at.

    apart_s   [s] between the last two pictures
    """
    left = apart_s - age_s
    return left if apart_s < LONGEST and 0.0 < left < LATER * apart_s else 0.0


def pictures(source, stop):
    """Yields (time [s], image) of a LiveSource as they come; ends where it does. Raises VideoError."""
    if source.kind == live_settings.CLIP:
        yield from _played(source, stop)
        return
    is_camera = source.kind == live_settings.CAMERA
    capture = open_camera(source) if is_camera else _open_stream(source.address)
    try:
        while not stop.is_set():
            ok, image = capture.read()
            if not ok or not _is_picture(image):
                return
            yield time.monotonic(), image
    finally:
        capture.release()


def _played(source, stop):
    """A clip at its own rate; where it begins again the time goes on."""
    begun, passed = time.monotonic(), 0.0
    for lap in itertools.count():
        with contextlib.closing(Video(source.address)) as video:
            first, last = None, 0.0
            for picture in video.pictures():
                first = picture.time_s if first is None else first
                last = passed + picture.time_s - first
                if stop.wait(max(0.0, begun + last - time.monotonic())):
                    return
                yield last, picture.image
            passed = last + 1.0 / video.fps
        if not source.again or (lap == 0 and last <= 0.0):
            return


def _open_stream(address):
    limits = [
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS,
    ]  # fmt: skip
    with _options(FOR_STREAMS):
        capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        capture.release()
        raise VideoError(
            f"{address} gives no picture: nothing answers there, or what it sends is no video."
        )
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


@contextlib.contextmanager
def _options(text):
    """FFmpeg's options while a stream is opened: with them, OpenCV 4.10 and 4.12 decode no file."""
    if OPTIONS in os.environ:  # the user knows better
        yield
        return
    os.environ[OPTIONS] = text
    try:
        yield
    finally:
        del os.environ[OPTIONS]


def _broken(source):
    named = f"Camera {source.device}" if source.kind == live_settings.CAMERA else source.address
    return f"{named} sends no picture any more."


def _is_picture(image):
    """Whether it is what the networks can look at; a torn stream gives other things too."""
    return image is not None and image.ndim == 3 and image.shape[2] == 3 and image.size > 0
