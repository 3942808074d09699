"""The 17 joints of the test sets MPI-INF-3DHP and MuPoTS-3D, by the names of our keypoints.

Order: `mpii_get_joints("relevant")` of the evaluation code that comes with both (Mehta et al. 2017, 2018). Its
first 14 are scored, the 15th is the root. `univ_annot3` is `annot3` scaled to the universal skeleton, which
is the same from knee to neck for everybody (Mehta 2020, 3.3.1); both in mm, in camera axes.
"""

import numpy as np

from .. import metrics

JOINTS = (
    "head_top", "neck", "shoulder_r", "elbow_r", "wrist_r", "shoulder_l", "elbow_l", "wrist_l",
    "hip_r", "knee_r", "ankle_r", "hip_l", "knee_l", "ankle_l", "pelvis", "spine", "head",
)  # fmt: skip
MILLIMETRE = 1e-3


def rows(values):
    """(...,17,n) -> (...,15,n), rows of `metrics.PUBLISHED`."""
    return metrics.published_joints(np.asarray(values, float), JOINTS)
