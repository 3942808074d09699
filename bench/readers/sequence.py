"""What every reader of a data set returns, and how MATLAB files are opened.

A reader is a module with `sequences(data)` -> names of what lies in the user's folder, and
`read(data, name)` -> Sequence. Both raise DataMissing with one sentence: a file is not there, is of another
version, or lacks a variable.
"""

import importlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HDF5, HDF5_WITHIN = b"\x89HDF", 516  # [bytes] MATLAB puts 512 of its own before it


class DataMissing(Exception):
    """One sentence why something of a data set cannot be used."""


@dataclass(frozen=True)
class Sequence:
    """One video with truth; T frames, P annotated people, J rows of `metrics.PUBLISHED` or `metrics.JOINTS`.

    Camera axes: x right, y down, z away (OpenCV). Absent: NaN.
    """

    name: str
    fps: float
    X: np.ndarray  # (T,P,J,3) [m] as recorded
    counts: np.ndarray  # (T,P) bool: to be scored
    clip: Path | None = None  # the video file, or
    pictures: tuple = ()  # its pictures, one for each frame
    px: np.ndarray | None = None  # (T,P,J,2); None = there is one person only
    X_universal: np.ndarray | None = None  # X of the universal skeleton, everybody of one size
    occluded: np.ndarray | None = None  # (T,P,J) bool
    activity: np.ndarray | None = None  # (T,) int


def need(path):
    """The path; DataMissing where nothing is there."""
    path = Path(path)
    if not path.exists():
        raise DataMissing(f"{path} is not there")
    return path


def folder_of(data, *names):
    """The first of the folders `names` inside `data` that is there, "" for `data` itself."""
    if not data:
        raise DataMissing("no folder of the data set was named (--data DIR)")
    for name in names:
        if Path(data, name).is_dir():
            return Path(data, name)
    raise DataMissing(f"{Path(data, names[0])} is not there")


def numbered_pictures(folder, pattern, count):
    """The first `count` pictures of a folder, by name; DataMissing where it holds fewer."""
    found = tuple(sorted(need(folder).glob(pattern)))
    if len(found) < count:
        raise DataMissing(f"{folder} holds {len(found)} pictures, and {count} frames are annotated")
    return found[:count]


def mat_arrays(path, names):
    """Numeric variables of a MATLAB file -> arrays with MATLAB's axes reversed (frames first).

    Versions up to 7.2 are read by scipy, 7.3 (HDF5) by h5py: optional extras.
    """
    with open(need(path), "rb") as stream:
        is_hdf5 = HDF5 in stream.read(HDF5_WITHIN)
    try:
        found = (
            _hdf5(path, names) if is_hdf5 else {n: a.T for n, a in mat_cells(path, names).items()}
        )
    except (OSError, ValueError, TypeError) as error:
        raise DataMissing(f"{path} cannot be read as a MATLAB file: {error}") from error
    for name, array in found.items():
        if array.dtype.kind not in "biuf":
            raise DataMissing(
                f"{path}: {name} is not an array of numbers, as it is in the data set"
            )
    return found


def mat_cells(path, names):
    """Variables of a MATLAB file up to version 7.2 as scipy gives them; cells are arrays of objects."""
    loadmat = extra("scipy.io").loadmat
    try:
        found = loadmat(need(path), variable_names=names)
    except (ValueError, TypeError, KeyError, OSError, NotImplementedError) as error:
        raise DataMissing(
            f"{path} cannot be read as a MATLAB file up to version 7.2: {error}"
        ) from error
    _complete(path, names, found)
    return {name: found[name] for name in names}


def _hdf5(path, names):
    with extra("h5py").File(path, "r") as file:
        _complete(path, names, file)
        return {name: np.asarray(file[name]) for name in names}


def _complete(path, names, found):
    for name in names:
        if name not in found:
            raise DataMissing(f"{path} has no variable {name}: it is another version of this file")


def extra(module):
    """An optional package; DataMissing where it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as missing:
        raise DataMissing(
            f"the package {missing.name} is not installed, which reads this"
        ) from missing


def shaped(path, name, array, *shape):
    """The array; DataMissing where its shape is another (None = any)."""
    array = np.asarray(array)
    fits = array.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, array.shape))
    if not fits:
        wanted = " x ".join("n" if n is None else str(n) for n in shape)
        found = " x ".join(map(str, array.shape)) or "one number"
        raise DataMissing(f"{path}: {name} is {found}, where {wanted} is expected")
    return array
