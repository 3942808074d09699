"""XNect, Stage I: 2D and an encoding of the 3D of the joints that are seen (Mehta 2020, Section 6.3.1).

Outputs: `heatmaps` and `fields` as in `part_affinity`, `encoding` (1,3K,h,w): three maps x, y, z per bone from a
joint's parent to the joint. At a joint only the bones that meet there are trained (channel-sparse), so only those
are kept, and none of a joint that may be somebody else's. Without a neck, no person. Stage II, `lifter`, makes
whole poses of what is read here.
"""

from dataclasses import dataclass

import numpy as np

from . import heatmaps as maps_of
from . import kinematic_tree, part_affinity
from .crops import letterbox
from .keypoints import KEYPOINTS, scatter

SEEN = 0.1  # of the neck's peak


@dataclass(frozen=True)
class StageOne:
    """P people, canonical keypoints, NaN / 0 where unseen."""

    px: np.ndarray  # (P,K,2) in the picture
    confidence: np.ndarray  # (P,K)
    encoding: np.ndarray  # (P,K,3 bones) in units of the maps


def decode(outputs, spec, scale):
    """-> StageOne. scale of the letterbox"""
    groups, stride = part_affinity.of_network(outputs, spec)
    neck = groups.score[:, spec.keypoints.index("neck")] > SEEN
    groups = groups[neck]
    sure = (groups.score > 0) & ~groups.doubt
    read = maps_of.read(outputs["encoding"][0], np.nan_to_num(groups.cell))  # (P, joint, 3 bones)
    meets = np.repeat(kinematic_tree.bones_at(spec.decoding["parents"]), 3, axis=-1)
    kept = np.where(meets & sure[..., None], read, 0.0)
    px_input = maps_of.to_input(groups.cell, stride)
    px, confidence = part_affinity.canonical(px_input, groups, spec.keypoints, scale)
    channels, columns = scatter(spec.keypoints)
    encoding = np.zeros((len(px), len(KEYPOINTS), read.shape[-1]))
    encoding[:, columns] = kept[:, channels]
    return StageOne(px, confidence, encoding)


def estimate(network, image):
    """Picture -> StageOne of everybody with a neck."""
    values, scale = letterbox(image, network.spec)
    return decode(network.run(values), network.spec, scale)
