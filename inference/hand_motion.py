"""Hands of a whole take: angles of each picture -> fingers that move calmly, as further joints of a Motion.

Where a hand is not seen its fingers are relaxed, and come from there and go there softly. The Motion's joints,
angles and keypoints each get those of both hands at the end, for everybody; `hands_seen` says how far to believe
them.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import hand_fit, shot_rows, wrists
from . import hand_skeleton as hand
from .easing import Easing, shot_by_shot
from .keypoints import HAND_KEYPOINTS, HAND_POINTS

SIDES = ("L", "R")
BOTH = np.array([np.ones(3), hand.MIRROR])  # (2,3) what is mirrored of each hand
FINGERS = Easing(
    sigma=np.radians(8),
    acceleration=60.0,
    rest=np.radians(85),
    outlier=np.radians(25),
    settle_s=0.15,
)


@dataclass(frozen=True)
class HandsSeen:
    """P people, T frames, both hands. Absent: NaN, score 0."""

    px: np.ndarray  # (P,T,2,21,2)
    X: np.ndarray  # (P,T,2,21,3) [m] relative to the hand's middle, camera axes
    score: np.ndarray  # (P,T,2)


def gather(observations, identities):
    """Observations of T frames, {identity: [(frame row, person row)]} -> HandsSeen."""
    P, T, L = len(identities), len(observations), len(HAND_POINTS)
    values, score = np.full((P, T, 2, L, 5), np.nan), np.zeros((P, T, 2))
    for p, places in enumerate(identities.values()):
        for t, row in places:
            values[p, t], score[p, t] = observations[t].hands[row], observations[t].hand_score[row]
    return HandsSeen(values[..., :2], values[..., 2:], score)


def with_hands(motion, observations, identities, settings):
    """The Motion with fingers, where any hand was seen in these observations; else as it is.

    settings   FitSettings: solver and smoothing
    """
    if not any(seen.hand_score.any() for seen in observations):
        return motion
    seen = gather(observations, identities)
    solve = shot_by_shot(settings.solver, shot_rows.ranges(observations))
    angles, R_camera_hand, weight = solved(seen, motion.time_s, solve, settings.smoothing)
    R_world_hand = motion.T_world_camera[:, None, :3, :3] @ R_camera_hand
    how = replace(wrists.AWAY, acceleration=wrists.AWAY.acceleration / settings.smoothing)
    motion = wrists.turned(motion, R_world_hand, weight, solve, how)
    angles[~motion.present] = np.nan
    weight[~motion.present] = 0.0
    return extended(motion, angles, weight, seen)


def solved(seen, time_s, solve, smoothing):
    """-> angles (P,T,2,21) of all fingers at all times, turns (P,T,2,3,3) of hands where seen, how far (P,T,2)."""
    P, T = seen.score.shape[:2]
    raw, weight = np.full((P, T, 2, hand.NUM_DOFS), np.nan), seen.score.copy()
    rows = np.nonzero(seen.score > 0)
    poses = hand_fit.fit(seen.px[rows], seen.X[rows], rows[2] == 1)
    raw[rows], weight[rows] = poses.angles, seen.score[rows] * poses.sureness
    R_camera_hand = np.full((P, T, 2, 3, 3), np.nan)
    R_camera_hand[rows] = poses.R_camera_hand
    how = replace(FINGERS, acceleration=FINGERS.acceleration / smoothing)
    angles = np.empty_like(raw)
    for p in range(P):
        for side in range(2):
            one = raw[p, :, side], weight[p, :, side]
            angles[p, :, side] = solve(*one, time_s, hand.RELAXED, how)
    return np.clip(angles, hand.LOWER, hand.UPPER), R_camera_hand, weight


def extended(motion, angles, weight, seen):
    """The Motion with joints, angles and keypoints of both hands at the end of its own.

    angles (P,T,2,21), weight (P,T,2)
    """
    names = [str(name) for name in motion.joint_names]
    hands = [names.index(f"hand.{side}") for side in SIDES]
    roots = [list(motion.keypoint_names).index(f"wrist_{side.lower()}") for side in SIDES]
    joints, X_world = posed(motion.T_world_joint[:, :, hands], angles, motion.height_m)
    T_camera = motion.T_world_camera
    X_cam = np.einsum(
        "tji,ptskj->ptski", T_camera[:, :3, :3], X_world - T_camera[:, None, None, :3, 3]
    )
    X_raw = motion.X_raw[:, :, roots, None] + seen.X - seen.X[..., :1, :]
    confidence = np.broadcast_to(weight[..., None], seen.px.shape[:-1])
    return replace(
        motion,
        joint_names=np.array([*names, *JOINT_NAMES]),
        parents=np.concatenate([motion.parents, parents(names)]),
        rest_offset=np.concatenate([motion.rest_offset, rest_offsets(motion.height_m)], 1),
        T_world_joint=_joined(motion.T_world_joint, joints, 2),
        dof_names=np.array([*motion.dof_names, *_sided(hand.DOF_NAMES)]),
        q=_joined(motion.q, angles, 2),
        keypoint_names=np.array([*motion.keypoint_names, *HAND_KEYPOINTS]),
        px=_joined(motion.px, seen.px, 2),
        confidence=_joined(motion.confidence, confidence, 2),
        X_raw=_joined(motion.X_raw, X_raw, 2),
        X_cam=_joined(motion.X_cam, X_cam, 2),
        hands_seen=weight,
    )


def posed(T_world_hand, angles, height):
    """Hands (P,T,2,4,4), angles (P,T,2,21), statures (P,) [m] -> joints (P,T,2,15,4,4), points (P,T,2,21,3)."""
    points = hand.points(hand.bone_rotations(angles))  # of left hands, (P,T,2,21,3)
    points = points * BOTH[:, None] * height[:, None, None, None, None]
    R_hand, p_hand = T_world_hand[..., None, :3, :3], T_world_hand[..., None, :3, 3]
    points = p_hand + (R_hand @ points[..., None])[..., 0]
    R = turns(T_world_hand[..., :3, :3], angles)
    joints = np.broadcast_to(np.eye(4), (*R.shape[:-2], 4, 4)).copy()
    joints[..., :3, :3], joints[..., :3, 3] = R, points[..., hand.POINT_OF_BONE, :]
    joints[np.isnan(points[..., 0, 0])] = np.nan
    return joints, points


def _joined(array, both, axis):
    """An array with those of both hands, (…,2,n,…) from `axis` on, behind it along that axis."""
    shape = (*both.shape[:axis], -1, *both.shape[axis + 2 :])
    return np.concatenate([array, both.reshape(shape)], axis)


def turns(R_world_hand, angles):
    """Hands (...,2,3,3), angles (...,2,21) -> rotations (...,2,15,3,3) of the fingers' joints in the world."""
    R = hand.bone_rotations(angles)
    R[..., 1, :, :, :] = hand.mirrored(R[..., 1, :, :, :])
    return R_world_hand[..., None, :, :] @ R


def rest_offsets(height):
    """Statures (P,) [m] -> (P,30,3) [m] of the fingers' joints from those above, as in `Motion.rest_offset`."""
    offsets = hand.OFFSETS * BOTH[:, None] * height[:, None, None, None]
    return offsets.reshape(len(height), -1, 3)


def parents(joint_names):
    """(30,) joints above the fingers' joints, which follow those of a body with these names."""
    count, hands = len(joint_names), [list(joint_names).index(f"hand.{side}") for side in SIDES]
    found = [
        np.where(hand.PARENTS < 0, above, hand.PARENTS + count + hand.NUM_BONES * side)
        for side, above in enumerate(hands)
    ]
    return np.concatenate(found)


def _sided(names):
    return [f"{name}.{side}" for side in SIDES for name in names]


JOINT_NAMES = (*_sided(hand.BONES),)
