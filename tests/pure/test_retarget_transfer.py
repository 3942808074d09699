"""T poses of rigs, joint frames dealt out to chains of any length, fewer keys: without Blender."""

from dataclasses import replace

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget import (
    attachments,
    bone_map,
    posing,
    reduce,
    retargeting,
    roles,
    root_motion,
    transfer,
)
from monorig.retarget.bone_space import MODES, rotation_channels
from monorig.retarget.person_motion import PersonMotion
from monorig.retarget.t_pose import NoBodyError, t_pose
from stand_in_rigs import ARM, hierarchy_attachments, stand_in

FAMILIES = bone_map.built_in()
TOLERANCE = 1e-6


def turned_by(angle):
    """(1,3,3) about the left axis."""
    return rotations.exp(np.array([[angle, 0.0, 0.0]]))


def person(**turned):
    """PersonMotion of one key in T pose, but for some roles ("upper_arm_L" = its turn)."""
    found = {role: np.tile(np.eye(3), (1, 1, 1, 1)) for role in roles.MOVED}
    for role, R in turned.items():
        found[role.replace("_L", ".L")] = R if R.ndim == 4 else R[:, None]
    zero = np.zeros((1, 3))
    soles = np.zeros((1, 4, 3))
    return PersonMotion(np.ones(1), np.ones(1, np.uint8), found, zero, soles, 0.9, {})


@pytest.mark.parametrize("lowered_deg", [0.0, 30.0, 60.0, 85.0])
def test_arms_are_raised_to_t_pose_without_twist(lowered_deg, rng):
    at_rest, down = (stand_in(FAMILIES["mixamo"], d) for d in (0.0, lowered_deg))
    shape = t_pose(down.rest, FAMILIES["mixamo"])
    back = rotations.exp(np.array([0, -np.radians(lowered_deg), 0]))
    for role in (f"{name}.L" for name in ARM[:3]):
        bone = down.truth[role][0]
        R = down.rest.T_armature_bone[down.rest.bone_names.index(bone), :3, :3]
        assert np.abs(shape.joint[bone] - back @ R).max() < TOLERANCE
    assert shape.leg == pytest.approx(t_pose(at_rest.rest, FAMILIES["mixamo"]).leg)


@pytest.mark.parametrize("axis", np.eye(3))
def test_a_rig_that_lies_or_looks_elsewhere_has_the_same_t_pose(axis):
    rig = stand_in(FAMILIES["unreal"], 40.0)
    turn = rotations.exp(axis * np.radians(90.0))
    T = rig.rest.T_armature_bone.copy()
    T[:, :3] = turn @ T[:, :3]
    shape, turned = (
        t_pose(r, FAMILIES["unreal"]) for r in (rig.rest, replace(rig.rest, T_armature_bone=T))
    )
    for bone, offset in shape.joint.items():
        assert np.abs(turned.joint[bone] - offset).max() < TOLERANCE


def test_what_lacks_limbs_or_has_no_extent_is_no_body():
    rig = stand_in(FAMILIES["mixamo"], leave_out=("hand.L",))
    with pytest.raises(NoBodyError, match="has no bone for hand.L"):
        t_pose(rig.rest, FAMILIES["mixamo"])
    flat = replace(rig.rest, T_armature_bone=np.tile(np.eye(4), (len(rig.rest.parents), 1, 1)))
    whole = FAMILIES["mixamo"].assigned("hand.L", FAMILIES["mixamo"].bones["hand.R"])
    with pytest.raises(NoBodyError, match="are at one place"):
        t_pose(flat, whole)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_a_bend_is_shared_by_the_spine_and_ends_where_it_ended(count):
    spine = np.stack([turned_by(0.3), turned_by(0.8)], 1)
    found = transfer.joint_rotations(
        person(spine=spine), {"spine": [f"s{k}" for k in range(count)]}, {}
    )
    angles = [rotations.log(found[f"s{k}"])[0, 0] for k in range(count)]
    assert angles[-1] == pytest.approx(0.8)
    assert np.all(np.diff([0.0, *angles]) > 0)
    assert np.diff([0.0, *angles]).max() < 1.8 * 0.8 / count


def test_twist_grows_along_limbs_of_several_bones():
    twist = rotations.exp(np.array([[1.0, 0, 0]]))
    swing = rotations.exp(np.array([[0, 0, -0.5]]))
    moved = person(forearm_L=swing @ twist)
    chains = {"forearm.L": ("bend", "twist"), "forearm_twist.L": ("extra",)}
    found = transfer.joint_rotations(moved, chains, {"extra": 0.25})
    axis = np.array([1.0, 0, 0])
    assert np.allclose(found["bend"], swing, atol=1e-9)
    assert np.allclose(found["twist"], swing @ twist, atol=1e-9)
    assert transfer.twist(found["extra"], axis)[0] == pytest.approx(0.25)
    assert np.allclose(found["extra"] @ axis, swing @ axis)


