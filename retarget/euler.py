"""Euler angles in any of Blender's six orders, without flips between frames.

Blender's order "XYZ" turns about X first: R = Rz Ry Rx. Angles are given in the order x, y, z,
whatever the order of turning. BVH's channels "Z X Y" are Blender's order "YXZ".
Derived from R = Rk(c) Rj(b) Ri(a) for the order ijk, s = +1 for even permutations, else -1:
    R[k,i] = -s sin b     R[k,j] = s cos b sin a     R[j,i] = s cos b sin c
"""

import numpy as np

ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
GIMBAL = 1e-6  # cos b below this: a and c turn about the same axis


def _axes(order):
    """-> i, j, k, s."""
    i, j, k = ("XYZ".index(letter) for letter in order)
    return i, j, k, 1.0 if (j - i) % 3 == 1 else -1.0


def angles(R, order):
    """Rotation matrices (...,3,3) -> angles about x, y, z (...,3) [rad], the middle one within +-90 degrees."""
    i, j, k, s = _axes(order)
    cos_b = np.hypot(R[..., i, i], R[..., j, i])
    locked = cos_b < GIMBAL
    result = np.zeros(R.shape[:-1])
    result[..., i] = np.where(
        locked,
        np.arctan2(-s * R[..., j, k], R[..., j, j]),
        np.arctan2(s * R[..., k, j], R[..., k, k]),
    )
    result[..., j] = np.arctan2(-s * R[..., k, i], cos_b)
    result[..., k] = np.where(locked, 0.0, np.arctan2(s * R[..., j, i], R[..., i, i]))
    return result


def matrices(euler, order):
    """Angles about x, y, z (...,3) [rad] -> rotation matrices (...,3,3); inverse of `angles`."""
    result = np.broadcast_to(np.eye(3), (*euler.shape[:-1], 3, 3))
    for letter in order:
        result = _about("XYZ".index(letter), euler[..., "XYZ".index(letter)]) @ result
    return result


def _about(axis, angle):
    u, v = (axis + 1) % 3, (axis + 2) % 3
    R = np.zeros((*angle.shape, 3, 3))
    R[..., axis, axis] = 1.0
    R[..., u, u] = R[..., v, v] = np.cos(angle)
    R[..., v, u] = np.sin(angle)
    R[..., u, v] = -R[..., v, u]
    return R


def continuous(euler, order):
    """Angles over time (T,3) -> the same rotations, each frame as near as possible to the one before.

    Every rotation has two solutions, (a, b, c) and (a + pi, pi - b, c + pi), plus whole turns.
    """
    if len(euler) < 2:
        return euler
    other = euler + np.pi
    middle = _axes(order)[1]
    other[:, middle] = np.pi - euler[:, middle]
    both = np.stack([euler, other], 1)  # (T,2,3)
    step = both[1:, None, :, :] - both[:-1, :, None, :]  # (T-1, from, to, 3)
    distance = np.abs(np.angle(np.exp(1j * step))).sum(-1)
    nearer = distance.argmin(-1)
    choice = np.zeros(len(euler), int)
    for t, options in enumerate(nearer.tolist()):
        choice[t + 1] = options[choice[t]]
    return np.unwrap(both[np.arange(len(euler)), choice], axis=0)
