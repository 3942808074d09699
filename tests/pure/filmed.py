"""A made-up Motion as networks would see it: Observations with noise, from which the fit must find it again."""

import numpy as np
from monorig.inference.camera import Camera
from monorig.inference.edits import Edits
from monorig.inference.fit import Clip, FitSettings, fit
from monorig.inference.keypoints import INDEX
from monorig.inference.take import Observation, empty_observation
from synthetic_motion import IMAGE_SIZE

CLIP = Clip(IMAGE_SIZE, 30.0)

PX_NOISE, X_NOISE = 3.0, 0.03  # [px], [m]


def observations(motion, px_noise=PX_NOISE, X_noise=X_NOISE, seed=11):
    """Motion -> Observations; both networks see every keypoint of everybody who is present."""
    rng = np.random.default_rng(seed)
    return [_observation(motion, t, rng, px_noise, X_noise) for t in range(len(motion.frame))]


def _observation(motion, t, rng, px_noise, X_noise):
    people = np.flatnonzero(motion.present[:, t])
    if not len(people):
        return empty_observation(int(motion.frame[t]), float(motion.time_s[t]))
    px, X = motion.px[people, t], motion.X_cam[people, t]
    X = X - X[:, INDEX["pelvis"], None]
    sure = np.full(px.shape[:2], 0.9)
    return Observation(
        int(motion.frame[t]),
        float(motion.time_s[t]),
        id=motion.identity[people],
        box=motion.box[people, t],
        px=px + rng.normal(0, px_noise, px.shape),
        confidence=sure,
        px_3d=px + rng.normal(0, px_noise, px.shape),
        visibility=sure,
        X=X + rng.normal(0, X_noise, X.shape),
        presence=np.full(len(people), 0.95),
    )


def camera_of(motion):
    return Camera(motion.K, motion.dist, motion.T_world_camera[0])


def fitted(motion, seen=None, solver="live", **settings):
    """The Motion found from what was seen of another (noisy, unless `seen` is given), its camera known."""
    seen = observations(motion) if seen is None else seen
    return fit(seen, CLIP, camera_of(motion), FitSettings(solver=solver, level=False, **settings))


def heights(motion):
    return Edits(height={int(i): float(h) for i, h in zip(motion.identity, motion.height_m)})


def assert_whole(found):
    """Everything finite where somebody is present, nothing where not."""
    present = found.present
    for name in ("q", "T_world_joint", "X_cam"):
        array = getattr(found, name)
        assert np.isfinite(array[present]).all() and np.isnan(array[~present]).all(), name
    assert not found.contact[~present].any()
