"""Small folders in the formats of published data sets, with people whose places are known."""

import cv2
import numpy as np
from monorig.bench.metrics import PUBLISHED
from monorig.bench.readers import h36m, mpi_joints, threedpw

K = np.array([[500.0, 0, 160], [0, 500, 120], [0, 0, 1]])
FRAMES = 6


def people(rng, frames=FRAMES, count=2):
    """X (T,P,15,3) [m], camera axes, rows of PUBLISHED: people side by side, each about 1.7 m tall."""
    rows = dict.fromkeys(PUBLISHED, (0.0, 0.0))
    for side, sign in (("l", 1), ("r", -1)):
        for name, x, y in (
            ("hip", 0.1, 0), ("knee", 0.11, 0.45), ("ankle", 0.12, 0.88),
            ("shoulder", 0.2, -0.5), ("elbow", 0.4, -0.4), ("wrist", 0.6, -0.45),
        ):  # fmt: skip
            rows[f"{name}_{side}"] = (sign * x, y)
    rows["neck"], rows["head_top"] = (0, -0.5), (0, -0.78)
    X = np.zeros((frames, count, len(PUBLISHED), 3))
    X[..., :2] = np.array([rows[name] for name in PUBLISHED])
    X[..., 2] = 5 + rng.normal(0, 0.05, X.shape[2])
    X[..., 0] += 1.5 * np.arange(count)[:, None] - 0.7
    return X + 0.01 * np.arange(frames)[:, None, None, None]


def px(X):
    """Pixels of points in camera axes."""
    return (X @ K.T)[..., :2] / X[..., 2:]


def spread(values, joints, num_joints):
    """(...,15,n) -> (...,num_joints,n): rows of PUBLISHED put where {name: column} says; 0 elsewhere."""
    result = np.zeros((*values.shape[:-2], num_joints, values.shape[-1]))
    result[..., [joints[name] for name in PUBLISHED], :] = values
    return result


def as_mpi(values):
    """(...,15,n) -> (...,17,n) in the order of MPI-INF-3DHP."""
    return spread(values, {name: j for j, name in enumerate(mpi_joints.JOINTS)}, 17)


def write_pictures(folder, pattern, count, first=0):
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        image = np.full((48, 64, 3), 20 * index, np.uint8)
        cv2.imwrite(str(folder / (pattern % (first + index))), image)


def cells(values):
    """(T,P) nested lists -> array of objects, a MATLAB cell."""
    result = np.empty((len(values), len(values[0])), object)
    for t, line in enumerate(values):
        for p, value in enumerate(line):
            result[t, p] = value
    return result


def mupots_annotations(X, valid):
    """Variable `annotations` of annot.mat: millimetres, the universal skeleton half as large."""
    structs = [
        [
            {
                "annot2": as_mpi(px(x)).T,
                "annot3": 1000 * as_mpi(x).T,
                "univ_annot3": 500 * as_mpi(x).T,
                "isValidFrame": float(ok),
            }
            for x, ok in zip(line, flags)
        ]
        for line, flags in zip(X, valid)
    ]
    return cells(structs)


def write_mupots(folder, savemat, X, valid, occluded):
    """One sequence TS1; occluded (T,P,15) bool."""
    write_pictures(folder / "TS1", "img_%06d.jpg", len(X))
    savemat(folder / "TS1" / "annot.mat", {"annotations": mupots_annotations(X, valid)})
    labels = as_mpi(occluded[..., None].astype(float))[..., 0]
    labels = cells([[label[None] for label in line] for line in labels])
    savemat(folder / "TS1" / "occlusion.mat", {"occlusion_labels": labels})


def mpi_inf_3dhp_variables(X, valid, activity):
    """Variables of annot_data.mat as HDF5 has them: MATLAB's axes reversed."""
    return {
        "annot2": as_mpi(px(X)),
        "annot3": 1000 * as_mpi(X),
        "univ_annot3": 500 * as_mpi(X),
        "valid_frame": valid[:, None].astype(float),
        "activity_annotation": activity[:, None].astype(float),
    }


def write_hdf5(path, h5py, variables):
    """As MATLAB 7.3: 512 bytes of its own, then HDF5."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in variables.items():
            file[name] = values
    with open(path, "r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file".ljust(116))


def as_h36m(X):
    """(T,15,3) [m] -> (T,96) [mm]."""
    return 1000 * spread(X, h36m.JOINTS, h36m.NUM_JOINTS).reshape(len(X), -1)


def threedpw_values(X, T_camera_world, valid):
    """What a .pkl of 3DPW holds; X (T,P,15,3) in camera axes."""
    joints = {name: j for j, name in enumerate(threedpw.SMPL_JOINTS)} | {"head_top": 15}
    R, t = T_camera_world[:, None, None, :3, :3], T_camera_world[:, None, None, :3, 3]
    world = np.einsum("...ji,...j->...i", R, spread(X, joints, 24) - t)
    return {
        "sequence": "walk_00",
        "genders": ["m", "f"],
        "betas": [np.zeros(10), np.zeros(10)],
        "jointPositions": [world[:, p].reshape(len(X), 72) for p in range(X.shape[1])],
        "cam_poses": T_camera_world,
        "cam_intrinsics": K,
        "campose_valid": [valid[:, p].astype(np.uint8) for p in range(X.shape[1])],
    }
