"""3DPW and its pickles: numbers are read as they are, and nothing that a pickle names is run."""

import pickle

import numpy as np
import pytest
import small_datasets as small
from monorig.bench import metrics
from monorig.bench.readers import safe_pickle, threedpw
from monorig.bench.readers.sequence import DataMissing


@pytest.fixture
def load(tmp_path):
    """load(value or bytes, protocol): what safe_pickle reads of it."""

    def through_a_file(value, protocol=2):
        path = tmp_path / "file.pkl"
        path.write_bytes(value if isinstance(value, bytes) else pickle.dumps(value, protocol))
        return safe_pickle.load(path)

    return through_a_file


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_numbers_come_out_as_they_went_in(load, rng, protocol):
    value = {
        "X": rng.normal(size=(3, 4)),
        "columns first": np.asfortranarray(rng.normal(size=(3, 4))),
        "whole": np.arange(5, dtype=np.int32),
        "big endian": np.arange(4, dtype=">f8"),
        "flags": np.array([True, False]),
        "list": [np.zeros((0, 2)), None, 1.5, "text", (1, 2)],
        "number": np.float64(2.5),
    }
    found = load(value, protocol)
    assert list(found) == list(value)
    for name in ("X", "columns first", "whole", "big endian", "flags"):
        np.testing.assert_array_equal(found[name], value[name])
        assert found[name].shape == value[name].shape
    assert found["list"][1:] == value["list"][1:] and found["list"][0].shape == (0, 2)
    assert found["number"] == 2.5


def test_an_array_that_python_2_wrote(load):
    """Protocol 2 with raw bytes as a text of Python 2 (opcode U)."""
    numbers = np.array([[1.0, -2.0]])
    raw = numbers.tobytes()
    written = (
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x01K\x02\x86cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
        b"U" + bytes([len(raw)]) + raw + b"tb."
    )
    np.testing.assert_array_equal(load(written), numbers)


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "name", ["print", "os.system", "numpy.load", "numpy.core.multiarray.fromfile"]
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_that_a_pickle_names_is_run(load, capsys, name, protocol):
    import os

    functions = {"print": print, "os.system": os.system, "numpy.load": np.load}
    function = functions.get(name, np.fromfile)
    with pytest.raises(DataMissing, match="it names"):
        load({"X": Call(function, "echo this was run")}, protocol)
    assert "this was run" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "value",
    [
        np.array([None, 1], object),
        np.zeros(2, [("a", float)]),
        np.array(["text"]),
        Call(np.dtype, "O"),
    ],
    ids=["objects", "records", "texts", "a kind"],
)
def test_arrays_of_anything_but_numbers_are_refused(load, value):
    with pytest.raises(DataMissing, match="no pickle of plain numbers"):
        load({"X": value})


@pytest.mark.parametrize("cut", [0, 1, 20, 60, -1])
def test_a_broken_pickle(load, cut):
    with pytest.raises(DataMissing, match="no pickle of plain numbers"):
        load(pickle.dumps({"X": np.zeros((3, 4))}, 2)[:cut])


def test_an_array_that_is_shorter_than_it_says(load):
    written = pickle.dumps(np.arange(4.0), 2)
    with pytest.raises(DataMissing, match="no pickle of plain numbers"):
        load(written.replace(b"K\x04\x85", b"K\x05\x85"))


@pytest.fixture
def write_3dpw(tmp_path, rng):
    """write_3dpw(**changes): folder of one sequence of two people, and their truth in camera axes."""
    X = small.people(rng)
    T = np.tile(np.eye(4), (len(X), 1, 1))
    angle = 0.1 * np.arange(len(X))
    T[:, 0, 0] = T[:, 2, 2] = np.cos(angle)
    T[:, 0, 2], T[:, 2, 0], T[:, 0, 3] = np.sin(angle), -np.sin(angle), angle
    valid = np.ones(X.shape[:2], bool)
    valid[2, 1] = False
    small.write_pictures(tmp_path / "imageFiles" / "walk_00", "image_%05d.jpg", len(X))
    (tmp_path / threedpw.SPLIT).mkdir(parents=True)

    def write(**changes):
        values = {**small.threedpw_values(X, T, valid), **changes}
        values = {key: value for key, value in values.items() if value is not None}
        (tmp_path / threedpw.SPLIT / "walk_00.pkl").write_bytes(pickle.dumps(values, 2))
        return tmp_path, X, valid

    return write


def test_3dpw(write_3dpw):
    data, X, valid = write_3dpw()
    assert threedpw.sequences(data) == ["walk_00"]
    found = threedpw.read(data, "walk_00")
    for person in range(2):
        expected = metrics.limb_joints(X[:, person], metrics.PUBLISHED)
        np.testing.assert_allclose(found.X[:, person], expected, atol=1e-9)
        np.testing.assert_allclose(found.px[:, person], small.px(expected), atol=1e-6)
    np.testing.assert_array_equal(found.counts, valid)
    assert found.fps == 30 and found.pictures[0].name == "image_00000.jpg"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cam_poses": None}, "has no cam_poses"),
        ({"jointPositions": [np.zeros((6, 66))] * 2}, "jointPositions is 6 x 66, where 6 x 72"),
        ({"cam_intrinsics": np.zeros(4)}, "cam_intrinsics is 4, where 3 x 3"),
        ({"campose_valid": [np.ones(6)]}, "campose_valid is 1 x 6, where 2 x 6"),
    ],
)
def test_3dpw_of_another_version(write_3dpw, changes, words):
    data, _, _ = write_3dpw(**changes)
    with pytest.raises(DataMissing, match=words):
        threedpw.read(data, "walk_00")


def test_3dpw_that_is_not_there(tmp_path):
    for data in (None, tmp_path):
        with pytest.raises(DataMissing):
            threedpw.sequences(data)
