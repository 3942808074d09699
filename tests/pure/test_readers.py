"""Readers of data sets on small files of the same formats; what the files say is known."""

import numpy as np
import pytest
import small_datasets as small
from monorig.bench import metrics
from monorig.bench.readers import h36m, mot, mpi_inf_3dhp, mupots, sequence
from monorig.bench.readers.sequence import DataMissing


@pytest.fixture
def scipy_io():
    return pytest.importorskip("scipy.io", reason="scipy is not installed (run.py bench)")


@pytest.fixture
def h5py():
    return pytest.importorskip("h5py", reason="h5py is not installed (run.py bench)")


@pytest.fixture
def X(rng):
    return small.people(rng)


@pytest.fixture
def valid():
    flags = np.ones((small.FRAMES, 2), bool)
    flags[2, 1] = False
    return flags


def test_mupots(tmp_path, scipy_io, X, valid):
    occluded = np.zeros((*valid.shape, 15), bool)
    occluded[3, 0, metrics.PUBLISHED.index("wrist_l")] = True
    small.write_mupots(tmp_path, scipy_io.savemat, X, valid, occluded)
    assert mupots.sequences(tmp_path) == ["TS1"]
    found = mupots.read(tmp_path, "TS1")
    np.testing.assert_allclose(found.X[valid], X[valid])
    np.testing.assert_allclose(found.X_universal[valid], X[valid] / 2)
    np.testing.assert_allclose(found.px[valid], small.px(X)[valid])
    assert np.isnan(found.X[~valid]).all()
    np.testing.assert_array_equal(found.counts, valid)
    np.testing.assert_array_equal(found.occluded, occluded)
    assert [path.name for path in found.pictures[:2]] == ["img_000000.jpg", "img_000001.jpg"]
    assert found.fps == 30


def test_mupots_in_the_folder_of_its_archive(tmp_path, scipy_io, X, valid):
    inside = tmp_path / "MultiPersonTestSet"
    small.write_mupots(inside, scipy_io.savemat, X, valid, np.zeros((*valid.shape, 15), bool))
    assert len(mupots.read(tmp_path, "TS1").X) == len(X)


def without(variables, name):
    return {key: value for key, value in variables.items() if key != name}


def test_mupots_of_another_version(tmp_path, scipy_io, X, valid):
    small.write_mupots(tmp_path, scipy_io.savemat, X, valid, np.zeros((*valid.shape, 15), bool))
    path = tmp_path / "TS1" / "annot.mat"
    lines = small.mupots_annotations(X, valid)
    lacking = [[without(cell, "univ_annot3") for cell in line] for line in lines]
    shorter = [[{**cell, "annot3": cell["annot3"][:, :15]} for cell in line] for line in lines]
    for wrong, words in (
        ({"annotations": small.cells(lacking)}, "no field univ_annot3"),
        ({"annotations": small.cells(shorter)}, "annot3 is 3 x 15, where 3 x 17"),
        ({"annot3": X}, "no variable annotations"),
    ):
        scipy_io.savemat(path, wrong)
        with pytest.raises(DataMissing, match=words):
            mupots.read(tmp_path, "TS1")
    path.write_bytes(b"no MATLAB file at all" * 20)
    with pytest.raises(DataMissing, match="cannot be read as a MATLAB file"):
        mupots.read(tmp_path, "TS1")


def test_fewer_pictures_than_frames(tmp_path, scipy_io, X, valid):
    small.write_mupots(tmp_path, scipy_io.savemat, X, valid, np.zeros((*valid.shape, 15), bool))
    (tmp_path / "TS1" / "img_000003.jpg").unlink()
    with pytest.raises(DataMissing, match="holds 5 pictures, and 6 frames are annotated"):
        mupots.read(tmp_path, "TS1")


@pytest.fixture
def write_3dhp(tmp_path, X):
    """write_3dhp(write): TS5 of one person; the second frame does not count."""
    valid, activity = np.arange(small.FRAMES) != 1, np.array([1, 1, 5, 5, 7, 7])
    variables = small.mpi_inf_3dhp_variables(X[:, :1], valid, activity)
    small.write_pictures(tmp_path / "TS5" / "imageSequence", "img_%06d.jpg", small.FRAMES, first=1)

    def write(write_file, **changes):
        kept = {k: v for k, v in {**variables, **changes}.items() if v is not None}
        write_file(tmp_path / "TS5" / "annot_data.mat", kept)
        return tmp_path

    return write


def check_3dhp(found, X):
    np.testing.assert_allclose(found.X, X[:, :1])
    np.testing.assert_allclose(found.X_universal, X[:, :1] / 2)
    np.testing.assert_allclose(found.px, small.px(X[:, :1]))
    np.testing.assert_array_equal(found.counts[:, 0], [1, 0, 1, 1, 1, 1])
    np.testing.assert_array_equal(found.activity, [1, 1, 5, 5, 7, 7])
    assert found.fps == 60 and found.pictures[0].name == "img_000001.jpg"


def test_mpi_inf_3dhp(h5py, write_3dhp, X):
    data = write_3dhp(lambda path, variables: small.write_hdf5(path, h5py, variables))
    assert mpi_inf_3dhp.sequences(data) == ["TS5"]
    check_3dhp(mpi_inf_3dhp.read(data, "TS5"), X)


