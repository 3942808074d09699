"""Webcams: which there are, by name, and opening one through the backends of the system in turn."""

import os
import sys
from pathlib import Path

import cv2

from .video import VideoError

DRIVERS = Path("/sys/class/video4linux")
# DirectShow before Media Foundation: that one takes up to a minute to open some cameras
BACKENDS = {
    "linux": (cv2.CAP_V4L2, cv2.CAP_ANY),
    "win32": (cv2.CAP_DSHOW, cv2.CAP_MSMF, cv2.CAP_ANY),
    "darwin": (cv2.CAP_AVFOUNDATION, cv2.CAP_ANY),
}
MOST_TRIED = 10  # numbers of cameras where the system gives no list
GIVEN_UP = 2  # numbers in a row without a camera
PLAIN_SIDE = 640  # [px] wider pictures come fast enough only when they are compressed
WAITED_S = "2"  # [s] for one picture, then the camera counts as unplugged

os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", WAITED_S)
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")  # they open slowly
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # numbers without a camera are no errors


def devices(platform=sys.platform, drivers=DRIVERS, opener=cv2.VideoCapture):
    """[(number, name)] of the webcams.

    Linux tells their names; elsewhere numbers are tried, which switches each camera on for a moment.
    """
    if platform == "linux":
        return listed(drivers)
    found, missed = [], 0
    for number in range(MOST_TRIED):
        capture = _opened(number, platform, opener)
        if capture is None:
            missed += 1
            if missed == GIVEN_UP:
                break
            continue
        width, height = (int(capture.get(key)) for key in (3, 4))
        capture.release()
        missed = 0
        found.append((number, f"Camera {number + 1} ({width} x {height})"))
    return found


def listed(drivers=DRIVERS):
    """[(number, name)] that Linux lists; of a camera with several nodes the first, which gives pictures."""
    found = []
    for node in drivers.glob("video*"):
        number, index = node.name.removeprefix("video"), _text(node / "index")
        if number.isdigit() and index in ("0", ""):
            found.append((int(number), _text(node / "name") or f"Camera {number}"))
    return sorted(found)


def _text(path):
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # the camera was unplugged meanwhile
        return ""


def open_camera(source, platform=sys.platform, opener=cv2.VideoCapture):
    """LiveSource of a webcam -> its capture, as near to size and rate as it can. Raises VideoError."""
    capture = _opened(source.device, platform, opener)
    if capture is None:
        raise VideoError(
            f"Camera {source.device} cannot be opened: it is not there, another program uses it, "
            "or the system does not allow it."
        )
    if source.size:
        if source.size[0] > PLAIN_SIDE:
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter_fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, source.size[0])
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, source.size[1])
    if source.fps:
        capture.set(cv2.CAP_PROP_FPS, source.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _opened(number, platform, opener):
    """The capture of the first backend that can open a camera, or None."""
    for backend in BACKENDS.get(platform, (cv2.CAP_ANY,)):
        capture = opener(number, backend)
        if capture.isOpened():
            return capture
        capture.release()
    return None
