"""Installing the GPU runtime from inside Blender: allowed or not, whole, broken, tested, removed."""

import hashlib
import shutil
import zipfile

import bpy
import pytest
from monorig.inference import gpu_runtime, self_test

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


@pytest.fixture
def folder(addon, tmp_path, monkeypatch):
    """The module of the user folder, with an empty one."""
    from monorig.operators import user_folder

    monkeypatch.setattr(user_folder, "_folder", tmp_path / "user")
    return user_folder


@pytest.fixture
def shelf(folder, tmp_path, monkeypatch):
    """A folder with one made-up wheel, which is all that the runtime consists of."""
    wheel = tmp_path / "wheels" / "onnxruntime_gpu-9.9-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("onnxruntime/__init__.py", "raise ImportError('no card here')")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    listed = gpu_runtime.Wheel(wheel.name, wheel.stat().st_size, sha256)
    offer = gpu_runtime.Offer("made up", CUDA, "Own terms.", (listed,))
    monkeypatch.setattr(folder, "_offer", lambda: offer)
    return wheel.parent


@pytest.fixture
def tested(monkeypatch):
    """tested(card_works): what the next self-test says; returns the plans that it was given."""
    plans = []

    def play(card_works):
        def run(errand, plan):
            plans.append(plan)
            provider = CUDA if card_works else CPU
            told = {"ok": True, "sentence": "Everything works.", "provider": provider}
            return {**told, "card_works": card_works, "report": "A report.", "frames_per_second": 9}

        monkeypatch.setattr(self_test, "run", run)
        return plans

    return play


def install(shelf):
    return bpy.ops.monorig.install_gpu_runtime_from(directory=str(shelf))


def test_installed_from_a_folder_and_tested_it_is_used_until_it_is_removed(folder, shelf, tested):
    plans = tested(card_works=True)
    assert install(shelf) == {"FINISHED"}
    assert plans[0].card == folder.gpu_runtime().site and folder.uses_card()
    assert folder.preferred() == [folder.gpu_runtime().site]
    folder.change_settings(device="CPU")
    assert folder.preferred() == [] and not folder.uses_card()
    folder.change_settings(device="AUTO")
    assert bpy.ops.monorig.remove_gpu_runtime() == {"FINISHED"}
    assert folder.preferred() == [] and not (folder.folder() / "gpu" / "site").exists()


def test_where_the_card_cannot_be_used_the_processor_stays(folder, shelf, tested):
    tested(card_works=False)
    assert install(shelf) == {"FINISHED"}
    assert folder.gpu_runtime().state == gpu_runtime.UNTESTED
    assert folder.preferred() == []


def test_a_later_self_test_that_fails_takes_it_out_of_use(folder, shelf, tested):
    tested(card_works=True)
    install(shelf)
    tested(card_works=False)
    assert bpy.ops.monorig.self_test() == {"FINISHED"}
    assert not folder.uses_card()


def test_a_broken_installation_changes_nothing_for_captures(folder, shelf, tested):
    tested(card_works=True)
    (next(shelf.iterdir())).write_bytes(b"half a wheel")
    with pytest.raises(RuntimeError, match="another sha256"):
        install(shelf)
    assert folder.preferred() == [] and folder.gpu_runtime().state == gpu_runtime.PARTIAL
    assert bpy.ops.monorig.remove_gpu_runtime() == {"FINISHED"}


def test_without_online_access_it_is_not_fetched(shelf):
    if bpy.app.online_access:
        pytest.skip("online access is allowed in this Blender")
    with pytest.raises(RuntimeError, match="online access is off"):
        bpy.ops.monorig.install_gpu_runtime()


def test_where_none_is_offered_the_button_says_so(folder, monkeypatch):
    monkeypatch.setattr(folder, "_offer", lambda: None)
    with pytest.raises(RuntimeError, match="no GPU runtime for this system"):
        bpy.ops.monorig.remove_gpu_runtime()


def test_a_folder_that_cannot_be_removed_is_said(folder, shelf, tested, monkeypatch):
    tested(card_works=True)
    install(shelf)

    def locked(path):
        raise PermissionError(13, "Permission denied", "onnxruntime.pyd")

    monkeypatch.setattr(shutil, "rmtree", locked)
    with pytest.raises(RuntimeError, match="onnxruntime.pyd: Permission denied"):
        bpy.ops.monorig.remove_gpu_runtime()
    assert not folder.uses_card()
