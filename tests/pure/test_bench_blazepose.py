"""BlazePose against MediaPipe: the crops of both are the same, and frames on somebody else do not count."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from monorig.bench import blazepose, metrics
from monorig.inference.crops import crop_transforms, to_picture
from monorig.inference.keypoints import KEYPOINTS

SIZE = (256, 256)


def test_crops_are_those_that_mediapipe_cuts():
    """MediaPipe takes the region's corners to (0, 0) and (256, 256), with pixel centres at integers."""
    region = np.array([[400.0, 300.0, 512.0, 512.0, 0.3]])
    ours = crop_transforms(blazepose.shifted(region, SIZE), SIZE)
    corners = cv2.boxPoints(((400, 300), (512, 512), np.degrees(0.3)))  # lower left first
    places = np.array([[[0, 256], [0, 0], [256, 0], [256, 256]]], float)
    np.testing.assert_allclose(to_picture(places, ours)[0], corners, atol=1e-3)


def somebody(rng):
    px = rng.uniform(100, 500, (len(KEYPOINTS), 2))
    return px, rng.normal(0, 0.3, (len(KEYPOINTS), 3))


def test_only_frames_on_the_same_man_are_compared(rng):
    px, X = somebody(rng)
    X = X - X[blazepose.indices(blazepose.HIPS)].mean(0)
    theirs = SimpleNamespace(
        px=np.stack([px] * 4), X=np.stack([X + 7] * 4), visibility=np.ones((4, len(KEYPOINTS))),
        frame=np.arange(4),
    )  # fmt: skip
    theirs.px[3] = np.nan  # nobody found
    height = np.ptp(px[:, 1])
    seen = np.ones(len(KEYPOINTS))
    ours = {
        0: blazepose.Seen(px + [0.01 * height, 0], X, seen, 0),
        1: blazepose.Seen(px + height, X + 1, seen, 1),  # somebody else
        3: blazepose.Seen(px, X, seen, 3),
    }
    truth = np.repeat(metrics.limb_joints(1.1 * X[None], KEYPOINTS), 4, 0)
    found = blazepose.compared(theirs, ours, truth)
    assert found["frames"] == 1 and found["2d_share"] == pytest.approx(0.01)
    assert found["3d_m"] == pytest.approx(0, abs=1e-9)
    assert found["truth_mm"] == pytest.approx(found["mediapipe_truth_mm"]) and found["truth_mm"] > 1
    assert np.isnan(blazepose.compared(theirs, {}, truth)["3d_m"])
