"""What the benchmark measures on: BVH files, made-up errors of networks, the filter it compares with."""

import numpy as np
import pytest
from monorig.bench import bvh, filters, synthetic_observations
from monorig.bench.real_takes import canonical
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.inference.kinematics import forward
from monorig.inference.skeleton import SKELETON, universal_body

STANDING = """HIERARCHY
ROOT Hips
{
  OFFSET 1 2 3
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT Head
  {
    OFFSET 0 6 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    End Site
    {
      OFFSET 0 1 0
    }
  }
  JOINT LeftUpLeg
  {
    OFFSET 1 0 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    JOINT LeftLeg
    {
      OFFSET 0 -4 0
      CHANNELS 3 Zrotation Yrotation Xrotation
      End Site
      {
        OFFSET 0 -4 0
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.05
10 20 30 0 0 0 0 0 0 0 0 0 0 0 0
10 20 30 90 0 0 0 0 0 0 0 0 0 0 90
"""


@pytest.fixture
def standing(tmp_path):
    path = tmp_path / "standing.bvh"
    path.write_text(STANDING, encoding="utf-8")
    return bvh.read(path)


def test_bvh_places_joints_by_forward_kinematics(standing):
    assert standing.fps == 20
    np.testing.assert_allclose(standing.positions[0, standing.index("Hips")], [10, 20, 30])
    np.testing.assert_allclose(standing.positions[0, standing.index("Head_end")], [10, 27, 30])
    turned = standing.positions[1]  # a quarter about Z, then the shin a quarter about its own X
    np.testing.assert_allclose(turned[standing.index("Head")], [4, 20, 30], atol=1e-9)
    np.testing.assert_allclose(turned[standing.index("LeftLeg")], [14, 21, 30], atol=1e-9)
    np.testing.assert_allclose(turned[standing.index("LeftLeg_end")], [14, 21, 26], atol=1e-9)


def test_up_is_found_from_a_standing_pose(standing):
    turned, places, _ = bvh.z_up(standing)
    assert places[turned.index("Head"), 2] == 6
    np.testing.assert_allclose(turned.positions[0, turned.index("Hips")], [10, -30, 20])


def test_what_is_no_bvh_is_said(tmp_path):
    path = tmp_path / "text.bvh"
    path.write_text("nothing of the kind", encoding="utf-8")
    with pytest.raises(bvh.BvhError, match=r"text\.bvh is not a BVH file"):
        bvh.read(path)


def test_the_filter_keeps_slow_motion_in_place_and_calms_noise(rng):
    t = np.arange(300) / 60
    slow = np.sin(2 * np.pi * 0.5 * t)[:, None]
    assert np.abs(filters.zero_phase_butterworth(slow, 60) - slow).max() < 0.02
    noise = rng.normal(size=(3000, 1))
    assert filters.zero_phase_butterworth(noise, 60).std() < 0.35
    line = np.linspace(0, 1, 50)[:, None]
    np.testing.assert_allclose(filters.zero_phase_butterworth(line, 60), line, atol=1e-3)


def test_the_filter_bridges_what_is_missing_and_leaves_it_missing():
    values = np.ones((100, 2))
    values[40:50, 0] = np.nan
    smooth = filters.zero_phase_butterworth(values, 30)
    np.testing.assert_array_equal(np.isnan(smooth), np.isnan(values))
    np.testing.assert_allclose(smooth[np.isfinite(smooth)], 1)


@pytest.fixture
def still(rng):
    """Keypoints (300,K,3) of somebody who stands 5 m away, and a camera."""
    q = np.zeros((300, SKELETON.num_dofs))
    X = forward(q, universal_body(1.8)).markers @ np.diag([1.0, -1, -1])[:, [0, 2, 1]] + [0, 0, 5]
    return X, np.array([[1000.0, 0, 639.5], [0, 1000, 359.5], [0, 0, 1]])


def test_without_errors_the_networks_see_the_truth(still, rng):
    X, K = still
    none = synthetic_observations.Errors(px=0, X=0, outliers=0, hidden=0)
    seen = synthetic_observations.observe(X, K, np.arange(300) / 30, rng, none)[0]
    hip = INDEX["hip_l"]
    expected = X[0, hip] @ K.T
    np.testing.assert_allclose(seen.px[0, hip], expected[:2] / expected[2])
    np.testing.assert_allclose(seen.X[0, hip], X[0, hip] - X[0, INDEX["pelvis"]], atol=1e-12)
    assert np.isnan(seen.X[0, INDEX["head_top"]]).all(), "the 3D network has no such keypoint"


def test_the_share_of_hidden_joints_and_their_runs(rng):
    flags = synthetic_observations.runs(3000, len(KEYPOINTS), 0.2, (0.2, 1.0), rng)
    assert flags.mean() == pytest.approx(0.2, abs=0.02)
    starts = (flags[1:] & ~flags[:-1]).sum()
    assert flags.sum() / starts / 30 == pytest.approx(0.6, abs=0.1), "mean length of a run [s]"


def test_short_limbs_keep_their_direction(still):
    X, _ = still
    short = synthetic_observations.shortened(X, (0.15, 0.15), np.random.default_rng(0))
    whole, shorter = (
        points[0, INDEX["elbow_l"]] - points[0, INDEX["shoulder_l"]] for points in (X, short)
    )
    np.testing.assert_allclose(shorter, 0.85 * whole, atol=1e-12)


def test_names_of_the_reference_become_ours():
    names = ["LBigToe", "RAnkle", "Neck", "LHip"]
    assert [canonical(name) for name in names] == ["big_toe_l", "ankle_r", "neck", "hip_l"]
