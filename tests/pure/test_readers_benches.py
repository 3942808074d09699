"""The measurements on published data sets, on small folders and with answers that are known."""

import importlib
import pickle
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import small_datasets as small
from monorig.bench import datasets, h36m, metrics, mpi_inf_3dhp, mupots, published
from monorig.bench.readers.sequence import DataMissing, Sequence
from monorig.inference.keypoints import INDEX, KEYPOINTS
from monorig.inference.video import Video

threedpw = importlib.import_module("monorig.bench.3dpw")


def motion_of(X, frames=None):
    """What a capture would find of people X (T,P,15,3): all of PUBLISHED, the raw 3D without a head."""
    T, P = X.shape[:2]
    X_cam, px = (
        np.full((P, T, len(KEYPOINTS), 3), np.nan),
        np.full((P, T, len(KEYPOINTS), 2), np.nan),
    )
    columns = [INDEX[name] for name in metrics.PUBLISHED]
    X_cam[:, :, columns] = np.swapaxes(X, 0, 1)
    px[:, :, columns] = np.swapaxes(small.px(X), 0, 1)
    X_raw = X_cam.copy()
    X_raw[:, :, INDEX["head_top"]] = np.nan
    return SimpleNamespace(
        X_cam=X_cam, X_raw=X_raw, px=px, frame=np.arange(T) if frames is None else frames, keypoint_names=KEYPOINTS
    )  # fmt: skip


@pytest.fixture
def captures(monkeypatch):
    """captures(motion): every capture is replaced by this motion."""

    def replace(motion):
        monkeypatch.setattr(datasets, "captured", lambda sequence, title: "take")
        monkeypatch.setattr(datasets, "refit", lambda take, settings: (motion, True))

    return replace


@pytest.fixture
def savemat():
    return pytest.importorskip("scipy.io", reason="scipy is not installed (run.py bench)").savemat


def sequence_of(X, **more):
    return Sequence("one", 30.0, X, np.ones(X.shape[:2], bool), **more)


def answer_of(X):
    return datasets.Answer(np.swapaxes(X, 0, 1), np.swapaxes(small.px(X), 0, 1))


def test_a_person_half_as_large_is_right_at_the_true_size(rng):
    X = small.people(rng)
    sequence = sequence_of(X, px=small.px(X), X_universal=0.9 * X)
    found = datasets.Answer(0.5 * answer_of(X).X, answer_of(X).px)
    error = {
        r: metrics.mean(datasets.far(sequence, found, r))
        for r in (datasets.METRIC, datasets.SIZE, datasets.BONES)
    }
    assert error[datasets.METRIC] > 100
    assert error[datasets.SIZE] == pytest.approx(0, abs=1e-6)
    assert error[datasets.BONES] == pytest.approx(0, abs=1e-6)


def test_short_arms_are_right_with_the_true_bones_only(rng):
    Y = small.people(rng)
    X = Y.copy()
    for side in "lr":
        elbow, wrist = (metrics.PUBLISHED.index(f"{joint}_{side}") for joint in ("elbow", "wrist"))
        X[:, :, wrist] = Y[:, :, elbow] + 0.5 * (Y[:, :, wrist] - Y[:, :, elbow])
    sequence = sequence_of(Y, px=small.px(Y))
    found = datasets.Answer(answer_of(X).X, answer_of(Y).px)
    assert metrics.mean(datasets.far(sequence, found, datasets.SIZE)) > 5
    assert metrics.mean(datasets.far(sequence, found, datasets.BONES)) < 1e-6


def test_without_pixels_the_person_seen_longest_answers_and_others_fill_in(rng):
    X = small.people(rng)
    found = answer_of(X)
    found.X[0, 2:] = np.nan
    found.X[1, 0] = np.nan
    paired, _ = datasets.paired(sequence_of(X[:, :1]), found, datasets.METRIC)
    np.testing.assert_array_equal(paired[0, 0], X[0, 0])
    np.testing.assert_array_equal(paired[1:, 0], X[1:, 1])


