"""How wrong 3D joints and joint rotations are; each metric one function, named as its source names it.

X predicted, Y true; (T,J,3) [m] of one person over T frames in the same axes, NaN = not there: a joint
counts where both have it. Two sets of joints are rows of the functions; both start with the rows of JOINTS:
`limb_joints`        J = 14: 12 limb joints, pelvis and neck as the middles of hips and shoulders, so that
                     a network's own idea of them does not matter; for truths without a head
`published_joints`   J = 15: the same with the source's own pelvis and neck, and the top of the head
Root-relative metrics leave out the pelvis, which is 0 by construction: 13 joints, or the 14 of the
published tables (head, neck, shoulders, elbows, wrists, hips, knees, ankles; Mehta 2020, 3.3).
People in the picture and over time: `metrics_people`, `metrics_identity`.
"""

import numpy as np

from ..inference.keypoints import LIMB_JOINTS

JOINTS = (*LIMB_JOINTS, "pelvis", "neck")
PUBLISHED = (*JOINTS, "head_top")
PELVIS = JOINTS.index("pelvis")
BONES = [
    (JOINTS.index(f"{a}_{side}"), JOINTS.index(f"{b}_{side}"))
    for side in "lr"
    for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
]
THRESHOLDS = np.arange(0, 151, 5)  # [mm]
STANDS = 10.0  # [mm] in 1/30 s: a foot of the truth that moves less is on the ground
NEAR_GROUND = 0.05  # [m] a foot that is lower may stand
GROUND_QUANTILE = 0.05  # of the heights of all feet: the ground
SEGMENT = 100  # frames that are aligned at once
LEAST_POINTS = 4  # of a similarity


def limb_joints(X, names):
    """Keypoints X (T,K,3) called `names` -> the rows of JOINTS (T,14,3)."""
    names = [str(name) for name in names]
    rows = X[:, [names.index(name) for name in LIMB_JOINTS]]
    middles = [
        rows[:, [LIMB_JOINTS.index(f"{part}_{side}") for side in "lr"]].mean(1)
        for part in ("hip", "shoulder")
    ]
    return np.concatenate([rows, np.stack(middles, 1)], 1)


def published_joints(X, names):
    """Points X (...,K,3) or pixels (...,K,2) called `names` -> the rows of PUBLISHED."""
    names = [str(name) for name in names]
    return X[..., [names.index(name) for name in PUBLISHED], :]


def root_relative(X):
    """(...,J,3) with the pelvis at 0."""
    return X - X[..., PELVIS, None, :]


def scored(values):
    """(...,J) -> (...,J-1): without the pelvis."""
    return np.delete(values, PELVIS, axis=-1)


def errors(X, Y):
    """Root-relative distance [mm] of the scored joints, (...,J-1); NaN where one is missing."""
    return 1000 * scored(np.linalg.norm(root_relative(X) - root_relative(Y), axis=-1))


def errors_missing_as_far(X, Y):
    """`errors`, but infinite where a true joint is not predicted; NaN where there is no truth."""
    found = errors(X, Y)
    true = scored(np.isfinite(root_relative(Y)).all(-1))
    return np.where(true & np.isnan(found), np.inf, found)


def coverage(X, Y):
    """Share of the true joints that are predicted."""
    far = errors_missing_as_far(X, Y)
    return float(np.isfinite(far[~np.isnan(far)]).mean())


def mpjpe(X, Y):
    """Mean per-joint position error, root-relative [mm]. Ionescu et al. 2014."""
    return mean(errors(X, Y))


def n_mpjpe(X, Y):
    """MPJPE after the best scale of every frame [mm]. Rhodin et al. 2018."""
    x, y = root_relative(X), root_relative(Y)
    both = np.isfinite(x).all(-1, keepdims=True) & np.isfinite(y).all(-1, keepdims=True)
    product, square = (np.where(both, a, 0).sum((1, 2)) for a in (x * y, x * x))
    return mpjpe(x * (product / np.maximum(square, 1e-12))[:, None, None], y)


def pa_mpjpe(X, Y):
    """Error after the best similarity of every frame [mm], pelvis included. Martinez et al. 2017."""
    rows = [aligned_error(x, y) for x, y in zip(X, Y) if joint_in_both(x, y).sum() >= LEAST_POINTS]
    return mean(np.concatenate(rows)) if rows else np.nan


def clip_mpjpe(X, Y):
    """Error after ONE similarity for the whole clip, root-relative [mm].

    As WA-MPJPE of Ye et al. 2023 (SLAHMR), but on root-relative joints and over the whole clip.
    """
    x, y = root_relative(X).reshape(-1, 3), root_relative(Y).reshape(-1, 3)
    return mean(aligned_error(x, y)) if joint_in_both(x, y).sum() > LEAST_POINTS else np.nan


def wa_mpjpe(X, Y):
    """Error of absolute joints, ONE similarity per 100 frames [mm]: WA-MPJPE-100, Ye et al. 2023 (SLAHMR)."""
    return mean(np.concatenate([_aligned(x, y, x, y) for x, y in _segments(X, Y)]))


def w_mpjpe(X, Y):
    """Error of absolute joints, the similarity of the first two of 100 frames [mm].

    W-MPJPE-100, Ye et al. 2023 (SLAHMR): what drifts away from the start of a segment is an error.
    """
    return mean(np.concatenate([_aligned(x, y, x[:2], y[:2]) for x, y in _segments(X, Y)]))


def pck(X, Y, threshold=150.0):
    """3DPCK [%]: true joints that are predicted within `threshold` [mm]. Mehta et al. 2017 (MPI-INF-3DHP)."""
    return share_correct(errors_missing_as_far(X, Y), threshold)


