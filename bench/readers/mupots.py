"""MuPoTS-3D (Mehta et al. 2018): 20 sequences of two or three people, pictures and MATLAB files.

    DIR/TS1 ... TS20, or DIR/MultiPersonTestSet/TS1 ...
        img_000000.jpg ...     one for each frame
        annot.mat              annotations: cell (frames, people) of structs with annot2 (2,17) [px],
                               annot3 and univ_annot3 (3,17) [mm], isValidFrame
        occlusion.mat          occlusion_labels: cell (frames, people) of (1,17), 1 = occluded

Indoors 30 frames per second (TS1 to TS5), outdoors 60 (Mehta 2020, 3.3.2).
"""

import numpy as np

from .mpi_joints import MILLIMETRE, rows
from .sequence import DataMissing, Sequence, folder_of, mat_cells, need, numbered_pictures, shaped

NAMES = [f"TS{number}" for number in range(1, 21)]
INDOORS = NAMES[:5]
FIELDS = {"annot2": 2, "annot3": 3, "univ_annot3": 3}


def sequences(data):
    """Names of the sequences that lie in the folder; DataMissing where there is none."""
    folder = folder_of(data, "MultiPersonTestSet", "")
    found = [name for name in NAMES if (folder / name / "annot.mat").exists()]
    if not found:
        raise DataMissing(f"{folder} holds no sequence of MuPoTS-3D (TS1/annot.mat ...)")
    return found


def read(data, name):
    """Sequence; everybody whose frame is marked as valid counts."""
    folder = need(folder_of(data, "MultiPersonTestSet", "") / name)
    path = folder / "annot.mat"
    cells = mat_cells(path, ["annotations"])["annotations"]
    arrays = {field: _stacked(path, cells, field, size) for field, size in FIELDS.items()}
    valid = np.array([[_valid(path, cell) for cell in line] for line in cells])
    for array in arrays.values():
        array[~valid] = np.nan
    return Sequence(
        name=name,
        fps=30.0 if name in INDOORS else 60.0,
        X=MILLIMETRE * rows(arrays["annot3"]),
        X_universal=MILLIMETRE * rows(arrays["univ_annot3"]),
        px=rows(arrays["annot2"]),
        counts=valid,
        occluded=_occluded(folder / "occlusion.mat", valid.shape),
        pictures=numbered_pictures(folder, "img_*.jpg", len(cells)),
    )


def _stacked(path, cells, field, size):
    """Field (size,17) of all cells (T,P) -> (T,P,17,size)."""
    stacked = [
        [shaped(path, field, _field(path, cell, field), size, 17).T for cell in line]
        for line in cells
    ]
    return np.array(stacked, float)


def _valid(path, cell):
    return bool(np.any(_field(path, cell, "isValidFrame")))


def _field(path, cell, field):
    """A struct is an array (1,1) with named fields."""
    if not (cell.dtype.names and field in cell.dtype.names and cell.size == 1):
        raise DataMissing(f"{path} has no field {field}: it is another version of this file")
    return cell[field].flat[0]


def _occluded(path, shape):
    """(T,P,15) bool from the cells of occlusion.mat."""
    cells = mat_cells(path, ["occlusion_labels"])["occlusion_labels"]
    shaped(path, "occlusion_labels", cells, *shape)
    labels = [[shaped(path, "a cell", cell, 1, 17)[0] for cell in line] for line in cells]
    return rows(np.array(labels, float)[..., None])[..., 0] > 0
