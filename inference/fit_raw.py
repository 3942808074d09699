"""The raw fit: the closed-form pose of every frame by itself. What the networks say, made into bones.

No filter, no past, no future: the measure of what the other fits add. Where it jumps, the networks do.
"""

import numpy as np

from .fit_live import LiveSettings, start_pose
from .skeleton import SKELETON
from .targets import Targets, pair_lengths, targets


def raw_poses(evidence, person, body, camera):
    """One person of an Evidence -> q (T,D), NaN where the frame shows no 3D or no pixels of the person.

    body   Body of that person
    """
    X, settings = evidence.X[person], LiveSettings()
    target = targets(evidence, person, pair_lengths(body, settings), settings)
    seen = (target.px_weight > 0).any(-1) & (target.vector_weight > 0).any(-1)
    q = np.full((len(X), SKELETON.num_dofs), np.nan)
    if seen.any():
        shown = Targets(*(getattr(target, name)[seen] for name in Targets.__dataclass_fields__))
        q[seen] = start_pose(X[seen], shown, body, camera)
    return q
