"""Tests inside Blender: skipped where there is no bpy; each starts from an empty file."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CLIP = HERE.parent / "data" / "tone.mp4"

if importlib.util.find_spec("bpy") is None:
    pytest.skip("bpy is not installed for this Python", allow_module_level=True)


def pytest_sessionfinish(session, exitstatus):
    session.config.exit_status = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """Blender 4.2 as a module crashes on its way out after any add-on with a panel: it ends at once.

    Processes of pytest-xdist are left alone, as nobody looks at how they end.
    """
    bpy = sys.modules.get("bpy")
    if bpy is None or bpy.app.version >= (4, 3) or hasattr(config, "workerinput"):
        return
    config.get_terminal_writer().flush()
    os._exit(config.exit_status)


@pytest.fixture(autouse=True)
def empty_file():
    """An empty file before each test."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True)
    yield bpy.context.scene


@pytest.fixture(scope="session")
def rigify_file(tmp_path_factory):
    """A file with a rig that Rigify made ("rig") and its metarig."""
    from retarget_scenes import rigify_blend

    return rigify_blend(tmp_path_factory.mktemp("rigify"))


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


@pytest.fixture
def take(tmp_path):
    """Folder of a take of two made-up people, 24 frames at 30 a second."""
    from filmed import observations
    from monorig.inference.take import Take
    from synthetic_motion import IMAGE_SIZE, synthetic_motion

    truth = synthetic_motion(people=2, frames=24, gaps=False)
    description = {"clip": str(CLIP), "chain": "take", "image_size": list(IMAGE_SIZE), "fps": 30.0}
    record = Take(tmp_path / "take", description)
    for observation in observations(truth):
        record.append(observation)
    record.finish()
    record.close()
    truth.save(tmp_path / "take" / "OUT.npz")
    return tmp_path / "take"


@pytest.fixture
def captured(play, take):
    """A scene with the result of a played capture into that take; its collection."""
    import bpy
    from synthetic_motion import synthetic_motion

    play("ok", synthetic_motion(people=2, frames=24, gaps=False))
    assert bpy.ops.monorig.capture() == {"FINISHED"}
    return bpy.data.collections["tone"]


@pytest.fixture
def real_child(monkeypatch):
    """From now on the child is the real one."""
    import numpy as np
    from monorig.inference import client as clients
    from monorig.operators import work

    packages = lambda preferred: [str(Path(np.__file__).parent.parent)]  # noqa: E731
    monkeypatch.setattr(work, "make_client", lambda: clients.Client(python=sys.executable))
    monkeypatch.setattr(clients, "package_folders", packages)
