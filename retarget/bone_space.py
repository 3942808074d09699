"""World rotations of a solved person to the channels of pose bones: the rest-pose algebra.

    pose bone = parent pose bone . (rest parent^-1 rest bone) . basis
With D the rotation of a joint away from its rest (joint axes = world axes in the rest pose) and Rr the
bone's rest rotation in the armature, whose axes are the world's, the pose of a bone is D Rr, and
    basis = Rr^T (D_parent^T D) Rr          location of a root bone = Rr^T (p - rest head)
"""

import numpy as np

from ..inference import rotations
from . import euler

STILL = 1e-9  # sine of half the angle of a rotation that has no axis
MODES = ("QUATERNION", *euler.ORDERS, "AXIS_ANGLE")


def basis_rotation(R_world_parent, R_world_bone, R_rest):
    """Rotation channels of one bone as matrices (T,3,3).

    R_world_parent, R_world_bone  (T,3,3) rotations away from the rest pose; None = no parent
    R_rest                        (3,3) rest rotation of the bone in the armature
    """
    delta = (
        R_world_bone
        if R_world_parent is None
        else np.swapaxes(R_world_parent, -1, -2) @ R_world_bone
    )
    return R_rest.T @ delta @ R_rest


def root_location(p_world, head_rest, R_rest):
    """Location channels (T,3) of a bone without parent whose head is to be at p_world (T,3) [m]."""
    return (p_world - head_rest) @ R_rest  # row vectors: (Rr^T v)^T = v^T Rr


def sign_continuous(q):
    """Quaternions over time (T,4) -> the same rotations without jumps to the antipode, first w >= 0."""
    signs = np.ones(len(q))
    if len(q):
        signs[0] = -1.0 if q[0, 0] < 0 else 1.0
        signs[1:] = np.where((q[1:] * q[:-1]).sum(-1) < 0, -1.0, 1.0)
    return q * np.cumprod(signs)[:, None]


def rotation_channels(R, mode):
    """Rotations over time (T,3,3) -> (property name, values (T,n)) in a bone's own rotation mode."""
    return channel_name(mode), connected(frame_values(R, mode), mode)


def channel_name(mode):
    """Property of a pose bone that holds its rotation in this mode."""
    names = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}
    return names.get(mode, "rotation_euler")


def frame_values(R, mode):
    """Each rotation for itself: (T,3,3) -> quaternions (T,4), or angles (T,3) for the Euler modes."""
    return euler.angles(R, mode) if mode in euler.ORDERS else rotations.quaternion(R)


def connected(values, mode):
    """What `frame_values` gave, without jumps from frame to frame, as the channels of the mode (T,n)."""
    if mode in euler.ORDERS:
        return euler.continuous(values, mode)
    q = sign_continuous(values)
    return _axis_angle(q) if mode == "AXIS_ANGLE" else q


def _axis_angle(q):
    """(T,4) sign-continuous quaternions -> angle, x, y, z; the axis never flips, the angle runs on."""
    sine = np.linalg.norm(q[:, 1:], axis=-1)
    turned = sine > STILL
    if not turned.any():
        return np.tile([0.0, 0.0, 1.0, 0.0], (len(q), 1))
    # a rotation by nothing has no axis: it gets that of the last frame that has one, or of the first
    last = np.maximum.accumulate(np.where(turned, np.arange(len(q)), turned.argmax()))
    axis = (q[:, 1:] / np.where(turned, sine, 1.0)[:, None])[last]
    flips = np.ones(len(q))
    flips[1:] = np.where((axis[1:] * axis[:-1]).sum(-1) < 0, -1.0, 1.0)
    sign = np.cumprod(flips)
    angle = np.unwrap(2 * sign * np.arctan2(sine, q[:, 0]))
    return np.column_stack([angle, axis * sign[:, None]])
