"""The measures of the benchmark, on cases whose answer is known by hand."""

import numpy as np
import pytest
from monorig.bench import metrics
from monorig.inference.rotations import exp

FPS = 60.0
SCORED = np.delete(np.arange(14), metrics.PELVIS)


@pytest.fixture
def truth(rng):
    """Five seconds of 14 joints that swing about fixed places while the person walks off."""
    t = np.arange(300)[:, None, None] / FPS
    places = rng.normal(0, 0.4, (14, 3))
    swing = 0.15 * np.sin(2 * t + rng.uniform(0, 6, (14, 3)))
    X = places + swing + t * np.array([0.3, 0, 0.1]) + np.array([0, 0, 3.0])
    for middle, sides in (("pelvis", "hip"), ("neck", "shoulder")):
        pair = [metrics.JOINTS.index(f"{sides}_{side}") for side in "lr"]
        X[:, metrics.JOINTS.index(middle)] = X[:, pair].mean(1)
    return X


def test_the_truth_itself_has_no_error(truth):
    for metric in (metrics.mpjpe, metrics.n_mpjpe, metrics.pa_mpjpe, metrics.clip_mpjpe):
        assert metric(truth, truth) < 1e-6
    assert metrics.pck(truth, truth) == metrics.auc(truth, truth) == 100
    assert metrics.acceleration_error(truth, truth, FPS) == 0
    assert metrics.coverage(truth, truth) == 1


def test_one_joint_5_cm_off(truth):
    X = truth.copy()
    X[:, metrics.JOINTS.index("knee_l")] += [0, 0.05, 0]
    assert metrics.mpjpe(X, truth) == pytest.approx(50 / 13)
    assert metrics.pck(X, truth, 49) == pytest.approx(100 * 12 / 13)
    assert metrics.acceleration_error(X, truth, FPS) < 1e-9


def test_a_wrong_size_is_forgiven_where_it_should_be(truth):
    X = 1.2 * truth
    assert metrics.mpjpe(X, truth) > 10
    assert metrics.n_mpjpe(X, truth) < 1e-6
    assert metrics.pa_mpjpe(X, truth) < 1e-6
    assert metrics.clip_mpjpe(X, truth) < 1e-6
    assert metrics.root_trajectory_error(X[:, 12], truth[:, 12]) < 1e-6


def test_a_tilted_camera_is_forgiven_by_alignment_only(truth):
    X = truth @ exp(np.array([np.radians(20), 0, 0])).T
    assert metrics.n_mpjpe(X, truth) > 10
    assert metrics.pa_mpjpe(X, truth) < 1e-6
    assert metrics.clip_mpjpe(X, truth) < 1e-6


def test_a_mirrored_person_is_not_aligned(truth):
    assert metrics.pa_mpjpe(truth * [-1, 1, 1], truth) > 20


def test_one_similarity_per_frame_forgives_more_than_one_per_clip(truth):
    X = truth * np.linspace(0.8, 1.2, len(truth))[:, None, None]
    assert metrics.pa_mpjpe(X, truth) < 1e-6 < 5 < metrics.clip_mpjpe(X, truth)


def test_what_is_missing_is_left_out_but_counts_as_not_correct(truth):
    X = truth.copy()
    X[:30] = np.nan
    assert metrics.mpjpe(X, truth) < 1e-6
    assert metrics.pck(X, truth) == pytest.approx(90)
    assert metrics.coverage(X, truth) == pytest.approx(0.9)


def test_jitter_of_a_cubic_path(truth):
    t = np.arange(100) / FPS
    X = np.zeros((100, 14, 3))
    X[:, SCORED, 0] = (5 * t**3)[:, None]  # third derivative 30 m/s^3
    assert metrics.jitter(X, FPS) == pytest.approx(3.0)


def test_acceleration_of_a_parabola_against_rest():
    t = np.arange(100) / FPS
    X, Y = np.zeros((2, 100, 14, 3))
    X[:, SCORED, 2] = (-4.905 * t**2)[:, None]
    assert metrics.acceleration_error(X, Y, FPS) == pytest.approx(9.81)


def test_noise_has_the_acceleration_and_jitter_of_theory(truth, rng):
    sigma = 0.005
    X = np.zeros((4000, 14, 3)) + rng.normal(0, sigma, (4000, 14, 3))
    X[:, metrics.PELVIS] = 0
    length = 1.596 * sigma  # mean length of a vector of three such numbers
    assert metrics.jitter(X, FPS) == pytest.approx(length * 20**0.5 * FPS**3 / 10, rel=0.02)
    error = metrics.acceleration_error(X, 0 * X, FPS)
    assert error == pytest.approx(length * 6**0.5 * FPS**2, rel=0.02)


def test_foot_skate_looks_only_at_feet_that_stand():
    t = np.arange(90) / FPS
    true_feet = np.zeros((90, 2, 3))
    true_feet[:, 1, 0] = 2.0 * t  # moves
    feet = true_feet.copy()
    feet[:, 0, 0] = 0.09 * t  # slides 3 mm in 1/30 s
    feet[:, 1, 0] = 9.0 * t
    assert metrics.foot_skate(feet, true_feet, FPS) == pytest.approx(3.0)


