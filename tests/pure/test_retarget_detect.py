"""Which bone plays which role: found by names of every family, by words, and by shape alone."""

from dataclasses import replace

import numpy as np
import pytest
from makehuman_rigs import RIGS, makehuman_rig
from monorig.retarget import bone_map, detect, roles
from monorig.retarget.rig import RigRest
from stand_in_rigs import stand_in

FAMILIES = bone_map.built_in()
EACH_FAMILY = pytest.mark.parametrize("family", FAMILIES)
LIMB_SHARE = 0.9  # of limb bones that the shape alone has to find


def right(found, truth, only=roles.REQUIRED):
    """Share of the roles whose first bone belongs to the true chain."""
    hits = [found.bones.get(role, ("",))[0] in truth[role] for role in only]
    return sum(hits) / len(hits)


@EACH_FAMILY
def test_every_required_bone_of_a_family_is_found(family):
    rig = stand_in(FAMILIES[family], lowered_deg=40.0)
    found = detect.detect(rig.rest)
    assert found.sure == 1.0 and found.how == "names"
    assert right(found.bone_map, rig.truth) == 1.0


@EACH_FAMILY
def test_prefixes_and_suffixes_do_not_matter(family):
    rig = stand_in(FAMILIES[family])
    renamed = rig.renamed({name: f"Hero:{name}.001" for name in rig.rest.bone_names})
    assert right(detect.detect(renamed.rest).bone_map, renamed.truth) == 1.0


@EACH_FAMILY
def test_a_rig_renamed_into_another_family_is_found(family, rng):
    other = FAMILIES[rng.choice([name for name in FAMILIES if name != family])]
    rig = stand_in(FAMILIES[family], lowered_deg=30.0)
    names = {}
    for role, chain in rig.truth.items():
        names.update(zip(chain, (*other.bones.get(role, ()), *(f"extra {n}" for n in chain))))
    renamed = rig.renamed(names)
    assert right(detect.detect(renamed.rest).bone_map, renamed.truth) == 1.0


@EACH_FAMILY
@pytest.mark.parametrize("lowered_deg", [0.0, 45.0, 70.0])
def test_shape_alone_finds_the_limbs(family, lowered_deg, rng):
    rig = stand_in(FAMILIES[family], lowered_deg, spread_deg=6.0)
    shuffled = rng.permutation(len(rig.rest.bone_names))
    names = {name: f"bone{shuffled[k]}" for k, name in enumerate(rig.rest.bone_names)}
    blank = rig.renamed(names)
    found = detect.detect(blank.rest)
    limbs = [role for role in roles.REQUIRED if roles.split(role)[1]]
    assert found.how == "shape"
    assert right(found.bone_map, blank.truth, limbs) >= LIMB_SHARE


@pytest.mark.parametrize("name", RIGS)
def test_makehumans_rigs_are_known_by_name_and_by_shape(name):
    rig = makehuman_rig(name)
    found, by_shape = detect.detect(rig.rest), detect.by_shape(rig.rest)
    assert found.sure == 1.0 and found.how == "names"
    limbs = [role for role in roles.REQUIRED if roles.split(role)[1]]
    assert right(by_shape, found.bone_map.bones, limbs) >= LIMB_SHARE


@pytest.mark.parametrize("turn", [0, 1, 2])
def test_shape_is_found_whatever_axis_is_up(turn):
    rig = stand_in(FAMILIES["mixamo"]).renamed({})
    axes = np.roll(np.eye(4)[:3], turn, axis=0)
    T = rig.rest.T_armature_bone.copy()
    T[:, :3] = axes[:, :3] @ T[:, :3]
    blank = replace(rig.rest, T_armature_bone=T, bone_names=tuple(f"b{k}" for k in range(len(T))))
    truth = dict(zip(rig.rest.bone_names, blank.bone_names))
    found = detect.by_shape(blank)
    wrong = [r for r in roles.REQUIRED if found.bones[r][0] not in {truth[b] for b in rig.truth[r]}]
    assert wrong == []


def test_words_are_enough():
    words = {
        "pelvis": "Hips", "spine": "Torso", "head": "Head", "upper_arm": "{} upper arm", "forearm": "Elbow_{}",
        "hand": "{}Wrist", "thigh": "{}_upper_leg", "shin": "knee-{}", "foot": "{} ankle",
    }  # fmt: skip
    bones = {}
    for role in roles.REQUIRED:
        name, side = roles.split(role)
        bones[role] = (words[name].format({"L": "left", "R": "right", "": ""}[side]),)
    rig = stand_in(bone_map.BoneMap("words", bones))
    found = detect.by_words(rig.rest)
    assert right(found, rig.truth) == 1.0


def test_a_face_of_four_hundred_bones_does_not_disturb():
    rig = stand_in(FAMILIES["metahuman"])
    names, parents, T = list(rig.rest.bone_names), list(rig.rest.parents), rig.rest.T_armature_bone
    head = names.index("head")
    for k in range(400):
        names.append(f"FACIAL_{'LRC'[k % 3]}_Part{k}" if k else "FACIAL_C_FacialRoot")
        parents.append(head)
    more = np.repeat(T[head][None], 400, 0)
    rest = replace(
        rig.rest,
        bone_names=tuple(names),
        parents=np.array(parents),
        T_armature_bone=np.concatenate([T, more]),
        rotation_modes=("QUATERNION",) * len(names),
    )
    found = detect.detect(rest)
    assert found.bone_map.name == "MetaHuman" and right(found.bone_map, rig.truth) == 1.0


def test_half_a_rig_lacks_what_it_lacks():
    gone = [f"{name}.{side}" for name in ("thigh", "shin", "foot", "toe") for side in "LR"]
    rig = stand_in(FAMILIES["mixamo"], leave_out=gone)
    found = detect.detect(rig.rest)
    assert set(found.bone_map.missing) == set(gone) - {"toe.L", "toe.R"}


@pytest.mark.parametrize("count", [0, 1, 30])
def test_what_is_nobody_is_nobody(count, rng):
    T = np.tile(np.eye(4), (count, 1, 1))
    T[:, :3, 3] = rng.normal(size=(count, 3))
    parents = np.arange(-1, count - 1)
    rest = RigRest(
        "x", tuple(f"b{k}" for k in range(count)), parents, T, ("XYZ",) * count, np.eye(4)
    )
    assert detect.detect(rest).bone_map.missing
