"""Small clips for tests, written with PyAV: what cameras, phones and editors make, and what is no clip.

Picture i of a clip is grey of brightness `level(i)`, with a white square in the corner at the top left, so
that order and orientation can be read back.
"""

import struct
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np

TICKS = 90_000  # time base of the clips [1/s]


@dataclass(frozen=True)
class Recipe:
    """How to make a clip, and what it must turn out to be."""

    file: str
    codec: str = "libx264"
    frames: int = 24
    size: tuple = (64, 48)  # width, height as stored
    rate: Fraction = Fraction(30)
    pix_fmt: str = "yuv420p"
    times: tuple = None  # [s], regular where not given
    options: dict = field(default_factory=dict)
    turned: int = 0  # rotation tag [deg clockwise]

    @property
    def true_times(self):
        if self.times is not None:
            return np.array(self.times)
        return np.arange(self.frames) / float(self.rate)


def level(index):
    """Brightness of picture `index`, 0..255."""
    return 30 + 7 * (index % 24)


def picture(index, size):
    """(H,W,3) uint8."""
    width, height = size
    image = np.full((height, width, 3), level(index), np.uint8)
    image[: max(height // 4, 1), : max(width // 6, 1)] = 255
    return image


UNEVEN = tuple(np.round(np.cumsum(np.random.default_rng(3).uniform(0.02, 0.1, 24)) - 0.02, 4))
QUIET_265 = {"x265-params": "log-level=none"}
RECIPES = {
    "h264": Recipe("plain.mp4"),
    "turned_90": Recipe("turned.mp4", turned=90),
    "turned_180": Recipe("turned.mp4", turned=180),
    "turned_270": Recipe("turned.mp4", turned=270),
    "variable_rate": Recipe("uneven.mp4", times=UNEVEN),
    "ntsc": Recipe("ntsc.mp4", rate=Fraction(30000, 1001)),
    "240_per_second": Recipe("fast.mp4", rate=Fraction(240)),
    "hevc_10_bit": Recipe("ten-bit.mp4", "libx265", pix_fmt="yuv420p10le", options=QUIET_265),
    "vp9": Recipe("vp9.webm", "libvpx-vp9"),
    "interlaced": Recipe(
        "interlaced.mp4", options={"flags": "+ildct+ilme", "x264-params": "tff=1"}
    ),
    "prores": Recipe("prores.mov", "prores_ks", pix_fmt="yuv422p10le"),
    "mjpeg": Recipe("mjpeg.avi", "mjpeg", pix_fmt="yuvj420p"),
    "one_frame": Recipe("one.mp4", frames=1),
    "one_pixel_high": Recipe("low.avi", "ffv1", size=(64, 1), pix_fmt="yuv444p"),
    "two_pixels_high": Recipe("low.mp4", size=(64, 2)),
    "odd_name": Recipe("Zoë läuft – 走る (1).mp4"),
}
AV1 = Recipe("new.mp4", "libsvtav1", frames=4)


def write(path, recipe, draw=picture, **container):
    """Writes the clip of a Recipe; `draw(index, size)` gives its pictures."""
    tick = Fraction(1, TICKS) if recipe.codec not in ("mjpeg", "ffv1") else 1 / recipe.rate
    with av.open(str(path), "w", options=container) as file:
        stream = file.add_stream(recipe.codec, rate=recipe.rate, options=recipe.options)
        stream.width, stream.height = recipe.size
        stream.pix_fmt = recipe.pix_fmt
        stream.codec_context.thread_count = 1
        stream.time_base = stream.codec_context.time_base = tick
        for index, time_s in enumerate(recipe.true_times):
            frame = av.VideoFrame.from_ndarray(draw(index, recipe.size), format="rgb24")
            frame.pts, frame.time_base = round(float(time_s) / float(tick)), tick
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    if recipe.turned:
        turn(path, recipe)
    return path


def turn(path, recipe):
    """Writes the rotation into the track header of an mp4 file, as a phone does (ISO 14496-12, 8.3.2)."""
    one, (width, height) = 1 << 16, recipe.size
    a, b, x, y = {90: (0, one, height, 0), 180: (-one, 0, width, height), 270: (0, -one, 0, width)}[
        recipe.turned
    ]
    matrix = struct.pack(">9i", a, b, 0, -b, a, 0, x << 16, y << 16, 1 << 30)
    data = bytearray(path.read_bytes())
    start = data.index(b"tkhd") + 4 + 4 + 5 * 4 + 2 * 4 + 4 * 2
    data[start : start + len(matrix)] = matrix
    path.write_bytes(data)


def noise(index, size):
    """Pictures that compress badly, so that the file is long."""
    return np.random.default_rng(index).integers(0, 256, (size[1], size[0], 3), np.uint8)


def write_truncated(path):
    """A clip whose header is whole and whose pictures end in the middle."""
    write(path, Recipe(path.name, frames=60), noise, movflags="faststart")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def write_8k(path, frames=3):
    """7680 x 4320, without ever holding it as RGB."""
    width, height = 7680, 4320
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=30, options={"preset": "ultrafast", "qp": "30"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.thread_count = 1
        for index in range(frames):
            frame = av.VideoFrame(width, height, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([40 + 10 * index]) * plane.buffer_size)
            frame.pts = index
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def write_unusable(folder):
    """{what it is: path} of things that are no clip; `missing` is not there."""
    paths = {
        "text": folder / "notes.mp4",
        "empty": folder / "empty.mp4",
        "folder": folder / "folder.mp4",
        "missing": folder / "missing.mp4",
        "noise": folder / "noise.mp4",
    }
    paths["text"].write_text("This is not a film.\n" * 200)
    paths["empty"].touch()
    paths["folder"].mkdir()
    paths["noise"].write_bytes(np.random.default_rng(1).bytes(50_000))
    return paths
