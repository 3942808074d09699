"""Presets of capture and fit are kept and brought back by Blender's own system."""

from pathlib import Path

import bpy
import pytest
from monorig.operators import presets


@pytest.fixture(autouse=True)
def registered(addon):
    return addon


def chosen():
    settings = bpy.context.scene.monorig
    return settings.capture.chain, settings.fit.solver, round(settings.fit.smoothing, 3)


def test_a_preset_brings_the_settings_back(tmp_path, monkeypatch):
    monkeypatch.setattr(bpy.utils, "user_resource", lambda *_, **__: str(tmp_path))
    settings = bpy.context.scene.monorig
    settings.capture.chain, settings.fit.solver, settings.fit.smoothing = "SOLO", "LIVE", 3.5
    assert bpy.ops.monorig.preset_add(name="One dancer") == {"FINISHED"}
    kept = list(Path(tmp_path).glob("*.py"))
    assert len(kept) == 1
    before = chosen()
    settings.capture.chain, settings.fit.solver, settings.fit.smoothing = "TAKE", "TAKE", 1.0
    assert bpy.ops.script.execute_preset(
        filepath=str(kept[0]), menu_idname="MONORIG_PT_presets"
    ) == {"FINISHED"}
    assert chosen() == before


def test_everything_in_a_preset_is_a_setting():
    settings = bpy.context.scene.monorig
    assert all(hasattr(settings.capture, name) for name in presets.CAPTURE)
    assert all(hasattr(settings.fit, name) for name in presets.FIT)
