"""A lens that bends straight lines, from the board through profile and fit to what is drawn over the clip."""

import json
from dataclasses import replace

import numpy as np
import pytest
from filmed import CLIP, observations
from monorig.cli.capture import read_camera
from monorig.inference.camera import make, project
from monorig.inference.fit import FitSettings, fit
from monorig.inference.motion import reprojection_error
from synthetic_motion import IMAGE_SIZE, K, synthetic_motion

DIST = np.array([-0.28, 0.09, 0.0, 0.0, 0.0])  # of a wide lens


@pytest.fixture(scope="module")
def bent():
    """Somebody near the edge of the picture of such a lens."""
    motion = synthetic_motion(people=2, frames=24, gaps=False)
    beside = motion.X_cam + [1.5, 0.0, 0.0]
    px = project(beside, K, DIST)
    box = np.concatenate([px.min(2), px.max(2)], -1)
    return replace(motion, X_cam=beside, X_raw=beside, px=px, box=box, dist=DIST)


def placed(motion, camera):
    """The Motion found, and how far people's hips are from where they are, in distances from the camera."""
    found = fit(observations(motion), CLIP, camera, FitSettings(solver="take", level=False))
    hips = list(found.keypoint_names).index("pelvis")
    seen, true = (X[:, :, hips, :2] / X[:, :, hips, 2:] for X in (found.X_cam, motion.X_cam))
    return found, np.median(np.linalg.norm(seen - true, axis=-1))


def test_a_profile_with_distortion_goes_through_the_fit_to_the_overlay(bent, tmp_path):
    path = tmp_path / "camera.json"
    path.write_text(json.dumps({"K": K.tolist(), "dist": DIST.tolist()}))
    found, away = placed(bent, make(IMAGE_SIZE, **read_camera(path)))
    np.testing.assert_array_equal(found.dist, DIST)
    drawn = project(found.X_cam, found.K, found.dist)
    seen = found.confidence > 0.5
    assert np.median(np.linalg.norm(drawn - found.px, axis=-1)[seen]) < 6.0
    assert reprojection_error(found)[:, 0].max() < 6.0
    _, ignored = placed(bent, make(IMAGE_SIZE, K=K))
    assert away < 0.5 * ignored
