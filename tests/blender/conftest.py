"""Tests inside Blender: skipped where there is no bpy; each starts from an empty file."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CLIP = HERE.parent / "data" / "tone.mp4"

if importlib.util.find_spec("bpy") is None:
    pytest.skip("bpy is not installed for this Python", allow_module_level=True)


@pytest.fixture(autouse=True)
def empty_file():
    """An empty file before each test."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    yield bpy.context.scene


@pytest.fixture
def addon():
    """The add-on registered as Blender does it, and unregistered after the test."""
    place = ROOT / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        "monorig", place, submodule_search_locations=[str(ROOT)]
    )
    module = importlib.util.module_from_spec(spec)
    package = sys.modules["monorig"]
    sys.modules["monorig"] = module
    spec.loader.exec_module(module)
    module.register()
    yield module
    module.unregister()
    sys.modules["monorig"] = package


@pytest.fixture
def play(addon, monkeypatch, tmp_path):
    """play(role, motion): the next captures talk to a fake child; returns the clients they make."""
    import bpy
    from monorig.inference import client
    from monorig.operators import work

    out, clients = tmp_path / "OUT.npz", []

    def cast(role, motion=None):
        def make_client():
            words = [sys.executable, str(HERE / "fake_child.py"), str(ROOT), role, str(out)]
            clients.append(client.Client(command=words))
            return clients[-1]

        if motion is not None:
            motion.save(out)
        monkeypatch.setattr(work, "make_client", make_client)
        monkeypatch.setattr(client, "package_folders", list)  # the fake child needs none
        settings = bpy.context.scene.monorig.capture
        settings.clip, settings.take_folder = str(CLIP), str(tmp_path / "take")
        return clients

    return cast
