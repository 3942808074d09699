"""The clip with what was found drawn over it: 2D keypoints as dots, the fitted skeleton as lines, the ground.

Needs opencv and PyAV (H.264), both outside the extension.
"""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from ..inference.camera import project
from ..inference.keypoints import HAND_POINTS, INDEX, KEYPOINTS
from ..inference.video import Video
from .colours import colour
from .top_view import draw_grid

BRIDGED = (128, 128, 128)  # a short gap that the fit filled
LINES = [
    ("head_top", "neck"), ("neck", "pelvis"), ("neck", "shoulder_l"), ("neck", "shoulder_r"),
    ("hip_l", "hip_r"),
    ("nose", "eye_l"), ("nose", "eye_r"), ("eye_l", "ear_l"), ("eye_r", "ear_r"),
    *[
        (f"{a}_{side}", f"{b}_{side}")
        for side in "lr"
        for a, b in [
            ("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "index"), ("wrist", "pinky"),
            ("hip", "knee"), ("knee", "ankle"), ("ankle", "heel"),
            ("ankle", "big_toe"), ("heel", "big_toe"), ("big_toe", "small_toe"),
        ]
    ],
]  # fmt: skip
BODY = [(INDEX[a], INDEX[b]) for a, b in LINES]
SHIFT = 4  # OpenCV draws in 1/16 pixel
LONGEST_SIDE = 1280


def write(clip, motions, out, report=print):
    """Writes the overlay of Motions on their clip as H.264 with the clip's own times.

    motions   a Motion, or {title: Motion} of the same frames: pictures side by side
    """
    motions = motions if isinstance(motions, dict) else {"": motions}
    first = next(iter(motions.values()))
    video = Video(clip)
    rows = {int(index): row for row, index in enumerate(first.frame)}
    scale = min(1.0, LONGEST_SIDE / max(video.width * len(motions), video.height))
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (video.width, video.height))
    partial = Path(out).with_name(Path(out).name + ".partial")
    with av.open(str(partial), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=round(first.fps) or 30, options={"crf": "23"})
        stream.width, stream.height = width * len(motions), height
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 90000)
        for picture in video.pictures(int(first.frame[0]), int(first.frame[-1]) + 1):
            image = side_by_side(picture.image, motions, rows[picture.index], (width, height))
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = round(picture.time_s * 90000), stream.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    video.close()
    partial.replace(out)
    report(f"wrote {out} ({Path(out).stat().st_size / 1e6:.1f} MB)")


def side_by_side(image, motions, row, size):
    """One frame of every Motion in {title: Motion}, each `size` (width, height) large."""
    pictures = []
    for title, motion in motions.items():
        drawn = cv2.resize(draw(image, motion, row), size, interpolation=cv2.INTER_AREA)
        cv2.putText(
            drawn, title, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255,) * 3, 2, cv2.LINE_AA
        )
        pictures.append(drawn)
    return np.hstack(pictures)


def draw(image, motion, row):
    """One frame's ground and people over a copy of its picture, which is unmirrored where the motion is."""
    image = cv2.flip(image, 1) if motion.mirrored else image.copy()
    draw_grid(image, motion, row)
    thickness = max(1, round(max(image.shape) / 600))
    K = motion.K_at(row)
    for p, identity in enumerate(motion.identity):
        if not motion.present[p, row]:
            continue
        points = project(motion.X_cam[p, row], K, motion.dist)
        in_front = motion.X_cam[p, row, :, 2] > 0.1
        observed = motion.confidence[p, row].max() > 0
        shade = colour(identity) if observed else BRIDGED
        for a, b, thick in _lines(motion, p, row, thickness):
            if in_front[a] and in_front[b]:
                cv2.line(
                    image, _fixed(points[a]), _fixed(points[b]), shade,
                    thick, cv2.LINE_AA, SHIFT,
                )  # fmt: skip
        body = slice(len(KEYPOINTS))  # dots would hide fingers
        _draw_keypoints(image, motion.px[p, row, body], motion.confidence[p, row, body], thickness)
        x, y = np.clip(points[INDEX["head_top"]], 20, 30000)
        cv2.putText(
            image, str(identity), (int(x), int(y)), cv2.FONT_HERSHEY_SIMPLEX,
            0.5 * thickness, colour(identity), thickness, cv2.LINE_AA,
        )  # fmt: skip
    return image


def _lines(motion, person, row, thickness):
    """Pairs of keypoints and how thick the line between them is: the body, and fingers of hands that are seen."""
    yield from ((a, b, thickness) for a, b in BODY)
    seen = () if motion.hands_seen is None else motion.hands_seen[person, row]
    first = len(KEYPOINTS)
    for side, share in enumerate(seen):
        start = first + side * len(HAND_POINTS)
        for point in range(1, len(HAND_POINTS)) if share > 0 else ():
            yield start + (0 if point % 4 == 1 else point - 1), start + point, 1


def _draw_keypoints(image, px, confidence, size):
    """Observed 2D: white dots, the surer the brighter."""
    for point, trust in zip(px, confidence):
        if trust > 0.2 and np.isfinite(point).all():
            shade = int(105 + 150 * min(trust, 1.0))
            cv2.circle(image, _fixed(point), size << SHIFT, (shade,) * 3, -1, cv2.LINE_AA, SHIFT)


def _fixed(point):
    """Pixel position in OpenCV's fixed-point units, kept in a range that it can draw."""
    x, y = np.clip(point, -30000, 30000)
    return int(round(x * (1 << SHIFT))), int(round(y * (1 << SHIFT)))
