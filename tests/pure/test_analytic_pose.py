"""The closed-form start pose: limbs point where the keypoints say."""

import numpy as np
import pytest
from monorig.inference.analytic_pose import LIMBS, analytic_pose
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.inference.kinematics import forward
from monorig.inference.skeleton import NUM_ROOT, SKELETON, universal_body

BODY = universal_body(1.7)
NAMES = np.array(SKELETON.dof_names)


def columns(*prefixes):
    return np.array([name.startswith(prefixes) for name in NAMES])


def poses(rng, count=300):
    """q (count,50) well inside the limits: clavicles, hands and feet at rest, trunk nearly, limbs bent."""
    q = 0.6 * rng.uniform(
        np.maximum(SKELETON.lower, -3), np.minimum(SKELETON.upper, 3), (count, 50)
    )
    q[:, columns("clavicle")] = 0.0
    q[:, columns("spine", "chest", "neck", "head")] *= 0.2
    q[:, columns("elbow_bend", "shin_bend")] = np.radians(rng.uniform(25, 110, (count, 4)))
    return q


def direction_errors(q, X):
    """Angles [deg] between the bones of q and those of keypoints X: (count, bones)."""
    markers, errors = forward(q, BODY).markers, []
    for limb in LIMBS.values():
        a, b, c = limb["points"]
        for start, end in ((a, b), (b, c)):
            v, w = markers[:, end] - markers[:, start], X[:, end] - X[:, start]
            sine = np.linalg.norm(np.cross(v, w), axis=-1)
            errors.append(np.degrees(np.arctan2(sine, (v * w).sum(-1))))
    return np.stack(errors, -1)


def test_limbs_point_where_the_keypoints_say(rng):
    X = forward(poses(rng), BODY).markers
    assert direction_errors(analytic_pose(X), X).max() < 1.0  # [deg]


def test_a_straight_limb_points_right_whatever_its_twist(rng):
    q = poses(rng, 60)
    q[:, columns("elbow_bend", "shin_bend")] = 0.0
    X = forward(q, BODY).markers
    assert direction_errors(analytic_pose(X), X).max() < 1.0  # [deg]


def test_the_rest_pose_is_recognised():
    q = analytic_pose(forward(np.zeros(50), BODY).markers)
    assert np.abs(
        q[columns("shoulder", "upper_arm", "elbow", "hip", "thigh", "shin")]
    ).max() < np.radians(2)
    assert np.abs(q[3:NUM_ROOT]).max() < np.radians(3)


def test_the_place_of_the_keypoints_does_not_matter(rng):
    X = forward(poses(rng, 20), BODY).markers
    np.testing.assert_allclose(analytic_pose(X + [5.0, -3.0, 9.0]), analytic_pose(X), atol=1e-9)


def test_neither_does_the_size(rng):
    X = forward(poses(rng, 20), BODY).markers
    np.testing.assert_allclose(analytic_pose(0.4 * X), analytic_pose(X), atol=1e-9)


def test_the_pose_is_always_within_the_limits(rng):
    q = analytic_pose(rng.normal(size=(300, len(KEYPOINTS), 3)))
    assert (q >= SKELETON.lower).all() and (q <= SKELETON.upper).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "missing", ["everything", "wrist_l", "hip_l", "shoulder_r", "nose", "knee_r", "neck"]
)
def test_missing_keypoints_leave_a_usable_pose(rng, missing):
    X = forward(poses(rng, 20), BODY).markers
    X[:, slice(None) if missing == "everything" else INDEX[missing]] = np.nan
    q = analytic_pose(X)
    assert np.isfinite(q).all() and (q >= SKELETON.lower).all() and (q <= SKELETON.upper).all()


@pytest.mark.filterwarnings("error")
def test_keypoints_in_one_point_leave_a_usable_pose():
    assert np.isfinite(analytic_pose(np.zeros((3, len(KEYPOINTS), 3)))).all()


def test_a_batch_is_a_loop_over_singles(rng):
    X = forward(poses(rng, 6), BODY).markers
    np.testing.assert_allclose(
        analytic_pose(X.reshape(2, 3, -1, 3)).reshape(6, 50),
        [analytic_pose(x) for x in X],
        atol=1e-12,
    )
