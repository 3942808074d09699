"""Motion: everything a clip was turned into, and its only file form, OUT.npz.

P identities, T frames of the clip, K keypoints, J joints, D degrees of freedom, C face channels. Where the chain
looked at hands, the keypoints, joints and angles of both follow the body's (`hand_motion`).
Absent: float NaN, confidence 0, bool False. Lengths [m], angles [rad], pixels in the original image,
pixel centres at integers. World: Z up, ground at 0. Camera: x right, y down, z away (OpenCV).
"""

import os
import zipfile
import zlib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path

import numpy as np

from .camera import distort
from .keypoints import LIMB_JOINTS

UNREADABLE = (
    OSError, ValueError, TypeError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


class MotionError(Exception):
    """The file is not a Motion."""


@dataclass(frozen=True)
class Motion:
    identity: np.ndarray  # (P,) int, stable id from 1
    frame: np.ndarray  # (T,) int, index in the file from 0
    time_s: np.ndarray  # (T,) true times, also for variable frame rate
    fps: float  # nominal rate
    keypoint_names: np.ndarray  # (K,) str
    px: np.ndarray  # (P,T,K,2) the 2D that the fit uses
    confidence: np.ndarray  # (P,T,K) of px, 0 = unseen
    X_raw: np.ndarray  # (P,T,K,3) network 3D, pelvis-relative, camera axes, unfiltered
    X_cam: np.ndarray  # (P,T,K,3) fitted keypoints, absolute, camera axes
    box: np.ndarray  # (P,T,4) x1 y1 x2 y2 [px]
    q: np.ndarray  # (P,T,D) root position, root rotation vector in the world, joint angles
    dof_names: np.ndarray  # (D,) str
    joint_names: np.ndarray  # (J,) str
    parents: np.ndarray  # (J,) int, -1 = root
    rest_offset: np.ndarray  # (P,J,3) parent-relative, T pose, facing -Y, Z up
    T_world_joint: np.ndarray  # (P,T,J,4,4) joint axes = world axes in the rest pose
    contact: np.ndarray  # (P,T,4) bool: left heel, left toe, right heel, right toe
    height_m: np.ndarray  # (P,) stature
    K: np.ndarray  # (3,3)
    dist: np.ndarray  # (5,) OpenCV distortion
    T_world_camera: np.ndarray  # (T,4,4)
    image_size: np.ndarray  # (2,) int, width and height of the clip [px]
    camera_source: str = "given"  # where K comes from: given, assumed, estimated +- x %
    camera_motion: str = "still"  # or what it does, in a few words
    zoom: np.ndarray = None  # (T,) focal length of each picture, in those of K; None = ones
    mirrored: bool = False  # the clip is a mirror image; px, box, K and all else are of it unmirrored
    # Only where the chain looked at hands or faces and saw any, else None and not in the file:
    hands_seen: np.ndarray = None  # (P,T,2) left, right; 0..1, 0 = fingers are relaxed
    face_names: np.ndarray = None  # (C,) str, as ARKit calls its blend shapes
    face: np.ndarray = None  # (P,T,C) 0..1 how far each is there
    face_seen: np.ndarray = None  # (P,T) 0..1, 0 = the face is at rest

    def __post_init__(self):
        if self.zoom is None:
            object.__setattr__(self, "zoom", np.ones(len(self.time_s)))

    @property
    def present(self):
        """(P,T) bool: the person was solved in that frame."""
        return np.isfinite(self.T_world_joint[..., 0, 0, 3])

    def K_at(self, row):
        """(3,3) intrinsics of one frame, zoom included."""
        K = self.K.copy()
        K[[0, 1], [0, 1]] *= self.zoom[row]
        return K

    def save(self, path):
        """Writes OUT.npz atomically: a whole file or none."""
        path = Path(path)
        partial = path.with_name(path.name + ".partial")
        try:
            with open(partial, "wb") as stream:
                values = {f.name: getattr(self, f.name) for f in fields(self)}
                values = {name: value for name, value in values.items() if value is not None}
                np.savez_compressed(stream, **values)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path):
        """OUT.npz -> Motion; raises MotionError with one sentence for anything else."""
        try:
            values = cls._arrays(path)
            plain = {name: value.item() for name, value in values.items() if value.shape == ()}
            motion = cls(**{**values, **plain})
        except UNREADABLE as error:
            raise MotionError(f"{path} is not a Monorig motion: {error}") from error
        motion._check_shapes(path)
        return motion

    @classmethod
    def _arrays(cls, path):
        with open(path, "rb") as stream, zipfile.ZipFile(stream):
            stream.seek(0)
            with np.load(stream, allow_pickle=False) as data:
                needed = [f.name for f in fields(cls) if f.default is MISSING or f.name in data]
                return {name: data[name] for name in needed}

    def _check_shapes(self, path):
        """MotionError where the arrays do not belong together."""
        names = ("identity", "time_s", "keypoint_names", "dof_names", "joint_names", "face_names")
        P, T, K, D, J, C = (np.size(getattr(self, name)) for name in names)
        expected = {
            "identity": (P,), "frame": (T,), "time_s": (T,), "keypoint_names": (K,), "px": (P, T, K, 2),
            "confidence": (P, T, K), "X_raw": (P, T, K, 3), "X_cam": (P, T, K, 3), "box": (P, T, 4),
            "q": (P, T, D), "dof_names": (D,), "joint_names": (J,), "parents": (J,),
            "rest_offset": (P, J, 3), "T_world_joint": (P, T, J, 4, 4), "contact": (P, T, 4),
            "height_m": (P,), "K": (3, 3), "dist": (5,), "T_world_camera": (T, 4, 4), "image_size": (2,),
            "camera_source": (), "camera_motion": (), "mirrored": (), "zoom": (T,), "hands_seen": (P, T, 2),
            "face_names": (C,), "face": (P, T, C), "face_seen": (P, T),
        }  # fmt: skip
        for name, shape in expected.items():
            if getattr(self, name) is not None and np.shape(getattr(self, name)) != shape:
                raise MotionError(
                    f"{path} is not a Monorig motion: {name} has the shape "
                    f"{np.shape(getattr(self, name))} where {shape} belongs."
                )


def reprojection_error(motion):
    """Distance of the fitted to the observed 12 limb joints, per person.

    returns (P,2): median [px], and as a fraction of the person's height in the picture (the vertical
    extent of the box); NaN for somebody never seen.
    """
    columns = [list(motion.keypoint_names).index(name) for name in LIMB_JOINTS]
    X, px = motion.X_cam[:, :, columns], motion.px[:, :, columns]
    seen = (motion.confidence[:, :, columns] > 0.3) & np.isfinite(X[..., 2])
    with np.errstate(invalid="ignore", divide="ignore"):
        x = distort(X[..., :2] / X[..., 2:] * motion.zoom[:, None, None], motion.dist)
        distance = np.linalg.norm(x @ motion.K[:2, :2].T + motion.K[:2, 2] - px, axis=-1)
        relative = distance / (motion.box[..., 3] - motion.box[..., 1])[..., None]
    rows = [
        [np.median(distance[p][seen[p]]), np.median(relative[p][seen[p]])]
        if seen[p].any()
        else [np.nan] * 2
        for p in range(len(motion.identity))
    ]
    return np.array(rows).reshape(-1, 2)
