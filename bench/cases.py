"""What the fit is measured on: one person in front of one camera whose motion is known."""

from dataclasses import dataclass

import numpy as np

from ..inference.camera import Camera
from ..inference.clues import Clues
from ..inference.keypoints import KEYPOINTS, LIMB_JOINTS
from . import metrics, motions
from .synthetic_observations import IMAGE_SIZE, PLAIN, film

FEET = [f"{part}_{side}" for part in ("ankle", "heel", "big_toe") for side in "lr"]


@dataclass(frozen=True)
class Case:
    """Observations and truth, in the axes of the camera; T frames."""

    name: str
    kind: str
    observations: list
    fps: float
    image_size: tuple
    camera: Camera  # as the fit gets it
    X: np.ndarray  # (T,14,3) [m], rows as in `metrics.JOINTS`
    feet: np.ndarray  # (T,6,3) rows of FEET
    R: np.ndarray | None  # (T,J,3,3) joint rotations, None where they are not known
    px: np.ndarray | None  # (T,12,2) limb joints in the picture, None = there is nobody else
    height: float | None = None  # [m] stature, None = not known
    clues: Clues = Clues()  # of the camera
    crops: bool = False  # 3D is as crops show it, as networks give it


def synthetic(data, errors=PLAIN, seed=0, kinds=None):
    """Cases of all known motions, or of some kinds; none where there is no material."""
    cases = []
    for row, (motion, path) in enumerate(motions.available(data)):
        if kinds and motion[0] not in kinds:
            continue
        rng = np.random.default_rng([seed, row])
        performance = motions.perform(motion, path, rng)
        filmed = film(performance, rng, errors)
        cases.append(
            Case(
                path.name.split(".")[0],
                motion[0],
                filmed.observations,
                motions.FPS,
                IMAGE_SIZE,
                filmed.camera,
                metrics.limb_joints(filmed.X, KEYPOINTS),
                filmed.X[:, [KEYPOINTS.index(name) for name in FEET]],
                filmed.R,
                None,
                float(performance.body.height),
            )
        )
    return cases


def nearest_identity(px, case):
    """Row of the person whose limb joints px (P,T,K,2) are nearest to the truth's; absence counts against."""
    if case.px is None:
        return 0
    columns = [KEYPOINTS.index(name) for name in LIMB_JOINTS]
    distance = np.linalg.norm(px[:, :, columns] - case.px, axis=-1)
    seen = np.isfinite(distance).any(-1).mean(1)
    near = [np.nanmedian(d) if np.isfinite(d).any() else np.inf for d in distance]
    return int(np.argmin(np.array(near) / np.maximum(seen, 1e-3)))
