"""Pickles of numbers, read without running anything that they name.

A pickle may call any function that it names. Here the few names that arrays of numpy need lead to small
classes of this file, which only note what they are given; every other name is refused. So no code of the
pickle, of numpy or of any other package runs on the file's wish, unlike with `numpy.load(allow_pickle=True)`.
What is read: None, numbers, texts, lists, tuples, dicts, arrays and scalars of numbers, up to protocol 4.
"""

import pickle
import re

import numpy as np

from .sequence import DataMissing, need

BROKEN = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    MemoryError, OverflowError, RecursionError,
)  # fmt: skip


def load(path):
    """The value in a pickle of Python 2 or 3; DataMissing for anything that is not plain numbers."""
    with open(need(path), "rb") as stream:
        try:
            return _plain(_Reader(stream, encoding="latin1").load())
        except BROKEN as error:
            raise DataMissing(f"{path} is no pickle of plain numbers: {error}") from error


class _Dtype:
    """Stands for numpy.dtype(kind, ...)."""

    def __init__(self, kind, *flags):
        self.kind, self.order = kind, "="

    def __setstate__(self, state):
        self.order = state[1]

    def real(self):
        """The dtype; ValueError for anything but numbers."""
        if not re.fullmatch(r"[biufc]\d{1,2}", self.kind):
            raise ValueError(f"an array of the kind {self.kind!r} is not expected")
        return np.dtype(self.kind).newbyteorder("=" if self.order == "|" else self.order)


class _Array:
    """Stands for an array that is made empty and then filled."""

    def __init__(self, *empty):
        self.state = None

    def __setstate__(self, state):
        self.state = state

    def real(self):
        _, shape, dtype, fortran, data = self.state
        order = "F" if fortran else "C"
        return np.frombuffer(_bytes(data), dtype.real()).reshape(shape, order=order)


class _Scalar:
    """Stands for one number of numpy."""

    def __init__(self, dtype, data):
        self.dtype, self.data = dtype, data

    def real(self):
        return np.frombuffer(_bytes(self.data), self.dtype.real())[0]


class _Encoded:
    """Stands for bytes that Python 3 wrote into an old pickle as text."""

    def __init__(self, text="", encoding="latin1"):
        self.text = text

    def real(self):
        return self.text.encode("latin1")


STAND_INS = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    ("_codecs", "encode"): _Encoded,
    ("__builtin__", "bytes"): _Encoded,  # none at all
    **{
        (f"numpy.{core}.multiarray", name): stand_in
        for core in ("core", "_core")
        for name, stand_in in (("_reconstruct", _Array), ("scalar", _Scalar))
    },
}


class _Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) not in STAND_INS:
            raise pickle.UnpicklingError(f"it names {module}.{name}")
        return STAND_INS[module, name]


def _bytes(data):
    """Raw bytes; Python 2 wrote them as text."""
    if isinstance(data, _Encoded):
        return data.real()
    return data.encode("latin1") if isinstance(data, str) else data


def _plain(value):
    """The value with all stand-ins replaced."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, (_Array, _Scalar, _Encoded)):
        return value.real()
    if isinstance(value, (type(None), bool, int, float, complex, str, bytes)):
        return value
    raise ValueError(f"a value of the kind {type(value).__name__.strip('_')} is not expected")
