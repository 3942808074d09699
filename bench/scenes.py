"""Clips with 3D truth that answers are compared on, in sets: real video."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference.camera import Camera
from .cases import Case
from .real_takes import CLIPS, TruthMissing, real


@dataclass(frozen=True)
class Scene:
    """One person of one clip."""

    case: Case  # as a user has it who knows nothing of the camera
    clip: Path
    people: int  # in the clip who could be followed: those with truth
    camera: Camera | None  # with the true focal length, None = not known


def sets(data):
    """Yields (title, scenes) for each set that is here; says what is left out."""
    try:
        known, unknown = real(data), real(data, known_focal=False)
    except TruthMissing as missing:
        print(f"\nReal video is left out: {missing}.")
    else:
        clips = Path(data) / CLIPS
        yield (
            "real video",
            [
                Scene(case, clips / f"{case.name}.mp4", 1, told.camera)
                for case, told in zip(unknown, known)
            ],
        )


def times(case):
    """Times of the frames of a case [s], (T,)."""
    return np.array([o.time_s for o in case.observations], float)
