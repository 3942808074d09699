"""2D to 3D by a network that takes keypoints: its input, its answer, through a real ONNX file."""

import dataclasses

import data_files
import numpy as np
import pytest
from monorig.inference import lifter
from monorig.inference.keypoints import INDEX, KEYPOINTS

INPUTS = ("neck", "pelvis", "wrist_l")
OUTPUTS = ("pelvis", "wrist_l", "nose")


@pytest.fixture
def network(tmp_path):
    """A lifter that says pelvis (0, 0, 1), wrist (1, 2, 3), nose (4, 5, 6) of everybody."""
    pose = np.array([[0, 0, 1, 1, 2, 3, 4, 5, 6.0]])
    path = data_files.make(
        tmp_path, "lifter", OUTPUTS, {"pose": pose}, inputs=INPUTS, encoding=0, metres_per_unit=0.1
    )
    return data_files.load(path)


def keypoints(people=2):
    px = np.full((people, len(KEYPOINTS), 2), np.nan)
    confidence = np.zeros((people, len(KEYPOINTS)))
    for row in range(people):
        for step, name in enumerate(INPUTS):
            px[row, INDEX[name]] = [100 * row + 30 * step, 50 + 20 * step]
            confidence[row, INDEX[name]] = 0.5 + 0.1 * step
    return px, confidence


def test_input_is_relative_to_the_neck_in_longer_sides(network):
    px, confidence = keypoints()
    values = lifter.features(px, confidence, (1000, 500), network.spec)
    expected = [[0, 0, 0.5], [0.03, 0.02, 0.6], [0.06, 0.04, 0.7]]
    np.testing.assert_allclose(values, [expected, expected], atol=1e-6)


def test_input_does_not_depend_on_the_size_or_place_of_the_picture(network):
    px, confidence = keypoints()
    one = lifter.features(px, confidence, (1000, 500), network.spec)
    other = lifter.features(2 * px + 70, confidence, (2000, 1000), network.spec)
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_what_is_not_seen_is_zero(network):
    px, confidence = keypoints(1)
    confidence[0, INDEX["wrist_l"]] = 0.0
    assert (lifter.features(px, confidence, (9, 9), network.spec)[0, 2] == 0).all()
    px, confidence = keypoints(1)
    px[0, INDEX["neck"]] = np.nan
    assert (lifter.features(px, confidence, (9, 9), network.spec) == 0).all()


def test_everybody_is_lifted_in_one_batch_and_stands_at_the_pelvis(network):
    px, confidence = keypoints(5)
    found = lifter.lift(network, px, confidence, (1000, 500))
    assert network.runs == {5: 1}
    np.testing.assert_allclose(found.X[:, INDEX["pelvis"]], 0)
    np.testing.assert_allclose(found.X[:, INDEX["wrist_l"]], [[0.1, 0.2, 0.2]] * 5, atol=1e-6)
    np.testing.assert_allclose(found.X[:, INDEX["nose"]], [[0.4, 0.5, 0.5]] * 5, atol=1e-6)
    assert np.isnan(found.X[:, INDEX["knee_l"]]).all()
    np.testing.assert_array_equal(found.px, px)
    np.testing.assert_array_equal(found.visibility, confidence)


def test_nobody_is_lifted_to_nobody(network):
    found = lifter.lift(network, *keypoints(0), (1000, 500))
    assert found.X.shape == (0, len(KEYPOINTS), 3) and found.presence.shape == (0,)


def test_without_stage_one_its_channels_are_zero(network):
    spec = dataclasses.replace(network.spec, decoding={**network.spec.decoding, "encoding": 4})
    px, confidence = keypoints()
    values = lifter.features(px, confidence, (1000, 500), spec)
    assert values.shape == (2, 3, 7) and (values[..., 3:] == 0).all()
    np.testing.assert_array_equal(
        values[..., :3], lifter.features(px, confidence, (1000, 500), network.spec)
    )
