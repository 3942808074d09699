"""Contact sheets of the synthetic clips that have been made, with their truth drawn over them.

Lines are the joints, dots the keypoints: filled where visible, a ring where the own body hides them, a
cross where somebody or something else does; thin lines run around the masks. Nothing is rendered for it.
"""

import cv2
import numpy as np

from ..cli import environment
from ..cli.usage import say
from ..inference.video import Video
from . import synthetic, synthetic_truth
from .metrics import JOINTS

OUT = environment.ROOT / "out" / "synthetic"
COLUMNS, FRAMES, QUALITY = 3, 6, 80  # of a sheet, .jpg
GALLERY_COLUMNS, GALLERY_ZOOM = 5, 0.5
COLOURS = [  # BGR, by identity
    (60, 170, 255), (255, 160, 60), (90, 220, 120), (200, 110, 240), (230, 220, 70), (120, 120, 255),
]  # fmt: skip
LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
BONES = [
    ("pelvis", "neck"),
    *[(f"{part}_l", f"{part}_r") for part in ("shoulder", "hip")],
    *[(f"{a}_{side}", f"{b}_{side}") for side in "lr" for a, b in LIMBS],
]


def main(args):
    """A sheet for each clip, and two galleries of the main set: without the truth and with it."""
    clips = synthetic.find(["main", "identity", "camera"])
    if not clips:
        say("There are no synthetic clips yet (run.py bench synthetic).")
        return
    OUT.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        truth = clip.load()
        frames = np.linspace(0, len(truth.mask) - 1, FRAMES).astype(int)
        tiles = [draw(picture, truth, t, 1) for t, picture in pictures(clip, frames)]
        write(OUT / f"{truth.name}.jpg", tiles, COLUMNS)
    for name, drawn in (("gallery", False), ("gallery-truth", True)):
        tiles = [middle(clip, drawn) for clip in synthetic.find(["main"])]
        write(OUT / f"{name}.jpg", tiles, GALLERY_COLUMNS)
    say(f"wrote {len(clips) + 2} sheets to {OUT}")


def middle(clip, drawn):
    """The frame in the middle of a clip, small."""
    truth = clip.load()
    for t, picture in pictures(clip, [len(truth.mask) // 2]):
        image = draw(picture, truth, t, 1) if drawn else picture
        return cv2.resize(
            image, None, fx=GALLERY_ZOOM, fy=GALLERY_ZOOM, interpolation=cv2.INTER_AREA
        )
    raise ValueError(f"{clip.video} is shorter than its truth")


def pictures(clip, frames):
    """Yields (frame, picture) of a Clip."""
    wanted = {int(frame) for frame in frames}
    video = Video(clip.video)
    for picture in video.pictures(0, max(wanted) + 1):
        if picture.index in wanted:
            yield picture.index, picture.image
    video.close()


def draw(picture, truth, t, zoom):
    """Picture, `zoom` times as large, with the truth of frame t over it."""
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
    if code < synthetic_truth.HIDDEN_BY.index("other people"):
        radius = 28 * zoom  # in 1/16 pixel
        cv2.circle(image, _fixed(px, zoom), radius, colour, 1 if code else -1, cv2.LINE_AA, 4)
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


def write(path, tiles, columns):
    """Pictures of one size in rows, as a .jpg."""
    tiles = tiles + [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[at : at + columns]) for at in range(0, len(tiles), columns)]
    cv2.imwrite(str(path), np.vstack(rows), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def _fixed(px, zoom):
    """Place in OpenCV's units of 1/16 pixel."""
    return tuple(int(round(float(value) * zoom * 16)) for value in px)
