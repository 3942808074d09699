"""The finished zip named by MONORIG_ZIP: installed in an empty Blender, self-tested, removed without a trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import bpy, sys
name = "bl_ext.user_default.monorig"
bpy.ops.extensions.package_install_files(filepath=sys.argv[-1], repo="user_default", enable_on_install=True)
assert name in bpy.context.preferences.addons
folder = sys.modules[name + ".operators.user_folder"].folder()
for operator in (bpy.ops.monorig.self_test, bpy.ops.monorig.use_own_packages):
    assert operator() == {"FINISHED"}
    print((folder / "self-test.txt").read_text())
assert not {"cv2", "onnxruntime"} & set(sys.modules)
repos = bpy.context.preferences.extensions.repos
index = next(i for i, repo in enumerate(repos) if repo.module == "user_default")
bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="monorig")
print("REMOVED")
"""


@pytest.mark.slow
def test_the_finished_zip_works_and_can_be_removed(tmp_path):
    made = os.environ.get("MONORIG_ZIP")
    if not made:
        pytest.skip("MONORIG_ZIP names no finished zip (python3 run.py build)")
    home = tmp_path / "Jörg Müller"
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(home)}
    run = [sys.executable, "-c", SCRIPT, str(Path(made).resolve())]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, timeout=600)
    assert "REMOVED" in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("Capture on the processor     works") == 2
    assert str(tmp_path) not in done.stdout.partition("Monorig self-test")[2].partition("Info:")[0]
    left = [path for path in home.rglob("*") if {"monorig", "cv2", "onnxruntime"} & {*path.parts}]
    assert left == []
