"""What a mirrored clip (of a front camera) would have shown unmirrored: left is left again.

Networks see a mirrored person as a person, with left and right exchanged. So nothing needs to be looked at
again: of what they saw, sides change their names and x runs the other way. What is known of the camera is that
of the picture as its lens made it.
"""

from dataclasses import replace

import numpy as np

from .background import Matches
from .face_measures import MEASURES
from .repair import MIRROR

ACROSS = np.array(
    [-1.0, 1.0, 1.0]
)  # what a mirror makes of a direction (3,) in the axes of the camera
SIDES = {"left": "right", "right": "left"}


def _other(measure):
    name, _, side = measure.rpartition("_")
    return f"{name}_{SIDES[side]}" if side in SIDES else measure


FACE_MIRROR = np.array([MEASURES.index(_other(measure)) for measure in MEASURES])


def unmirrored(observations, clip):
    """Observations and Clip (`fit.Clip`) of a mirrored clip -> the same of the clip the other way round."""
    width = clip.image_size[0]
    lines = _flipped(clip.clues.lines, width)
    clip = replace(clip, clues=replace(clip.clues, lines=lines))
    return [_unmirrored(seen, width) for seen in observations], clip


def _unmirrored(seen, width):
    """One Observation."""
    hands = seen.hands[:, ::-1].copy()
    hands[..., :2], hands[..., 2:] = _flipped(hands[..., :2], width), hands[..., 2:] * ACROSS
    points = Matches(seen.background.key, _flipped(seen.background.points, width))
    return replace(
        seen,
        box=_flipped(seen.box, width)[:, [2, 1, 0, 3]],
        px=_flipped(seen.px, width)[:, MIRROR],
        confidence=seen.confidence[:, MIRROR],
        px_3d=_flipped(seen.px_3d, width)[:, MIRROR],
        visibility=seen.visibility[:, MIRROR],
        X=(seen.X * ACROSS)[:, MIRROR],
        hands=hands,
        hand_score=seen.hand_score[:, ::-1],
        face=seen.face[:, FACE_MIRROR],
        background=points,
    )


def _flipped(px, width):
    """Places (...,2n) x y x y ... [px] in a picture so wide -> in its mirror image."""
    flipped = px.copy()
    flipped[..., ::2] = width - 1 - px[..., ::2]
    return flipped
