"""Answers to a case, and how good they are: raw 3D, filtered raw 3D, live fit, take fit, and its variants."""

from dataclasses import dataclass, replace

import numpy as np

from ..inference import crop_view, edits, fit_take, people, proportions
from ..inference.analytic_pose import analytic_pose
from ..inference.camera import R_WORLD_LEVEL
from ..inference.evidence import gather
from ..inference.fit import Clip, FitSettings, fit
from ..inference.keypoints import KEYPOINTS
from ..inference.kinematics import forward, joint_transforms
from ..inference.skeleton import SKELETON, Body, universal_body
from . import metrics
from .cases import FEET, nearest_identity
from .filters import zero_phase_butterworth

# the truth of the synthetic cases does not move these
NOT_MEASURED = ("clavicle", "toe")
MEASURED = [j for j, name in enumerate(SKELETON.joint_names) if not name.startswith(NOT_MEASURED)]


@dataclass(frozen=True)
class Candidate:
    """One answer, in the axes of the camera."""

    X: np.ndarray  # (T,14,3) rows as in `metrics.JOINTS`
    feet: np.ndarray  # (T,6,3)
    R: np.ndarray  # (T,J,3,3)
    absolute: bool  # knows where the person is


def baselines_and_fits(case, settings=FitSettings()):
    """{"raw", "filtered", "live", "take"} -> Candidate."""
    live = captured(case, replace(settings, solver="live"))
    take = captured(case, settings)
    person = nearest_identity(live.px, case)
    X_raw = live.X_raw[person]
    return {
        "raw": of_points(X_raw),
        "filtered": of_points(zero_phase_butterworth(X_raw, case.fps)),
        "live": of_motion(live, person),
        "take": of_motion(take, nearest_identity(take.px, case)),
    }


def captured(case, settings=FitSettings()):
    """Motion of a case with settings that a user can choose."""
    return fit(
        case.observations,
        Clip(case.image_size, case.fps, case.clues, case.crops),
        case.camera,
        settings,
    )


def with_height(case):
    """Settings of a user who knows how tall the person is."""
    return FitSettings(edits=edits.Edits(height={1: case.height}))


def of_points(X):
    """Root-relative keypoints (T,K,3) -> Candidate, angles in closed form."""
    q = analytic_pose(X @ R_WORLD_LEVEL.T)
    R = R_WORLD_LEVEL.T @ joint_transforms(forward(q, universal_body(1.7)))[..., :3, :3]
    return Candidate(metrics.limb_joints(X, KEYPOINTS), _feet(X), R, False)


def of_motion(motion, person):
    """One person of a Motion -> Candidate."""
    X = motion.X_cam[person]
    R_camera_world = np.swapaxes(motion.T_world_camera[:, None, :3, :3], -1, -2)
    R = R_camera_world @ motion.T_world_joint[person, :, :, :3, :3]
    return Candidate(metrics.limb_joints(X, KEYPOINTS), _feet(X), R, True)


def of_angles(q, body, camera):
    """Solved q (T,D) -> Candidate."""
    pose = forward(q, body)
    X = camera.to_camera(pose.markers)
    R = camera.R_camera_world @ joint_transforms(pose)[..., :3, :3]
    return Candidate(metrics.limb_joints(X, KEYPOINTS), _feet(X), R, True)


def _feet(X):
    return X[:, [KEYPOINTS.index(name) for name in FEET]]


def variant(case, settings=None, height=None, only_2d_network=False):
    """The take fit of one person with a term changed -> Candidate.

    height           [m] where the user knows it
    only_2d_network  the 2D of the 3D network is not used
    """
    observations = case.observations
    if only_2d_network:
        observations = [replace(o, px_3d=np.full_like(o.px_3d, np.nan)) for o in observations]
    found = people.identities(observations, case.fps)
    evidence = gather(observations, found, case.camera, case.image_size)
    if case.crops:
        evidence = crop_view.in_camera_axes(evidence, case.camera.K)
    person = nearest_identity(evidence.px, case)
    heights = np.full(len(evidence.identity), np.nan if height is None else height)
    body = proportions.bodies(evidence, heights)
    one = Body(*(np.asarray(getattr(body, name)[person]) for name in Body.__dataclass_fields__))
    time_s = np.array([o.time_s for o in observations])
    settings = settings or fit_take.TakeSettings()
    q, _, body = fit_take.fit_person(evidence, person, time_s, one, case.camera, settings)
    return of_angles(q, body, case.camera)


def score(candidate, case):
    """All metrics of one answer: {name: number}; lengths in mm, see `metrics`."""
    X, Y = candidate.X, case.X
    feet = candidate.feet
    if not candidate.absolute:  # the best that it could do: the true path of the root
        feet = feet - X[:, metrics.PELVIS, None] + Y[:, metrics.PELVIS, None]
    result = {
        "coverage": metrics.coverage(X, Y),
        "mpjpe": metrics.mpjpe(X, Y),
        "pa_mpjpe": metrics.pa_mpjpe(X, Y),
        "n_mpjpe": metrics.n_mpjpe(X, Y),
        "clip_mpjpe": metrics.clip_mpjpe(X, Y),
        "pck": metrics.pck(X, Y),
        "auc": metrics.auc(X, Y),
        "acceleration": metrics.acceleration_error(X, Y, case.fps),
        "jitter": metrics.jitter(X, case.fps),
        "bone_std": metrics.bone_length_variation(X),
        "skate": metrics.foot_skate(feet, case.feet, case.fps),
        "root": np.nan,
        "angle": np.nan,
    }
    if candidate.absolute:
        pelvis = (X[:, metrics.PELVIS], Y[:, metrics.PELVIS])
        result["root"] = metrics.root_trajectory_error(*pelvis)
        result["depth"] = metrics.mean(pelvis[0][:, 2] / pelvis[1][:, 2])
    if case.R is not None:
        local = (
            metrics.local_rotations(R, SKELETON.parents)[:, MEASURED] for R in (candidate.R, case.R)
        )
        result["angle"] = float(np.nanmedian(metrics.joint_angle_errors(*local)))
    return result