def test_bone_length_variation():
    X = np.zeros((100, 14, 3))
    a, b = metrics.BONES[0]
    X[:, b] = [0, 0, 0.4]
    X[::2, b] = [0, 0, 0.42]  # 10 mm about its mean
    others = sum(b in bone or a in bone for bone in metrics.BONES[1:])
    assert metrics.bone_length_variation(X) == pytest.approx((1 + others) * 10 / 8)


def test_joint_angles_are_measured_between_joint_and_parent(rng):
    R_parent, R_child = exp(rng.normal(size=(2, 3)))
    parents = np.array([-1, 0])
    R = np.stack([R_parent, R_parent @ R_child])
    turned = np.stack([R_parent, R_parent @ R_child @ exp(np.array([0, np.radians(12), 0]))])
    found = metrics.joint_angle_errors(
        metrics.local_rotations(turned, parents), metrics.local_rotations(R, parents)
    )
    np.testing.assert_allclose(found, [0, 12], atol=1e-5)


def test_limb_joints_take_the_middles_of_hips_and_shoulders(rng):
    names = [*metrics.JOINTS[:12], "neck", "nose"]
    X = rng.normal(size=(4, 14, 3))
    rows = metrics.limb_joints(X, names)
    shoulders = [names.index(f"shoulder_{side}") for side in "lr"]
    np.testing.assert_allclose(rows[:, metrics.JOINTS.index("neck")], X[:, shoulders].mean(1))
    np.testing.assert_allclose(rows[:, :12], X[:, :12])


def test_the_published_joints_keep_the_sources_pelvis_neck_and_head(rng):
    names = ["spine", *metrics.PUBLISHED[::-1]]
    X = rng.normal(size=(4, 2, 16, 3))
    rows = metrics.published_joints(X, names)
    np.testing.assert_array_equal(rows, X[:, :, :0:-1])


def test_a_head_10_cm_off_is_one_of_14_joints(truth):
    Y = np.concatenate([truth, truth[:, -1:] + [0, -0.3, 0]], 1)
    X = Y.copy()
    X[:, -1] += [0.1, 0, 0]
    assert metrics.mpjpe(X, Y) == pytest.approx(100 / 14)
    assert metrics.pck(X, Y, 99) == pytest.approx(100 * 13 / 14)
    assert metrics.acceleration_error(X, Y, FPS) < 1e-9


def test_the_area_under_the_curve_of_an_error_of_half_the_range(truth):
    X = truth + [[0.0751, 0, 0]] * (np.arange(14) != metrics.PELVIS)[:, None]
    assert metrics.auc(X, truth) == pytest.approx(
        100 * 15 / 31
    )  # correct from 80 to 150 mm in steps of 5


def test_each_hundred_frames_may_have_a_similarity_of_their_own(truth):
    X = truth.copy()
    for first in range(0, 300, 100):
        tilt = exp(np.array([0, 0.003 * first, 0]))
        X[first : first + 100] = (1 + first / 1000) * X[first : first + 100] @ tilt.T + first / 100
    assert metrics.wa_mpjpe(X, truth) < 1e-6
    assert metrics.w_mpjpe(X, truth) < 1e-6
    assert metrics.clip_mpjpe(X, truth) > 20


def test_a_drift_counts_from_the_start_of_a_segment(truth):
    X, rest = truth[:250].copy(), np.repeat(truth[:1], 250, 0)
    X[:] = rest
    X[:, :, 0] += 0.001 * np.arange(250)[:, None]  # 1 mm a frame
    X[1] = X[0]
    X[101] = X[100]
    expected = (sum(range(2, 100)) + sum(range(2, 150))) / 250
    assert metrics.w_mpjpe(X, rest) == pytest.approx(expected, rel=0.01)
    assert metrics.wa_mpjpe(X, rest) < 0.7 * expected


def test_skate_of_given_contacts():
    feet, contact = np.zeros((90, 2, 3)), np.zeros((90, 2), bool)
    feet[:, 0, 0] = 0.12 * np.arange(90) / FPS  # 4 mm in 1/30 s
    feet[:, 1, 0] = 3.0 * np.arange(90) / FPS
    contact[10:20, 0] = True
    assert metrics.foot_skate_in_contact(feet, contact, FPS) == pytest.approx(4.0)
    assert np.isnan(metrics.foot_skate_in_contact(feet, ~contact & contact, FPS))


def test_feet_near_the_ground_may_stand():
    feet = np.zeros((100, 2, 3))
    feet[:, :, 2] = 1.3  # the floor of the world is elsewhere
    feet[50:, 1, 2] += [0.04] * 25 + [0.2] * 25
    near = metrics.feet_near_ground(feet)
    assert near[:75].all() and near[:, 0].all() and not near[75:, 1].any()
