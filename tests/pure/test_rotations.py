"""Rotations: axioms of the group, round trips near 0 and pi, derivatives."""

import numpy as np
import pytest
from differences import central_differences
from monorig.inference.rotations import (
    between,
    exp,
    exp_and_left_jacobian,
    hat,
    log,
    quaternion,
    wrapped,
)

ANGLES = [
    0.0,
    1e-12,
    1e-8,
    9.9e-5,
    1.01e-4,
    1e-3,
    0.5,
    2.0,
    3.0,
    np.pi - 1e-3,
    np.pi - 1e-6,
    np.pi - 1e-9,
]


def directions(rng, count=40):
    """Unit vectors (count,3), the axes among them."""
    v = rng.normal(size=(count, 3))
    v[:6] = np.concatenate([np.eye(3), -np.eye(3)])
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def matrix_of(q):
    """Unit quaternion (4,) -> matrix, by the textbook."""
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def test_hat_is_the_cross_product(rng):
    a, b = rng.normal(size=(2, 5, 3))
    np.testing.assert_allclose((hat(a) @ b[..., None])[..., 0], np.cross(a, b), atol=1e-15)


@pytest.mark.parametrize("angle", ANGLES)
def test_exp_gives_rotations(rng, angle):
    R = exp(angle * directions(rng))
    np.testing.assert_allclose(
        R @ np.swapaxes(R, -1, -2), np.broadcast_to(np.eye(3), R.shape), atol=1e-14
    )
    np.testing.assert_allclose(np.linalg.det(R), 1.0, atol=1e-14)


@pytest.mark.parametrize("angle", ANGLES)
def test_exp_turns_by_its_angle_about_its_axis(rng, angle):
    axis = directions(rng)
    R = exp(angle * axis)
    np.testing.assert_allclose((R @ axis[..., None])[..., 0], axis, atol=1e-14)
    np.testing.assert_allclose(np.trace(R, axis1=1, axis2=2), 1 + 2 * np.cos(angle), atol=1e-14)


def test_a_quarter_turn_about_z_takes_x_to_y():
    np.testing.assert_allclose(exp(np.array([0, 0, np.pi / 2])) @ [1, 0, 0], [0, 1, 0], atol=1e-15)


@pytest.mark.parametrize("angle", ANGLES)
def test_log_undoes_exp(rng, angle):
    v = angle * directions(rng)
    np.testing.assert_allclose(log(exp(v)), v, atol=1e-9)  # [rad]


def test_exp_undoes_log_even_at_half_a_turn(rng):
    R = exp(np.pi * directions(rng))
    np.testing.assert_allclose(exp(log(R)), R, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(log(R), axis=-1), np.pi, atol=1e-7)


def test_log_stays_within_half_a_turn(rng):
    v = rng.normal(0, 4, (500, 3))
    assert np.linalg.norm(log(exp(v)), axis=-1).max() <= np.pi + 1e-12
    np.testing.assert_allclose(exp(log(exp(v))), exp(v), atol=1e-12)


def test_inverse_and_composition_about_one_axis(rng):
    axis = directions(rng)
    np.testing.assert_allclose(exp(-0.7 * axis), np.swapaxes(exp(0.7 * axis), -1, -2), atol=1e-15)
    np.testing.assert_allclose(exp(0.7 * axis) @ exp(0.4 * axis), exp(1.1 * axis), atol=1e-14)


@pytest.mark.parametrize("angle", [0.0, 1e-6, 9e-5, 2e-4, 0.3, 1.5, 3.1, 5.0])
def test_the_left_jacobian_is_the_derivative(rng, angle):
    for axis in directions(rng, 10):
        v = angle * axis
        back, J = exp(-v), exp_and_left_jacobian(v)[1]
        numeric = central_differences(lambda w, back=back: log(exp(w) @ back), v)
        np.testing.assert_allclose(J, numeric, atol=1e-8)


def test_quaternions_are_unit_and_say_the_same_as_the_matrix(rng):
    R = exp(rng.uniform(0, np.pi, (200, 1)) * directions(rng, 200))
    q = quaternion(R)
    np.testing.assert_allclose(np.linalg.norm(q, axis=-1), 1.0, atol=1e-14)
    np.testing.assert_allclose([matrix_of(each) for each in q], R, atol=1e-13)


def test_wrapped_is_the_same_rotation_within_half_a_turn(rng):
    v = rng.uniform(0, 20, (300, 1)) * directions(rng, 300)
    v[0] = 0.0
    out = wrapped(v)
    assert np.linalg.norm(out, axis=-1).max() <= np.pi + 1e-9
    np.testing.assert_allclose(exp(out), exp(v), atol=1e-12)


def test_wrapped_leaves_small_rotations_alone(rng):
    v = 3.0 * directions(rng)
    np.testing.assert_array_equal(wrapped(v), v)


def test_between_takes_the_one_direction_to_the_other(rng):
    a, b = directions(rng, 60), rng.normal(size=(60, 3))
    turned = (between(3 * a, b) @ a[..., None])[..., 0]
    np.testing.assert_allclose(turned, b / np.linalg.norm(b, axis=1, keepdims=True), atol=1e-12)


def test_between_is_the_smallest_turn(rng):
    a, b = directions(rng, 60), directions(np.random.default_rng(1), 60)
    angle = np.arccos(np.clip((a * b).sum(-1), -1, 1))
    np.testing.assert_allclose(np.linalg.norm(log(between(a, b)), axis=-1), angle, atol=1e-7)


@pytest.mark.parametrize("nearly", [0.0, 1e-12, 1e-10, 1e-6])
def test_between_opposite_and_equal_directions(rng, nearly):
    for a in directions(rng):
        for b in (
            a + nearly * np.array([0.3, -0.5, 0.8]),
            -a + nearly * np.array([0.3, -0.5, 0.8]),
        ):
            R = between(a, b)
            np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-12)
            np.testing.assert_allclose(R @ a, b / np.linalg.norm(b), atol=1e-8)


def test_a_batch_is_a_loop_over_singles(rng):
    v = rng.normal(0, 2, (2, 3, 3))
    for function in (exp, lambda w: exp_and_left_jacobian(w)[1], lambda w: log(exp(w)), wrapped):
        singles = np.array([[function(v[i, j]) for j in range(3)] for i in range(2)])
        np.testing.assert_allclose(function(v), singles, atol=1e-15)
