"""Euler angles: every order inverts, and nothing jumps over time."""

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget import euler

TOLERANCE = 1e-9  # [rad], entries of rotation matrices
ORDERS = pytest.mark.parametrize("order", euler.ORDERS)


@ORDERS
def test_angles_give_the_rotation_back(order, rng):
    R = rotations.exp(rng.normal(size=(200, 3)) * 2)
    assert np.abs(euler.matrices(euler.angles(R, order), order) - R).max() < TOLERANCE


@ORDERS
def test_angles_give_the_rotation_back_at_the_gimbal(order, rng):
    angles = rng.uniform(-3, 3, (50, 3))
    angles[:, "XYZ".index(order[1])] = np.pi / 2 * rng.choice([-1, 1], 50)
    R = euler.matrices(angles, order)
    assert np.abs(euler.matrices(euler.angles(R, order), order) - R).max() < 1e-6


def test_order_says_which_axis_turns_first():
    quarter = np.array([np.pi / 2, np.pi / 2, 0])
    about_x = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    about_y = np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    assert np.allclose(euler.matrices(quarter, "XYZ"), about_y @ about_x)


@ORDERS
def test_continuous_follows_a_tumble_without_a_jump(order):
    turn = np.linspace(0, 14, 900)[:, None]
    R = rotations.exp(turn * [0.9, 0.3, 0.2]) @ rotations.exp(np.sin(turn) * [0.2, 0.5, 0.9])
    followed = euler.continuous(euler.angles(R, order), order)
    assert np.abs(euler.matrices(followed, order) - R).max() < TOLERANCE
    assert np.abs(np.diff(followed, axis=0)).max() < np.pi / 2 + 0.2
