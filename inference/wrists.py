"""How hands are turned where their fingers are seen: the palm tells it better than a body's few keypoints do.

    R_forearm0^T R_palm = exp(x t) exp(s),   s at right angles to x

x is the forearm's axis: t is its twist, s bend and side of the wrist, three angles that make any rotation. What
they are away from the body's fit is calmed over time and fades where no hand is seen; limits hold.
"""

from dataclasses import replace

import numpy as np

from .easing import Easing
from .rotations import exp, log, quaternion
from .skeleton import NUM_ROOT, SKELETON

SIDES = ("L", "R")
TURNS = ("forearm_twist", "hand_bend", "hand_side")
DOFS = np.array([[SKELETON.dof_names.index(f"{dof}.{side}") for dof in TURNS] for side in SIDES])
AXES = SKELETON.dof_axis[DOFS - NUM_ROOT]  # (2,3,3)
LOWER, UPPER = SKELETON.lower[DOFS], SKELETON.upper[DOFS]  # (2,3) [rad]
FOREARMS, HANDS = (
    [SKELETON.joint_names.index(f"{joint}.{side}") for side in SIDES]
    for joint in ("forearm", "hand")
)
MARKERS = [
    np.flatnonzero(SKELETON.marker_link == SKELETON.link_names.index(f"hand.{side}"))
    for side in SIDES
]
AWAY = Easing(
    sigma=np.radians(10),
    acceleration=40.0,
    rest=np.radians(60),
    outlier=np.radians(35),
    settle_s=0.2,
    one_euro=(1.0, 0.15),
)
BEYOND = np.radians(45)  # a palm that is farther from what a wrist can do was seen wrongly
X = np.array([1.0, 0.0, 0.0])


def turned(motion, R_world_palm, weight, solve, how=AWAY):
    """The Motion with forearms twisted and hands turned as the palms are.

    R_world_palm (P,T,2,3,3), NaN where not seen; weight (P,T,2) 0..1; solve one of easing.SOLVERS
    """
    q, joints, X_cam = motion.q.copy(), motion.T_world_joint.copy(), motion.X_cam.copy()
    fitted, R_forearm = q[..., DOFS], joints[:, :, FOREARMS, :3, :3]
    beside, believed = away(fitted, R_forearm, R_world_palm)
    weight = np.where(believed, weight, 0.0)
    for place in np.ndindex(len(q), 2):
        one = place[0], slice(None), place[1]
        seen = np.where(weight[one][:, None] > 0, beside[one], np.nan)
        beside[one] = solve(seen, weight[one], motion.time_s, np.zeros(3), how)
    q[..., DOFS], R_forearm, R_hand = moved(fitted, R_forearm, beside)
    change = R_hand @ np.swapaxes(joints[:, :, HANDS, :3, :3], -1, -2)
    joints[:, :, FOREARMS, :3, :3], joints[:, :, HANDS, :3, :3] = R_forearm, R_hand
    for side, markers in enumerate(MARKERS):
        T_hand = joints[:, :, HANDS[side]]
        X_cam[:, :, markers] = _about_wrist(
            motion, X_cam[:, :, markers], T_hand, change[:, :, side]
        )
    return replace(motion, q=q, T_world_joint=joints, X_cam=X_cam)


def away(fitted, R_forearm, R_palm):
    """How far palms are from the fit: (...,2,3) twist, bend, side [rad], within limits; (...,2) bool: believed.

    fitted (...,2,3) the fit's angles; R_forearm, twisted so, and R_palm (...,2,3,3) in the same axes
    """
    R_forearm0 = R_forearm @ exp(-X * fitted[..., :1])
    wanted = angles_of(np.swapaxes(R_forearm0, -1, -2) @ R_palm)
    possible = np.clip(wanted, LOWER, UPPER)
    return possible - fitted, (np.abs(wanted - possible) < BEYOND).all(-1)


def moved(fitted, R_forearm, beside):
    """Moved from the fit by `beside` (...,2,3), within limits -> angles (...,2,3), forearms, hands (...,2,3,3).

    fitted (...,2,3) the fit's angles; R_forearm (...,2,3,3) twisted so
    """
    angles = np.clip(fitted + beside, LOWER, UPPER)
    R_forearm = R_forearm @ exp(X * (angles - fitted)[..., :1])
    swing = np.einsum("...sa,sak->...sk", angles[..., 1:], AXES[:, 1:])
    return angles, R_forearm, R_forearm @ exp(swing)


def angles_of(R):
    """Rotations (...,2,3,3) after the forearm without its twist -> (...,2,3) twist, bend, side."""
    R = np.where(np.isfinite(R), R, np.eye(3))
    w, x = np.moveaxis(quaternion(R)[..., :2], -1, 0)
    twist = 2 * np.arctan2(x, w)
    twist = (twist + np.pi) % (2 * np.pi) - np.pi
    swing = log(exp(-X * twist[..., None]) @ R)
    bends = np.einsum("...sk,sak->...sa", swing, AXES[:, 1:])
    return np.concatenate([twist[..., None], bends], -1)


def _about_wrist(motion, X_cam, T_world_hand, change):
    """Points (P,T,n,3) in camera axes, turned about the wrist by `change` (P,T,3,3) in the world."""
    T = motion.T_world_camera
    wrist = np.einsum("tji,ptj->pti", T[:, :3, :3], T_world_hand[..., :3, 3] - T[:, :3, 3])
    R = np.swapaxes(T[:, :3, :3], -1, -2) @ change @ T[:, :3, :3]
    away = X_cam - wrist[:, :, None]
    return wrist[:, :, None] + np.einsum("ptij,ptkj->ptki", R, away)
