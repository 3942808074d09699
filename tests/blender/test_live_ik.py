"""Live mode with IK controls: limbs are driven and recorded by them, and stand as before at the end."""

import bpy
import numpy as np
from live_sessions import begin, channels, evaluated, held, shown, stopped
from monorig.retarget import bone_map
from monorig.retarget.action import curves
from retarget_scenes import armature
from stand_in_rigs import stand_in
from steered_rigs import bent, steered
from ticking import tick_until

__all__ = ["begin"]

BESIDE = 0.003  # [m] from where FK has hands and feet


def steered_rig():
    drawn = bent(stand_in(bone_map.built_in()["unreal"], 45.0))
    return steered(armature(drawn), drawn.truth, "copying")


def assert_ends_agree(owner):
    """Hands and feet, which IK steers, are where the FK controls have them; and they have moved."""
    for bone, by_fk in (("hand_l", "fk_hand.L"), ("foot_r", "fk_foot.R")):
        T = evaluated(owner, [bone, by_fk])
        assert np.linalg.norm(T[bone][:3, 3] - T[by_fk][:3, 3]) < BESIDE
        assert np.linalg.norm(T[bone][:3, 3] - owner.data.bones[bone].head_local) > 10 * BESIDE


def test_ik_controls_are_driven_and_put_back(begin):
    owner = steered_rig()
    before = channels(owner), owner.pose.bones["ik_hand.L"]["ik_fk"]
    life, _endings = begin("two", [(owner, 1)], ik=True)
    shown(life)
    tick_until(life, lambda _: dict(life.live.rigs) == {owner.name: 1})
    held(life)
    assert owner.pose.bones["ik_hand.L"]["ik_fk"] == 1.0
    assert_ends_agree(owner)
    stopped(life)
    np.testing.assert_allclose(channels(owner), before[0], atol=1e-6)
    assert owner.pose.bones["ik_hand.L"]["ik_fk"] == before[1]


def test_a_recording_has_the_ik_controls_too(begin):
    owner = steered_rig()
    life, endings = begin("two", [(owner, 1)], ik=True)
    shown(life)
    life.record(countdown=0.0)
    tick_until(life, lambda _: life.live.recording == "RECORDING" and life.live.seconds > 0.3)
    life.stop_recording()
    tick_until(life, lambda _: endings == ["done"])
    found = curves(owner.animation_data.action)
    groups = {group.name for group in found.groups}
    assert {"ik_hand.L", "pole_foot.R", "fk_upper_arm.L"} <= groups
    assert found.fcurves.find('pose.bones["ik_hand.L"]["ik_fk"]').evaluate(1) == 1.0
    stopped(life)
    bpy.context.scene.frame_set(int(owner.animation_data.action.frame_range[0]))
    assert_ends_agree(owner)
