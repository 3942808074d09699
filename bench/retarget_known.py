"""Motion files on our skeleton, as a Motion: the source of retargeting whose limbs the file itself tells."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference.keypoints import INDEX, KEYPOINTS
from ..inference.kinematics import joint_transforms
from ..inference.motion import Motion
from ..inference.skeleton import SKELETON
from . import motions

ENDS = {
    "upper_arm": ("shoulder", "elbow"), "forearm": ("elbow", "wrist"),
    "thigh": ("hip", "knee"), "shin": ("knee", "ankle"),
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    name: str
    motion: Motion
    limbs: list  # T of {limb: (3,) from its head to the next joint's, as in the file}


def performed(motion, path):
    """One of `motions.MOTIONS` and its file -> Known."""
    path = Path(path)
    performance = motions.perform(motion, path, np.random.default_rng(3))
    kind, _file, first, seconds, speed = motion
    X, fps, _sole = (
        motions.from_deepmimic(path) if path.suffix == ".txt" else motions.from_bvh(path)
    )
    frames = (first + speed * np.arange(0, seconds, 1 / motions.FPS)) * fps
    X = motions.at_frames(X, frames[frames <= len(X) - 1])
    names = [
        f"{a}.{side}"
        for a in ENDS
        for side in "LR"
        if kind != "sitting" or a not in ("thigh", "shin")
    ]
    return Known(f"{kind}, {path.name}", as_motion(performance), [_limbs(x, names) for x in X])


def _limbs(X, names):
    found = {}
    for name in names:
        limb, side = name.split(".")
        a, b = (INDEX[f"{end}_{side.lower()}"] for end in ENDS[limb])
        found[name] = X[b] - X[a]
    return found


def as_motion(performance):
    """Performance -> Motion of one person; nobody has filmed it."""
    count, body = len(performance.q), performance.body
    nothing = np.full((1, count, len(KEYPOINTS), 3), np.nan)
    return Motion(
        identity=np.array([1]),
        frame=np.arange(count),
        time_s=performance.time_s,
        fps=motions.FPS,
        keypoint_names=np.array(KEYPOINTS),
        px=nothing[..., :2],
        confidence=np.zeros(nothing.shape[:3]),
        X_raw=nothing,
        X_cam=nothing,
        box=np.full((1, count, 4), np.nan),
        q=performance.q[None],
        dof_names=np.array(SKELETON.dof_names),
        joint_names=np.array(SKELETON.joint_names),
        parents=SKELETON.parents,
        rest_offset=body.rest_offsets()[None],
        T_world_joint=joint_transforms(performance.pose)[None],
        contact=np.zeros((1, count, 4), bool),
        height_m=np.array([float(body.height)]),
        K=np.array([[1000.0, 0, 640], [0, 1000.0, 360], [0, 0, 1]]),
        dist=np.zeros(5),
        T_world_camera=np.tile(np.eye(4), (count, 1, 1)),
        image_size=np.array([1280, 720]),
    )
