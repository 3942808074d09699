"""Rotations in batches: rotation vectors, matrices, quaternions (w, x, y, z).

Leading axes are free (`...`).
Source of the closed forms: Sola 2018, "A micro Lie theory", Eqs. 132-146.
"""

import numpy as np

SMALL = 1e-4  # [rad] the coefficients of smaller angles are those of this one: off by 1e-9
_HAT = np.zeros((3, 3, 3))  # hat(v)[i,j] = sum_k v_k _HAT[k,i,j]
for _i in range(3):
    _j, _k = (_i + 1) % 3, (_i + 2) % 3
    _HAT[_k, _i, _j], _HAT[_k, _j, _i] = -1.0, 1.0
_HAT = _HAT.reshape(3, 9)
_IDENTITY = np.eye(3)
_NEXT, _AFTER = np.array([1, 2, 0]), np.array([2, 0, 1])
_HAMILTON = np.zeros((4, 4, 4))  # (a b)[k] = sum_ij a_i b_j _HAMILTON[i,j,k]
for _i in (1, 2, 3):
    _j, _k = _i % 3 + 1, (_i + 1) % 3 + 1
    _HAMILTON[_i, _j, _k], _HAMILTON[_j, _i, _k], _HAMILTON[_i, _i, 0] = 1.0, -1.0, -1.0
_HAMILTON[0] = _HAMILTON[:, 0] = np.eye(4)
_HAMILTON = _HAMILTON.reshape(16, 4)


def hat(v):
    """(...,3) -> (...,3,3) with hat(v) x = v x x."""
    return (v @ _HAT).reshape(*v.shape[:-1], 3, 3)


def cross(a, b):
    """Vector product of (...,3) with (...,3), without the detours of numpy's own."""
    return a[..., _NEXT] * b[..., _AFTER] - a[..., _AFTER] * b[..., _NEXT]


def exp(v):
    """Rotation vector (...,3) -> matrix (...,3,3); Rodrigues' formula."""
    return exp_and_left_jacobian(v)[0]


def exp_and_left_jacobian(v):
    """-> R (...,3,3) and J (...,3,3) with exp(v + dv) = exp(J dv) exp(v) to first order.

    With H = hat(v), a = |v|:  R = 1 + sin(a)/a H + (1 - cos a)/a^2 H^2,
    J = 1 + (1 - cos a)/a^2 H + (a - sin a)/a^3 H^2
    """
    square = np.maximum(np.einsum("...i,...i->...", v, v), SMALL**2)[..., None, None]
    angle = np.sqrt(square)
    a, half = np.sin(angle) / angle, np.sin(0.5 * angle)
    b, c = half * half * (2 / square), (1 - a) / square
    H = hat(v)
    H2 = H @ H
    return _IDENTITY + a * H + b * H2, _IDENTITY + b * H + c * H2


def log(R):
    """Matrix (...,3,3) -> rotation vector (...,3), angle in [0, pi]; exact also near pi."""
    return quaternion_log(quaternion(R))


def quaternion_log(q):
    """Unit quaternion (...,4) -> rotation vector (...,3), angle in [0, pi]."""
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine < SMALL, 2.0, angle / np.where(sine < SMALL, 1.0, sine))


def quaternion_exp(v):
    """Rotation vector (...,3) -> unit quaternion (...,4)."""
    half = 0.5 * np.linalg.norm(v, axis=-1, keepdims=True)
    return np.concatenate([np.cos(half), 0.5 * np.sinc(half / np.pi) * v], -1)


def quaternion_product(a, b):
    """First b, then a: (...,4), (...,4) -> (...,4)."""
    products = a[..., :, None] * b[..., None, :]
    return products.reshape(*products.shape[:-2], 16) @ _HAMILTON


def quaternion(R):
    """Matrix (...,3,3) -> unit quaternion (...,4), w first; Shepperd's choice of the largest term."""
    diagonal = np.stack([R[..., 0, 0], R[..., 1, 1], R[..., 2, 2]], -1)
    trace = diagonal.sum(-1, keepdims=True)
    squares = np.concatenate([1 + trace, 1 - trace + 2 * diagonal], -1)  # 4 w^2, 4 x^2, ...
    w = np.stack(
        [R[..., 2, 1] - R[..., 1, 2], R[..., 0, 2] - R[..., 2, 0], R[..., 1, 0] - R[..., 0, 1]], -1
    )
    s = R + np.swapaxes(R, -1, -2)
    columns = np.stack(
        [
            np.concatenate([squares[..., :1], w], -1),
            np.stack([w[..., 0], squares[..., 1], s[..., 0, 1], s[..., 0, 2]], -1),
            np.stack([w[..., 1], s[..., 0, 1], squares[..., 2], s[..., 1, 2]], -1),
            np.stack([w[..., 2], s[..., 0, 2], s[..., 1, 2], squares[..., 3]], -1),
        ],
        -2,
    )
    best = squares.argmax(-1)[..., None, None]
    q = np.take_along_axis(columns, best, -2)[..., 0, :]
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


def wrapped(v):
    """The same rotation with an angle of at most pi: (...,3) -> (...,3)."""
    angle = np.linalg.norm(v, axis=-1, keepdims=True)
    turns = np.round(angle / (2 * np.pi))
    return v * (1 - turns * 2 * np.pi / np.where(angle > 0, angle, 1))


def between(a, b):
    """Smallest rotation that takes direction a (...,3) to b (...,3), as a matrix."""
    a = a / np.linalg.norm(a, axis=-1, keepdims=True)
    b = b / np.linalg.norm(b, axis=-1, keepdims=True)
    axis = cross(a, b)
    sine = np.linalg.norm(axis, axis=-1, keepdims=True)
    angle = np.arctan2(sine, (a * b).sum(-1, keepdims=True))
    fallback = np.eye(3)[np.abs(a).argmin(-1)]
    side = cross(a, fallback)
    side = side / np.linalg.norm(side, axis=-1, keepdims=True)
    return exp(np.where(sine > 1e-9, axis / np.where(sine > 1e-9, sine, 1), side) * angle)
