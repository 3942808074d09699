"""Feet that stand in the source stand on a rig with other legs; and legs reach where they are sent."""

from dataclasses import replace

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget import bone_map, planting, retargeting, roles, root_motion
from monorig.retarget.person_motion import PersonMotion
from monorig.retarget.t_pose import t_pose
from stand_in_rigs import hierarchy_attachments, stand_in

FPS, FRAMES = 30.0, 90
CREEP = 0.0006  # [m] a frame by which the source's feet wander
MOST_PER_FRAME, DEEPEST = (
    0.003,
    0.005,
)  # [m] that a planted foot may slide, and that a sole may sink in
STANDS, HEIGHT = 0.002, 0.003  # [m] of way in a stance, of height
MAP = bone_map.built_in()["unreal"]


def target(thigh=1.0, shin=1.0):
    """Target of a stand-in whose legs are longer or shorter by factors."""
    rig = stand_in(MAP)
    T = rig.rest.T_armature_bone.copy()
    names = list(rig.rest.bone_names)
    for side in "lr":
        hip, knee, ankle = (T[names.index(f"{n}_{side}"), 2, 3] for n in ("thigh", "calf", "foot"))
        longer = np.array([0, 0, (hip - knee) * (thigh - 1) + (knee - ankle) * (shin - 1)])
        for name in names:
            if name.endswith(f"_{side}") and name.startswith(("thigh", "calf")):
                T[names.index(name), :3, 3] += longer * name.startswith("thigh")
        T[names.index(f"calf_{side}"), 2, 3] = ankle + (knee - ankle) * shin
        rise = longer[2]
    upper = [
        k
        for k, n in enumerate(names)
        if not n.startswith(("thigh", "calf", "foot", "ball", "root"))
    ]
    T[upper, 2, 3] += rise
    rest = replace(rig.rest, T_armature_bone=T)
    driven = retargeting.driven_bones(MAP.within(names), root_motion.HIPS)
    found = hierarchy_attachments(rest, driven)
    return retargeting.Target(rest, MAP.within(names), t_pose(rest, MAP), found)


def stepping():
    """PersonMotion that sways with both feet down, then steps to the side and stands again."""
    t = np.arange(FRAMES) / FPS
    source = target()
    leg = source.t_pose.leg
    bend = 0.25 + 0.15 * np.sin(5 * t)
    turned = {r: np.tile(np.eye(3), (FRAMES, 1, 1, 1)) for r in roles.MOVED}
    for side in roles.SIDES:
        lift = bend + (0.7 * np.exp(-(((t - 1.5) / 0.12) ** 2)) if side == "L" else 0)
        thigh = rotations.exp(-lift[:, None] * np.array([1.0, 0, 0]))
        turned[f"thigh.{side}"] = thigh[:, None]
        turned[f"shin.{side}"] = rotations.exp(lift[:, None] * np.array([1.0, 0, 0]))[:, None]
    hips = np.zeros((FRAMES, 3))
    lengths = source.t_pose.lengths
    ankle = leg - lengths["thigh.R"] - lengths["shin.R"]
    down = (lengths["thigh.R"] + lengths["shin.R"]) * np.cos(bend)
    hips[:, 2] = ankle + down
    hips[:, 1] = (lengths["thigh.R"] - lengths["shin.R"]) * np.sin(bend)
    shape, soles = source.t_pose, []
    for point, side in enumerate("LLRR"):
        x = 0.09 * (1 if side == "L" else -1)
        place = hips + np.array([x, 0, 0])
        for role in ("thigh", "shin"):
            place = place - lengths[f"{role}.{side}"] * turned[f"{role}.{side}"][:, 0, :, 2]
        soles.append(place + shape.soles[point])
    kinds = np.ones(FRAMES, np.uint8)
    return PersonMotion(t * FPS + 1, kinds, turned, hips, np.stack(soles, 1), leg, lengths), t


