"""The self-test and the own packages from inside Blender."""

import sys
import zipfile

import bpy
import pytest
from monorig.inference import own_packages, packages, self_test
from monorig.inference.packages import PackagesError

TOLD = {"provider": "CPUExecutionProvider", "frames_per_second": 9.0, "card_works": False}


@pytest.fixture
def folder(addon, tmp_path, monkeypatch):
    """The module of the user folder, with an empty one."""
    from monorig.operators import user_folder

    monkeypatch.setattr(user_folder, "_folder", tmp_path / "user")
    return user_folder


@pytest.fixture
def plans(monkeypatch):
    """The plans that self-tests are given, which all go well."""
    given = []

    def run(errand, plan):
        given.append(plan)
        lines = [f"{name}: {text}" for name, text in plan.facts]
        return {**TOLD, "ok": True, "sentence": "Fine.", "report": "\n".join(lines)}

    monkeypatch.setattr(self_test, "run", run)
    return given


def test_it_keeps_a_report_that_says_what_a_bug_report_needs(folder, plans):
    assert bpy.ops.monorig.self_test() == {"FINISHED"}
    report = (folder.folder() / "self-test.txt").read_text(encoding="utf-8")
    for word in (
        "Monorig: 0.",
        "Blender: ",
        "System: ",
        "Python: 3.",
        "Graphics card: ",
        "GPU run",
    ):
        assert word in report
    assert bpy.ops.monorig.copy_report() == {"FINISHED"}


def test_its_result_is_shown_until_the_next(folder, plans):
    from monorig.operators import self_test as operator

    assert operator.last_result() == {}
    bpy.ops.monorig.self_test()
    assert operator.last_result() == {**TOLD, "ok": True, "sentence": "Fine."}


def test_a_failure_is_reported_in_its_sentence_and_keeps_the_report(folder, monkeypatch):
    told = {**TOLD, "ok": False, "sentence": "The network is missing.", "report": "FAILS"}
    monkeypatch.setattr(self_test, "run", lambda errand, plan: dict(told))
    with pytest.raises(RuntimeError, match="The network is missing."):
        bpy.ops.monorig.self_test()
    assert (folder.folder() / "self-test.txt").read_text() == "FAILS"


def test_without_a_report_there_is_nothing_to_copy(folder):
    with pytest.raises(RuntimeError, match="Run the self-test first"):
        bpy.ops.monorig.copy_report()


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """The extension carries one made-up wheel."""
    monkeypatch.setattr(own_packages, "CARRIED", tmp_path / "wheels")
    (tmp_path / "wheels").mkdir()
    with zipfile.ZipFile(tmp_path / "wheels" / "cv2-4.11-cp37-abi3-any.whl", "w") as package:
        package.writestr("cv2/__init__.py", "__version__ = '4.11.0'")
    return tmp_path / "wheels"


def test_own_packages_are_used_until_they_are_shared_again(folder, plans, wheels):
    assert bpy.ops.monorig.use_own_packages() == {"FINISHED"}
    assert plans[0].preferred == (folder.own_packages(),) == tuple(folder.preferred())
    assert (folder.own_packages() / "cv2" / "__init__.py").exists()
    assert bpy.ops.monorig.share_packages() == {"FINISHED"}
    assert folder.preferred() == []


def test_an_installation_without_wheels_says_so(folder, plans, wheels):
    next(wheels.iterdir()).unlink()
    with pytest.raises(RuntimeError, match="install the zip for your system again"):
        bpy.ops.monorig.use_own_packages()


def test_a_capture_makes_own_copies_where_another_add_ons_do_not_work(folder, wheels, monkeypatch):
    from monorig.inference.job import Job
    from monorig.operators import work

    shared = wheels.parent / "shared"
    for name in packages.PACKAGES:
        (shared / name).mkdir(parents=True)
        (shared / name / "__init__.py").touch()
    note = shared / "opencv_python-3.4.dist-info" / "METADATA"
    note.parent.mkdir()
    note.write_text("Metadata-Version: 2.1\nName: opencv-python\nVersion: 3.4\n")
    others = [place for place in sys.path if not packages.holds(place, "numpy")]
    monkeypatch.setattr(sys, "path", [str(shared), *others])
    client = work.started_client(Job(clip="a.mp4", take="somewhere"))
    client.close()
    assert (folder.own_packages() / "cv2").exists()
    next(wheels.iterdir()).unlink()
    folder.own_packages().rename(wheels.parent / "away")
    with pytest.raises(PackagesError, match="OpenCV 3.4 was installed by another add-on"):
        work.started_client(Job(clip="a.mp4", take="somewhere"))
