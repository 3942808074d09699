"""Clips with 3D truth that answers are compared on, in sets: real video."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference.camera import Camera
from .real_takes import CLIPS, TruthMissing, real


@dataclass(frozen=True)
class Scene:
    """One clip, and everybody in it whose truth is known."""

    clip: Path
    cases: tuple  # one for each person, as a user has it who knows nothing of the camera
    camera: Camera  # with the true focal length


def sets(data):
    """Yields (title, scenes) for each set that is here; says what is left out."""
    try:
        known, unknown = real(data), real(data, known_focal=False)
    except TruthMissing as missing:
        print(f"\nReal video is left out: {missing}.")
    else:
        folder = Path(data) / CLIPS
        yield (
            "real video",
            [
                Scene(folder / f"{case.name}.mp4", (case,), told.camera)
                for case, told in zip(unknown, known)
            ],
        )


def times(case):
    """Times of the frames of a case [s], (T,)."""
    return np.array([o.time_s for o in case.observations], float)
