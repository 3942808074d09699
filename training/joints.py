"""The joints of the networks of Mehta (2020): order of their channels, tree, limbs of the affinity fields.

MPI-INF-3DHP's 17 joints, and VNect's 21 with hands and toes (Mehta 2017). "" = a joint that has no canonical
keypoint (spine, middle of the head). Standard library only.
"""

ORPM_JOINTS = (
    "head_top", "neck",
    "shoulder_r", "elbow_r", "wrist_r", "shoulder_l", "elbow_l", "wrist_l",
    "hip_r", "knee_r", "ankle_r", "hip_l", "knee_l", "ankle_l",
    "pelvis", "", "",
)  # fmt: skip
VNECT_JOINTS = (*ORPM_JOINTS, "index_r", "index_l", "big_toe_r", "big_toe_l")
SPINE, HEAD = 15, 16
ORPM_PARENTS = (HEAD, SPINE, 1, 2, 3, 1, 5, 6, 14, 8, 9, 14, 11, 12, -1, 14, 1)
VNECT_PARENTS = (*ORPM_PARENTS, 4, 7, 10, 13)
LIMBS = (  # pairs of channels, the trunk first
    (1, 14), (1, 0), (1, 2), (2, 3), (3, 4), (1, 5), (5, 6), (6, 7),
    (14, 8), (8, 9), (9, 10), (14, 11), (11, 12), (12, 13),
)  # fmt: skip