def auc(X, Y):
    """Area under the 3DPCK curve from 0 to 150 mm [%]. Mehta et al. 2017 (MPI-INF-3DHP)."""
    return area_under_curve(errors_missing_as_far(X, Y))


def share_correct(far, threshold=150.0):
    """`pck` of errors [mm] of any people and joints, as `errors_missing_as_far` has them."""
    far = far[~np.isnan(far)]
    return 100 * float((far <= threshold).mean()) if far.size else np.nan


def area_under_curve(far):
    """`auc` of errors [mm] of any people and joints, as `errors_missing_as_far` has them."""
    return float(np.mean([share_correct(far, threshold) for threshold in THRESHOLDS]))


def acceleration_error(X, Y, fps):
    """Mean difference of the root-relative accelerations [m/s^2]. Kanazawa et al. 2019."""
    difference = np.diff(root_relative(X) - root_relative(Y), n=2, axis=0)
    return mean(scored(np.linalg.norm(difference, axis=-1))) * fps**2


def jitter(X, fps):
    """Mean third derivative of the root-relative joints [10 m/s^3]. Yi et al. 2021 (TransPose)."""
    third = np.diff(root_relative(X), n=3, axis=0)
    return mean(scored(np.linalg.norm(third, axis=-1))) * fps**3 / 10


def foot_skate(feet, true_feet, fps):
    """Mean way in 1/30 s [mm] of a foot while the true one stands; absolute points (T,n,3).

    Contact by the speed of the truth: its foot moves less than 10 mm in 1/30 s.
    """
    way, true_way = (
        np.linalg.norm(np.diff(points, axis=0), axis=-1) * 1000 * fps / 30
        for points in (feet, true_feet)
    )
    return mean(np.where(true_way < STANDS, way, np.nan))


def foot_skate_in_contact(feet, contact, fps):
    """Mean way in 1/30 s [mm] of feet (T,n,3) that stand in two frames running; contact (T,n) bool."""
    way = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * 1000 * fps / 30
    return mean(np.where(contact[1:] & contact[:-1], way, np.nan))


def feet_near_ground(feet, up=(0.0, 0.0, 1.0)):
    """Which feet (T,n,3) may stand, (T,n) bool: lower than 5 cm, as in Karunratanakul et al. 2023 (GMD).

    The ground is a level plane at the height that 5 % of all feet are below. It is for people on a floor:
    on stairs and beams contacts have to be given.
    """
    height = feet @ np.asarray(up)
    return height < np.nanquantile(height, GROUND_QUANTILE) + NEAR_GROUND


def bone_length_variation(X):
    """Standard deviation over time of the limb lengths, mean over the 8 limb bones [mm]."""
    lengths = [np.linalg.norm(X[:, a] - X[:, b], axis=-1) for a, b in BONES]
    return 1000 * mean([length[np.isfinite(length)].std() for length in lengths])


def root_trajectory_error(x, y):
    """Mean error of the path of the root (T,3) after ONE similarity [mm].

    Absolute trajectory error of Sturm et al. 2012, with scale, which one camera cannot know.
    """
    return mean(aligned_error(x, y)) if joint_in_both(x, y).sum() >= LEAST_POINTS else np.nan


def joint_angle_errors(R, R_true):
    """Angle [deg] between rotations (...,3,3), (...); NaN where one is. Huynh 2009 (geodesic)."""
    trace = np.einsum("...ij,...ij->...", R, R_true)
    return np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1)))


def local_rotations(R_world, parents):
    """Rotations (...,J,3,3) in the world -> relative to the parent joint; the root keeps its own."""
    parents = np.asarray(parents)
    above = R_world[..., np.maximum(parents, 0), :, :]
    local = np.swapaxes(above, -1, -2) @ R_world
    local[..., parents < 0, :, :] = R_world[..., parents < 0, :, :]
    return local


def similarity(x, y):
    """Scale, rotation, translation with s R x + t next to y, points (n,3). Umeyama 1991, Eqs. 40-42."""
    mean_x, mean_y = x.mean(0), y.mean(0)
    a, b = x - mean_x, y - mean_y
    U, S, Vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, 1.0, 1.0 if np.linalg.det(U @ Vt) >= 0 else -1.0])
    R = (U * sign) @ Vt
    scale = (S * sign).sum() / max((a**2).sum(), 1e-12)
    return scale, R, mean_y - scale * R @ mean_x


def aligned_error(x, y):
    """Distances [mm] of points (n,3) after the best similarity; only those that both have."""
    both = joint_in_both(x, y)
    scale, R, t = similarity(x[both], y[both])
    return 1000 * np.linalg.norm(scale * x[both] @ R.T + t - y[both], axis=-1)


def joint_in_both(x, y):
    return np.isfinite(x).all(-1) & np.isfinite(y).all(-1)


def mean(values):
    """Mean of the finite values; NaN where there is none."""
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else np.nan


def _segments(X, Y):
    """Pairs of 100 frames; what is left over belongs to the last one."""
    cuts = np.arange(SEGMENT, len(X) - SEGMENT + 1, SEGMENT)
    return zip(np.split(X, cuts), np.split(Y, cuts))


def _aligned(x, y, x_start, y_start):
    """Distances [mm] after the similarity that takes x_start to y_start; none where too little is known."""
    both = joint_in_both(x_start, y_start)
    if both.sum() < LEAST_POINTS:
        return np.full(1, np.nan)
    scale, R, t = similarity(x_start[both], y_start[both])
    return 1000 * np.linalg.norm(scale * x @ R.T + t - y, axis=-1).ravel()
