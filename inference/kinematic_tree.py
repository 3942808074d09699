"""The tree of a network's own joints: poses relative to the parent become poses relative to the pelvis."""

import numpy as np


def from_root(parents):
    """Matrix (J,J) that sums bones up: X_root = A X_parent. The root's own row is 0.

    parents (J,), -1 = root
    """
    parents = np.asarray(parents)
    A = np.zeros((len(parents), len(parents)))
    for joint in range(len(parents)):
        above = joint
        while parents[above] >= 0:
            A[joint, above] = 1.0
            above = parents[above]
    return A


def bones_at(parents):
    """(J,J) bool: [joint, bone] = the bone from parent to `bone` begins or ends at the joint."""
    parents = np.asarray(parents)
    bones = np.flatnonzero(parents >= 0)
    meets = np.zeros((len(parents), len(parents)), bool)
    meets[bones, bones] = meets[parents[bones], bones] = True
    return meets
