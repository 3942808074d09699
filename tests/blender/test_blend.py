"""The .blend made without a window opens as it should."""

import shutil
import subprocess
import sys
from pathlib import Path

import bpy
from synthetic_motion import synthetic_motion

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "tests" / "data" / "tone.mp4"

SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
import run
run.alias_package()
from monorig.cli.blend import main
main(*sys.argv[2:])
"""


def test_the_file_holds_people_camera_and_clip(tmp_path):
    folder = tmp_path / "out demo ü"
    folder.mkdir()
    clip, motion, blend = folder / "a clip.mp4", folder / "OUT.npz", folder / "demo.blend"
    shutil.copy(CLIP, clip)
    synthetic_motion(people=2, frames=12).save(motion)
    words = [sys.executable, "-c", SCRIPT, str(ROOT), str(motion), str(clip), str(blend)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    scene = bpy.context.scene
    assert scene.camera.name == "Monorig Camera" and scene.frame_end == 12
    image = scene.camera.data.background_images[0].image
    assert image.filepath == "//a clip.mp4" and Path(bpy.path.abspath(image.filepath)).exists()
    assert bpy.data.objects["a clip Person 2"].animation_data.action.use_fake_user
    views = [a.spaces.active for s in bpy.data.screens for a in s.areas if a.type == "VIEW_3D"]
    assert all(view.region_3d.view_perspective == "CAMERA" for view in views)
    assert not list(folder.glob("*.blend1"))
