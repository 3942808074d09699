"""Live people with fingers: their armatures have them, and bend them as they are told."""

import bpy
import numpy as np
from live_sessions import assert_follows
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


def test_fingers_of_live_people_bend(addon):
    motion = synthetic_motion(people=1, frames=1, gaps=False)
    offsets = [motion.rest_offset, hand_motion.rest_offsets(motion.height_m)]
    body = LiveBody(np.concatenate(offsets, 1), motion.height_m)
    scene = (bpy.context.scene.name, bpy.context.scene.session_uid)
    puppet = finished(live_rigs.own_steps(Made(), 1, body, scene))
    R = motion.T_world_joint[0, 0, :, :3, :3]
    curled = np.tile(hand_skeleton.UPPER, (2, 1))
    R_hands = R[[BODY.index(f"hand.{side}") for side in hand_motion.SIDES]]
    fingers = hand_motion.turns(R_hands, curled).reshape(-1, 3, 3)
    turned = rotations.quaternion(np.concatenate([R, fingers]))[None]
    T = body.frames(motion.T_world_joint[:, 0, 0, :3, 3], turned)[0]
    puppet.write(*puppet.channels(body, T))
    assert_follows(puppet.owner(), T, WITH_FINGERS)
    assert live_rigs._known(1, scene, WITH_FINGERS) == puppet.named
    assert live_rigs._known(1, scene, BODY) is None
