"""What goes into the extension's zip, and the pieces that make it."""

import hashlib
import importlib.util
import os
import shutil
import tomllib
import zipfile

import pytest
from monorig.cli import build, environment, fetch, wheels
from monorig.inference import catalogue, packages

ROOT = environment.ROOT
MANIFEST = tomllib.loads((ROOT / build.MANIFEST).read_text(encoding="utf-8"))


def test_the_manifest_promises_what_the_project_says():
    assert MANIFEST["id"] == "monorig"
    assert MANIFEST["blender_version_min"] == "4.2.0"
    assert MANIFEST["blender_version_max"] == "5.3.0"
    assert MANIFEST["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(MANIFEST["permissions"]) == {"files", "network", "camera", "clipboard"}
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").lstrip().startswith("GNU GENERAL PUBLIC")


def test_wheels_are_named_in_the_manifest_before_its_first_table():
    text = (ROOT / build.MANIFEST).read_text(encoding="utf-8")
    made = tomllib.loads(build.manifest_for(text, "linux-x64", ["a-1-py3-none-any.whl"]))
    assert made.pop("platforms") == ["linux-x64"]
    assert made.pop("wheels") == ["./wheels/a-1-py3-none-any.whl"]
    assert made == MANIFEST


BLENDERS, DISTRIBUTIONS = ["3.11", "3.13"], ["3.14"]  # Pythons of Blender's builds, of Linux's own


def test_every_platform_has_wheels_for_the_pythons_of_its_blenders():
    for platform, files in wheels.locked().items():
        pythons = [wheels.parts(name)[2] for name in files if name.startswith("onnxruntime")]
        assert sorted(pythons) == BLENDERS + DISTRIBUTIONS * (platform == "linux-x64"), platform
        assert sum(name.startswith("opencv_python_headless") for name in files) == 1
        assert all(catalogue.is_sha256(sha256) for sha256 in files.values())


def test_wheels_are_the_versions_that_are_tested():
    pinned = (environment.REQUIREMENTS / "base.txt").read_text(encoding="utf-8")
    for files in wheels.locked().values():
        for name in files:
            package, version, python, _ = wheels.parts(name)
            if python in BLENDERS:
                assert f"{package}=={version}\n" in pinned
            else:
                assert packages.unsupported(package, version) == ""


def test_the_zip_carries_every_network_of_the_chains():
    for name in catalogue.names(catalogue.CHAINS):
        chain = catalogue.chain(name)
        steps = {*chain.networks.values(), chain.options.get("pose_3d_fallback", "")}
        carried = steps - {""} <= set(fetch.CARRIED)
        assert carried != chain.options.get("optional", False)


def test_every_weight_and_wheel_is_in_the_notice():
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    for name in catalogue.names(catalogue.NETWORKS):
        assert name in notice
        assert catalogue.network(name).attribution in notice
    for files in wheels.locked().values():
        for name in files:
            assert " ".join(wheels.parts(name)[:2]) in notice


def test_a_wheel_with_another_sha256_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path))
    name = "a-1.0-cp311-cp311-win_amd64.whl"

    def download(name, folder):
        (environment.Path(folder) / name).write_bytes(b"something else")

    monkeypatch.setattr(wheels, "download", download)
    with pytest.raises(wheels.UserError, match="was refused"):
        wheels.fetch_wheel(name, "0" * 64)
    assert not list((tmp_path / "wheels").iterdir())


def test_a_wheel_damaged_in_the_cache_is_got_again(tmp_path, monkeypatch):
    monkeypatch.setenv("MONORIG_CACHE", str(tmp_path))
    name, good = "a-1.0-cp311-cp311-win_amd64.whl", b"the wheel"
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / name).write_bytes(b"half of")

    def download(name, folder):
        (environment.Path(folder) / name).write_bytes(good)

    monkeypatch.setattr(wheels, "download", download)
    place = wheels.fetch_wheel(name, hashlib.sha256(good).hexdigest())
    assert place.read_bytes() == good


@pytest.fixture
def staged(tmp_path):
    """The folder that becomes a zip, with small stand-ins for weights and wheels."""
    networks = tmp_path / "networks"
    networks.mkdir()
    for name in fetch.CARRIED:
        (networks / catalogue.network(name).onnx).write_bytes(b"weights")
    wheel = tmp_path / "a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("a.py", "")
    return build.stage("linux-x64", networks, [wheel], tmp_path / "staged")


def test_only_what_the_extension_needs_is_staged(staged):
    top = {path.name for path in staged.iterdir()}
    assert top == {*build.FOLDERS, *build.FILES, build.MANIFEST, "wheels"}
    names = [path.name for path in staged.rglob("*")]
    assert "__pycache__" not in names
    for name in fetch.CARRIED:
        assert f"{name}.toml" in names and f"{name}.onnx" in names
    assert "LICENCE-Apache-2.0.txt" in names
    assert "clip.mp4" in names and "gpu-runtime.toml" in names


def test_blenders_own_builder_takes_it(staged, tmp_path):
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("the builder comes with bpy, which is not installed")
    target = tmp_path / "out"
    target.mkdir()
    made = build.build(build.find_builder(), staged, target, "linux-x64")
    held = set(zipfile.ZipFile(made).namelist())
    staged_files = {
        path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file()
    }
    assert held == staged_files


def test_the_same_files_give_the_same_bytes(staged, tmp_path):
    """Also when they are newer, and lie in the folder in another order."""
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("the builder comes with bpy, which is not installed")
    made = []
    for number in range(2):
        copy, target = tmp_path / f"copy-{number}", tmp_path / f"out-{number}"
        target.mkdir()
        for path in sorted(staged.rglob("*"), reverse=bool(number)):
            if path.is_file():
                place = copy / path.relative_to(staged)
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)
                os.utime(place, (1e9 + 1e8 * number, 1e9 + 1e8 * number))
                place.chmod(0o600 if number else 0o664)
        made.append(build.build(build.find_builder(), copy, target, "linux-x64").read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "line", ["WARNING: the tag Rigs is unknown", "ERROR: no manifest", "Warn: x"]
)
def test_what_the_builder_warns_of_is_refused(tmp_path, line):
    builder = tmp_path / "builder.py"
    builder.write_text(f"print({line!r})")
    with pytest.raises(wheels.UserError, match="builder refused"):
        build.run(builder, "validate")


def test_a_build_straight_from_the_checkout_leaves_the_rest_out(tmp_path):
    """`blender --command extension build` in the checkout: the same files, but no weights or wheels."""
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("the builder comes with bpy, which is not installed")
    copy = tmp_path / "checkout"
    left_out = shutil.ignore_patterns(".git", ".venv", "dist", "out", "*.onnx", "__pycache__")
    shutil.copytree(ROOT, copy, ignore=left_out)
    made = tmp_path / "a.zip"
    build.run(
        build.find_builder(), "build", "--source-dir", str(copy), "--output-filepath", str(made)
    )
    top = {name.split("/")[0] for name in zipfile.ZipFile(made).namelist()}
    assert top == {*build.FOLDERS, *build.FILES, build.MANIFEST}
