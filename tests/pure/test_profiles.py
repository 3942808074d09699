"""Camera profiles: checked values, scaled to the pictures of a clip."""

import json

import numpy as np
import pytest
from monorig.inference import profiles
from monorig.inference.camera import ASSUMED, GIVEN, make, project

K = [[1000.0, 0, 959.5], [0, 1001.0, 530.0], [0, 0, 1]]


def test_a_calibration_is_scaled_to_the_pictures_of_the_clip():
    profile = {"K": K, "calibrated_at": [1920, 1080], "dist": [0.1, 0, 0, 0, 0]}
    small = make((960, 540), **profile)
    X = np.array([[0.3, -0.2, 2.0], [-0.5, 0.1, 3.0]])
    there, here = project(X, np.array(K)), project(X, small.K)
    np.testing.assert_allclose((there + 0.5) / 2 - 0.5, here)
    np.testing.assert_array_equal(make((1920, 1080), **profile).K, K)
    np.testing.assert_array_equal(make((640, 480), K=K).K, K)
    assert small.source == GIVEN and small.dist[0] == 0.1


def test_another_shape_of_picture_is_refused():
    with pytest.raises(profiles.ProfileError, match="calibrated at 1920 x 1080 .* has 1080 x 1920"):
        make((1080, 1920), K=K, calibrated_at=[1920, 1080])


def test_a_lens_is_that_of_a_sensor_36_mm_wide():
    assert make((1280, 720), lens_mm=36).K[0, 0] == 1280
    assert make((720, 1280), lens_mm=18).K[0, 0] == 640
    assert make((720, 1280), lens_mm=18).source == GIVEN
    assert make((720, 1280), T_world_camera=np.eye(4)).source == ASSUMED


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "cannot be read"),
        ("[1]", "is no camera profile"),
        (json.dumps({"dist": [0] * 5}), "neither K nor lens_mm"),
        (json.dumps({"lens_mm": 0}), "lens_mm must be more than 0"),
        (json.dumps({"lens_mm": 20, "colour": 1}), "colour cannot be used"),
        (json.dumps({"K": K, "calibrated_at": [1920, -1]}), "calibrated_at must be more"),
        (json.dumps({"K": [[1, 2], [3]]}), "K is not an array of numbers"),
    ],
)
def test_a_file_that_is_no_profile_is_refused(tmp_path, text, words):
    path = tmp_path / "mine.json"
    path.write_text(text)
    with pytest.raises(profiles.ProfileError, match=f"mine.json.*{words}"):
        profiles.read(path)


def test_a_profile_is_read_as_it_was_written(tmp_path):
    profile = {"K": K, "calibrated_at": [1920, 1080]}
    (tmp_path / "mine.json").write_text(json.dumps(profile))
    assert profiles.read(tmp_path / "mine.json") == profile
