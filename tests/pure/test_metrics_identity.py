"""IDF1, MOTA and switches on tracks that can be counted by hand, and our overlap beside that of motmetrics."""

import sys

import numpy as np
import pytest
from monorig.bench import metrics_identity
from monorig.bench.metrics_identity import identity_metrics, intersection_over_union

FRAMES = range(10)


def box(left):
    return np.array([left, 0.0, left + 10, 20])


def two_people():
    return {frame: {1: box(frame), 2: box(100 + frame)} for frame in FRAMES}


@pytest.fixture
def motmetrics():
    return pytest.importorskip("motmetrics", reason="motmetrics is not installed (run.py bench)")


def test_the_truth_itself_is_perfect(motmetrics):
    found = identity_metrics(two_people(), two_people())
    assert found["idf1"] == found["mota"] == found["precision"] == found["recall"] == 100
    assert found["switches"] == found["fragments"] == 0


def test_a_swap_in_the_middle_is_two_switches_and_half_the_identity(motmetrics):
    swapped = {
        frame: people if frame < 5 else {1: people[2], 2: people[1]}
        for frame, people in two_people().items()
    }
    found = identity_metrics(two_people(), swapped)
    assert found["switches"] == 2
    assert found["mota"] == pytest.approx(100 * (1 - 2 / 20))
    assert found["idf1"] == pytest.approx(50)


def test_misses_and_false_alarms(motmetrics):
    seen = {frame: {7: box(frame), 8: box(500)} for frame in FRAMES}  # 10 hits, 10 misses, 10 false
    found = identity_metrics(two_people(), seen)
    assert found["mota"] == pytest.approx(0)
    assert found["precision"] == found["recall"] == found["idf1"] == 50


def test_too_little_overlap_is_no_match(motmetrics):
    shifted = {frame: {1: people[1] + [6, 0, 6, 0]} for frame, people in two_people().items()}
    assert identity_metrics(two_people(), shifted)["recall"] == 0  # 4/16 of the area
    assert identity_metrics(two_people(), shifted, overlap=0.25)["recall"] == 50


def test_frames_without_anybody(motmetrics):
    assert identity_metrics({0: {}, 1: {1: box(0)}}, {1: {5: box(0)}, 2: {}})["mota"] == 100


def test_overlap_of_boxes():
    a = np.array([[0, 0, 10, 10], [0, 0, 0, 0]], float)
    b = np.array([[5, 0, 15, 10], [0, 0, 10, 10], [20, 20, 30, 30]], float)
    np.testing.assert_allclose(intersection_over_union(a, b), [[1 / 3, 1, 0], [0, 0, 0]])
    assert intersection_over_union(a, b[:0]).shape == (2, 0)


def test_overlap_is_that_of_motmetrics(motmetrics, rng):
    if not hasattr(np, "asfarray"):
        pytest.skip("the overlap of this motmetrics does not run with numpy 2")
    low = rng.uniform(0, 50, (2, 30, 2))
    a, b = (
        np.concatenate([corner, size], -1)
        for corner, size in zip(low, rng.uniform(5, 40, low.shape))
    )
    theirs = 1 - motmetrics.distances.iou_matrix(a, b)
    corners = [np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], -1) for boxes in (a, b)]
    np.testing.assert_allclose(intersection_over_union(*corners), theirs, atol=1e-12)


def test_without_the_package_one_sentence_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "motmetrics", None)
    with pytest.raises(metrics_identity.MotmetricsMissing, match="motmetrics is not installed"):
        identity_metrics(two_people(), two_people())
