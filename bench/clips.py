"""Clips to measure speed on, cut out of the demo clip once and kept in the cache folder.

The demo clip shows a man on a roof, and from its second second on a woman who walks by below. Every clip is
H.264 at 30 frames/s, written with one key frame a second.
"""

from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np

from ..cli import fetch
from ..inference import cache
from ..inference.video import Video

VERSION = 2  # of the clips: count up when they change
MAN, MAN_FRAMES = (440, 0, 1000, 480), (0, 140)  # x1 y1 x2 y2 [px] in which he is alone
BOTH_FRAMES = (60, 150)
CROWD_FRAMES = 60
TILES = (4, 2)  # columns, rows of a crowd
RATE = 30
GREY = 128
HD = (1280, 720)


def one_person():
    """The man alone, 560 x 480, 140 frames."""
    return _made("one-person", lambda: cropped(MAN, MAN_FRAMES))


def two_people():
    """The man and the woman, 1768 x 994, 90 frames."""
    return _made("two-people", lambda: cropped(None, BOTH_FRAMES))


def two_people_720p():
    """The same two, 1280 x 720."""
    return _made(
        "two-people-720p", lambda: (cv2.resize(image, HD) for image in pictures(two_people()))
    )


def crowd(people):
    """The man several times in a picture whose size does not depend on how often, 2240 x 960, 60 frames."""
    images = (tiled(image, people) for image in pictures(one_person(), 0, CROWD_FRAMES))
    return _made(f"crowd-{people}", lambda: images)


def long(frames):
    """The man forth and back until there are so many frames."""
    return _made(f"long-{frames}", lambda: forth_and_back(list(pictures(one_person())), frames))


def scaled(factor):
    """The man in a picture enlarged by a factor, 140 frames."""
    return _made(
        f"scaled-{factor:g}", lambda: (resized(image, factor) for image in pictures(one_person()))
    )


def _made(name, make):
    """The clip of that name, written if it is not there yet."""
    path = cache.folder() / "bench" / f"speed-{VERSION}-{name}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in path.parent.glob(f"speed-*-{name}.mp4"):
            old.unlink()
        part = path.with_name(path.name + ".part")
        write(part, make())
        part.replace(path)
    return path


def pictures(clip, first=0, end=None):
    """Yields the pictures (H,W,3) of a clip."""
    video = Video(clip)
    try:
        for picture in video.pictures(first, end):
            yield picture.image
    finally:
        video.close()


def cropped(box, frames):
    """Yields pictures of the demo clip, cut to a box (x1, y1, x2, y2) or whole."""
    x1, y1, x2, y2 = box or (0, 0, None, None)
    for image in pictures(fetch.clip(), *frames):
        yield image[y1:y2, x1:x2]


def tiled(image, people):
    """One picture `people` times beside and below each other, grey where there is nobody."""
    columns, rows = TILES
    height, width = image.shape[:2]
    canvas = np.full((rows * height, columns * width, 3), GREY, np.uint8)
    for place in range(people):
        y, x = divmod(place, columns)
        canvas[y * height : (y + 1) * height, x * width : (x + 1) * width] = image
    return canvas


def forth_and_back(images, frames):
    """Yields so many pictures, without a jump at either end."""
    last = len(images) - 1
    for index in range(frames):
        yield images[last - abs(index % (2 * last) - last)]


def resized(image, factor):
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)


def write(path, images):
    """Writes pictures (H,W,3) BGR with even sides as an H.264 file."""
    with av.open(str(path), "w", format="mp4") as container:
        options = {"crf": "18", "preset": "fast", "g": str(RATE)}
        stream = container.add_stream("libx264", rate=Fraction(RATE), options=options)
        stream.pix_fmt = "yuv420p"
        images = iter(images)
        first = next(images)
        stream.height, stream.width = first.shape[:2]
        for image in chain([first], images):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return Path(path)
