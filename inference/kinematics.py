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


def _doubling():
    """Index arrays (L+1,): what each link is to be multiplied with so that three products reach the root.

    Row L is the identity, which is above the root (Hillis and Steele 1986, pointer jumping).
    """
    links = len(SKELETON.link_names)
    above = np.append(np.where(SKELETON.link_parents < 0, links, SKELETON.link_parents), links)
    rounds = []
    while (above < links).any():
        rounds.append(above)
        above = above[above]
    return rounds


_LINKS = len(SKELETON.link_names)
_ROUNDS = _doubling()
_TURN_LINK = np.concatenate([np.zeros(3, int), SKELETON.dof_link])
_TURN_AXIS = np.concatenate([np.eye(3), SKELETON.dof_axis])[:, :, None]
_SPREAD = np.zeros((len(_TURN_LINK), _LINKS, 3))
_SPREAD[np.arange(len(_TURN_LINK)), _TURN_LINK] = _TURN_AXIS[..., 0]
_SPREAD = _SPREAD.reshape(len(_TURN_LINK), -1)
_MOVES = SKELETON.moves[:, None, :].astype(float)
_CROSS = np.zeros((3, 3, 3))  # (a x p)_i = sum_kj _CROSS[k,i,j] a_j p_k
for _i in range(3):
    _j, _k = (_i + 1) % 3, (_i + 2) % 3
    _CROSS[_k, _i, _j], _CROSS[_j, _i, _k] = 1.0, -1.0
_CROSS = _CROSS.reshape(9, 3)
_NEXT, _LAST = np.array([1, 2, 0]), np.array([2, 0, 1])


def forward(q, body):
    """q (...,D), body with leading axes that broadcast to `...` -> Pose."""
    batch = q.shape[:-1]
    R_local, J_local = exp_and_left_jacobian((q[..., 3:] @ _SPREAD).reshape(*batch, _LINKS, 3))
    T = np.zeros((*batch, _LINKS + 1, 4, 4))
    T[..., :_LINKS, :3, :3], T[..., :_LINKS, :3, 3] = R_local, body.offsets
    T[..., 0, :3, 3] = q[..., :3]
    T[..., 3, 3] = T[..., _LINKS, 0, 0] = T[..., _LINKS, 1, 1] = T[..., _LINKS, 2, 2] = 1.0
    for above in _ROUNDS:
        T = T.take(above, -3) @ T
    held, R = T.take(SKELETON.marker_link, -3), T[..., :3, :3]
    markers = (held[..., :3, :3] @ body.places[..., None])[..., 0] + held[..., :3, 3]
    R_turning = R.take(_ROUNDS[0][:_LINKS], -3) @ J_local
    axis = (R_turning.take(_TURN_LINK, -3) @ _TURN_AXIS)[..., 0]
    p = T[..., :_LINKS, :3, 3]
    return Pose(R[..., :_LINKS, :, :], p, markers, axis, p.take(_TURN_LINK, -2))


def marker_jacobian(pose, R=np.eye(3)):
    """d (R markers) / d q: (...,K,3,D), as one product: column d of marker p is [_CROSS a_d, o_d x a_d] [p, 1].

    R (3,3) turns the world into the axes that the derivative is wanted in, like those of a camera.
    """
    batch, (K, D) = pose.markers.shape[:-2], _MOVES.shape[::2]
    axes, origins, markers = (v @ R.T for v in (pose.dof_axis, pose.dof_origin, pose.markers))
    a, o = np.swapaxes(axes, -1, -2), np.swapaxes(origins, -1, -2)
    columns = np.zeros((*batch, 4, 3, D))
    columns[..., :3, :, 3:] = (_CROSS @ a).reshape(*batch, 3, 3, D - 3)
    columns[..., 3, :, 3:] = o.take(_NEXT, -2) * a.take(_LAST, -2)
    columns[..., 3, :, 3:] -= o.take(_LAST, -2) * a.take(_NEXT, -2)
    columns[..., 3, :, :3] = R  # the root's position
    points = np.concatenate([markers, np.ones((*batch, K, 1))], -1)
    J = (points @ columns.reshape(*batch, 4, 3 * D)).reshape(*batch, K, 3, D)
    J *= _MOVES
    return J


def segment_jacobian(pose, body, R=np.eye(3)):
    """d (R markers) / d s of `scaled_body` at the body's present lengths: (...,K,3,G).

    A marker moves along every offset between it and the root that grows, and along its own place.
    """
    R_link, above = R @ pose.R_world_link, SKELETON.link_parents.clip(0)
    offsets = (R_link[..., above, :, :] @ body.offsets[..., None])[..., 0]
    places = (R_link[..., SKELETON.marker_link, :, :] @ body.places[..., None])[..., 0]
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
