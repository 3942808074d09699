"""People before a camera that turns, zooms or is held by hand: found where they are, and standing still."""

from dataclasses import replace

import numpy as np
import pytest
from filmed import CLIP, camera_of, observations
from known_background import with_background
from monorig.inference.camera import make
from monorig.inference.fit import FitSettings, fit
from monorig.inference.kinematics import forward, joint_transforms
from monorig.inference.rotations import exp, log
from monorig.inference.skeleton import Body, universal_body
from synthetic_motion import IMAGE_SIZE, K, synthetic_motion

FPS, SECONDS = 12.0, 5


def standing(turn, shift, seconds=SECONDS):
    """Motion of somebody who stands still before a camera that sways so far [rad], [m]."""
    base = synthetic_motion(people=1, frames=1, gaps=False)
    t = np.arange(int(FPS * seconds)) / FPS
    phase = np.random.default_rng(3).uniform(0, 6.3, 6)
    sway = np.sin(2 * np.pi * t[:, None] * [0.1, 0.3, 0.2, 0.25, 0.15, 0.35] + phase)
    T = np.tile(base.T_world_camera[0], (len(t), 1, 1))
    T[:, :3, :3] = T[:, :3, :3] @ exp(turn * sway[:, :3])
    T[:, :3, 3] += shift * sway[:, 3:]
    q = np.tile(base.q, (1, len(t), 1))
    q[..., 3:] = 0.0
    body = universal_body(base.height_m)
    pose = forward(q, Body(body.height[:, None], body.offsets[:, None], body.places[:, None]))
    X = (pose.markers - T[:, None, :3, 3]) @ T[:, :3, :3]
    px = X[..., :2] / X[..., 2:] @ K[:2, :2] + K[:2, 2]
    return replace(
        base, frame=np.arange(len(t)), time_s=t, q=q, T_world_joint=joint_transforms(pose), X_cam=X,
        X_raw=X, px=px, confidence=np.ones(px.shape[:3]), T_world_camera=T, zoom=np.ones(len(t)),
        box=np.concatenate([px.min(2), px.max(2)], -1), contact=np.zeros((1, len(t), 4), bool),
    )  # fmt: skip


def drift(motion):
    """How far [m] feet go from where they mostly are."""
    feet = [list(motion.joint_names).index(name) for name in ("foot.L", "foot.R")]
    places = motion.T_world_joint[0][:, feet][..., :3, 3]
    return np.linalg.norm(places - np.median(places, 0), axis=-1).max()


def turns_wrong(found, T_world_camera):
    """Largest error [deg] of the camera's turns since the first picture."""
    wanted, got = (T[0, :3, :3].T @ T[:, :3, :3] for T in (T_world_camera, found.T_world_camera))
    return np.degrees(np.linalg.norm(log(np.swapaxes(wanted, -1, -2) @ got), axis=-1)).max()


@pytest.mark.parametrize(
    "turn, shift, most", [(2.0, 0.0, 0.01), (2.0, 0.04, 0.05), (0.0, 0.0, 0.01)]
)
def test_who_stands_still_stays_where_she_is_while_the_camera_sways(turn, shift, most):
    motion = standing(np.radians(turn), shift)
    seen = with_background(observations(motion), motion.T_world_camera)
    found = fit(seen, CLIP, camera_of(motion), FitSettings(solver="take", level=False))
    assert drift(found) < most
    assert turns_wrong(found, motion.T_world_camera) < 0.5


def test_people_before_a_panning_camera_are_found_as_before_one_that_stands():
    errors = []
    for moving in (False, True):
        motion = synthetic_motion(people=2, frames=60, gaps=False, moving_camera=moving)
        seen = with_background(observations(motion), motion.T_world_camera)
        found = fit(seen, CLIP, camera_of(motion), FitSettings(solver="live", level=False))
        away = found.T_world_joint[..., :3, 3] - motion.T_world_joint[..., :3, 3]
        errors.append(np.median(np.linalg.norm(away, axis=-1)))
        np.testing.assert_array_equal(found.X_raw.shape, found.X_cam.shape)
    assert errors[1] < 1.2 * errors[0] + 0.01


def test_the_world_begins_where_the_camera_first_looked():
    motion = synthetic_motion(people=2, frames=40, gaps=False, moving_camera=True)
    seen = with_background(observations(motion), motion.T_world_camera)
    found = fit(seen, CLIP, make(IMAGE_SIZE, K=K), FitSettings(solver="live"))
    assert found.camera_motion.startswith("turns")
    ahead = found.T_world_camera[0, :3, 2]
    assert abs(ahead[0]) < 1e-9 and ahead[1] > 0.9
    assert turns_wrong(found, motion.T_world_camera) < 0.2


def test_a_take_without_background_has_a_camera_that_stands_exactly():
    motion = synthetic_motion(people=1, frames=10, gaps=False)
    found = fit(observations(motion), CLIP, make(IMAGE_SIZE), FitSettings(solver="live"))
    assert found.camera_motion == "still" and (found.zoom == 1).all()
    assert (found.T_world_camera == found.T_world_camera[0]).all()


def test_who_is_seen_at_one_end_of_a_very_wide_pan_only_is_found():
    """The picture of the middle of the pan would not hold her."""
    motion = standing(0.0, 0.0, seconds=10)
    angle = np.radians(150.0) * (1 - np.cos(np.linspace(0, 2 * np.pi, len(motion.frame)))) / 2
    T = motion.T_world_camera.copy()
    T[:, :3, :3] = T[:, :3, :3] @ exp(angle[:, None] * [0, 1.0, 0])
    X = (motion.X_cam @ np.swapaxes(motion.T_world_camera[0, :3, :3], 0, 1)) @ T[:, :3, :3]
    px = X[..., :2] / X[..., 2:] @ K[:2, :2] + K[:2, 2]
    seen = angle < np.radians(12.0)
    turned = replace(
        motion, X_cam=X, X_raw=X, px=px, T_world_camera=T,
        box=np.concatenate([px.min(2), px.max(2)], -1),
        T_world_joint=np.where(seen[None, :, None, None, None], motion.T_world_joint, np.nan),
    )  # fmt: skip
    watched = with_background(observations(turned), T, key_every=5)
    found = fit(watched, CLIP, camera_of(turned), FitSettings(level=False))
    assert found.present[0][seen].all()
    first = found.T_world_joint[0, 0, 0, :3, 3]
    away = found.T_world_joint[0][seen][:, 0, :3, 3] - first
    assert np.linalg.norm(away, axis=-1).max() < 0.06
    assert turns_wrong(found, T) < 0.5
