"""Live people with fingers: their armatures have them, and bend them as they are told."""

import bpy
import numpy as np
import pytest
from live_sessions import assert_follows, rig
from monorig.inference import hand_motion, hand_skeleton, rotations
from monorig.operators import live_rigs
from monorig.operators.datablocks import Made
from monorig.operators.live_pose import BODY, WITH_FINGERS, LiveBody
from synthetic_motion import synthetic_motion


def finished(steps):
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


@pytest.fixture
def body():
    """LiveBody of somebody with fingers."""
    motion = synthetic_motion(people=1, frames=1, gaps=False)
    offsets = [motion.rest_offset, hand_motion.rest_offsets(motion.height_m)]
    return LiveBody(np.concatenate(offsets, 1), motion.height_m)


def posed(body, angles):
    """T_world_joint (J,4,4) of somebody whose fingers have these angles (21,)."""
    motion = synthetic_motion(people=1, frames=1, gaps=False)
    R = motion.T_world_joint[0, 0, :, :3, :3]
    R_hands = R[[BODY.index(f"hand.{side}") for side in hand_motion.SIDES]]
    fingers = hand_motion.turns(R_hands, np.tile(angles, (2, 1))).reshape(-1, 3, 3)
    turned = rotations.quaternion(np.concatenate([R, fingers]))[None]
    return body.frames(motion.T_world_joint[:, 0, 0, :3, 3], turned)[0]


def test_a_rig_with_fingers_bends_them_too(addon, body):
    owner = rig("mixamo", "Fingers")
    chosen = live_rigs.LiveRig((owner.name, owner.session_uid), person=1, at_home=False)
    puppet = finished(live_rigs.rig_steps(chosen))
    flat, fist = (
        puppet.channels(1, body, posed(body, angles))[0]
        for angles in (np.zeros(hand_skeleton.NUM_DOFS), hand_skeleton.UPPER)
    )
    knuckles = [bone for bone in flat if bone.endswith("HandIndex1")]
    assert len(knuckles) == 2
    for bone in knuckles:
        assert np.degrees(np.linalg.norm(rotations.log(flat[bone].T @ fist[bone]))) > 60


def test_fingers_of_live_people_bend(addon, body):
    scene = (bpy.context.scene.name, bpy.context.scene.session_uid)
    puppet = finished(live_rigs.own_steps(Made(), 1, body, scene))
    T = posed(body, hand_skeleton.UPPER)
    puppet.write(*puppet.channels(body, T))
    assert_follows(puppet.owner(), T, WITH_FINGERS)
    assert live_rigs._known(1, scene, WITH_FINGERS) == puppet.named
    assert live_rigs._known(1, scene, BODY) is None
