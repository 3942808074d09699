"""Who may import what: inference/ runs without Blender, in a child process with three packages."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INFERENCE = ROOT / "inference"
MODULES = sorted(INFERENCE.glob("*.py"))
PACKAGES = {"numpy", "cv2", "onnxruntime"}
ONNXRUNTIME_IN = {"network.py", "report.py", "providers.py", "bound_tensors.py"}
WITHOUT_NUMPY = {
    "cache.py",
    "catalogue.py",
    "download.py",
    "edits.py",
    "fit_settings.py",
    "gpu_runtime.py",
    "job.py",
    "keypoints.py",
    "live_settings.py",
    "packages.py",
    "pip_download.py",
    "refusals.py",
    "sources.py",
    "weights.py",
    "wheels.py",
}


def imports(path):
    """(top-level name, level) of every import of a file; level 0 = absolute."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0], node.level


def ids(path):
    return path.name


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_inference_imports_itself_the_standard_library_and_three_packages(path):
    for name, level in imports(path):
        assert level <= 1, f"{path.name} reaches out of inference/"
        assert level or name in sys.stdlib_module_names | PACKAGES, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_onnxruntime_is_imported_in_one_place_and_reported_in_another(path):
    assert ("onnxruntime", 0) not in set(imports(path)) or path.name in ONNXRUNTIME_IN


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_what_blender_loads_first_needs_no_package(path):
    used = {name for name, level in imports(path) if not level} & PACKAGES
    assert not (path.name in WITHOUT_NUMPY and used)


def test_every_module_is_importable_without_blender():
    modules = [path.stem for path in MODULES if path.stem not in ("__init__", "__main__")]
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "sys.modules.update(dict.fromkeys(('bpy', 'mathutils', 'bmesh', 'gpu')))\n"
        "import importlib\n"
        f"for name in {modules}: importlib.import_module('inference.' + name)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


ON_BLENDERS_SIDE = (
    *("client", "motion", "skeleton", "job", "catalogue", "weights", "network_shelf"),
    *("face_channels", "hand_motion", "edits", "batch", "profiles", "self_test", "sequences"),
)  # fmt: skip


@pytest.mark.parametrize("module", ON_BLENDERS_SIDE)
def test_what_blender_imports_pulls_in_no_heavy_package(module):
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        f"import inference.{module}\n"
        "assert not {'cv2', 'onnxruntime', 'bpy'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_nothing_unsafe_is_used(path):
    """No pickles, no shell, no eval."""
    text = path.read_text(encoding="utf-8")
    for word in ("pickle.", "allow_pickle=True", "shell=True", "eval(", "exec(", "os.system"):
        assert word not in text, word
