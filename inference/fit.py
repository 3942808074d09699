"""Observations of a whole clip -> Motion: identities, bodies, fit, and one world for everybody."""

from dataclasses import dataclass

import numpy as np

from . import ground, people, proportions
from .camera import Camera
from .evidence import gather
from .fit_live import LiveFit
from .keypoints import KEYPOINTS
from .kinematics import forward, joint_transforms
from .motion import Motion
from .rotations import exp, log, wrapped
from .skeleton import NUM_ROOT, SKELETON, Body


@dataclass(frozen=True)
class Clip:
    """What the fit needs to know of the clip."""

    image_size: tuple  # width, height [px]
    fps: float


def fit(observations, clip, camera, max_people=0, level=True, on_progress=lambda done: True):
    """All observations of a take -> Motion.

    camera        Camera; its pose is kept when `level` is False (calibrated), else found from the people
    on_progress   called with the frames done
    """
    identities = people.identities(observations, clip.fps, max_people)
    evidence = gather(observations, identities, camera, clip.image_size)
    body = proportions.bodies(evidence)
    live = LiveFit(body, camera)
    q = np.full((len(identities), len(observations), SKELETON.num_dofs), np.nan)
    for t, seen in enumerate(observations):
        q[:, t] = live.step(evidence, t, seen.time_s)
        on_progress(t + 1)
    if level:
        q, camera = level_world(q, body, evidence, camera)
    return assemble(observations, clip, evidence, body, q, camera)


def posed(q, body):
    """q (P,T,D) with NaN, body of P people -> Pose over (P,T); NaN where absent."""
    over_time = Body(body.height[:, None], body.offsets[:, None], body.places[:, None])
    return forward(q, over_time)


def level_world(q, body, evidence, camera):
    """Turns the world so that people stand upright on z = 0 below the camera -> q, Camera."""
    markers = posed(q, body).markers
    up = ground.up_direction(markers, evidence.trust, np.array([0.0, 0, 1]))
    R_old_camera = camera.T_world_camera[:3, :3]
    R_new_camera = ground.level_camera(R_old_camera.T @ up)
    R_new_old = R_new_camera @ R_old_camera.T
    low = ground.ground_height(markers - camera.T_world_camera[:3, 3], evidence.confidence, up)
    t_new = np.array([0.0, 0.0, -low])
    moved = q.copy()
    moved[..., :3] = (q[..., :3] - camera.T_world_camera[:3, 3]) @ R_new_old.T + t_new
    seen = np.isfinite(q[..., 0])
    moved[seen, 3:NUM_ROOT] = log(R_new_old @ exp(q[seen, 3:NUM_ROOT]))
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R_new_camera, t_new
    return moved, Camera(camera.K, camera.dist, T)


def continuous(rotvec):
    """Rotation vectors (...,T,3) without jumps of a whole turn between frames."""
    out = wrapped(rotvec)
    for t in range(1, out.shape[-2]):
        now, before = out[..., t, :], out[..., t - 1, :]
        angle = np.linalg.norm(now, axis=-1, keepdims=True)
        axis = now / np.where(angle > 0, angle, 1)
        turns = np.round(((before - now) * axis).sum(-1, keepdims=True) / (2 * np.pi))
        out[..., t, :] = np.where(np.isfinite(turns), now + turns * 2 * np.pi * axis, now)
    return out


def assemble(observations, clip, evidence, body, q, camera):
    """Solved q (P,T,D) and everything around it -> Motion."""
    P, T = q.shape[:2]
    q = q.copy()
    q[..., 3:NUM_ROOT] = continuous(q[..., 3:NUM_ROOT])
    pose = posed(q, body)
    T_world_joint = joint_transforms(pose)
    T_world_joint[~np.isfinite(q[..., 0])] = np.nan
    return Motion(
        identity=evidence.identity,
        frame=np.array([o.index for o in observations], int),
        time_s=np.array([o.time_s for o in observations], float),
        fps=clip.fps,
        keypoint_names=np.array(KEYPOINTS),
        px=evidence.px,
        confidence=evidence.confidence,
        X_raw=evidence.X,
        X_cam=camera.to_camera(pose.markers),
        box=evidence.box,
        q=q,
        dof_names=np.array(SKELETON.dof_names),
        joint_names=np.array(SKELETON.joint_names),
        parents=SKELETON.parents,
        rest_offset=body.rest_offsets(),
        T_world_joint=T_world_joint,
        contact=np.zeros((P, T, 4), bool),
        height_m=np.asarray(body.height, float),
        K=camera.K,
        dist=camera.dist,
        T_world_camera=np.broadcast_to(camera.T_world_camera, (T, 4, 4)).copy(),
        image_size=np.array(clip.image_size, int),
    )
