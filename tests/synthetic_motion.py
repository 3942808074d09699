"""A made-up Motion for tests: a few people who sway, walk and turn in front of a known camera."""

import numpy as np
from monorig.inference import rotations
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.kinematics import forward, joint_transforms
from monorig.inference.motion import Motion
from monorig.inference.skeleton import NUM_ROOT, SKELETON, Body, universal_body

IMAGE_SIZE = (1280, 720)
K = np.array([[1100.0, 0, 650.25], [0, 1100.0, 341.5], [0, 0, 1]])


def synthetic_motion(
    people=3, frames=60, fps=30.0, moving_camera=False, gaps=True, size=IMAGE_SIZE
):
    """Motion of `people`; with gaps the second is away in the middle, the third comes late."""
    rng = np.random.default_rng(7)
    body = universal_body(1.60 + 0.12 * np.arange(people))
    time_s = np.arange(frames) / fps
    q = np.stack([_pose(rng, person, time_s, body.height[person]) for person in range(people)])
    pose = forward(q, Body(body.height[:, None], body.offsets[:, None], body.places[:, None]))
    T_world_camera = _camera(time_s, moving_camera)
    X_cam, px = _seen(pose.markers, T_world_camera)
    moving = {"q": q, "T_world_joint": joint_transforms(pose), "X_cam": X_cam, "px": px}
    moving.update(X_raw=X_cam.copy(), box=np.concatenate([px.min(2), px.max(2)], -1))
    confidence = np.ones(px.shape[:3])
    for hidden in _gaps(people, frames) if gaps else ():
        confidence[hidden] = 0.0
        for values in moving.values():
            values[hidden] = np.nan
    return Motion(
        **moving,
        identity=np.arange(1, people + 1),
        frame=np.arange(frames),
        time_s=time_s,
        fps=fps,
        keypoint_names=np.array(KEYPOINTS),
        confidence=confidence,
        dof_names=np.array(SKELETON.dof_names),
        joint_names=np.array(SKELETON.joint_names),
        parents=SKELETON.parents,
        rest_offset=body.rest_offsets(),
        contact=np.zeros((people, frames, 4), bool),
        height_m=body.height,
        K=K,
        dist=np.zeros(5),
        image_size=np.array(size),
        T_world_camera=T_world_camera,
    )


def _seen(markers, T_world_camera):
    """Points (P,T,K,3) in the world -> in camera axes (P,T,K,3), and their pixels (P,T,K,2)."""
    R, t = T_world_camera[:, :3, :3], T_world_camera[:, :3, 3]
    X_cam = (markers - t[:, None]) @ R  # row vectors: (R^T v)^T = v^T R
    px = X_cam @ K.T
    return X_cam, px[..., :2] / px[..., 2:]


def _gaps(people, frames):
    if people > 1:
        yield 1, slice(frames // 3, frames // 2)
    if people > 2:
        yield 2, slice(0, frames // 4)


def _pose(rng, person, time_s, height):
    """(T,D): each angle a slow wave inside its limits; arms down rather than out."""
    q = np.zeros((len(time_s), SKELETON.num_dofs))
    wave = 2 * np.pi * (0.4 * time_s[:, None] + rng.random(SKELETON.num_dofs))
    lower, upper = SKELETON.lower[NUM_ROOT:], SKELETON.upper[NUM_ROOT:]
    angles = 0.35 * (upper - lower) / 2 * np.sin(wave[:, NUM_ROOT:])
    q[:, NUM_ROOT:] = np.clip(angles, lower, upper)
    lowered = [
        name.startswith(("shoulder_raise", "upper_arm_raise")) for name in SKELETON.dof_names
    ]
    q[:, lowered] -= 0.9
    q[:, 0] = (person - 1) * 1.3 + 0.3 * np.sin(0.9 * time_s + person)
    q[:, 1] = 5.0 + 0.8 * person + 0.4 * np.cos(0.7 * time_s)
    q[:, 2] = 0.53 * height
    # more than half a turn and back, so that quaternions must be followed through their antipode
    q[:, 3:6] = rotations.log(
        rotations.exp(np.outer(3.6 * np.sin(0.8 * time_s + person), [0.05, 0.03, 1.0]))
    )
    return q


def _camera(time_s, moving):
    """T_world_camera (T,4,4): 1.5 m above the ground, looking along +Y and a little down."""
    tilt, yaw = np.radians(-4.0), 0.15 * np.sin(time_s) * moving
    T = np.zeros((len(time_s), 4, 4))
    level = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # columns: camera x, y, z in the world
    down = rotations.exp(np.array([tilt, 0.0, 0.0]))
    turn = rotations.exp(yaw[:, None] * np.array([0, 0, 1.0]))
    T[:, :3, :3] = turn @ down @ level
    T[:, :3, 3] = np.stack([0.2 * yaw, np.zeros_like(yaw), np.full_like(yaw, 1.5)], -1)
    T[:, 3, 3] = 1.0
    return T
