"""Contact sheets: frames of synthetic clips with the truth drawn over them, to be looked at.

Lines are the joints, dots the keypoints: filled where visible, a ring where the own body hides them, a
cross where somebody or something else does.
"""

import cv2
import numpy as np

from ..inference.video import Video
from . import synthetic_truth
from .metrics import JOINTS

COLUMNS, ROWS = 3, 2
QUALITY = 82
ZOOM = 2  # of the pictures before drawing
COLOURS = [  # BGR, by identity
    (60, 170, 255), (255, 160, 60), (90, 220, 120), (200, 110, 240), (230, 220, 70), (120, 120, 255),
]  # fmt: skip
BONES = [
    ("pelvis", "neck"),
    *[
        (f"{a}_{side}", f"{b}_{side}")
        for side in "lr"
        for a, b in (
            *(("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")),
        )
    ],
    ("shoulder_l", "shoulder_r"),
    ("hip_l", "hip_r"),
]


def sheet(clip, out, frames=None, columns=COLUMNS, zoom=ZOOM):
    """Writes a .jpg of some frames of a Clip (evenly spread unless they are given)."""
    truth = clip.load()
    chosen = np.linspace(0, len(truth.mask) - 1, COLUMNS * ROWS) if frames is None else frames
    tiles = [draw(picture, truth, t, zoom) for t, picture in pictures(clip, chosen)]
    cv2.imwrite(str(out), tiled(tiles, columns), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def gallery(clips, out, frame=None, columns=5, zoom=1, truth=False):
    """Writes a .jpg with one frame of each Clip, with its truth or without."""
    tiles = []
    for clip in clips:
        known = clip.load()
        chosen = [len(known.mask) // 2 if frame is None else frame]
        for t, picture in pictures(clip, chosen):
            tiles.append(draw(picture, known, t, zoom) if truth else picture)
    cv2.imwrite(str(out), tiled(tiles, columns), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def pictures(clip, frames):
    """Yields (frame, picture) of a Clip."""
    wanted = {int(frame) for frame in frames}
    video = Video(clip.video)
    for picture in video.pictures(0, max(wanted) + 1):
        if picture.index in wanted:
            yield picture.index, picture.image
    video.close()


def draw(picture, truth, t, zoom):
    """Picture with the truth of frame t over it."""
    image = cv2.resize(picture, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    for row, identity in enumerate(truth.identity):
        colour = COLOURS[(identity - 1) % len(COLOURS)]
        outline(image, truth.mask[t] == identity, colour, zoom)
        for a, b in BONES:
            ends = truth.joints_px[row, t, [JOINTS.index(a), JOINTS.index(b)]]
            if np.isfinite(ends).all():
                cv2.line(image, *(_fixed(end, zoom) for end in ends), colour, 1, cv2.LINE_AA, 4)
        for px, code in zip(truth.px[row, t], truth.hidden[row, t]):
            if np.isfinite(px).all() and code != synthetic_truth.OUTSIDE:
                mark(image, px, code, colour, zoom)
    return image


def mark(image, px, code, colour, zoom):
    """A keypoint as a dot, ring or cross."""
    if code < 2:
        cv2.circle(image, _fixed(px, zoom), 28 * zoom, colour, 1 if code else -1, cv2.LINE_AA, 4)
        return
    x, y = (round(value * zoom) for value in px)
    cv2.drawMarker(image, (x, y), colour, cv2.MARKER_TILTED_CROSS, 4 * zoom, 1, cv2.LINE_AA)


def outline(image, mask, colour, zoom):
    """The edge of a mask (H,W)."""
    large = cv2.resize(
        mask.astype(np.uint8), None, fx=zoom, fy=zoom, interpolation=cv2.INTER_NEAREST
    )
    edges, _ = cv2.findContours(large, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(image, edges, -1, colour, 1)


def tiled(tiles, columns):
    """Pictures of one size in rows."""
    blank = np.zeros_like(tiles[0])
    tiles = tiles + [blank] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    return np.vstack(rows)


def _fixed(px, zoom):
    """Place in OpenCV's units of 1/16 pixel."""
    return tuple(int(round(float(value) * zoom * 16)) for value in px)
