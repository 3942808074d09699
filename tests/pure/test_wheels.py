"""Wheels unpacked into folders of our own."""

import zipfile

import pytest
from monorig.inference import wheels
from monorig.inference.wheels import WheelError


def make_wheel(path, **files):
    with zipfile.ZipFile(path, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return path


@pytest.mark.parametrize(
    "name, tag, fits",
    [
        ("onnxruntime-1.23.2-cp311-cp311-win_amd64.whl", "cp311", True),
        ("onnxruntime-1.23.2-cp311-cp311-win_amd64.whl", "cp313", False),
        ("opencv_python_headless-4.11.0.86-cp37-abi3-win_amd64.whl", "cp313", True),
        ("a-1-cp312-abi3-win_amd64.whl", "cp311", False),
        ("nvidia_cudnn_cu12-9.10.2.21-py3-none-win_amd64.whl", "cp311", True),
        ("a-1-cp313-cp313t-manylinux_2_28_x86_64.whl", "cp313", False),
    ],
)
def test_which_wheels_are_for_a_python(name, tag, fits):
    assert wheels.fits_python(name, tag) == fits


def test_a_wheel_is_unpacked_as_it_is_and_counted(tmp_path):
    wheel = make_wheel(tmp_path / "a.whl", **{"a/__init__.py": "x = 1", "a.libs/b.so": "code"})
    heard = []
    wheels.unpack(wheel, tmp_path / "out", heard.append)
    assert (tmp_path / "out" / "a" / "__init__.py").read_text() == "x = 1"
    assert (tmp_path / "out" / "a.libs" / "b.so").read_text() == "code"
    assert sum(heard) == wheels.unpacked_size(wheel) == 9


@pytest.mark.parametrize("member", ["../evil.py", "a/../../evil.py"])
def test_a_wheel_cannot_write_outside_its_folder(tmp_path, member):
    wheel = make_wheel(tmp_path / "a.whl", **{member: "x"})
    with pytest.raises(WheelError, match="outside its folder"):
        wheels.unpack(wheel, tmp_path / "out")
    assert not list(tmp_path.rglob("evil.py"))


def test_a_damaged_wheel_is_named(tmp_path):
    wheel = make_wheel(tmp_path / "a.whl", **{"a/b.py": "x" * 1000})
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[: len(whole) // 2])
    for act in (wheels.unpacked_size, lambda path: wheels.unpack(path, tmp_path / "out")):
        with pytest.raises(WheelError, match="a.whl is damaged"):
            act(wheel)


def test_a_flipped_bit_is_noticed(tmp_path):
    wheel = make_wheel(tmp_path / "a.whl", **{"a/b.py": "harmless"})
    wheel.write_bytes(wheel.read_bytes().replace(b"harmless", b"harmlesS", 1))
    with pytest.raises(WheelError, match="is damaged"):
        wheels.unpack(wheel, tmp_path / "out")


def test_a_path_too_long_for_windows_is_refused_with_what_to_do(tmp_path):
    deep = tmp_path / ("d" * 120) / ("e" * 120)
    wheel = make_wheel(tmp_path / "a.whl", **{"nvidia/cudnn/lib/a.dll": "x"})
    with pytest.raises(WheelError, match="allow long paths in Windows"):
        wheels.unpack(wheel, deep, platform="win32")
    wheels.unpack(wheel, deep, platform="linux")
    assert (deep / "nvidia" / "cudnn" / "lib" / "a.dll").exists()


def test_names_beyond_ascii_are_no_trouble(tmp_path):
    folder = tmp_path / "Jörg Müller 王"
    wheels.unpack(make_wheel(tmp_path / "a.whl", **{"ä/b.py": "x"}), folder)
    assert (folder / "ä" / "b.py").exists()


def test_a_finished_folder_takes_the_place_of_the_older_one(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    wheels.replace_folder(tmp_path / "new", tmp_path / "old")
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["new"]
    assert not (tmp_path / "new").exists()
