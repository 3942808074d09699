"""Where up is and how high the camera stands, from the people, when nobody has calibrated it.

People mostly stand upright: the mean of their body axes is up. Their feet are mostly on the ground:
a low quantile of the foot heights is z = 0.
"""

import numpy as np

from .keypoints import indices
from .proportions import weighted_quantile

STRAIGHT = np.cos(np.radians(25.0))  # trunk and legs in line: somebody stands or walks
LEVEL_WEIGHT = 0.05  # of the belief that the camera is level, against everybody's frames
FEET = indices(["heel_l", "heel_r", "big_toe_l", "big_toe_r", "ankle_l", "ankle_r"])
GROUND_QUANTILE = 0.1


def up_direction(markers, trust, up_if_level):
    """Unit vector up, in the axes of the markers.

    markers (P,T,K,3), NaN where absent; trust (P,T,K); up_if_level (3,) is kept as far as nobody stands
    """
    hips, shoulders, ankles = (
        indices([f"{name}_l", f"{name}_r"]) for name in ("hip", "shoulder", "ankle")
    )
    hip, neck, foot = (markers[..., pair, :].mean(-2) for pair in (hips, shoulders, ankles))
    trunk, legs = _unit(neck - hip), _unit(hip - foot)
    certain = trust[..., hips + shoulders + ankles].min(-1)
    with np.errstate(invalid="ignore"):
        standing = (trunk * legs).sum(-1) > STRAIGHT
    axes, weight = _unit(neck - foot)[standing], certain[standing]
    total = LEVEL_WEIGHT * up_if_level
    if weight.sum() > 0:
        total = total + (axes * weight[:, None]).sum(0) / weight.sum()
    return _unit(total)


def level_camera(up_camera):
    """R_world_camera (3,3) with world Z = up and +Y = the view direction made horizontal."""
    view = np.array([0.0, 0.0, 1.0])
    ahead = view - up_camera * (view @ up_camera)
    if np.linalg.norm(ahead) < 1e-3:  # looks straight down or up: the picture's up is ahead
        ahead = np.array([0.0, -1.0, 0.0]) - up_camera * -up_camera[1]
    ahead = _unit(ahead)
    return np.stack([np.cross(ahead, up_camera), ahead, up_camera])


def ground_height(markers, confidence, up):
    """Height of the ground along `up` [m], in the axes of the markers; 0 when no foot was seen."""
    heights = markers[..., FEET, :] @ up
    weight = np.where(np.isfinite(heights), confidence[..., FEET], 0.0)
    used = weight > 0.2
    if not used.any():
        return 0.0
    return weighted_quantile(heights[used], weight[used], GROUND_QUANTILE)


def _unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