def test_frames_that_were_not_captured_are_not_found(rng, captures):
    X = small.people(rng)
    captures(motion_of(X[:4], frames=np.arange(1, 5)))
    found = datasets.answers(sequence_of(X[:4], px=small.px(X)), "take")[datasets.TAKE]
    assert np.isnan(found.X[:, 0]).all()
    np.testing.assert_allclose(found.X[:, 1:], np.swapaxes(X[:3], 0, 1))


def rows_of(text, name):
    """Cells of the rows of the printed tables that begin with a name."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines()]
    return [cells[1:] for cells in lines if cells[0] == name]


def test_mupots_beside_published_rows(tmp_path, savemat, captures, capsys, rng):
    X = small.people(rng)
    valid = np.ones(X.shape[:2], bool)
    valid[5, 1] = False
    occluded = np.zeros((*valid.shape, 15), bool)
    occluded[:, 0, metrics.PUBLISHED.index("head_top")] = True
    small.write_mupots(tmp_path, savemat, X, valid, occluded)
    captures(motion_of(X[:, :1]))  # the second person is not found
    result = mupots.main(SimpleNamespace(data=tmp_path))
    ours = result[f"{datasets.TAKE}, {datasets.BONES}"]
    assert ours["all"] == pytest.approx(100 * 6 / 11) == ours["people matched"]
    assert ours["matched"] == 100 == ours["occluded"]
    assert ours["visible"] == pytest.approx(100 * 6 * 13 / (6 * 13 + 5 * 14))
    text = capsys.readouterr().out
    assert rows_of(text, "XNect")[0] == [f"{v:.1f}" for v in published.rows("mupots_all")["XNect"]]
    all_people = rows_of(text, f"{datasets.TAKE}, {datasets.BONES}")[0]
    assert all_people == ["54.5"] + ["-"] * 19 + ["54.5"]


def write_3dhp(folder, X, activity):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed (run.py bench)")
    valid = np.ones(len(X), bool)
    small.write_pictures(folder / "TS6" / "imageSequence", "img_%06d.jpg", len(X), first=1)
    variables = small.mpi_inf_3dhp_variables(X, valid, activity)
    small.write_hdf5(folder / "TS6" / "annot_data.mat", h5py, variables)


def test_mpi_inf_3dhp_by_activity(tmp_path, captures, capsys, rng):
    X = small.people(rng, count=1)
    write_3dhp(tmp_path, X, np.array([1, 1, 1, 5, 5, 5]))
    wrong = X.copy()
    wrong[4:, :, metrics.PUBLISHED.index("wrist_l"), 2] += 0.5
    captures(motion_of(wrong))
    result = mpi_inf_3dhp.main(SimpleNamespace(data=tmp_path))
    ours = result[f"{datasets.TAKE}, {datasets.METRIC}"]
    assert ours["Stand/Walk"] == 100 and "Sports" not in ours
    assert ours["On the Floor"] == pytest.approx(100 * (1 - 2 / 42))
    assert ours["MPJPE [mm]"] == pytest.approx(500 * 2 / 84)
    text = capsys.readouterr().out
    assert rows_of(text, "XNect, networks")[0][-4:] == ["82.8", "45.3", "98.4", "-"]
    assert rows_of(text, "XNect")[0][-1] == "82.8"


def test_h36m_by_action(tmp_path, savemat, captures, capsys, rng):
    X = small.people(rng, count=1)
    for part in ("S9/Videos", "S9/MyPoseFeatures/D3_Positions_mono"):
        (tmp_path / part).mkdir(parents=True)
    for name in ("Eating.54138969", "WalkTogether.54138969"):
        (tmp_path / "S9/Videos" / f"{name}.mp4").write_bytes(b"")
        pose = {"data": small.as_h36m(X[:, 0])}
        savemat(tmp_path / "S9/MyPoseFeatures/D3_Positions_mono" / f"{name}.cdf.mat", pose)
    wrong = X.copy()
    wrong[:, :, metrics.PUBLISHED.index("head_top"), 0] += 0.14
    captures(motion_of(wrong))
    result = h36m.main(SimpleNamespace(data=tmp_path))
    assert result[f"{datasets.TAKE}, {datasets.METRIC}"] == pytest.approx(10)
    assert result[f"{datasets.RAW}, {datasets.METRIC}"] == pytest.approx(0, abs=1e-6)
    text = capsys.readouterr().out
    mine = rows_of(text, f"{datasets.TAKE}, {datasets.METRIC}")[1]
    assert mine == ["-", "-", "10.0", *["-"] * 11, "10.0", "10.0"]
    assert rows_of(text, "XNect, networks")[0][-1] == "63.6"


def test_3dpw_beside_published_rows(tmp_path, captures, capsys, rng):
    X = small.people(rng)
    T = np.tile(np.eye(4), (len(X), 1, 1))
    valid = np.ones(X.shape[:2], bool)
    small.write_pictures(tmp_path / "imageFiles" / "walk_00", "image_%05d.jpg", len(X))
    (tmp_path / "sequenceFiles/test").mkdir(parents=True)
    values = small.threedpw_values(X, T, valid)
    (tmp_path / "sequenceFiles/test/walk_00.pkl").write_bytes(pickle.dumps(values, 2))
    larger = X * np.array([1, 1.1])[:, None, None]
    captures(motion_of(larger))
    ours = threedpw.main(SimpleNamespace(data=tmp_path))[f"{datasets.TAKE}, {datasets.METRIC}"]
    second = [metrics.limb_joints(points[:, 1], metrics.PUBLISHED) for points in (larger, X)]
    assert ours["MPJPE [mm]"] == pytest.approx(metrics.mpjpe(*second) / 2)
    assert ours["PA-MPJPE [mm]"] == pytest.approx(0, abs=1e-6)
    assert ours["people matched"] == 100
    assert rows_of(capsys.readouterr().out, "VIBE")[0][:2] == ["82.9", "51.9"]


@pytest.mark.parametrize("bench", [mupots, mpi_inf_3dhp, h36m, threedpw])
def test_without_data_one_sentence_is_said(tmp_path, capsys, bench):
    for data in (None, tmp_path):
        assert bench.main(SimpleNamespace(data=data)) == {}
        said = capsys.readouterr().out.strip()
        assert said.startswith(bench.TITLE) and said.endswith(".") and "\n" not in said


def test_a_sequence_that_cannot_be_read_is_left_out_and_the_rest_runs(
    tmp_path, savemat, captures, capsys, rng
):
    X = small.people(rng)
    valid = np.ones(X.shape[:2], bool)
    small.write_mupots(tmp_path, savemat, X, valid, np.zeros((*valid.shape, 15), bool))
    (tmp_path / "TS2").mkdir()
    (tmp_path / "TS2" / "annot.mat").write_bytes(b"broken" * 100)
    captures(motion_of(X))
    result = mupots.main(SimpleNamespace(data=tmp_path))
    assert result[f"{datasets.TAKE}, {datasets.METRIC}"]["all"] == 100
    assert "MuPoTS-3D, TS2, is left out" in capsys.readouterr().out


def test_pictures_are_packed_as_they_are(tmp_path):
    small.write_pictures(tmp_path / "in", "img_%06d.jpg", 5)
    pictures = sorted((tmp_path / "in").glob("*.jpg"))
    clip = datasets.pack(pictures, 25.0, tmp_path / "clip.mkv")
    video = Video(clip)
    read = list(video.pictures())
    video.close()
    assert [p.time_s for p in read] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
    assert video.fps == 25
    for picture, path in zip(read, pictures, strict=True):
        assert np.abs(picture.image.astype(int) - cv2.imread(str(path))).max() <= 2
    again = datasets.pack(pictures, 25.0, tmp_path / "again.mkv")
    assert again.read_bytes() == clip.read_bytes()


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "img_000000.jpg").write_bytes(b"nothing")
    with pytest.raises(DataMissing, match=r"img_000000.jpg is no picture"):
        datasets.pack([tmp_path / "img_000000.jpg"], 25.0, tmp_path / "clip.mkv")


def test_published_rows_have_the_length_of_their_table():
    lengths = {"mupots_all": 21, "mupots_matched": 21, "mupots_summary": 5, "mupots_joints": 5, "h36m": 16,
               "mpi_inf_3dhp": 10, "mpi_inf_3dhp_joints": 5, "threedpw": 2}  # fmt: skip
    for table, length in lengths.items():
        for name, values in published.rows(table).items():
            assert len(values) == length, f"{table}, {name}"
