"""Clips with 3D truth that answers are compared on, in sets: real video, and synthetic people where rendered."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference import camera as cameras
from ..inference import clues
from ..inference.camera import Camera
from ..inference.keypoints import KEYPOINTS, LIMB_JOINTS, indices
from ..inference.take import read_log
from . import datasets, metrics, synthetic
from .cases import FEET, Case
from .readers.sequence import DataMissing, Sequence
from .real_takes import CLIPS, TruthMissing, real

RENDERED = "main"  # the set of synthetic clips whose cameras stand still
WITHOUT = "python3 run.py bench synthetic"


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
    rendered = synthetic_scenes()
    for title, chosen in (
        ("synthetic, one person", [scene for scene in rendered if len(scene.cases) == 1]),
        ("synthetic, several people", [scene for scene in rendered if len(scene.cases) > 1]),
    ):
        if chosen:
            yield title, chosen


def synthetic_scenes():
    """Scenes of the synthetic clips that are in the cache; says where none is."""
    found = []
    for clip in synthetic.find([RENDERED]):
        try:
            found.append(rendered_scene(clip.video, clip.load()))
        except DataMissing as missing:
            print(f"\n{clip.video.name} is left out: {missing}.")
    if not found:
        print(f"\nSynthetic people are left out: none has been rendered ({WITHOUT}).")
    return found


def rendered_scene(video, truth):
    """A synthetic clip, captured if it is not yet, and its Truth -> Scene; raises DataMissing."""
    name = f"{truth.name} {truth.digest[:8]}"
    joints = np.swapaxes(truth.joints, 0, 1)
    sequence = Sequence(name, truth.fps, joints, np.isfinite(joints[..., 0, 0]), clip=video)
    observations, _, _ = read_log(datasets.captured(sequence, "synthetic") / "observations.log")
    size = tuple(int(side) for side in truth.image_size)
    people, found = range(len(truth.identity)), clues.of_clip(video)
    return Scene(
        video,
        tuple(rendered_case(truth, person, observations, size, found) for person in people),
        cameras.make(size, K=truth.K),
    )


def rendered_case(truth, person, observations, size, found):
    """One person of a synthetic clip -> Case; frames in which no limb joint is to be seen have no truth.

    Truth are the places where people mark keypoints in pictures, which is what networks learn.
    """
    limbs = indices(LIMB_JOINTS)
    frames = slice(len(observations))
    seen = truth.visible[person, frames][:, limbs].any(-1)
    X = np.where(seen[:, None, None], truth.X[person, frames], np.nan)
    px = np.where(seen[:, None, None], truth.px[person, frames], np.nan)
    return Case(
        f"{truth.name}, {truth.person[person]}",
        "synthetic",
        observations,
        float(truth.fps),
        size,
        cameras.make(size),
        metrics.limb_joints(X, KEYPOINTS),
        X[:, indices(FEET)],
        None,
        px[:, limbs],
        float(truth.stature[person]),
        found,
        crops=True,
    )


def times(case):
    """Times of the frames of a case [s], (T,)."""
    return np.array([o.time_s for o in case.observations], float)
