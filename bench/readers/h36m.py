"""Human3.6M (Ionescu et al. 2014): the test subjects S9 and S11, four cameras, one person.

    DIR/S9, DIR/S11
        Videos/Directions 1.54138969.mp4 ...                            action, camera; 50 frames per second
        MyPoseFeatures/D3_Positions_mono/Directions 1.54138969.cdf      Pose (1,n,96) [mm], camera axes
        (or Poses_D3_Positions_mono/...; and .cdf.mat, its conversion to MATLAB: `data`, a cell or an array)

`.cdf` needs the package cdflib, `.cdf.mat` scipy. Two common repackagings cannot be used: the .npz files of
2D-to-3D projects hold pickled objects, and the annot.h5 files of picture sets keep every 64th frame
of these subjects, which is no video.
"""

import re

import numpy as np

from .. import metrics
from .mpi_joints import MILLIMETRE
from .sequence import DataMissing, Sequence, extra, folder_of, mat_cells, need, shaped

FPS = 50.0
SUBJECTS = ("S9", "S11")
POSES = ("MyPoseFeatures/D3_Positions_mono", "Poses_D3_Positions_mono")
ENDINGS = (".cdf.mat", ".cdf")
NUM_JOINTS = 32
JOINTS = {  # of the 32: those that are joints of ours; the neck is their Thorax, the top of the head Site-head
    "pelvis": 0, "hip_r": 1, "knee_r": 2, "ankle_r": 3, "hip_l": 6, "knee_l": 7, "ankle_l": 8,
    "neck": 13, "head_top": 15, "shoulder_l": 17, "elbow_l": 18, "wrist_l": 19,
    "shoulder_r": 25, "elbow_r": 26, "wrist_r": 27,
}  # fmt: skip
ACTIONS = {  # file name -> title in Mehta 2020, Table 6.6
    "Directions": "Direct", "Discussion": "Discuss", "Eating": "Eating", "Greeting": "Greet",
    "Phoning": "Phone", "Posing": "Posing", "Purchases": "Purch.", "Sitting": "Sitting",
    "SittingDown": "Sit Down", "Smoking": "Smoke", "Photo": "Take Photo", "TakingPhoto": "Take Photo",
    "Waiting": "Wait", "Walking": "Walk", "WalkingDog": "Walk Dog", "WalkDog": "Walk Dog",
    "WalkTogether": "Walk Pair",
}  # fmt: skip


def sequences(data):
    """Names like "S9/Directions 1.54138969" of the videos of known actions that have poses."""
    found = [
        f"{subject}/{path.stem}"
        for subject in SUBJECTS
        for path in sorted(folder_of(data, "").glob(f"{subject}/Videos/*.mp4"))
        if action(path.stem) and _poses(data, subject, path.stem)
    ]
    if not found:
        raise DataMissing(
            f"{data} holds no video of Human3.6M with its poses (S9/Videos, S9/{POSES[0]})"
        )
    return found


def action(name):
    """ "S9/Sitting 1.54138969" -> "Sitting", its title in the published table; None = not an action of it."""
    word = re.match(r"[A-Za-z]+", name.rpartition("/")[2])
    return ACTIONS.get(word[0]) if word else None


def read(data, name):
    """Sequence of one person; every frame counts."""
    subject, _, stem = name.partition("/")
    path = _poses(data, subject, stem)
    if path is None:
        raise DataMissing(f"there are no poses of {name} in {data}")
    pose = _mat_pose(path) if path.suffix == ".mat" else _cdf_pose(path)
    X = MILLIMETRE * shaped(path, "Pose", pose, None, 3 * NUM_JOINTS).reshape(-1, 1, NUM_JOINTS, 3)
    return Sequence(
        name=name,
        fps=FPS,
        X=X[:, :, [JOINTS[joint] for joint in metrics.PUBLISHED]],
        counts=np.ones((len(X), 1), bool),
        clip=need(folder_of(data, "") / subject / "Videos" / f"{stem}.mp4"),
    )


def _poses(data, subject, stem):
    """The file of poses of a video, None where there is none."""
    for folder in POSES:
        for ending in ENDINGS:
            path = folder_of(data, "") / subject / folder / (stem + ending)
            if path.exists():
                return path
    return None


def _mat_pose(path):
    """(n,96); the array itself, or the only cell around it."""
    data = mat_cells(path, ["data"])["data"]
    while data.dtype == object and data.size == 1:
        data = data.flat[0]
    return _numbers(path, data)


def _cdf_pose(path):
    cdflib = extra("cdflib")
    try:
        data = cdflib.CDF(path).varget("Pose")
    except (OSError, ValueError, TypeError, KeyError, EOFError) as error:
        raise DataMissing(f"{path} cannot be read as a CDF file with a Pose: {error}") from error
    return _numbers(path, data)


def _numbers(path, data):
    data = np.asarray(data)
    if data.dtype.kind not in "fiu":
        raise DataMissing(f"{path} holds no array of numbers, as it does in the data set")
    return data[0] if data.ndim == 3 else data
