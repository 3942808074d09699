"""People in the picture: matching, all and matched people, breakdowns, on cases known by hand."""

import numpy as np
import pytest
from monorig.bench import metrics, metrics_people
from monorig.bench.metrics import PELVIS, PUBLISHED

ROW = {name: row for row, name in enumerate(PUBLISHED)}


@pytest.fixture
def person():
    """(15,3) [m] of somebody who stands with the arms out; the pelvis is at 0."""
    X = np.zeros((15, 3))
    for side, sign in (("l", 1), ("r", -1)):
        for name, place in (
            ("hip", (0.1, 0)), ("knee", (0.1, 0.45)), ("ankle", (0.1, 0.9)),
            ("shoulder", (0.2, -0.5)), ("elbow", (0.45, -0.5)), ("wrist", (0.7, -0.5)),
        ):  # fmt: skip
            X[ROW[f"{name}_{side}"], :2] = sign * place[0], place[1]
    X[ROW["neck"], 1], X[ROW["head_top"], 1] = -0.5, -0.75
    return X


@pytest.fixture
def px(person):
    return 300 + 200 * person[:, :2]


def test_everybody_takes_the_person_with_the_most_joints_in_agreement(px):
    half = px.copy()
    half[:8] += 200
    found = np.stack([half, px + 3, px + [500, 0]])
    true = np.stack([px, px + [505, 10], px + [0, 900]])
    np.testing.assert_array_equal(metrics_people.match(true, found), [1, 2, -1])


def test_who_is_annotated_first_chooses_first_and_the_rest_get_who_is_free(px):
    found = np.stack([px, px + 30])
    np.testing.assert_array_equal(metrics_people.match(np.stack([px, px]), found), [0, 1])
    np.testing.assert_array_equal(metrics_people.match(np.stack([px, px]), found[:1]), [0, -1])


def test_forty_pixels_are_too_far_and_count_in_x_and_y_alone(px):
    true = px[None]
    assert metrics_people.match(true, px[None] + [39.9, 39.9])[0] == 0
    assert metrics_people.match(true, px[None] + [40.0, 0.0])[0] == -1
    assert metrics_people.match(true, np.full((1, 15, 2), np.nan))[0] == -1
    assert metrics_people.match(true, np.zeros((0, 15, 2)))[0] == -1


def test_head_and_pelvis_do_not_decide_who_is_who(px):
    found = px + 1000
    found[[PELVIS, ROW["head_top"]]] = px[[PELVIS, ROW["head_top"]]]
    assert metrics_people.match(px[None], found[None])[0] == -1


def test_unmatched_people_are_all_wrong_and_are_left_out_of_matched(person, px):
    Y = np.broadcast_to(person, (10, 2, 15, 3)).copy()
    px_true = np.stack([px, px + 900])[None].repeat(10, 0)
    counts = np.ones((10, 2), bool)
    counts[8:, 1] = False
    Y[~counts] = np.nan
    X_found = person[None, None].repeat(10, 1)
    X = metrics_people.matched(px_true, counts, X_found, px[None, None].repeat(10, 1))
    far = metrics.errors_missing_as_far(X, Y)
    assert metrics.share_correct(far) == pytest.approx(100 * 10 / 18)
    assert metrics.share_correct(metrics_people.only_matched(far)) == 100
    assert metrics_people.share_matched(far) == pytest.approx(100 * 10 / 18)


def test_a_joint_that_a_found_person_lacks_is_wrong_in_matched_too(person):
    Y = person[None, None]
    X = Y.copy()
    X[..., ROW["head_top"], :] = np.nan
    far = metrics_people.only_matched(metrics.errors_missing_as_far(X, Y))
    assert metrics.share_correct(far) == pytest.approx(100 * 13 / 14)


def test_errors_by_joint_group_activity_and_visibility(person):
    Y = person[None, None].repeat(4, 0)
    X = Y.copy()
    X[:, :, ROW["wrist_l"], 2] += 0.2
    X[3, :, ROW["head_top"], 2] += 0.1
    far = metrics.errors_missing_as_far(X, Y)
    groups = metrics_people.by_joint(far)
    assert list(groups) == list(metrics_people.GROUPS)
    assert metrics.share_correct(groups["wrist"]) == 50
    assert metrics.mean(groups["head_top"]) == pytest.approx(25)
    labels = metrics_people.by_label(far, np.array([1, 1, 2, 2]), {1: "walk", 2: "sit", 3: "run"})
    assert list(labels) == ["walk", "sit"]
    assert metrics.mean(labels["sit"]) == pytest.approx((200 * 2 + 100) / 28)
    occluded = np.zeros((4, 1, 15), bool)
    occluded[:, :, ROW["wrist_l"]] = True
    parts = metrics_people.by_visibility(far, occluded)
    assert metrics.share_correct(parts["visible"]) == 100
    assert metrics.share_correct(parts["occluded"]) == 0


def test_without_a_head_there_are_thirteen_columns(person):
    far = metrics.errors_missing_as_far(person[None, :14], person[None, :14])
    assert "head_top" not in metrics_people.by_joint(far)
    hidden = np.ones((1, 15), bool)
    assert metrics_people.by_visibility(far, hidden)["occluded"].shape == (1, 13)


def test_one_scale_for_each_person_from_knee_to_neck(person, rng):
    assert metrics_people.knee_to_neck(person) == pytest.approx(0.95)
    people = np.stack([0.8 * person, 1.3 * person])[:, None].repeat(5, 1) + 1.0
    scaled = metrics_people.at_scale_of(people, person[None])
    for found in scaled:
        assert metrics_people.knee_to_neck(found) == pytest.approx(0.95)


def test_bones_of_the_truth_keep_only_directions(person, rng):
    lengths = {name: rng.uniform(0.5, 2) for name, _ in metrics_people.CHAIN}
    X = np.zeros_like(person)
    for joint, parent in metrics_people.CHAIN:
        bone = person[ROW[joint]] - person[ROW[parent]]
        X[ROW[joint]] = X[ROW[parent]] + lengths[joint] * bone
    np.testing.assert_allclose(
        metrics_people.with_bones_of(X[None], person[None])[0], person, atol=1e-12
    )
    np.testing.assert_allclose(
        metrics_people.with_bones_of(X[:14], person[:14]), person[:14], atol=1e-12
    )
    assert np.isnan(metrics_people.with_bones_of(np.nan * X, person)).all()


def test_2d_keypoints_within_a_fifth_of_the_trunk(px):
    true = np.stack([px, px])[None].repeat(5, 0)
    trunk = 200 * np.hypot(0.3, 0.5)
    found = true.copy()
    found[:, 0, ROW["wrist_l"], 0] += 0.19 * trunk
    found[:, 0, ROW["wrist_r"], 0] += 0.21 * trunk
    found[:4, 1] = np.nan
    true[:, 1, ROW["head_top"]] = np.nan
    np.testing.assert_allclose(metrics_people.pck_2d(found, true), [100 * 14 / 15, 20])
