"""Several people in a picture: who is whom, all or matched people, breakdowns, and 2D keypoints.

T frames, P annotated people, M found people, J joints as rows of `metrics.PUBLISHED` or `metrics.JOINTS`.
Absent people and joints are NaN. Lengths [m], pixels of the picture; errors [mm], (T,P,J-1).
"""

import numpy as np

from . import metrics
from .metrics import JOINTS, PELVIS, PUBLISHED

MATCH_PX = 40.0  # a joint agrees that is nearer than this in x and in y
MATCHED_BY = np.delete(np.arange(len(JOINTS)), PELVIS)  # neck and 12 limb joints
NOBODY = -1
GROUPS = ("head_top", "neck", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
# joint, its parent: outwards from the pelvis
CHAIN = [("neck", "pelvis"), ("head_top", "neck")] + [
    (f"{joint}_{side}", f"{parent}_{side}" if sided else parent)
    for joint, parent, sided in (
        ("shoulder", "neck", False), ("elbow", "shoulder", True), ("wrist", "elbow", True),
        ("hip", "pelvis", False), ("knee", "hip", True), ("ankle", "knee", True),
    )
    for side in "lr"
]  # fmt: skip
PCK_SHARE = 0.2  # of the size of the trunk


def match(px_true, px_found):
    """Who of the found is each annotated person of one picture: (P,) rows of px_found, -1 = nobody.

    px_true (P,J,2), px_found (M,J,2) [px]. As the evaluation code of MuPoTS-3D (Mehta et al. 2018): in the
    order of the annotations, everybody takes the person who is still free and has the most of 13 joints
    within 40 px in x and in y, at least one; the first of equals.
    """
    found = np.full(len(px_true), NOBODY)
    if not len(px_found):
        return found
    away = np.abs(px_true[:, None, MATCHED_BY] - px_found[None, :, MATCHED_BY])
    agreeing = (away < MATCH_PX).all(-1).sum(-1)  # (P,M); NaN agrees with nothing
    for person in range(len(px_true)):
        best = int(np.argmax(agreeing[person]))
        if agreeing[person, best] > 0:
            found[person] = best
            agreeing[:, best] = 0
    return found


def matched(px_true, counts, X_found, px_found):
    """Found people in the order of the annotations, frame by frame -> X (T,P,J,3), NaN = not found.

    px_true (T,P,J,2), counts (T,P) bool: the annotation is to be scored; X_found (M,T,J,3), px_found
    (M,T,J,2). Frame by frame, as methods without identities are scored.
    """
    X = np.full((*px_true.shape[:3], 3), np.nan)
    for t in range(len(px_true)):
        annotated = np.flatnonzero(counts[t])
        who = match(px_true[t, annotated], px_found[:, t])
        X[t, annotated[who != NOBODY]] = X_found[who[who != NOBODY], t]
    return X


def share_matched(far):
    """Share of the annotated people (...,J-1), errors missing as far, of whom anything was found [%]."""
    annotated = ~np.isnan(far).all(-1)
    return 100 * float(np.isfinite(far).any(-1)[annotated].mean()) if annotated.any() else np.nan


def only_matched(far):
    """Errors without the people who were not found; joints of the others stay infinite."""
    return np.where(np.isfinite(far).any(-1, keepdims=True), far, np.nan)


def by_joint(far):
    """{group of joints: its errors}; a left and a right joint are one group (Mehta 2020, 3.3.1)."""
    names = [name for name in PUBLISHED if name != "pelvis"][: far.shape[-1]]
    columns = {
        group: [j for j, name in enumerate(names) if name.startswith(group)] for group in GROUPS
    }
    return {group: far[..., chosen] for group, chosen in columns.items() if chosen}


def by_label(far, labels, names):
    """{name: errors of the frames with that label}; labels (T,) int, names {label: name}."""
    return {name: far[labels == label] for label, name in names.items() if np.any(labels == label)}


def by_visibility(far, occluded):
    """{"visible", "occluded": errors}; occluded (T,P,J) bool, self-occlusion included (Mehta 2020, 3.3.2)."""
    hidden = metrics.scored(occluded)[..., : far.shape[-1]]
    return {"visible": np.where(hidden, np.nan, far), "occluded": np.where(hidden, far, np.nan)}


def knee_to_neck(X):
    """Thigh and spine [m] of people (...,J,3), median: what the universal skeleton fixes (Mehta 2020, 3.2.1)."""
    rows = {name: X[..., row, :] for row, name in enumerate(JOINTS)}
    thighs = [np.linalg.norm(rows[f"knee_{s}"] - rows[f"hip_{s}"], axis=-1) for s in "lr"]
    length = np.mean(thighs, axis=0) + np.linalg.norm(rows["neck"] - rows["pelvis"], axis=-1)
    return float(np.nanmedian(length)) if np.isfinite(length).any() else np.nan


def at_scale_of(X, Y):
    """People X (M,T,J,3), each with one scale for the clip, from knee to neck as long as those of Y."""
    scales = knee_to_neck(Y) / np.array([knee_to_neck(person) for person in X])
    return X * scales[:, None, None, None]


def with_bones_of(X, Y):
    """X (...,J,3), root-relative, with its own directions and the bone lengths of Y.

    As the evaluation code of MuPoTS-3D does before it compares (Mehta et al. 2018), but with one bone from
    pelvis to neck where that has two.
    """
    row = {name: j for j, name in enumerate(PUBLISHED[: X.shape[-2]])}
    result = np.zeros_like(X)
    for joint, parent in CHAIN:
        if joint not in row:
            continue
        child, root = row[joint], row[parent]
        bone = X[..., child, :] - X[..., root, :]
        length = np.linalg.norm(Y[..., child, :] - Y[..., root, :], axis=-1, keepdims=True)
        norm = np.maximum(np.linalg.norm(bone, axis=-1, keepdims=True), 1e-9)
        result[..., child, :] = result[..., root, :] + bone / norm * length
    result[..., PELVIS, :] = np.where(np.isnan(X[..., PELVIS, :]), np.nan, 0)
    return result


def pck_2d(px_found, px_true, share=PCK_SHARE):
    """2D PCK per person [%], (P,): keypoints (T,P,K,2) nearer than a share of the trunk. Sapp & Taskar 2013.

    K starts with the rows of `metrics.JOINTS`. The trunk is a diagonal from a shoulder to the hip of the other
    side, in that frame; the longer one. What is annotated and not found is wrong; NaN = never annotated.
    """
    row = {name: j for j, name in enumerate(JOINTS)}
    diagonals = [
        np.linalg.norm(px_true[:, :, row[a]] - px_true[:, :, row[b]], axis=-1)
        for a, b in (("shoulder_l", "hip_r"), ("shoulder_r", "hip_l"))
    ]
    allowed = share * np.fmax(*diagonals)[..., None]
    annotated = np.isfinite(px_true).all(-1) & np.isfinite(allowed)
    right = np.linalg.norm(px_found - px_true, axis=-1) <= allowed
    total, correct = annotated.sum((0, 2)), (right & annotated).sum((0, 2))
    return np.where(total > 0, 100 * correct / np.maximum(total, 1), np.nan)
