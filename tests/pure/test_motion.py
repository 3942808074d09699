"""OUT.npz: what is saved is loaded, a broken file is refused in one sentence, and nothing is half-written."""

import dataclasses
import pickle

import numpy as np
import pytest
from monorig.inference.motion import Motion, MotionError, reprojection_error
from synthetic_motion import synthetic_motion

DETAILS = {"hands_seen", "face_names", "face", "face_seen"}


@pytest.fixture
def motion():
    """With hands and a face seen."""
    seen = {"hands_seen": np.ones((2, 12, 2)), "face_seen": np.ones((2, 12))}
    face = {"face_names": np.array(["jawOpen"]), "face": np.zeros((2, 12, 1))}
    return dataclasses.replace(synthetic_motion(people=2, frames=12), **seen, **face)


def arrays_of(motion):
    return {f.name: getattr(motion, f.name) for f in dataclasses.fields(Motion)}


def nobody(motion):
    """The Motion of a clip in which nobody was seen."""
    of_people = ("identity", "px", "confidence", "X_raw", "X_cam", "box", "q", "rest_offset",
                 "T_world_joint", "contact", "height_m")  # fmt: skip
    return dataclasses.replace(motion, **{name: getattr(motion, name)[:0] for name in of_people})


@pytest.mark.parametrize("people", [0, 1, 3])
def test_what_is_saved_is_loaded(tmp_path, people):
    motion = synthetic_motion(people, frames=9) if people else nobody(synthetic_motion(1, frames=9))
    motion.save(tmp_path / "OUT.npz")
    loaded = Motion.load(tmp_path / "OUT.npz")
    for name, array in arrays_of(motion).items():
        np.testing.assert_array_equal(getattr(loaded, name), array, err_msg=name)


def test_no_key_needs_a_pickle(tmp_path, motion):
    motion.save(tmp_path / "OUT.npz")
    with np.load(tmp_path / "OUT.npz", allow_pickle=False) as data:
        assert all(data[name].dtype.kind in "fiubU" for name in data.files)
        assert set(data.files) >= set(arrays_of(motion))


def test_details_that_nobody_looked_at_are_not_in_the_file(tmp_path):
    synthetic_motion(people=1, frames=9).save(tmp_path / "OUT.npz")
    with np.load(tmp_path / "OUT.npz", allow_pickle=False) as data:
        assert not DETAILS & set(data.files)
    loaded = Motion.load(tmp_path / "OUT.npz")
    assert all(getattr(loaded, name) is None for name in DETAILS)


def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, motion, monkeypatch):
    path = tmp_path / "OUT.npz"
    motion.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(np, "savez_compressed", lambda stream, **_: stream.write(b"half") and 1 / 0)
    with pytest.raises(ZeroDivisionError):
        motion.save(path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["OUT.npz"]


def test_a_file_cut_off_anywhere_is_refused(tmp_path, motion):
    path = tmp_path / "OUT.npz"
    motion.save(path)
    whole = path.read_bytes()
    for length in np.linspace(0, len(whole) - 1, 60).astype(int):
        path.write_bytes(whole[:length])
        with pytest.raises(MotionError, match="not a Monorig motion"):
            Motion.load(path)


def test_damage_is_refused_or_harmless(tmp_path, motion, rng):
    path = tmp_path / "OUT.npz"
    motion.save(path)
    whole = path.read_bytes()
    for place in rng.integers(0, len(whole), 100):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            loaded = Motion.load(path)
        except MotionError as error:
            assert str(path) in str(error) and "\n" not in str(error)
            continue
        np.testing.assert_array_equal(loaded.q, motion.q)  # a byte that means nothing


def test_an_archive_of_a_later_kind_is_refused(tmp_path, motion):
    path = tmp_path / "OUT.npz"
    motion.save(path)
    entry = path.read_bytes().rindex(b"PK\x01\x02")  # the last entry of the table of contents
    damaged = bytearray(path.read_bytes())
    damaged[entry + 6] = 99  # version needed to extract
    path.write_bytes(damaged)
    with pytest.raises(MotionError, match="not a Monorig motion"):
        Motion.load(path)


@pytest.mark.parametrize("make", ["missing", "folder", "text", "empty", "npy", "zip", "pickle"])
def test_something_else_is_refused(tmp_path, make):
    path = tmp_path / "OUT.npz"
    if make == "folder":
        path.mkdir()
    elif make == "npy":
        with open(path, "wb") as stream:
            np.save(stream, np.zeros(3))
    elif make == "zip":
        np.savez(path, other=np.zeros(3))
    elif make == "pickle":
        path.write_bytes(pickle.dumps({"q": [1]}))
    elif make != "missing":
        path.write_text("not a motion" * (make == "text"))
    with pytest.raises(MotionError, match="not a Monorig motion"):
        Motion.load(path)


def test_a_pickle_inside_is_never_opened(tmp_path, motion):
    np.savez(tmp_path / "OUT.npz", **{**arrays_of(motion), "px": np.array([{"evil": 1}], object)})
    with pytest.raises(MotionError, match="[Oo]bject arrays"):
        Motion.load(tmp_path / "OUT.npz")


@pytest.mark.parametrize("name", [n for n in arrays_of(synthetic_motion(1, 4)) if n != "fps"])
def test_an_array_that_does_not_fit_the_others_is_refused(tmp_path, motion, name):
    odd = np.zeros((7, 7)) if name != "identity" else np.arange(7)
    np.savez(tmp_path / "OUT.npz", **{**arrays_of(motion), name: odd})
    with pytest.raises(MotionError, match="shape"):
        Motion.load(tmp_path / "OUT.npz")


def test_present_tells_where_somebody_was_solved(motion):
    expected = np.ones((2, 12), bool)
    expected[1, 4:6] = False
    np.testing.assert_array_equal(motion.present, expected)


def test_the_reprojection_error_of_shifted_keypoints_is_the_shift(motion):
    shifted = dataclasses.replace(motion, px=motion.px + [3.0, 4.0])
    error = reprojection_error(shifted)
    assert error[:, 0] == pytest.approx([5.0, 5.0], abs=1e-6)  # [px]
    heights = motion.box[..., 3] - motion.box[..., 1]
    assert error[:, 1] == pytest.approx(
        [np.nanmedian(5.0 / heights[p]) for p in range(2)], rel=1e-6
    )


def test_nobody_has_no_reprojection_error(motion):
    assert reprojection_error(nobody(motion)).shape == (0, 2)


def test_the_reprojection_error_of_somebody_never_seen_is_nan(motion):
    unseen = dataclasses.replace(motion, confidence=np.zeros_like(motion.confidence))
    assert np.isnan(reprojection_error(unseen)).all()