def soles_of(rig, result, seconds):
    """(N,4,3) soles of a retargeted rig by forward kinematics."""
    from monorig.retarget import posing

    basis = {}
    for bone, R in result.rotations.items():
        basis[bone] = np.tile(np.eye(4), (len(seconds), 1, 1))
        basis[bone][:, :3, :3] = R
        if bone in result.locations:
            basis[bone][:, :3, 3] = result.locations[bone]
    pose = posing.pose(rig.rest, basis, ["foot_l", "foot_r"])
    found = []
    for point, side in enumerate("llrr"):
        T = pose[f"foot_{side}"]
        J = T[:, :3, :3] @ rig.t_pose.joint[f"foot_{side}"].T
        found.append(T[:, :3, 3] + J @ rig.t_pose.soles[point])
    return np.stack(found, 1)


@pytest.mark.parametrize("legs", [(1.0, 1.0), (1.15, 0.9), (0.8, 1.1), (1.3, 1.3)])
def test_standing_soles_stay_at_their_place_and_height(legs):
    person, seconds = stepping()
    rig = target(*legs)
    result = retargeting.retarget(person, rig, retargeting.Options(), seconds)
    stands, _floor = planting.standing(person, seconds)
    soles = soles_of(rig, result, seconds)
    assert stands[:, 2:].all() and stands[:30, :2].all() and not stands[45, :2].any()
    for point in range(4):
        for stretch in planting.stretches(stands[:, point]):
            inner = stretch[3:-3] if len(stretch) < FRAMES else stretch
            assert np.ptp(soles[inner, point, :2], axis=0).max() < STANDS
            assert np.abs(soles[inner, point, 2]).max() < HEIGHT


@pytest.mark.parametrize("longer", [0.8, 1.2])
def test_standing_soles_hardly_move_and_sink_on_legs_a_fifth_longer_or_shorter(longer, rng):
    person, seconds = stepping()
    creep = np.cumsum(rng.normal(0, CREEP, (FRAMES, 3)), axis=0) * [1.0, 1.0, 0.0]
    moved = replace(
        person, hips=person.hips + creep, soles=person.soles + creep[:, None] * [1.0, 1.0, 0.0]
    )
    rig = target(longer, longer)
    result = retargeting.retarget(moved, rig, retargeting.Options(), seconds)
    stands, _floor = planting.standing(moved, seconds)
    soles, both = soles_of(rig, result, seconds), stands[1:] & stands[:-1]
    assert both.sum() > FRAMES
    assert np.linalg.norm(np.diff(soles[..., :2], axis=0), axis=-1)[both].max() < MOST_PER_FRAME
    assert soles[..., 2].min() > -DEEPEST


def test_what_is_stood_on_is_never_above_the_sole_that_rests(rng):
    person, seconds = stepping()
    rough = replace(person, soles=person.soles + np.abs(rng.normal(0, 0.004, (FRAMES, 4, 1))))
    stands, floor = planting.standing(rough, seconds)
    assert (floor <= np.where(stands, rough.soles[..., 2], np.inf).min(1) + 1e-9)[
        stands.any(1)
    ].all()
    assert np.abs(np.diff(floor)).max() < 0.002


def test_without_planting_other_legs_slide():
    person, seconds = stepping()
    rig = target(1.15, 0.9)
    free = retargeting.retarget(person, rig, retargeting.Options(planted=0.0), seconds)
    assert np.ptp(soles_of(rig, free, seconds)[:, 2, 1]) > 5 * STANDS


def test_a_leg_reaches_its_goal(rng):
    hip = rng.normal(size=(50, 3))
    axis = rotations.exp(rng.normal(size=(50, 3))) @ np.array([1.0, 0, 0])
    side = np.cross(axis, rng.normal(size=(50, 3)))
    down = side / np.linalg.norm(side, axis=1, keepdims=True) * 0.45
    knee = hip + down
    bend = rotations.exp(rng.uniform(0.2, 1.5, 50)[:, None] * axis)
    ankle = knee + np.einsum("nij,nj->ni", bend, down * 0.9)
    goal = ankle + rng.normal(0, 0.05, (50, 3))
    thigh, shin = planting.reach(hip, knee, ankle, goal, axis)
    reached = hip + np.einsum("nij,nj->ni", thigh, knee - hip)
    reached = reached + np.einsum("nij,nj->ni", shin, ankle - knee)
    near = np.linalg.norm(goal - hip, axis=1) < planting.FREELY * (0.45 + 0.405)
    assert near.sum() > 30 and np.abs(reached - goal)[near].max() < 1e-6


