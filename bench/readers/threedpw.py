"""3DPW (von Marcard et al. 2018): one or two people before a moving camera, pictures and pickles.

    DIR/sequenceFiles/test/downtown_arguing_00.pkl ...
        jointPositions   list of (n,72) [m], world: the 24 joints of SMPL for each person
        cam_poses        (n,4,4) world -> camera
        cam_intrinsics   (3,3)
        campose_valid    list of (n,): frames that count
    DIR/imageFiles/downtown_arguing_00/image_00000.jpg ...    one for each frame, 30 per second

The pickles are read by `safe_pickle`, which runs nothing that they name. SMPL has no top of the head: rows
are those of `metrics.JOINTS`. Most published numbers are of 14 joints that are taken from the surface of
SMPL, which is not free to ship; hips and shoulders lie some centimetres elsewhere there.
"""

from pathlib import Path

import numpy as np

from ...inference import camera
from .. import metrics
from .safe_pickle import load
from .sequence import DataMissing, Sequence, folder_of, need, numbered_pictures, shaped

FPS = 30.0
SPLIT = "sequenceFiles/test"
SMPL_JOINTS = (
    "pelvis", "hip_l", "hip_r", "spine_1", "knee_l", "knee_r", "spine_2", "ankle_l", "ankle_r", "spine_3",
    "foot_l", "foot_r", "neck", "collar_l", "collar_r", "head", "shoulder_l", "shoulder_r", "elbow_l", "elbow_r",
    "wrist_l", "wrist_r", "hand_l", "hand_r",
)  # fmt: skip
KEYS = ("jointPositions", "cam_poses", "cam_intrinsics", "campose_valid")


def sequences(data):
    """Names of the test sequences that lie in the folder; DataMissing where there is none."""
    found = sorted(path.stem for path in folder_of(data, "").glob(f"{SPLIT}/*.pkl"))
    if not found:
        raise DataMissing(f"{Path(data, SPLIT)} holds no sequence of 3DPW (*.pkl)")
    return found


def read(data, name):
    """Sequence; frames whose camera was found count."""
    path = need(folder_of(data, "") / SPLIT / f"{name}.pkl")
    found = load(path)
    for key in KEYS:
        if not isinstance(found, dict) or key not in found:
            raise DataMissing(f"{path} has no {key}: it is another version of this file")
    X = np.stack([_in_camera(path, found, world) for world in found["jointPositions"]], 1)
    counts = [shaped(path, "campose_valid", v, len(X)).astype(bool) for v in found["campose_valid"]]
    shaped(path, "campose_valid", counts, X.shape[1], len(X))
    K = shaped(path, "cam_intrinsics", found["cam_intrinsics"], 3, 3)
    return Sequence(
        name=name,
        fps=FPS,
        X=X,
        px=camera.project(X, K),
        counts=np.stack(counts, 1),
        pictures=numbered_pictures(
            folder_of(data, "") / "imageFiles" / name, "image_*.jpg", len(X)
        ),
    )


def _in_camera(path, found, world):
    """Joints of one person (n,72) in the world -> (n,14,3) in camera axes."""
    T = shaped(path, "cam_poses", found["cam_poses"], None, 4, 4)
    joints = shaped(path, "jointPositions", world, len(T), 72).reshape(-1, 24, 3)
    joints = joints @ np.swapaxes(T[:, :3, :3], -1, -2) + T[:, None, :3, 3]
    return metrics.limb_joints(joints, SMPL_JOINTS)
