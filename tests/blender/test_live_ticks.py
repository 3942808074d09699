"""Blender is never kept waiting by live mode: two people, two rigs, and a recording of it."""

import sys
from pathlib import Path

import bpy
import pytest
from monorig.inference import client
from monorig.operators import live, work
from monorig.operators.live_life import LiveLife
from monorig.retarget import bone_map
from retarget_scenes import armature
from stand_in_rigs import stand_in
from tick_times import ticks_are_short

pytestmark = pytest.mark.alone

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIP = HERE.parent / "data" / "tone.mp4"


class Recorded(LiveLife):
    """Records from the first people to the end."""

    def tick(self):
        if len(self.live.identities) == 2 and self.live.take == 0:
            self.record(countdown=0.0)
        return super().tick()


class RecordedWork(live.LiveWork):
    life = Recorded


def test_ticks_of_live_are_short(addon, monkeypatch):
    words = [sys.executable, str(HERE / "live_child.py"), str(ROOT), "long"]
    monkeypatch.setattr(work, "make_client", lambda: client.Client(command=words))
    monkeypatch.setattr(client, "package_folders", lambda *_: [])

    def make_work():
        bpy.ops.wm.read_homefile(use_empty=True)
        chosen = bpy.context.scene.monorig.live
        chosen.source, chosen.clip = "CLIP", str(CLIP)
        for person, family in ((1, "unreal"), (2, "mixamo")):
            row = chosen.rigs.add()
            rig = stand_in(bone_map.built_in()[family], 45.0)
            row.target, row.person = armature(rig, name=family), person
        return RecordedWork(live.read_request(bpy.context))

    ticks_are_short(make_work)
    assert "Live 1 unreal" in bpy.data.actions
