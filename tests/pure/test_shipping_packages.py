"""The child's packages where other add-ons have put theirs: which folders it gets, and what it is told."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from monorig.cli import combinations, environment
from monorig.inference import packages
from monorig.inference.client import Client, child_command
from monorig.inference.job import Job
from monorig.inference.packages import PackagesError

NAMES = {"cv2": "opencv-python-headless"}
GOOD = {"numpy": "2.3.5", "cv2": "4.11.0.86", "onnxruntime": "1.23.2"}


def install(folder, name, version, distribution=None):
    """A made-up package in a folder, with the note that an installer leaves."""
    place = Path(folder, name, "__init__.py")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"__version__ = {version!r}\n")
    distribution = distribution or NAMES.get(name, name)
    note = Path(folder, f"{distribution.replace('-', '_')}-{version}.dist-info", "METADATA")
    note.parent.mkdir()
    note.write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")


def site(folder, **versions):
    """A folder with the good versions, or others."""
    for name, version in {**GOOD, **versions}.items():
        install(folder, name, version)
    return str(folder)


def test_one_folder_with_everything_is_all_the_child_gets(tmp_path):
    shared = site(tmp_path / "shared")
    assert packages.folders(path=["", str(tmp_path / "empty"), shared]) == [shared]


@pytest.mark.parametrize(
    "name, version, words",
    [
        ("onnxruntime", "1.16.3", "ONNX Runtime 1.16.3 was installed by another add-on"),
        ("cv2", "3.4.18", "OpenCV 3.4.18 .* works with 4.10 or newer, below 4.13"),
        ("numpy", "1.19.5", "numpy 1.19.5"),
        ("numpy", "3.0.0", "numpy 3.0.0"),
    ],
)
def test_another_add_ons_version_that_does_not_work_is_named_with_the_way_out(
    tmp_path, name, version, words
):
    shared = site(tmp_path / "shared", **{name: version})
    with pytest.raises(PackagesError, match=words) as raised:
        packages.folders(path=[shared])
    assert "Use Own Packages" in str(raised.value)


def test_our_own_copies_come_before_all_others(tmp_path):
    shared = site(tmp_path / "shared", onnxruntime="1.16.3", cv2="3.4.18")
    own = tmp_path / "own"
    install(own, "onnxruntime", "1.23.2")
    install(own, "cv2", "4.11.0.86")
    assert packages.folders([own], [shared]) == [str(own), shared]


def test_blenders_own_numpy_replaces_one_that_another_add_on_brought(tmp_path):
    shared, blenders = site(tmp_path / "shared", numpy="1.19.5"), tmp_path / "blender"
    install(blenders, "numpy", "1.26.4")
    assert packages.folders(path=[shared, str(blenders)]) == [str(blenders), shared]


def test_two_add_ons_that_installed_over_each_other_are_found_out(tmp_path):
    shared = site(tmp_path / "shared")
    install(shared, "onnxruntime", "1.20.1", "onnxruntime-gpu")
    with pytest.raises(PackagesError, match="onnxruntime and onnxruntime-gpu .* over each other"):
        packages.folders(path=[shared])


def test_a_python_without_wheels_is_told_what_to_do(tmp_path):
    install(tmp_path, "numpy", "2.3.5")
    with pytest.raises(
        PackagesError, match=r"OpenCV is not there for Python 3\.\d+: install .* zip"
    ):
        packages.folders(path=[str(tmp_path)])


def test_a_package_without_notes_is_trusted(tmp_path):
    shared = site(tmp_path / "shared")
    blenders = tmp_path / "blender"  # as some systems ship numpy
    (blenders / "numpy").mkdir(parents=True)
    (blenders / "numpy" / "__init__.py").touch()
    assert packages.folders(path=[str(blenders), shared]) == [str(blenders), shared]


@pytest.mark.parametrize("version", ["1.21.0", "1.23.2", "1.32.0", "1.24.0rc1", "1.23"])
def test_versions_that_work(version):
    assert packages.unsupported("onnxruntime", version) == ""


def child_says(folders):
    """The last word of the real child that finds these folders first."""
    fields = {**Job(clip="a.mp4", take="somewhere").to_json(), "packages": folders}
    header = json.dumps({"type": "job", "fields": fields, "arrays": []}).encode()
    done = subprocess.run(
        child_command(), input=struct.pack("<I", len(header)) + header, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    (length,) = struct.unpack("<I", done.stdout[:4])
    return json.loads(done.stdout[4 : 4 + length])["fields"]


def test_the_child_says_which_package_it_cannot_load(tmp_path):
    for name in GOOD:
        broken = tmp_path / name / "__init__.py"
        broken.parent.mkdir()
        broken.write_text("raise ImportError('libGL.so.1 is missing')\n")
    said = child_says([str(tmp_path)])
    assert said["kind"] == "packages" and "libGL.so.1 is missing" in said["text"]
    assert "Use Own Packages" in said["text"]


def test_the_child_checks_what_it_really_got(tmp_path):
    """A package without notes passes the parent and is an old one."""
    (tmp_path / "onnxruntime").mkdir()
    (tmp_path / "onnxruntime" / "__init__.py").write_text("__version__ = '1.10.0'\n")
    said = child_says([str(tmp_path), *packages.folders()])
    assert said["kind"] == "packages" and "ONNX Runtime 1.10.0" in said["text"]


ECHO = """
import json, struct, sys
(length,) = struct.unpack("<I", sys.stdin.buffer.read(4))
fields = {"packages": json.loads(sys.stdin.buffer.read(length))["fields"]["packages"]}
text = json.dumps({"type": "done", "fields": fields, "arrays": []}).encode()
sys.stdout.buffer.write(struct.pack("<I", len(text)) + text)
"""


def test_a_client_hands_over_the_folders_it_prefers_first(tmp_path):
    install(tmp_path, "onnxruntime", "1.22.0")
    client = Client(command=[sys.executable, "-I", "-c", ECHO], preferred=[str(tmp_path)])
    client.start(Job(clip="a.mp4", take="somewhere"))
    last = client.wait(lambda message: None)
    assert last.fields["packages"] == packages.folders([str(tmp_path)])
    assert last.fields["packages"][0] == str(tmp_path) and len(last.fields["packages"]) > 1


def pinned(name):
    """{package: version} of a requirement file."""
    text = (environment.REQUIREMENTS / name).read_text(encoding="utf-8")
    return dict(line.split("==") for line in text.splitlines() if not line.startswith("#"))


@pytest.mark.parametrize("combination", combinations.COMBINATIONS, ids=lambda c: c.folder)
def test_what_is_tried_with_other_packages_is_what_the_child_takes(combination):
    numpy, runtime = (pinned(name) for name in combination.files[:2])
    assert numpy["numpy"].startswith(combination.numpy + ".")
    assert packages.unsupported("numpy", numpy["numpy"]) == ""
    assert packages.unsupported("onnxruntime", runtime["onnxruntime"]) == ""
    assert packages.unsupported("cv2", runtime["opencv-python-headless"]) == ""


def test_every_numpy_is_tried_with_the_oldest_and_the_newest_runtime():
    tried = {(c.numpy, c.runtime) for c in combinations.COMBINATIONS}
    assert tried == {(n, r) for n, _ in tried for r in ("oldest", "newest")} and len(tried) == 8
