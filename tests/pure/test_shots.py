"""A clip with a cut: two cameras, each with a world of its own, the same people; nothing is smoothed over it."""

from dataclasses import replace

import numpy as np
import pytest
from filmed import CLIP, assert_whole, observations
from monorig.inference import camera as cameras
from monorig.inference import shot_rows, shots
from monorig.inference.fit import FitSettings, fit
from monorig.inference.motion import reprojection_error
from monorig.inference.rotations import exp
from monorig.inference.take import rows
from synthetic_motion import IMAGE_SIZE, K, synthetic_motion

FRAMES, CUT = 40, 22
NEARER = 1.5  # focal length of the second camera, of the first one's


def two_cameras(people=2):
    """Motion of people who are seen by another camera from CUT on: it stands elsewhere, and is longer."""
    motion = synthetic_motion(people=people, frames=FRAMES, gaps=False)
    T, zoom = motion.T_world_camera.copy(), np.ones(FRAMES)
    T[CUT:, :3, :3] = exp(np.radians([0.0, 0.0, 50.0])) @ T[CUT:, :3, :3]
    T[CUT:, :3, 3] += [5.2, 0.4, 0.3]
    zoom[CUT:] = NEARER
    markers = motion.X_cam @ np.swapaxes(motion.T_world_camera[:, :3, :3], -1, -2)
    markers = markers + motion.T_world_camera[:, None, :3, 3]
    X = (markers - T[:, None, :3, 3]) @ T[:, :3, :3]
    px = X[..., :2] / X[..., 2:] * zoom[:, None, None] @ K[:2, :2] + K[:2, 2]
    box = np.concatenate([px.min(2), px.max(2)], -1)
    return replace(motion, T_world_camera=T, zoom=zoom, X_cam=X, X_raw=X, px=px, box=box)


def filmed(motion, **errors):
    """Observations of it with the cut marked."""
    seen = observations(motion, **errors)
    seen[CUT] = replace(seen[CUT], cut=True)
    return seen


@pytest.fixture
def focal_lengths_are_known(monkeypatch):
    """What people tell of the focal length is tested elsewhere: here each shot's is right."""

    def known(parts, camera, first=None):
        longer = [K @ np.diag([NEARER, NEARER, 1.0]) if part[2][0] > 0 else K for part in parts]
        return [replace(camera, K=one, source="estimated, +-1 %") for one in longer]

    monkeypatch.setattr(shots, "lenses", known)


def away(found, motion):
    """(P,T) [m] mean distance of the keypoints from the truth, in the axes of the camera."""
    return np.linalg.norm(found.X_cam - motion.X_cam, axis=-1).mean(-1)


@pytest.mark.parametrize("solver", ["raw", "live", "take"])
def test_each_shot_has_its_own_camera(solver, focal_lengths_are_known):
    motion = two_cameras()
    found = fit(filmed(motion), CLIP, cameras.make(IMAGE_SIZE), FitSettings(solver=solver))
    assert found.zoom[[0, CUT - 1, CUT, -1]] == pytest.approx([1, 1, NEARER, NEARER])
    np.testing.assert_allclose(found.K_at(CUT)[0, 0], NEARER * K[0, 0])
    assert (reprojection_error(found)[:, 0] < 15).all()  # [px]
    assert found.camera_motion == "2 shots: still"


def test_nothing_is_smoothed_over_a_cut(focal_lengths_are_known):
    """As good at the cut as anywhere, where a fit that knew nothing of it would be wrong by metres."""
    motion = two_cameras()
    settings = FitSettings(solver="take", level=False)
    error = away(fit(filmed(motion), CLIP, cameras.make(IMAGE_SIZE), settings), motion)
    assert error[:, CUT - 3 : CUT + 3].max() < 2.5 * np.median(error)
    ignored = [replace(one, cut=False) for one in filmed(motion)]
    blind = away(fit(ignored, CLIP, cameras.make(IMAGE_SIZE, K=K), settings), motion)
    assert blind[:, CUT - 3 : CUT + 3].max() > 2 * error[:, CUT - 3 : CUT + 3].max()