def test_twist_bones_sit_where_the_rest_pose_has_them():
    rig = stand_in(FAMILIES["unreal"])
    driven = retargeting.driven_bones(FAMILIES["unreal"], root_motion.HIPS)
    found = hierarchy_attachments(rig.rest, driven)
    target = retargeting.Target(rig.rest, FAMILIES["unreal"], None, found)
    places = retargeting.twist_places(target)
    assert places["upperarm_twist_01_l"] == pytest.approx(0.0)
    assert places["upperarm_twist_02_l"] == pytest.approx(0.5)


def test_bones_that_twist_by_themselves_get_no_keys():
    fixed = frozenset({"upperarm_twist_01_l", "hand_l"})
    driven = retargeting.driven_bones(FAMILIES["unreal"], root_motion.HIPS, fixed)
    assert "upperarm_twist_01_l" not in driven and "hand_l" in driven
    assert "root" not in driven and driven[0] == "pelvis"
    assert retargeting.driven_bones(FAMILIES["unreal"], root_motion.ROOT)[0] == "root"


def test_who_carries_whom_is_read_from_two_poses(rng):
    names, above, reach = ("a", "b", "c"), (-1, 0, 1), np.tile(np.eye(3), (3, 1, 1))
    place, turn = rng.normal(size=(3, 3)), rotations.exp(rng.normal(size=(3, 3)))

    def pose(seed):
        own = rotations.exp(np.random.default_rng(seed).normal(size=(3, 3)))
        R_start = [turn[0]]
        p = [place[0]]
        R = [turn[0] @ own[0]]
        for bone in (1, 2):  # c is turned by a, moved by b
            by = 0
            R_start.append(R[by] @ turn[bone])
            R.append(R_start[-1] @ own[bone])
            p.append(p[bone - 1] + R[bone - 1] @ place[bone])
        return attachments.Pose(np.array(R), np.array(p), np.array(R_start), np.array(p), 1.0)

    found = attachments.compared(
        attachments.Probe(names, reach, pose(1), pose(2), above, (False,) * 3)
    )
    assert (found["a"].turned_by, found["a"].moved_by) == (None, None)
    assert (found["b"].turned_by, found["b"].moved_by) == ("a", "a")
    assert (found["c"].turned_by, found["c"].moved_by) == ("a", "b")
    assert all(entry.certain for entry in found.values())
    assert np.allclose(found["c"].turn, turn[2]) and np.allclose(found["c"].place, place[2])
    assert attachments.in_order(found) == ("a", "b", "c")


@pytest.mark.parametrize("mode", MODES)
def test_channels_read_back_are_the_rotations(mode, rng):
    R = rotations.exp(np.cumsum(rng.normal(0, 0.1, (80, 3)), 0))
    values = rotation_channels(R, mode)[1]
    assert np.abs(posing.rotation_matrices(values, mode) - R).max() < TOLERANCE


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
def test_keys_are_left_out_within_the_bound(mode):
    frames = np.arange(200.0)
    R = rotations.exp(np.sin(frames / 25)[:, None] * [0.5, 0.3, 0.8])
    values = rotation_channels(R, mode)[1]
    bound, held = np.radians(0.5), np.zeros(200, bool)
    error = reduce.rotation_error(mode)
    kept, slopes = reduce.kept(frames, values, held, error, bound)
    for k, (first, last) in enumerate(zip(kept[:-1], kept[1:])):
        span = slice(first, last + 1)
        given = reduce.cubic(frames[span], values[[first, last]], slopes[k : k + 2])
        assert error(given, values[span]).max() <= bound + 1e-9
    assert kept[0] == 0 and kept[-1] == 199 and len(kept) < 20


def test_keys_beside_a_gap_stay():
    held = np.zeros(50, bool)
    held[20] = True
    still = np.zeros((50, 3))
    kept, _slopes = reduce.kept(np.arange(50.0), still, held, reduce.location_error(1.0), 0.01)
    assert list(kept) == [0, 20, 21, 49]


def test_still_bones_keep_two_keys():
    error = reduce.rotation_error("QUATERNION")
    kept, _slopes = reduce.kept(np.arange(9.0), np.ones((9, 4)), np.zeros(9, bool), error, 0.01)
    assert list(kept) == [0, 8]
