"""MPI-INF-3DHP, its test set (Mehta et al. 2017): six sequences of one person, pictures and a MATLAB file.

    DIR/TS1 ... TS6, or DIR/mpi_inf_3dhp_test_set/TS1 ...
        imageSequence/img_000001.jpg ...    one for each frame
        annot_data.mat    version 7.3 (HDF5): annot2 (2,17,1,n) [px], annot3 and univ_annot3 (3,17,1,n) [mm],
                          valid_frame (1,n), activity_annotation (1,n), 1 to 7

Studio (TS1 to TS4) 25 frames per second, outdoors 60 (Mehta 2020, 3.3.1).
"""

import numpy as np

from .mpi_joints import MILLIMETRE, rows
from .sequence import DataMissing, Sequence, folder_of, mat_arrays, need, numbered_pictures, shaped

NAMES = [f"TS{number}" for number in range(1, 7)]
STUDIO = NAMES[:4]
ACTIVITIES = {  # activity_annotation -> the title in Mehta 2020, Table C.2
    1: "Stand/Walk", 2: "Exercise", 3: "Sit On Chair", 4: "Crouch/Reach", 5: "On the Floor",
    6: "Sports", 7: "Misc.",
}  # fmt: skip
SIZES = {"annot2": 2, "annot3": 3, "univ_annot3": 3}


def sequences(data):
    """Names of the sequences that lie in the folder; DataMissing where there is none."""
    folder = folder_of(data, "mpi_inf_3dhp_test_set", "")
    found = [name for name in NAMES if (folder / name / "annot_data.mat").exists()]
    if not found:
        raise DataMissing(
            f"{folder} holds no test sequence of MPI-INF-3DHP (TS1/annot_data.mat ...)"
        )
    return found


def read(data, name):
    """Sequence of one person; the frames that are marked as valid count."""
    folder = need(folder_of(data, "mpi_inf_3dhp_test_set", "") / name)
    path = folder / "annot_data.mat"
    found = mat_arrays(path, [*SIZES, "valid_frame", "activity_annotation"])
    valid = found["valid_frame"].ravel() > 0
    points = {
        field: rows(shaped(path, field, found[field], len(valid), 1, 17, size))
        for field, size in SIZES.items()
    }
    activity = shaped(path, "activity_annotation", found["activity_annotation"].ravel(), len(valid))
    return Sequence(
        name=name,
        fps=25.0 if name in STUDIO else 60.0,
        X=MILLIMETRE * points["annot3"],
        X_universal=MILLIMETRE * points["univ_annot3"],
        px=points["annot2"],
        counts=valid[:, None],
        activity=activity.astype(np.int64),
        pictures=numbered_pictures(folder / "imageSequence", "img_*.jpg", len(valid)),
    )
