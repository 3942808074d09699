"""Hands that rest on things or on the body do so on a rig with other arms; others are left alone."""

from dataclasses import replace

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget import bone_map, posing, retargeting, root_motion, touching
from monorig.retarget.person_motion import person_motion
from monorig.retarget.t_pose import t_pose
from stand_in_rigs import hierarchy_attachments, stand_in

FPS, FRAMES = 30.0, 60
MAP = bone_map.built_in()["unreal"]
SLIDE = 0.003  # [m] a frame that a hand may move
UPPER, LOWER = 0.29, 0.25  # [m] of the stand-in's arms
SHOULDER = np.array([0.17, 0.02, 1.43])  # the left one
NEAR = 0.01  # [m] of the place that it touches
ARM_BONES = ("upperarm", "lowerarm", "hand", "index", "middle", "pinky")


def rig_with_arms(longer=1.0):
    """RigRest of a stand-in whose arms are so many times as long."""
    rest = stand_in(MAP).rest
    T, names = rest.T_armature_bone.copy(), list(rest.bone_names)
    for side in "lr":
        shoulder = T[names.index(f"upperarm_{side}"), :3, 3].copy()
        for row, name in enumerate(names):
            if name.endswith(f"_{side}") and any(word in name for word in ARM_BONES):
                T[row, :3, 3] = shoulder + (T[row, :3, 3] - shoulder) * longer
    return replace(rest, T_armature_bone=T)


def target(rest):
    """Target of a rig in which only parents carry."""
    table = MAP.within(rest.bone_names)
    driven = retargeting.driven_bones(table, root_motion.HIPS)
    return retargeting.Target(rest, table, t_pose(rest, MAP), hierarchy_attachments(rest, driven))


def performed(turns, hips):
    """PersonMotion of the stand-in: {role: (N,3) rotation vector in the world's axes} against what carries it."""
    rest = rig_with_arms()
    shape, table = t_pose(rest, MAP), MAP.within(rest.bone_names)
    index, basis = {name: row for row, name in enumerate(rest.bone_names)}, {}
    for role, chain in table.bones.items():
        R_rest = rest.T_armature_bone[index[chain[-1]], :3, :3]
        basis[chain[-1]] = np.tile(np.eye(4), (FRAMES, 1, 1))
        if role in turns:
            basis[chain[-1]][:, :3, :3] = R_rest.T @ rotations.exp(turns[role]) @ R_rest
    pelvis = table.bones["pelvis"][0]
    basis[pelvis][:, :3, 3] = hips @ rest.T_armature_bone[index[pelvis], :3, :3]
    mapped = [bone for chain in table.bones.values() for bone in chain]
    pose = posing.pose(rest, basis, mapped)
    frames = np.arange(1.0, FRAMES + 1)
    return person_motion(rest, table, shape, pose, frames, np.ones(FRAMES, np.uint8))


def wrists(rig, result):
    """{side: (N,3)} of the retargeted rig by forward kinematics."""
    basis = {}
    for bone, R in result.rotations.items():
        basis[bone] = np.tile(np.eye(4), (FRAMES, 1, 1))
        basis[bone][:, :3, :3] = R
        if bone in result.locations:
            basis[bone][:, :3, 3] = result.locations[bone]
    pose = posing.pose(rig.rest, basis, ["hand_l", "hand_r"])
    return {"L": pose["hand_l"][:, :3, 3], "R": pose["hand_r"][:, :3, 3]}


