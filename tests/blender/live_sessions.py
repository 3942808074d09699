"""What tests of live mode share: a session whose ticks the test makes itself, rigs, what Blender shows."""

import sys
from pathlib import Path

import bpy
import numpy as np
import pytest
from monorig.inference import client
from monorig.operators import live, work
from monorig.operators.live_life import LiveLife
from monorig.retarget import bone_map, roles
from retarget_scenes import LIMBS, armature, degrees_between
from stand_in_rigs import stand_in
from ticking import tick_until

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIP = HERE.parent / "data" / "tone.mp4"


@pytest.fixture
def begin(addon, monkeypatch):
    """begin(role, rigs=…): a live session whose ticks the test makes itself, and what ended in it."""
    lives = []

    def start(role, rigs=(), own=True, ik=False):
        def make_client():
            words = [sys.executable, str(HERE / "live_child.py"), str(ROOT), role]
            return client.Client(command=words)

        monkeypatch.setattr(work, "make_client", make_client)
        monkeypatch.setattr(client, "package_folders", lambda *_: [])
        chosen = bpy.context.scene.monorig.live
        chosen.source, chosen.clip, chosen.own_people = "CLIP", str(CLIP), own
        chosen.rigs.clear()
        for owner, person in rigs:
            row = chosen.rigs.add()
            row.target, row.person = owner, person
            row.ik_hand = row.ik_foot = ik
        endings = []
        asked = live.LiveWork(live.read_request(bpy.context))
        life = LiveLife(
            asked, lambda: None, lambda: endings.append("done"), lambda: endings.append("end")
        )
        lives.append(life)
        return life, endings

    yield start
    for life in lives:
        if not life.status.over:
            life.close("")


def rig(family, name):
    """A rig of a family, standing apart from the others."""
    return armature(stand_in(bone_map.built_in()[family], 45.0), name=name)


def evaluated(owner, bones):
    """{bone: (4,4)} as Blender shows them now."""
    bpy.context.view_layer.update()
    seen = owner.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {b: np.array(seen.matrix_world @ seen.pose.bones[b].matrix, float) for b in bones}


def channels(owner):
    return [np.array(bone.matrix_basis) for bone in owner.pose.bones]


def people():
    """{identity: armature} that live mode made."""
    return {
        o["monorig_identity"]: o
        for o in bpy.data.objects
        if o.type == "ARMATURE" and "monorig_live" in o
    }


def shown(life, identities=(1, 2)):
    tick_until(life, lambda _: life.live.identities == identities and len(people()) == 2)


def held(life):
    """Pauses, and waits until the last pose is on everybody."""
    life.pause(True)
    tick_until(life, lambda status: status.stage == "paused" and life._stage.up_to_date)


def stopped(life):
    life.cancel()
    tick_until(life, lambda status: status.over)


def assert_follows(owner, T_world_joint, joints):
    """Heads of the bones are where the joints are."""
    found = evaluated(owner, joints)
    for joint, T in zip(joints, T_world_joint):
        np.testing.assert_allclose(found[joint][:3, 3], T[:3, 3], atol=2e-3)  # [m]


def assert_limbs_agree(owner, family, person):
    bones = {role: chain[0] for role, chain in bone_map.built_in()[family].bones.items()}
    there = {role: bones[role] for role in bones if bones[role] in owner.pose.bones}
    found = evaluated(owner, there.values())
    own = evaluated(person, [role for role in there if role in person.pose.bones])
    for limb in LIMBS:
        a = found[there[roles.below(limb)]][:3, 3] - found[there[limb]][:3, 3]
        b = own[roles.below(limb)][:3, 3] - own[limb][:3, 3]
        assert degrees_between(a, b) < 3, limb
