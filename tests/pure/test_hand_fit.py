"""Angles of hands: known ones come back from their points, with noise, of both sides, within limits."""

import numpy as np
import pytest
from differences import assert_jacobian
from monorig.bench import synthetic_hands as made
from monorig.inference import hand_fit
from monorig.inference import hand_skeleton as hand
from monorig.inference.keypoints import FINGERS

BENDS = [k for k, name in enumerate(hand.DOF_NAMES) if name.endswith("bend")]
EXACT_DEG, NOISY_DEG = 6.0, 9.0  # median over bends; even without noise habits pull a little


def error_deg(angles, truth):
    """Median error of the bends [deg]."""
    return np.degrees(np.median(np.abs(angles - truth)[:, BENDS]))


@pytest.mark.parametrize("right", [False, True], ids=["left", "right"])
@pytest.mark.parametrize(("noise", "most"), [(0.0, EXACT_DEG), (1.0, NOISY_DEG)])
def test_known_angles_come_back(rng, right, noise, most):
    angles, R = made.moving(150, rng), made.turning(150, rng)
    seen = made.seen(angles, R, right, rng, noise)
    found = hand_fit.fit(seen.px, seen.X, np.full(len(angles), right))
    assert error_deg(found.angles, angles) < most
    turn = np.einsum("nji,njk->nik", found.R_camera_hand, seen.R)
    off = np.degrees(np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1)))
    assert np.median(off) < 8.0
    assert (found.angles >= hand.LOWER - 0.2).all() and (found.angles <= hand.UPPER + 0.2).all()


def test_a_hand_and_its_mirror_image_have_the_same_angles(rng):
    angles, R = made.moving(5, rng), made.turning(5, rng)
    left = made.seen(angles, R, False, rng, 0.0)
    px, X = left.px * [-1, 1], left.X * [-1, 1, 1]
    one = hand_fit.fit(left.px, left.X, np.zeros(5, bool))
    other = hand_fit.fit(px, X, np.ones(5, bool))
    assert np.allclose(one.angles, other.angles)


def test_no_hand_is_no_work():
    assert hand_fit.fit(
        np.zeros((0, 21, 2)), np.zeros((0, 21, 3)), np.zeros(0, bool)
    ).angles.shape == (0, 21)


def test_points_that_make_no_hand_are_not_believed(rng):
    px, X = 100 * rng.normal(size=(20, 21, 2)), 0.05 * rng.normal(size=(20, 21, 3))
    assert np.median(hand_fit.fit(px, X, np.zeros(20, bool)).sureness) < 0.2


def test_derivatives_of_the_points(rng):
    angles = rng.uniform(hand.LOWER, hand.UPPER)

    def flat(values):
        return hand.points(hand.bone_rotations(values)).ravel()

    p, J = hand.points_and_jacobian(angles)
    assert np.allclose(p.ravel(), flat(angles))
    assert_jacobian(flat, J.reshape(-1, hand.NUM_DOFS), angles)


def test_derivatives_of_the_residuals(rng):
    angles, R = made.moving(3, rng), made.turning(3, rng)
    seen = made.seen(angles, R, False, rng)
    problem = hand_fit._Problem(seen.px, seen.X)
    x = problem.start() + 0.05 * rng.normal(size=problem.start().shape)
    x[:, hand_fit.NUM_PLACE] = hand.UPPER[0] + 0.1  # beyond a limit

    def first(values):
        return problem._residuals(np.concatenate([values[None], x[1:]]))[0][0]

    assert_jacobian(first, problem._residuals(x)[1][0], x[0])


def test_a_bent_finger_goes_towards_the_palm_and_a_bent_thumb_across_it():
    for finger in FINGERS:
        angles = np.zeros(hand.NUM_DOFS)
        for joint in (1, 2, 3):
            angles[hand.DOF_NAMES.index(f"{finger}_{joint}_bend")] = np.radians(40)
        tip = 4 * FINGERS.index(finger) + 4
        moved = hand.points(hand.bone_rotations(angles))[tip] - hand.REST_POINTS[tip]
        assert moved[2] < 0 and (finger != "thumb" or moved[1] > 0)


def test_a_hand_is_as_long_as_it_says():
    tip = 4 * FINGERS.index("middle") + 4
    assert np.linalg.norm(hand.REST_POINTS[tip]) == pytest.approx(hand.HAND_LENGTH, rel=0.03)