def test_people_are_as_tall_in_every_shot(focal_lengths_are_known):
    motion = two_cameras()
    found = fit(filmed(motion), CLIP, cameras.make(IMAGE_SIZE), FitSettings())
    bones = np.linalg.norm(np.diff(found.T_world_joint[:, :, 1:3, :3, 3], axis=2), axis=-1)
    np.testing.assert_allclose(bones, bones[:, :1].repeat(FRAMES, 1), rtol=1e-6)
    assert found.height_m == pytest.approx(motion.height_m, rel=0.08)


def test_every_shot_has_a_level_world_of_its_own(focal_lengths_are_known):
    motion = two_cameras()
    found = fit(filmed(motion), CLIP, cameras.make(IMAGE_SIZE), FitSettings())
    for frame in (0, CUT):
        T = found.T_world_camera[frame]
        assert np.allclose(T[:2, 3], 0) and T[2, 3] > 0  # above the origin
        assert abs(T[0, 2]) < 1e-9 and T[1, 2] > 0.8  # looks along +Y
    lowest = found.T_world_joint[..., 2, 3].min(-1)
    assert np.abs(lowest).max() < 0.35


def test_a_foot_that_stands_at_a_cut_stands_elsewhere_after_it(focal_lengths_are_known):
    motion = two_cameras(people=1)
    still = {n: np.repeat(getattr(motion, n)[:, :1], CUT, 1) for n in ("X_cam", "px", "box")}
    later = {n: np.repeat(getattr(motion, n)[:, CUT : CUT + 1], FRAMES - CUT, 1) for n in still}
    held = {n: np.concatenate([still[n], later[n]], 1) for n in still}
    seen = filmed(replace(motion, X_raw=held["X_cam"], **held), px_noise=0.2, X_noise=0.002)
    found = fit(seen, CLIP, cameras.make(IMAGE_SIZE), FitSettings())
    assert found.contact[0, CUT - 3].any() and found.contact[0, CUT + 3].any()
    assert not found.contact[0, CUT].any()


def test_a_cut_with_the_first_picture_is_none():
    seen = filmed(two_cameras(people=1))
    whole = [replace(one, cut=row == 0) for row, one in enumerate(seen)]
    assert shot_rows.ranges(whole) == [slice(0, FRAMES)]
    assert shot_rows.ranges(seen) == [slice(0, CUT), slice(CUT, FRAMES)]


def test_somebody_who_is_in_one_shot_only_is_nowhere_in_the_other(focal_lengths_are_known):
    motion, alone = two_cameras(), slice(CUT, FRAMES)
    seen = filmed(motion)
    seen[alone] = [rows(one, [0]) for one in seen[alone]]
    found = fit(seen, CLIP, cameras.make(IMAGE_SIZE), FitSettings())
    assert found.present[0].all() and found.present[1, :CUT].all()
    assert not found.present[1, alone].any() and np.isfinite(found.height_m).all()


@pytest.mark.parametrize("solver", ["raw", "live", "take"])
def test_shots_of_one_picture_and_shots_without_anybody_are_no_problem(solver):
    seen = filmed(two_cameras())
    for t in (5, 6, 7, FRAMES - 1):
        seen[t] = replace(seen[t], cut=True)
    seen[6], seen[-1] = rows(seen[6], []), rows(seen[-1], [])
    found = fit(seen, CLIP, cameras.make(IMAGE_SIZE), FitSettings(solver=solver))
    assert_whole(found)
    assert found.present[:, [5, 7]].all() and not found.present[:, [6, -1]].any()
    assert np.isfinite(found.T_world_camera).all() and (found.zoom > 0).all()
    assert found.camera_motion.startswith("6 shots")


def test_sides_are_not_put_right_over_a_cut():
    """Seen from the front, then from behind: in the picture left and right have changed places."""
    seen = filmed(two_cameras(people=1), px_noise=0.0)[: CUT + 6]
    front = seen[CUT - 1]
    behind = front.px * [-1, 1] + [front.box[:, [0, 2]].sum(), 0]
    seen[CUT:] = [replace(one, px=behind, px_3d=behind) for one in seen[CUT:]]
    found = fit(seen, CLIP, cameras.make(IMAGE_SIZE, K=K), FitSettings())
    np.testing.assert_allclose(found.px[0, CUT:], behind.repeat(6, 0))
    blind = [replace(one, cut=False) for one in seen]
    mixed_up = fit(blind, CLIP, cameras.make(IMAGE_SIZE, K=K), FitSettings())
    assert np.abs(mixed_up.px[0, CUT:] - behind).max() > 10