def test_a_knee_does_not_snap_where_its_goal_goes_out_of_reach():
    """A goal that goes away at an even speed from a leg 1 m long, beside a knee that stops when it is straight."""
    away = np.linspace(0.90, 1.10, 41)
    goal = np.array([0.0, 0.0, -1.0]) * away[:, None]
    hip, knee = np.zeros((41, 3)), np.tile([0.0, -0.5 * np.sin(0.4), -0.5 * np.cos(0.4)], (41, 1))
    ankle, axis = np.tile([0.0, 0.0, -np.cos(0.4)], (41, 1)), np.tile([1.0, 0.0, 0.0], (41, 1))
    thigh, shin = planting.reach(hip, knee, ankle, goal, axis)
    reached = np.einsum("nij,nj->ni", thigh, knee) + np.einsum("nij,nj->ni", shin, ankle - knee)
    bend = 2 * np.arccos(np.linalg.norm(reached, axis=1))
    hard = 2 * np.arccos(np.minimum(away, planting.STRETCH))
    assert np.abs(np.diff(bend, 2)).max() < 0.25 * np.abs(np.diff(hard, 2)).max()
    assert np.abs(bend - hard)[away < planting.FREELY].max() < 1e-6 and bend[-1] < hard[-1] + 0.01


def test_a_foot_is_lifted_out_of_the_ground_in_time_and_softly():
    times, floor, model = np.arange(40) / FPS, np.zeros(40), np.full((40, 4, 3), 0.05)
    soles = np.zeros((40, 4, 3))
    soles[20:24, 1, 2] = [-0.01, -0.03, -0.03, -0.01]
    lift = planting.lift(soles, model, floor, times, 0.15)
    assert (lift[:, 0] >= -soles[:, 1, 2]).all() and (lift[[0, -1]] == 0).all()
    snaps = np.abs(np.diff(soles[:, 1, 2], 2)).max()
    assert np.abs(np.diff(lift, 2, axis=0)).max() < 0.4 * snaps and (lift[:, 1] == 0).all()


def test_who_walks_on_a_roof_stays_on_it():
    person, seconds = stepping()
    roof = replace(person, hips=person.hips + [0, 0, 3.0], soles=person.soles + [0, 0, 3.0])
    rig = target(0.8, 0.8)
    result = retargeting.retarget(roof, rig, retargeting.Options(), seconds)
    assert np.abs(soles_of(rig, result, seconds)[:, 2:, 2] - 3.0).max() < HEIGHT


def test_who_jumps_off_a_roof_and_runs_on_is_not_above_the_ground_any_more():
    """Nobody stands after the fall, and a rig of another size would run under the ground or above it."""
    person, seconds = stepping()
    t = np.clip(seconds - 1.0, 0.0, None)
    fall = np.minimum(0.5 * 9.81 * t**2, 2.0)
    stride = np.where(t > 0.7, 0.2 + 0.2 * np.sin(15 * t), 0.0)
    soles = np.zeros((FRAMES, 4, 3))
    soles[..., 2] = (2.0 - fall)[:, None]
    soles[:, :2, 2] += stride[:, None]
    soles[:, 2:, 2] += (0.4 * (t > 0.7) - stride)[:, None]
    soles[..., 1] = (3.0 * t)[:, None]
    stands, floor = planting.standing(replace(person, soles=soles), seconds)
    assert not stands[-30:].any() and np.allclose(floor[seconds < 0.8], 2.0)
    assert (np.abs(floor[seconds > 1.9]) < 0.25).all()


def test_nobody_stands_in_free_flight():
    t = np.arange(40) / FPS
    soles = np.tile((t**2 * 5)[:, None, None], (1, 4, 3)) + 1.0 + t[:, None, None]
    assert not planting.resting(soles, 0.9, t).any()
