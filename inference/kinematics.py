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


_ORDER = np.concatenate([[0], *SKELETON.levels])  # links by depth: a level is a slice
_PLACE = np.argsort(_ORDER)  # where a link is in that order
_ABOVE = _PLACE[SKELETON.link_parents[_ORDER].clip(0)]
_ENDS = np.cumsum([1] + [len(level) for level in SKELETON.levels])
_LEVELS = [(slice(a, b), _ABOVE[a:b]) for a, b in zip(_ENDS[:-1], _ENDS[1:], strict=True)]
_TURN_LINK = _PLACE[np.concatenate([np.zeros(3, int), SKELETON.dof_link])]
_TURN_AXIS = np.concatenate([np.eye(3), SKELETON.dof_axis])
_SPREAD = np.zeros((len(_TURN_LINK), len(_ORDER), 3))
_SPREAD[np.arange(len(_TURN_LINK)), _TURN_LINK] = _TURN_AXIS
_SPREAD = _SPREAD.reshape(len(_TURN_LINK), -1)
_HELD = _PLACE[SKELETON.marker_link]
_MOVES = SKELETON.moves[:, None, :].astype(float)
_CROSS = np.zeros((3, 3, 3))  # (a x p)_i = sum_kj _CROSS[k,i,j] a_j p_k
for _i in range(3):
    _j, _k = (_i + 1) % 3, (_i + 2) % 3
    _CROSS[_k, _i, _j], _CROSS[_j, _i, _k] = 1.0, -1.0
_CROSS = _CROSS.reshape(9, 3)


def forward(q, body):
    """q (...,D), body with leading axes that broadcast to `...` -> Pose."""
    batch, links = q.shape[:-1], len(_ORDER)
    turns = (q[..., 3:] @ _SPREAD).reshape(*batch, links, 3)
    R_local, J_local = exp_and_left_jacobian(turns)
    T_local = np.zeros((*batch, links, 4, 4))
    T_local[..., :3, :3], T_local[..., 3, 3] = R_local, 1.0
    T_local[..., :3, 3] = body.offsets[..., _ORDER, :]
    T_local[..., 0, :3, 3] = q[..., :3]
    T = T_local.copy()
    for level, above in _LEVELS:
        T[..., level, :, :] = T.take(above, -3) @ T_local[..., level, :, :]
    R, p, held = T[..., :3, :3], T[..., :3, 3], T[..., _HELD, :3, :]
    markers = (held[..., :3] @ body.places[..., None])[..., 0] + held[..., 3]
    R_turning = R.take(_ABOVE, -3) @ J_local
    R_turning[..., 0, :, :] = J_local[..., 0, :, :]
    axis = (R_turning.take(_TURN_LINK, -3) @ _TURN_AXIS[:, :, None])[..., 0]
    return Pose(R.take(_PLACE, -3), p.take(_PLACE, -2), markers, axis, p.take(_TURN_LINK, -2))


def marker_jacobian(pose):
    """d markers / d q: (...,K,3,D), as one product: column d of marker p is [_CROSS a_d, o_d x a_d] [p, 1]."""
    batch, (K, D) = pose.markers.shape[:-2], _MOVES.shape[::2]
    a, o = np.swapaxes(pose.dof_axis, -1, -2), np.swapaxes(pose.dof_origin, -1, -2)
    following, last = [1, 2, 0], [2, 0, 1]
    columns = np.zeros((*batch, 4, 3, D))
    columns[..., :3, :, 3:] = (_CROSS @ a).reshape(*batch, 3, 3, D - 3)
    moment = o[..., following, :] * a[..., last, :] - o[..., last, :] * a[..., following, :]
    columns[..., 3, :, 3:] = moment
    columns[..., 3, range(3), range(3)] = 1.0  # the root's position
    points = np.concatenate([pose.markers, np.ones((*batch, K, 1))], -1)
    J = (points @ columns.reshape(*batch, 4, 3 * D)).reshape(*batch, K, 3, D)
    J *= _MOVES
    return J


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
