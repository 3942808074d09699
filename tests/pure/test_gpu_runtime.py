"""The GPU runtime: made-up wheels, from a folder and from a made-up package index, whole and broken."""

import hashlib
import os
import shutil
import sys
import zipfile

import pytest
from monorig.inference import gpu_runtime, pip_download, wheels
from monorig.inference.gpu_runtime import ABSENT, PARTIAL, READY, UNTESTED, GpuRuntimeError
from monorig.inference.parent import Cancelled
from monorig.inference.pip_download import PipError

TAG = wheels.python_tag()


class Listener:
    """Stands for the errand: notes progress, and cancels at a stage that begins with `stop`."""

    def __init__(self, stop=None):
        self.stages, self.stop = [], stop

    def progress(self, stage, done, total):
        self.stages.append((stage, done, total))
        if self.stop and stage.startswith(self.stop):
            raise Cancelled


def make_wheel(folder, name, content):
    """A wheel that pip takes for one."""
    package, version = name.split("-")[:2]
    info = f"{package}-{version}.dist-info"
    path = folder / name
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{package}/__init__.py", content)
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: x\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def shelf(tmp_path):
    """A folder with two wheels."""
    folder = tmp_path / "Räder"
    folder.mkdir()
    make_wheel(folder, "monorig_made_up_gpu-1.0-py3-none-any.whl", "card = 1")
    make_wheel(folder, "monorig_made_up_cuda-2.0-py3-none-any.whl", "cuda = 2")
    return folder


@pytest.fixture
def runtime(tmp_path, shelf):
    """The runtime that consists of them, nothing of it installed."""
    listed = [
        gpu_runtime.Wheel(p.name, p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest())
        for p in sorted(shelf.iterdir())
    ]
    offer = gpu_runtime.Offer("made up", "CUDAExecutionProvider", "", tuple(listed))
    return gpu_runtime.Runtime(tmp_path / "user folder" / "gpu", offer)


