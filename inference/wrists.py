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
AWAY = Easing(
    sigma=np.radians(10),
    acceleration=40.0,
    rest=np.radians(60),
    outlier=np.radians(35),
    settle_s=0.2,
)
BEYOND = np.radians(45)  # a palm that is farther from what a wrist can do was seen wrongly
X = np.array([1.0, 0.0, 0.0])


def turned(motion, R_world_palm, weight, solve, how=AWAY):
    """The Motion with forearms twisted and hands turned as the palms are.

    R_world_palm (P,T,2,3,3), NaN where not seen; weight (P,T,2) 0..1; solve one of easing.SOLVERS
    """
    q, joints, X_cam = motion.q.copy(), motion.T_world_joint.copy(), motion.X_cam.copy()
    names = [str(name) for name in motion.joint_names]
    for side, name in enumerate(SIDES):
        forearm, hand = (names.index(f"{joint}.{name}") for joint in ("forearm", "hand"))
        dofs = [
            SKELETON.dof_names.index(f"{d}.{name}")
            for d in ("forearm_twist", "hand_bend", "hand_side")
        ]
        axes = SKELETON.dof_axis[np.array(dofs) - NUM_ROOT]
        markers = np.flatnonzero(SKELETON.marker_link == SKELETON.link_names.index(f"hand.{name}"))
        fitted = q[..., dofs]
        R_forearm0 = joints[:, :, forearm, :3, :3] @ exp(-X * fitted[..., :1])
        wanted = angles_of(np.swapaxes(R_forearm0, -1, -2) @ R_world_palm[:, :, side], axes)
        possible = np.clip(wanted, SKELETON.lower[dofs], SKELETON.upper[dofs])
        believed = np.where((np.abs(wanted - possible) < BEYOND).all(-1), weight[..., side], 0.0)
        away = possible - fitted
        for p in range(len(q)):
            seen = np.where(believed[p, :, None] > 0, away[p], np.nan)
            away[p] = solve(seen, believed[p], motion.time_s, np.zeros(3), how)
        found = np.clip(fitted + away, SKELETON.lower[dofs], SKELETON.upper[dofs])
        before = joints[:, :, hand, :3, :3].copy()
        q[..., dofs] = found
        joints[:, :, forearm, :3, :3] = R_forearm0 @ exp(X * found[..., :1])
        joints[:, :, hand, :3, :3] = joints[:, :, forearm, :3, :3] @ exp(found[..., 1:] @ axes[1:])
        change = joints[:, :, hand, :3, :3] @ np.swapaxes(before, -1, -2)
        X_cam[:, :, markers] = _about_wrist(
            motion, X_cam[:, :, markers], joints[:, :, hand], change
        )
    return replace(motion, q=q, T_world_joint=joints, X_cam=X_cam)


def angles_of(R, axes):
    """Rotations (...,3,3) after the forearm without its twist -> (...,3) twist, bend, side about axes (3,3)."""
    R = np.where(np.isfinite(R), R, np.eye(3))
    w, x = np.moveaxis(quaternion(R)[..., :2], -1, 0)
    twist = 2 * np.arctan2(x, w)
    twist = (twist + np.pi) % (2 * np.pi) - np.pi
    swing = log(exp(-X * twist[..., None]) @ R)
    return np.concatenate([twist[..., None], swing @ axes[1:].T], -1)


def _about_wrist(motion, X_cam, T_world_hand, change):
    """Points (P,T,n,3) in camera axes, turned about the wrist by `change` (P,T,3,3) in the world."""
    T = motion.T_world_camera
    wrist = np.einsum("tji,ptj->pti", T[:, :3, :3], T_world_hand[..., :3, 3] - T[:, :3, 3])
    R = np.swapaxes(T[:, :3, :3], -1, -2) @ change @ T[:, :3, :3]
    away = X_cam - wrist[:, :, None]
    return wrist[:, :, None] + np.einsum("ptij,ptkj->ptki", R, away)
