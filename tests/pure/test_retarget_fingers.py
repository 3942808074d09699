"""Fingers that nobody has seen curl a little towards the palm, whatever the rig's rest pose and rolls."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from monorig.inference import rotations
from monorig.retarget import bone_map, fingers, posing, retargeting, roles
from monorig.retarget.t_pose import t_pose
from stand_in_rigs import bone_matrices, stand_in

FAMILIES = bone_map.built_in()
OUTWARD = {"Left": np.array([1.0, 0, 0]), "Right": np.array([-1.0, 0, 0])}


def with_fingers(lowered_deg, rng):
    """Target of a Mixamo stand-in with two more bones per finger, and a ring finger."""
    rig = stand_in(FAMILIES["mixamo"], lowered_deg, roll=rng)
    names, parents = list(rig.rest.bone_names), list(rig.rest.parents)
    T = list(rig.rest.T_armature_bone)
    for side in OUTWARD:
        middle = names.index(f"mixamorig:{side}HandMiddle1")
        names.append(f"mixamorig:{side}HandRing1")
        parents.append(parents[middle])
        T.append(T[middle])
        for finger in ("Index", "Middle", "Ring", "Pinky"):
            for number in (2, 3):
                above = names.index(f"mixamorig:{side}Hand{finger}{number - 1}")
                along = T[above][:3, :3] @ [0, 0.03, 0]
                head = T[above][:3, 3] + along
                names.append(f"mixamorig:{side}Hand{finger}{number}")
                parents.append(above)
                T.append(bone_matrices(head[None], (head + along)[None], rng)[0])
    rest = replace(
        rig.rest,
        bone_names=tuple(names),
        parents=np.array(parents),
        T_armature_bone=np.array(T),
        rotation_modes=("QUATERNION",) * len(names),
    )
    found = FAMILIES["mixamo"].within(names)
    return retargeting.Target(rest, found, t_pose(rest, found), {})


@pytest.mark.parametrize("lowered_deg", [0.0, 45.0, 80.0])
def test_all_four_fingers_curl_towards_the_palm(lowered_deg, rng):
    target = with_fingers(lowered_deg, rng)
    found = fingers.relaxed(target)
    assert len(found) == 2 * 4 * 3
    index = {name: bone for bone, name in enumerate(target.rest.bone_names)}
    for side, out in OUTWARD.items():
        sign = -1.0 if side == "Left" else 1.0
        to_t_pose = rotations.exp(np.array([0, np.radians(lowered_deg) * sign, 0]))
        bent = np.eye(3)
        for number, curl in zip((1, 2, 3), np.cumsum(fingers.CURL)):
            bone = f"mixamorig:{side}HandRing{number}"
            R_rest = target.rest.T_armature_bone[index[bone], :3, :3]
            bent = bent @ (R_rest @ found[bone] @ R_rest.T)
            along = to_t_pose @ bent @ R_rest @ [0, 1.0, 0]
            assert np.allclose(along, np.cos(curl) * out + np.sin(curl) * np.array([0, 0, -1.0]))


def test_what_steers_itself_is_left_alone(rng):
    target = with_fingers(0.0, rng)
    steered = replace(target.rest, steered=frozenset({"mixamorig:LeftHandIndex2"}))
    assert "mixamorig:LeftHandIndex2" not in fingers.relaxed(replace(target, rest=steered))


def test_rigs_without_fingers_get_none():
    whole = FAMILIES["monorig"]
    bones = {r: c for r, c in whole.bones.items() if roles.split(r)[0] not in roles.KNUCKLES}
    rig = stand_in(replace(whole, bones=bones))
    found = whole.within(rig.rest.bone_names)
    target = retargeting.Target(rig.rest, found, t_pose(rig.rest, found), {})
    assert fingers.relaxed(target) == {}


def in_world(target, basis):
    """{bone: (N,4,4)} of hands and fingers, whose hands stand at rest and whose fingers have these bases."""
    T_basis = {}
    for bone, R in basis.items():
        T_basis[bone] = np.broadcast_to(np.eye(4), (len(R), 4, 4)).copy()
        T_basis[bone][:, :3, :3] = R
    wanted = [*basis, *(f"mixamorig:{side}Hand" for side in OUTWARD)]
    return posing.pose(target.rest, T_basis, wanted)


@pytest.mark.parametrize("lowered_deg", [0.0, 45.0, 80.0])
def test_fingers_of_a_source_are_those_of_the_target(lowered_deg, rng):
    target = with_fingers(lowered_deg, rng)
    wanted = {
        (finger, side): rotations.exp(rng.uniform(-1.2, 1.2, (4, 3, 3)))
        for finger in ("index", "middle", "ring", "pinky")
        for side in "LR"
    }
    T_world = in_world(target, fingers.followed(target, wanted))
    told = fingers.turned(target.flat_hands, target.t_pose, T_world)
    assert told.keys() == wanted.keys()
    for key, D in wanted.items():
        assert np.allclose(told[key], D, atol=1e-9)


def test_only_whole_fingers_of_a_source_are_told(rng):
    target = with_fingers(0.0, rng)
    T_world = in_world(
        target, fingers.followed(target, {("ring", "L"): np.tile(np.eye(3), (2, 3, 1, 1))})
    )
    told = fingers.turned(target.flat_hands, target.t_pose, T_world)
    assert set(told) == {("ring", "L")}
    del T_world["mixamorig:LeftHandRing3"]
    assert fingers.turned(target.flat_hands, target.t_pose, T_world) == {}


@pytest.mark.parametrize(
    ("names", "thumb"),
    [
        (("f_index.01.L", "thumb.01.L", "DEF-thumb.01.L", "thumb.01_master.L"), "thumb.01.L"),
        (("mixamorig:LeftHandIndex1", "mixamorig:LeftHandThumb1"), "mixamorig:LeftHandThumb1"),
        (("index.proximal.L", "thumb.metacarpal.L", "thumb.proximal.L"), "thumb.metacarpal.L"),
        (("index_01_l", "thumb_01_r", "thumb_01_l"), "thumb_01_l"),
        (("finger2-1.L", "finger1-1.L"), ""),
    ],
)
def test_a_thumb_is_named_as_the_index_finger_is(names, thumb):
    index = {name: bone for bone, name in enumerate(names)}
    assert fingers._thumb(SimpleNamespace(bone_names=names), names[0], index) == thumb