def reaching(side, shoulder, goal):
    """{role: (N,3)} with which the arm of a side reaches from the shoulder to the goal (N,3), elbow down."""
    outward = np.array([1.0 if side == "L" else -1.0, 0, 0])
    away = goal - shoulder
    reach = np.linalg.norm(away, axis=1)
    along = away / reach[:, None]
    at_shoulder = np.arccos((UPPER**2 + reach**2 - LOWER**2) / (2 * UPPER * reach))
    normal = np.cross(along, [0.0, 0.0, -1.0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    elbow = np.einsum("nij,nj->ni", rotations.exp(normal * at_shoulder[:, None]), along)
    R_upper = np.array([rotations.between(outward, v) for v in elbow])
    R_lower = np.array([rotations.between(outward, v) for v in away - UPPER * elbow])
    return {
        f"upper_arm.{side}": rotations.log(R_upper),
        f"forearm.{side}": rotations.log(np.swapaxes(R_upper, 1, 2) @ R_lower),
    }


def leaning():
    """The left hand on a table in front, the body sways: PersonMotion, place of the wrist."""
    t = np.arange(FRAMES) / FPS
    sway = 0.06 * np.sin(4 * t)[:, None] * np.array([0.3, 1.0, 0.0])
    goal = SHOULDER + [0.05, -0.28, -0.2]
    return performed(reaching("L", SHOULDER + sway, goal), sway), goal


def folded():
    """Both hands before the belly, at each other, going up and down a little."""
    t = np.arange(FRAMES) / FPS
    rise = np.array([0.0, 0.0, 1.0]) * (0.05 * np.sin(6 * t))[:, None]
    turns = {}
    for side, sign in (("L", 1.0), ("R", -1.0)):
        goal = np.array([0.05 * sign, -0.28, 1.15]) + rise
        turns.update(reaching(side, SHOULDER * [sign, 1, 1], goal))
    return performed(turns, np.zeros((FRAMES, 3)))


def retargeted(person, longer, **options):
    rig = target(rig_with_arms(longer))
    seconds = person.frames / FPS
    chosen = retargeting.Options(planted=0.0, **options)
    return wrists(rig, retargeting.retarget(person, rig, chosen, seconds))


@pytest.mark.parametrize("longer", [0.85, 1.0, 1.25])
def test_a_hand_on_a_table_stays_there_on_other_arms(longer):
    person, goal = leaning()
    assert np.ptp(person.places["hand.L"], axis=0).max() < 1e-9
    free = retargeted(person, longer)["L"]
    held = retargeted(person, longer, touching=1.0)["L"]
    assert np.linalg.norm(np.diff(held, axis=0), axis=1).max() < SLIDE
    assert np.linalg.norm(held - goal, axis=1).max() < NEAR
    assert longer == 1.0 or np.linalg.norm(free - goal, axis=1).max() > 3 * NEAR


@pytest.mark.parametrize("longer", [0.85, 1.25])
def test_hands_that_touch_each_other_go_on_doing_so(longer):
    person = folded()
    apart = np.linalg.norm(person.places["hand.L"] - person.places["hand.R"], axis=1)
    assert apart.max() < 0.2 * person.leg
    both = [retargeted(person, longer, touching=share) for share in (0.0, 1.0)]
    off = [np.abs(np.linalg.norm(p["L"] - p["R"], axis=1) - apart).max() for p in both]
    assert off[1] < NEAR < off[0]


def test_hands_that_swing_or_hang_touch_nothing():
    t = np.arange(FRAMES) / FPS
    for swing in (0.0, 0.6):
        down = {
            f"upper_arm.{side}": np.array([0, sign * 1.4, 0])
            + np.outer(np.sin(6 * t), [swing, 0, 0])
            for side, sign in (("L", 1.0), ("R", -1.0))
        }
        person = performed(down, np.outer(t, [0.0, -0.9 * (swing > 0), 0.0]))
        assert touching.touches(person, np.zeros(FRAMES), t) == []


def test_half_a_wish_goes_half_the_way():
    person, _goal = leaning()
    free, half, held = (retargeted(person, 1.25, touching=s)["L"] for s in (0.0, 0.5, 1.0))
    assert np.abs(half - (free + held) / 2).max() < NEAR


def test_the_hand_keeps_its_direction():
    person, _goal = leaning()
    rig = target(rig_with_arms(1.25))
    results = [
        retargeting.retarget(
            person, rig, retargeting.Options(planted=0.0, touching=s), person.frames / FPS
        )
        for s in (0.0, 1.0)
    ]
    pose = [
        posing.pose(rig.rest, {b: _with_rotation(R) for b, R in r.rotations.items()}, ["hand_l"])
        for r in results
    ]
    assert np.abs(pose[0]["hand_l"][:, :3, :3] - pose[1]["hand_l"][:, :3, :3]).max() < 1e-9


def _with_rotation(R):
    T = np.tile(np.eye(4), (len(R), 1, 1))
    T[:, :3, :3] = R
    return T