def test_mpi_inf_3dhp_saved_by_an_older_matlab(scipy_io, write_3dhp, X):
    def write(path, variables):
        scipy_io.savemat(path, {name: values.T for name, values in variables.items()})

    check_3dhp(mpi_inf_3dhp.read(write_3dhp(write), "TS5"), X)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"univ_annot3": None}, "no variable univ_annot3"),
        ({"annot3": np.zeros((6, 1, 28, 3))}, "annot3 is 6 x 1 x 28 x 3, where 6 x 1 x 17 x 3"),
        ({"valid_frame": np.ones((7, 1))}, "where 7 x 1 x 17"),
    ],
)
def test_mpi_inf_3dhp_of_another_version(h5py, write_3dhp, changes, words):
    data = write_3dhp(lambda path, variables: small.write_hdf5(path, h5py, variables), **changes)
    with pytest.raises(DataMissing, match=words):
        mpi_inf_3dhp.read(data, "TS5")


def test_a_broken_matlab_file(h5py, write_3dhp):
    data = write_3dhp(lambda path, _: path.write_bytes(b"\x89HDF and nothing more"))
    with pytest.raises(DataMissing, match="cannot be read as a MATLAB file"):
        mpi_inf_3dhp.read(data, "TS5")


def h36m_folder(folder, name="Sitting 1.54138969"):
    for part in ("S9/Videos", "S9/MyPoseFeatures/D3_Positions_mono"):
        (folder / part).mkdir(parents=True)
    (folder / "S9/Videos" / f"{name}.mp4").write_bytes(b"")
    return folder / "S9/MyPoseFeatures/D3_Positions_mono" / f"{name}.cdf"


def test_h36m_from_matlab(tmp_path, scipy_io, X):
    path = h36m_folder(tmp_path)
    pose = small.as_h36m(X[:, 0])
    for data in (pose, small.cells([[pose]])):
        scipy_io.savemat(f"{path}.mat", {"data": data})
        assert h36m.sequences(tmp_path) == ["S9/Sitting 1.54138969"]
        found = h36m.read(tmp_path, "S9/Sitting 1.54138969")
        np.testing.assert_allclose(found.X, X[:, :1])
        assert found.counts.all() and found.fps == 50 and found.px is None


def test_h36m_from_cdf(tmp_path, X):
    cdfwrite = pytest.importorskip(
        "cdflib.cdfwrite", reason="cdflib is not installed (run.py bench)"
    )
    path = h36m_folder(tmp_path)
    pose = small.as_h36m(X[:, 0]).astype(np.float32)
    file = cdfwrite.CDF(path)
    spec = {
        "Variable": "Pose",
        "Data_Type": 44,
        "Num_Elements": 1,
        "Rec_Vary": True,
        "Dim_Sizes": list(pose.shape),
    }
    file.write_var(spec, var_data=pose[None])
    file.close()
    np.testing.assert_allclose(h36m.read(tmp_path, "S9/Sitting 1.54138969").X, X[:, :1], atol=1e-5)
    path.write_bytes(b"nothing")
    with pytest.raises(DataMissing, match="cannot be read as a CDF file"):
        h36m.read(tmp_path, "S9/Sitting 1.54138969")


def test_h36m_of_another_version(tmp_path, scipy_io, X):
    path = h36m_folder(tmp_path)
    scipy_io.savemat(f"{path}.mat", {"data": small.as_h36m(X[:, 0])[:, :51]})
    with pytest.raises(DataMissing, match="Pose is 6 x 51, where n x 96"):
        h36m.read(tmp_path, "S9/Sitting 1.54138969")


def test_actions_have_the_titles_of_the_published_table():
    assert h36m.action("S9/SittingDown.58860488") == "Sit Down"
    assert h36m.action("TakingPhoto 1.54138969") == h36m.action("Photo.54138969") == "Take Photo"
    assert h36m.action("_ALL 1.54138969") is None


def test_tracks_and_detections(tmp_path):
    path = tmp_path / "gt.txt"
    path.write_text(
        "1,1,11,21,30,40,1,4.5,5.5,0\n1,2,1,1,5,5,0,0,0,0\n2,1,12,21,30,40,1,4.5,5.5,0\n"
    )
    found = mot.tracks(path)
    assert set(found) == {0, 1} and set(found[0]) == {1}
    np.testing.assert_array_equal(found[0][1], [10, 20, 40, 60])
    boxes, confidence = mot.detections(path)[0]
    assert boxes.shape == (2, 4) and list(confidence) == [1, 0]


def test_of_nine_columns_only_pedestrians_count(tmp_path):
    path = tmp_path / "gt.txt"
    path.write_text("1,1,11,21,30,40,1,1,0.9\n1,2,1,1,5,5,1,7,1.0\n")
    assert set(mot.tracks(path)[0]) == {1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,1,2,2\n", "has 4 columns"),
        ("frame,id\n", "is no table of boxes"),
        ("1,5,1,1,2,2,1,0,0,0\n1,5,9,9,2,2,1,0,0,0\n", "identity 5 is twice in frame 1"),
    ],
)
def test_no_tracks(tmp_path, text, words):
    (tmp_path / "gt.txt").write_text(text)
    with pytest.raises(DataMissing, match=words):
        mot.tracks(tmp_path / "gt.txt")


@pytest.mark.material
def test_real_tracks(material):
    found = mot.tracks(material / "media/mot15/TUD-Stadtmitte/gt.txt")
    assert len(found) == 179 and len({i for people in found.values() for i in people}) == 10


@pytest.mark.parametrize("reader", [mupots, mpi_inf_3dhp, h36m])
def test_what_is_not_there_is_said_in_one_sentence(tmp_path, reader):
    for data in (None, tmp_path, tmp_path / "nowhere"):
        with pytest.raises(DataMissing) as said:
            reader.sequences(data)
        assert "\n" not in str(said.value)


def test_a_package_that_is_not_installed_is_named():
    with pytest.raises(DataMissing, match="no_such_package is not installed"):
        sequence.extra("no_such_package")
