"""Runs inside a Blender with a window: the finished zip is installed, tested, used, removed; no checkout is in it.

MONORIG_ZIP names the zip, MONORIG_CLIP a real clip.
"""

import importlib
import os
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy  # noqa: E402
import stage  # noqa: E402
from stage import NAME, RESULTS, module, picture, seen, status, until  # noqa: E402

FORBIDDEN = ("cv2", "onnxruntime")  # are never loaded into Blender itself


def play():
    """Install, enable, self-test, capture, disable, remove."""
    clip = RESULTS / "clip.mp4"
    shutil.copy(os.environ["MONORIG_CLIP"], clip)
    started = time.perf_counter()
    bpy.ops.extensions.package_install_files(
        filepath=os.environ["MONORIG_ZIP"], repo="user_default", enable_on_install=False
    )
    seen["install_s"] = time.perf_counter() - started
    yield from enabled_in_time()
    yield from stage.open_tab()
    yield from self_tested()
    yield from captured(clip)
    yield from removed()


def enabled_in_time():
    """Generator: what switching on costs of our own, beside the wheels that Blender looks through."""
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.preferences.addon_enable(module=NAME)
    yield 0.5
    bpy.ops.preferences.addon_disable(module=NAME)
    for name in [name for name in sys.modules if name.startswith(NAME)]:
        del sys.modules[name]
    started = time.thread_time()
    addon = importlib.import_module(NAME)
    addon.register()
    seen["enable_s"] = time.thread_time() - started
    seen["loaded_by_enabling"] = [name for name in FORBIDDEN if name in sys.modules]
    addon.unregister()


def self_tested():
    with bpy.context.temp_override(**stage.viewport()):
        bpy.ops.monorig.self_test()
    yield from until(lambda: status().over, "the end of the self-test")
    folder = module("operators.user_folder").folder()
    seen["self_test"] = [status().phase, (folder / "self-test.txt").read_text(encoding="utf-8")]


def captured(clip):
    """Generator: a real capture from start to people in the scene; the second time all is warm."""
    bpy.ops.wm.save_as_mainfile(filepath=str(RESULTS / "scene.blend"))
    settings = bpy.context.scene.monorig.capture
    settings.clip, settings.chain = str(clip), "LIVE"
    for name in ("first_pose_cold_s", "first_pose_s"):
        started = time.perf_counter()
        with bpy.context.temp_override(**stage.viewport()):
            bpy.ops.monorig.capture()
        yield from until(lambda: status().stage == "capture" or status().over, "the first pose")
        seen[name] = time.perf_counter() - started
        if name == "first_pose_cold_s":
            module("operators.session").cancel()
            yield from until(lambda: status().over, "the end of the first capture")
            shutil.rmtree(RESULTS / "monorig-takes")
    yield from picture("zip-1-capturing")
    yield from until(lambda: status().over, "the end of the capture")
    seen["capture"] = [status().phase, status().sentence]
    seen["people"] = sum(o.type == "ARMATURE" for o in bpy.data.objects)
    seen["loaded"] = [name for name in FORBIDDEN if name in sys.modules]
    yield from picture("zip-2-captured")


def removed():
    folder = module("operators.user_folder").folder()
    bpy.ops.preferences.addon_disable(module=NAME)
    repos = bpy.context.preferences.extensions.repos
    index = next(i for i, repo in enumerate(repos) if repo.module == "user_default")
    bpy.ops.extensions.package_uninstall(repo_index=index, pkg_id="monorig")
    yield 1.0
    home = Path(os.environ["BLENDER_USER_RESOURCES"])
    names = {"monorig", *FORBIDDEN}
    seen["left"] = [str(path) for path in home.rglob("*") if names & {*path.parts}]
    seen["user_folder_left"] = folder.exists()
    seen["take_left"] = any((RESULTS / "monorig-takes").iterdir())


stage.run(play)
