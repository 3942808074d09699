"""Reading a clip: frames with their true times, after the file's own rotation tag.

OpenCV's FFmpeg does the decoding. A numbered picture stands for all that are numbered on from it.
A picture is (H, W, 3) uint8 in BGR, as OpenCV gives it.
"""

import os
import queue
import threading
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from . import sequences

READ_AHEAD_BYTES = 128 << 20
READ_AHEAD_FRAMES = 4
DECODER_THREADS = 4  # at most: each holds pictures of its own, which at 8K is much memory


class VideoError(Exception):
    """The clip cannot be used; the text is one sentence for the user."""


@dataclass(frozen=True)
class Picture:
    index: int  # in the file, from 0
    time_s: float  # presentation time
    image: np.ndarray  # (H, W, 3) uint8 BGR


class Video:
    """An open clip. Iterate `pictures(first, end)` once; the file is read ahead on a thread.

    width, height   of the upright picture [px]
    fps             nominal rate; 30 where the file gives none; of numbered pictures as many as one says
    announced       number of frames that the file's header promises (0 = it does not say)
    """

    def __init__(self, path, fps=None):
        self.path = Path(path)
        self._capture = _open(self.path)
        self._reader, self._stop = None, threading.Event()
        self.announced = max(int(self._capture.get(cv2.CAP_PROP_FRAME_COUNT)), 0)
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        if sequences.is_picture(self.path):
            rate = fps or sequences.RATE
        self.fps = float(rate) if np.isfinite(rate) and 0 < rate <= 1000 else 30.0
        ok, self._first = self._capture.read()
        if not ok:
            codec = _fourcc(self._capture)
            self.close()
            raise VideoError(
                f"No picture of {self.path} can be decoded (codec {codec}); "
                "convert the clip to H.264 and try again."
            )
        self._first_time = self._time(0, -1.0)
        self.height, self.width = self._first.shape[:2]

    def pictures(self, first=0, end=None):
        """Yields Picture for the frames first..end-1; stops where the file ends."""
        if self._reader is not None:
            raise RuntimeError("the pictures of a Video can be read only once")
        ahead = max(1, min(READ_AHEAD_FRAMES, READ_AHEAD_BYTES // self._first.nbytes))
        pictures = queue.Queue(maxsize=ahead)
        arguments = first, end, pictures
        self._reader = threading.Thread(target=self._read, args=arguments, daemon=True)
        self._reader.start()
        try:
            while (item := pictures.get()) is not None:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self._stop.set()

    def close(self):
        """Ends the reading thread, then the file: a capture must not be released while it reads."""
        self._stop.set()
        if self._reader is not None:
            self._reader.join()
        self._capture.release()

    def _read(self, first, end, pictures):
        """Thread: decodes into the queue; None at the end, or the error that stopped it."""
        try:
            for picture in self._decode(first, end):
                if not self._hand_over(picture, pictures):
                    return
            self._hand_over(None, pictures)
        except cv2.error as error:
            self._hand_over(VideoError(f"{self.path} cannot be decoded: {error.err}."), pictures)
        except Exception as error:  # noqa: BLE001 - raised again by the thread that iterates
            self._hand_over(error, pictures)

    def _hand_over(self, item, pictures):
        """Waits for room in the queue; False when the video was closed instead."""
        while not self._stop.is_set():
            try:
                pictures.put(item, timeout=0.05)
                return True
            except queue.Full:
                continue
        return False

    def _decode(self, first, end):
        image, self._first = self._first, None
        index, time_s = 0, self._first_time
        if first == 0 and (end is None or end > 0):
            yield Picture(0, time_s, image)
        while end is None or index + 1 < end:
            index += 1
            if index < first:
                if not self._capture.grab():
                    return
                time_s = self._time(index, time_s)
                continue
            ok, image = self._capture.read()
            if not ok:
                return
            if image.shape[:2] != (self.height, self.width):
                raise VideoError(
                    f"The picture size of {self.path} changes at frame {index}; "
                    "cut the clip there or convert it to one size."
                )
            time_s = self._time(index, time_s)
            yield Picture(index, time_s, image)

    def _time(self, index, previous):
        """Presentation time [s]; where the file has none or runs backwards, one nominal step on."""
        time_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
        if index > 0 and not time_s > previous:
            time_s = previous + 1.0 / self.fps
        return float(time_s)


def _open(path):
    if not path.exists():
        raise VideoError(f"There is no file {path}.")
    if path.is_dir():
        raise VideoError(f"{path} is a folder, not a clip.")
    if path.stat().st_size == 0:
        raise VideoError(f"{path} is empty.")
    try:
        path.open("rb").close()
    except OSError as error:
        raise VideoError(f"{path} cannot be opened: {error.strerror}.") from error
    if sequences.is_picture(path):
        capture = cv2.VideoCapture(str(sequences.first_of(path)), cv2.CAP_IMAGES)
    else:
        threads = [cv2.CAP_PROP_N_THREADS, min(os.cpu_count() or 1, DECODER_THREADS)]
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, threads)
    if not capture.isOpened():
        raise VideoError(f"{path} is not a video that can be read.")
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # some builds of OpenCV leave the tag to us
    return capture


def _fourcc(capture):
    code = int(capture.get(cv2.CAP_PROP_FOURCC))
    text = "".join(chr((code >> shift) & 255) for shift in (0, 8, 16, 24))
    return text.strip() if text.isprintable() and text.strip() else "unknown"
