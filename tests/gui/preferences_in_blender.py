"""Runs inside a Blender with a window: plays a user of the add-on's preferences, notes what happened.

The GPU runtime is one made-up wheel, a network some made-up bytes; the self-test is a stand-in and takes a moment.
"""

import dataclasses
import hashlib
import sys
import time
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy  # noqa: E402
import stage  # noqa: E402
from stage import NAME, RESULTS, module, picture, seen, status, until  # noqa: E402

TEST_TAKES = 3.0  # [s]
NETWORK, SCROLLS = "rtmo-s", 12


def open_preferences():
    """Generator: the add-on on, the largest area shows its preferences."""
    bpy.ops.preferences.addon_enable(module=NAME)
    assert NAME in bpy.context.preferences.addons, "the add-on could not be enabled"
    screen = bpy.context.window_manager.windows[0].screen
    area = max(screen.areas, key=lambda area: area.width * area.height)
    area.type = "PREFERENCES"
    yield 0.5
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Monorig"
    bpy.ops.preferences.addon_expand(module=NAME)
    yield 0.5


def made_up_runtime():
    """A wheel in a folder, and an offer that consists of it."""
    gpu_runtime = module("inference.gpu_runtime")
    wheel = RESULTS / "wheels" / "onnxruntime_gpu-9.9-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("onnxruntime/__init__.py", "")
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    listed = gpu_runtime.Wheel(wheel.name, wheel.stat().st_size, sha256)
    offer = gpu_runtime.offer("linux", "x86_64", "cp311")
    user_folder = module("operators.user_folder")
    user_folder._offer = lambda: dataclasses.replace(offer, wheels=(listed,))
    return wheel.parent


def stand_in(errand, plan):
    """A self-test that takes a moment and finds the card working."""
    begun = time.monotonic()
    while time.monotonic() - begun < TEST_TAKES:
        errand.progress("Capturing on the graphics card", time.monotonic() - begun, TEST_TAKES)
        time.sleep(0.02)
    told = {"ok": True, "sentence": "Everything works: 80 frames per second with CUDA."}
    report = "\n".join(f"{name}: {text}" for name, text in plan.facts)
    card = {"provider": "CUDAExecutionProvider", "card_works": bool(plan.card)}
    return {**told, **card, "report": report, "frames_per_second": 80.0}


def shop(ends):
    """Where networks are fetched from; a download that does not end stays at its middle."""

    def get(_source, archive, report):
        while True:
            report.bytes(8 << 20, 16 << 20)
            if ends:
                break
            time.sleep(0.1)
        archive.write_bytes(b"weights" * 1000)

    sources, networks = module("inference.sources"), module("operators.networks")
    sources.GETTERS = {"https": get}
    sources.extract = lambda archive, _member, target: target.write_bytes(archive.read_bytes())
    networks.online = lambda: True


def scroll():
    """The preferences are shown further down."""
    window = bpy.context.window_manager.windows[0]
    area = next(a for a in window.screen.areas if a.type == "PREFERENCES")
    region = next(r for r in area.regions if r.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        for _ in range(SCROLLS):
            bpy.ops.view2d.scroll_down()


def state_of(name):
    return next(one.state for one in module("operators.networks").kept() if one.name == name)


def networks_managed(chosen):
    """Generator: the list unfolded, a fetch cancelled, one to the end, the network removed again."""
    chosen.cache_folder, chosen.show_networks = str(RESULTS / "cache"), True
    shop(ends=False)
    yield from picture("12-networks")
    seen["network"] = [state_of(NETWORK)]
    bpy.ops.monorig.network_fetch(name=NETWORK)
    yield from until(lambda: status().share > 0.3, "progress of the download")
    yield from picture("13-fetching")
    bpy.ops.monorig.cancel()
    yield from until(lambda: status().over, "the end after a cancel")
    seen["network"].append(state_of(NETWORK))
    shop(ends=True)
    bpy.ops.monorig.network_fetch(name=NETWORK)
    yield from until(lambda: status().over, "the end of the download")
    seen["network"].append(state_of(NETWORK))
    scroll()
    yield from picture("14-fetched")
    bpy.ops.monorig.network_remove(name=NETWORK)
    seen["network"].append(state_of(NETWORK))


def play():
    """Look, fetch a network, choose the processor, self-test, cancel one, install from a folder, remove."""
    yield from open_preferences()
    chosen = bpy.context.preferences.addons[NAME].preferences
    yield from picture("9-preferences")
    yield from networks_managed(chosen)
    chosen.show_networks = False
    chosen.device = "CPU"
    seen["device"] = [chosen.device, module("operators.user_folder").settings()["device"]]
    chosen.device = "AUTO"
    module("inference.self_test").run = stand_in
    bpy.ops.monorig.self_test()
    yield from until(lambda: status().share > 0.3, "progress of the self-test")
    yield from picture("10-self-test")
    bpy.ops.monorig.cancel()
    yield from until(lambda: status().over, "the end after a cancel")
    seen["cancelled"] = [status().phase, status().sentence]
    shelf = made_up_runtime()
    bpy.ops.monorig.install_gpu_runtime_from(directory=str(shelf))
    yield from until(lambda: status().over, "the end of the installation")
    seen["installed"] = [status().phase, module("operators.user_folder").uses_card()]
    bpy.ops.monorig.copy_report()
    seen["report"] = bpy.context.window_manager.clipboard
    yield from picture("11-installed")
    bpy.ops.monorig.remove_gpu_runtime()
    seen["removed"] = module("operators.user_folder").uses_card()
    bpy.ops.preferences.addon_disable(module=NAME)


stage.run(play)
