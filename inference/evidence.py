"""From what the networks saw to what the fit may believe: one table per person over all frames.

The 2D of both networks is joined; where they disagree, the 2D network is right more often (it has
seen many people in one picture), and the 3D of that keypoint loses weight.
"""

from dataclasses import dataclass, fields

import numpy as np

from . import repair
from .camera import undistort_pixels
from .keypoints import KEYPOINTS

AGREE = 0.04  # of the person's height in the picture: the two networks mean the same point
DISAGREE = 0.12  # from here the 3D of the keypoint is not believed
BORDER = 0.01  # of the picture: keypoints this near to the edge are guesses


@dataclass(frozen=True)
class Evidence:
    """P people, T frames, K canonical keypoints. Absent: NaN, weight 0."""

    identity: np.ndarray  # (P,)
    present: np.ndarray  # (P,T) bool: seen in that frame
    box: np.ndarray  # (P,T,4)
    height_px: np.ndarray  # (P,T) size of the person in the picture
    px: np.ndarray  # (P,T,K,2) as seen in the picture
    px_ideal: np.ndarray  # (P,T,K,2) lens distortion removed
    confidence: np.ndarray  # (P,T,K)
    X: np.ndarray  # (P,T,K,3) [m] pelvis-relative, camera axes
    trust: np.ndarray  # (P,T,K) of X, 0..1

    def at(self, frame):
        """Evidence of one frame: leading axes (P,)."""
        return self.during(frame)

    def until(self, end):
        """Evidence of the frames before `end`; None = all."""
        return self.during(slice(end))

    def during(self, frames):
        """Evidence of some frames, an index of the second axis."""
        values = {
            f.name: getattr(self, f.name)[:, frames] for f in fields(self) if f.name != "identity"
        }
        return Evidence(identity=self.identity, **values)

    def of(self, people):
        """Evidence of some people, an index of the first axis."""
        return Evidence(**{f.name: getattr(self, f.name)[people] for f in fields(self)})


def joined(parts):
    """Evidence of the same people in one stretch of frames after the other -> in all of them."""
    values = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts], axis=1)
        for f in fields(Evidence)
        if f.name != "identity"
    }
    return Evidence(identity=parts[0].identity, **values)


def gather(observations, identities, camera, image_size, repaired=True):
    """Observations of T frames -> Evidence.

    repaired     undo mistakes that the future gives away; False for the live fit
    identities   {identity: list of (frame row, person row)}, as `identities` of `people` gives
    """
    P, T, K = len(identities), len(observations), len(KEYPOINTS)
    box, present = np.full((P, T, 4), np.nan), np.zeros((P, T), bool)
    px, confidence = np.full((P, T, K, 2), np.nan), np.zeros((P, T, K))
    px_3d, visibility = np.full((P, T, K, 2), np.nan), np.zeros((P, T, K))
    X = np.full((P, T, K, 3), np.nan)
    for p, places in enumerate(identities.values()):
        for t, row in places:
            seen = observations[t]
            present[p, t], box[p, t] = True, seen.box[row]
            px[p, t], confidence[p, t] = seen.px[row], seen.confidence[row]
            px_3d[p, t], visibility[p, t] = seen.px_3d[row], seen.visibility[row]
            X[p, t] = seen.X[row]
    height = np.maximum(box[..., 3] - box[..., 1], box[..., 2] - box[..., 0])
    height = np.maximum(height, 1.0)  # [px] also of a box without extent
    if repaired:
        _repair(px, confidence, px_3d, visibility, X, height)
    px, confidence, trust = join(px, confidence, px_3d, visibility, height)
    outside = outside_picture(px, image_size)
    confidence[outside], trust[outside] = 0.0, 0.2 * trust[outside]
    ideal = undistort_pixels(px, camera.K, camera.dist)
    return Evidence(
        np.array(list(identities), int), present, box, height, px, ideal, confidence, X, trust
    )


def _repair(px, confidence, px_3d, visibility, X, height):
    """Undoes what the rest of the clip gives away as a mistake, in place; see `repair`."""
    for points, trust, *more in ((px, confidence), (px_3d, visibility, X)):
        for p in range(len(points)):
            swap = repair.swapped(points[p], trust[p], height[p])
            for values in (points[p], trust[p], *(array[p] for array in more)):
                values[swap] = values[:, repair.MIRROR][swap]
            trust[p][repair.jumped(points[p], height[p])] = 0.0
        trust[repair.borrowed(points, trust, height)] = 0.0


def join(px, confidence, px_3d, visibility, height):
    """Both networks' 2D -> px, confidence, and trust in the 3D.

    Where both see a keypoint at the same place their mean is taken, weighed by confidence; where they
    do not, the 2D network's. Keypoints that only the 3D network has keep its own.
    """
    both = np.isfinite(px).all(-1) & np.isfinite(px_3d).all(-1)
    gap = np.linalg.norm(np.where(both[..., None], px - px_3d, 0), axis=-1)
    gap /= np.maximum(height, 1.0)[..., None]
    agree = both & (gap < AGREE)
    total = np.maximum(confidence + visibility, 1e-6)[..., None]
    mean = (confidence[..., None] * px + visibility[..., None] * px_3d) / total
    only_3d = ~np.isfinite(px).all(-1) & np.isfinite(px_3d).all(-1)
    joined = np.where(agree[..., None], mean, np.where(only_3d[..., None], px_3d, px))
    weight = np.where(only_3d, 0.5 * visibility, confidence)
    certain = np.clip(np.where(both, confidence, visibility), 0, 1)
    doubt = np.clip((gap - AGREE) / (DISAGREE - AGREE), 0, 1)
    trust = np.clip(visibility, 0.05, 1) * np.where(both, 1 - doubt * certain, 1.0)
    return joined, weight, trust


def outside_picture(px, image_size):
    """(...,K) bool: on or beyond the border, where networks invent."""
    size = np.asarray(image_size, float)
    margin = BORDER * size.max()
    with np.errstate(invalid="ignore"):
        return ((px < -margin) | (px > size - 1 + margin)).any(-1)