@pytest.fixture
def pages(tmp_path, shelf):
    """A package index on the disk that holds the wheels."""
    for wheel in shelf.iterdir():
        page = tmp_path / "index" / pip_download.parts(wheel.name)[0]
        page.mkdir(parents=True)
        shutil.copy(wheel, page)
        (page / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    return tmp_path / "index"


@pytest.fixture
def index(pages, monkeypatch):
    """The index, as the only one that pip asks."""
    asked = [*pip_download.pip_command(), *pip_download.DOWNLOAD, "--index-url", pages.as_uri()]
    monkeypatch.setattr(gpu_runtime, "download_command", lambda: asked)
    return pages


@pytest.fixture
def settings(tmp_path, pages, monkeypatch):
    """The user's settings of pip: where the index is, and others that would be in the way."""
    text = f"[global]\nindex-url = {pages.as_uri()}\nrequire-hashes = true\n"
    (tmp_path / "pip.conf").write_text(text + "constraint = /no/such/file\n")
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_REQUIRE_VIRTUALENV", "1")
    monkeypatch.setenv("PIP_NO_BINARY", ":all:")


def test_every_machine_is_offered_what_fits_it():
    linux = gpu_runtime.offer("linux", "x86_64", "cp311")
    names = [wheel.name.split("-")[0] for wheel in linux.wheels]
    assert names.count("onnxruntime_gpu") == 1 and "nvidia_cudnn_cu12" in names
    assert linux.provider == "CUDAExecutionProvider" and 1.5e9 < linux.bytes < 2.5e9
    windows = gpu_runtime.offer("win32", "AMD64", "cp313")
    assert windows.provider == "DmlExecutionProvider" and len(windows.wheels) == 1
    assert gpu_runtime.offer("darwin", "arm64", "cp311") is None
    assert gpu_runtime.offer("linux", "aarch64", "cp311") is None
    assert gpu_runtime.offer("linux", "x86_64", "cp399") is None


@pytest.mark.parametrize("system, machine", [("linux", "x86_64"), ("win32", "AMD64")])
@pytest.mark.parametrize("tag", ["cp311", "cp313"])
def test_the_table_names_every_file_exactly(system, machine, tag):
    for wheel in gpu_runtime.offer(system, machine, tag).wheels:
        assert len(bytes.fromhex(wheel.sha256)) == 32 and wheel.bytes > 1e5


def test_installed_from_a_folder_it_is_used_after_a_test_and_removed_without_a_trace(
    runtime, shelf
):
    assert runtime.state == ABSENT
    listener = Listener()
    assert runtime.install(listener, shelf) == {"installed": str(runtime.site)}
    assert runtime.state == UNTESTED and not runtime.downloads.exists()
    assert (runtime.site / "monorig_made_up_gpu" / "__init__.py").read_text() == "card = 1"
    assert listener.stages[0][0] == "Getting monorig-made-up-cuda (1 of 2)"
    assert listener.stages[-1][0] == "Unpacking"
    assert listener.stages[-1][1] == listener.stages[-1][2] > 0
    runtime.note_tested("CUDAExecutionProvider")
    assert runtime.state == READY
    runtime.remove()
    assert runtime.state == ABSENT and not runtime.folder.exists()


def test_a_test_that_ended_on_the_processor_does_not_count(runtime, shelf):
    runtime.install(Listener(), shelf)
    runtime.note_tested("CPUExecutionProvider")
    assert runtime.state == UNTESTED


def test_it_comes_from_the_package_index_through_pip(runtime, settings):
    runtime.install(Listener())
    assert runtime.state == UNTESTED
    assert {path.name for path in runtime.folder.iterdir()} == {"site", "installed.json"}


def test_another_version_of_the_table_is_another_installation(runtime, shelf):
    runtime.install(Listener(), shelf)
    runtime.note_tested("CUDAExecutionProvider")
    newer = gpu_runtime.Offer("made up", "CUDAExecutionProvider", "", runtime.offer.wheels[:1])
    assert gpu_runtime.Runtime(runtime.folder, newer).state == PARTIAL


def test_cancelled_it_goes_on_where_it_stopped(runtime, shelf):
    with pytest.raises(Cancelled):
        runtime.install(Listener(stop="Getting monorig-made-up-gpu"), shelf)
    assert runtime.state == PARTIAL and len(runtime.missing) == 1
    listener = Listener()
    runtime.install(listener, shelf)
    got = {stage for stage, _, _ in listener.stages if stage.startswith("Getting")}
    assert got == {"Getting monorig-made-up-gpu (1 of 1)"} and runtime.state == UNTESTED


def test_cancelled_while_unpacking_nothing_half_is_ever_used(runtime, shelf):
    runtime.install(Listener(), shelf)
    runtime.note_tested("CUDAExecutionProvider")
    with pytest.raises(Cancelled):
        runtime.install(Listener(stop="Unpacking"), shelf)
    assert runtime.state == UNTESTED  # the older one is still whole, and has to be tested again
    runtime.install(Listener(), shelf)
    assert not (runtime.folder / "site.partial").exists()


def test_a_download_can_be_cancelled(runtime, index):
    with pytest.raises(Cancelled):
        runtime.install(Listener(stop="Getting"))
    assert not list(runtime.downloads.iterdir())


def test_another_file_under_that_name_is_refused(runtime, shelf):
    name = runtime.offer.wheels[0].name
    make_wheel(shelf, name, "something else")
    with pytest.raises(GpuRuntimeError, match="another sha256"):
        runtime.install(Listener(), shelf)
    assert runtime.state == PARTIAL and len(runtime.missing) == 2


def test_another_file_in_the_index_is_refused(runtime, index):
    name = runtime.offer.wheels[0].name
    make_wheel(index / pip_download.parts(name)[0], name, "something else")
    with pytest.raises(PipError, match="another sha256"):
        runtime.install(Listener())
    assert len(runtime.missing) == 2


def test_a_folder_that_lacks_a_wheel_is_told_which(runtime, shelf):
    name = runtime.offer.wheels[1].name
    (shelf / name).unlink()
    with pytest.raises(GpuRuntimeError, match=name):
        runtime.install(Listener(), shelf)


def test_an_index_without_it_is_said_with_what_to_do(runtime, index):
    shutil.rmtree(index / pip_download.parts(runtime.offer.wheels[0].name)[0])
    with pytest.raises(PipError, match="PIP_INDEX_URL.* install from a folder"):
        runtime.install(Listener())


def test_a_full_disk_is_noticed_before_anything_is_fetched(runtime, shelf, monkeypatch):
    usage = shutil.disk_usage(shelf)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10))
    with pytest.raises(GpuRuntimeError, match="make room and try again"):
        runtime.install(Listener(), shelf)
    assert len(runtime.missing) == 2


def test_a_wheel_damaged_on_the_disk_is_got_again(runtime, shelf):
    with pytest.raises(Cancelled):
        runtime.install(Listener(stop="Unpacking"), shelf)
    broken = runtime.downloads / runtime.offer.wheels[0].name
    broken.write_bytes(broken.read_bytes().replace(b"cuda = 2", b"cuda = 3"))
    with pytest.raises(wheels.WheelError, match="is damaged"):
        runtime.install(Listener(), shelf)
    runtime.install(Listener(), shelf)
    assert runtime.state == UNTESTED


@pytest.mark.skipif(sys.platform == "win32" or not os.geteuid(), reason="root may write anywhere")
def test_a_folder_that_must_not_be_written_is_named(runtime, shelf):
    runtime.folder.parent.mkdir()
    runtime.folder.parent.chmod(0o500)
    with pytest.raises(PermissionError, match="gpu"):
        runtime.install(Listener(), shelf)
