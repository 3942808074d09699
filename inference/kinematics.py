"""Forward kinematics and its Jacobian, batched over frames and people.

Every degree of freedom is a translation of the root or a turn about an axis a through an origin o, so

    d p / d q_d = a_d x (p - o_d)      for the markers p that the turn moves, 0 for the others.

A link with several axes B = [b1 b2 b3] turns by exp(B q); its axes in the world are the columns of
R_world_parent J_l(B q) B, with J_l the left Jacobian of the rotation group.
"""

from dataclasses import dataclass

import numpy as np

from .rotations import exp_and_left_jacobian
from .skeleton import LINK_SEGMENT, MARKER_SEGMENT, NUM_ROOT, SEGMENTS, SKELETON


@dataclass(frozen=True)
class Pose:
    """Bodies at q. Leading axes `...`."""

    R_world_link: np.ndarray  # (...,L,3,3)
    p_world_link: np.ndarray  # (...,L,3) [m]
    markers: np.ndarray  # (...,K,3) [m]
    dof_axis: np.ndarray  # (...,D-3,3) world axes of the turns, root rotation first
    dof_origin: np.ndarray  # (...,D-3,3)


_TURN_LINK = np.concatenate([np.zeros(3, int), SKELETON.dof_link])
_TURN_AXIS = np.concatenate([np.eye(3), SKELETON.dof_axis])
_SPREAD = np.zeros((len(_TURN_LINK), len(SKELETON.link_names), 3))
_SPREAD[np.arange(len(_TURN_LINK)), _TURN_LINK] = _TURN_AXIS
_SPREAD = _SPREAD.reshape(len(_TURN_LINK), -1)
_TURN_MOVES = SKELETON.moves[:, 3:].astype(float)
_TURN_PARENT = SKELETON.link_parents[_TURN_LINK]


def forward(q, body):
    """q (...,D), body with leading axes that broadcast to `...` -> Pose."""
    batch, links = q.shape[:-1], len(SKELETON.link_names)
    turns = (q[..., 3:] @ _SPREAD).reshape(*batch, links, 3)
    R_local, J_local = exp_and_left_jacobian(turns)
    R, p = np.empty((*batch, links, 3, 3)), np.empty((*batch, links, 3))
    R[..., 0, :, :], p[..., 0, :] = R_local[..., 0, :, :], q[..., :3]
    for level in SKELETON.levels:
        above = SKELETON.link_parents[level]
        R_above = R[..., above, :, :]
        R[..., level, :, :] = R_above @ R_local[..., level, :, :]
        step = R_above @ body.offsets[..., level, :, None]
        p[..., level, :] = p[..., above, :] + step[..., 0]
    held = SKELETON.marker_link
    markers = p[..., held, :] + (R[..., held, :, :] @ body.places[..., None])[..., 0]
    axis = (J_local[..., _TURN_LINK, :, :] @ _TURN_AXIS[:, :, None])[..., 0]
    turned = (R[..., _TURN_PARENT[3:], :, :] @ axis[..., 3:, :, None])[..., 0]
    axis = np.concatenate([axis[..., :3, :], turned], -2)
    return Pose(R, p, markers, axis, p[..., _TURN_LINK, :])


def marker_jacobian(pose):
    """d markers / d q: (...,K,3,D)."""
    a, o, p = pose.dof_axis[..., None, :, :], pose.dof_origin[..., None, :, :], pose.markers
    arm = p[..., :, None, :] - o
    turned = np.empty((*arm.shape[:-2], 3, arm.shape[-2]))
    turned[..., 0, :] = a[..., 1] * arm[..., 2] - a[..., 2] * arm[..., 1]
    turned[..., 1, :] = a[..., 2] * arm[..., 0] - a[..., 0] * arm[..., 2]
    turned[..., 2, :] = a[..., 0] * arm[..., 1] - a[..., 1] * arm[..., 0]
    turned *= _TURN_MOVES[:, None, :]
    shift = np.broadcast_to(np.eye(3), (*turned.shape[:-1], 3))
    return np.concatenate([shift, turned], -1)


def segment_jacobian(pose, body):
    """d markers / d s of `scaled_body` at the body's present lengths: (...,K,3,G).

    A marker moves along every offset between it and the root that grows, and along its own place.
    """
    R, above = pose.R_world_link, SKELETON.link_parents.clip(0)
    offsets = (R[..., above, :, :] @ body.offsets[..., None])[..., 0]
    places = (R[..., SKELETON.marker_link, :, :] @ body.places[..., None])[..., 0]
    along = np.einsum("kgl,...lc->...kcg", _GROWS, offsets)
    return along + places[..., None] * _OWN[:, None, :]


_GROWS = (
    SKELETON.above[SKELETON.marker_link][:, None, :]
    * (np.arange(len(SEGMENTS))[:, None] == LINK_SEGMENT)[None]
).astype(float)
_OWN = (MARKER_SEGMENT[:, None] == np.arange(len(SEGMENTS))).astype(float)


def joint_transforms(pose):
    """T_world_joint (...,J,4,4); joint axes = world axes in the rest pose."""
    R = pose.R_world_link[..., SKELETON.joint_link, :, :]
    T = np.zeros((*R.shape[:-2], 4, 4))
    T[..., :3, :3], T[..., 3, 3] = R, 1.0
    T[..., :3, 3] = pose.p_world_link[..., SKELETON.joint_link, :]
    return T


assert SKELETON.num_dofs == NUM_ROOT + len(SKELETON.dof_link)
