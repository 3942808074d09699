"""Bone maps: every table of a family is whole, and maps are read, written, edited and mirrored."""

import pytest
from monorig.retarget import bone_map, bone_names, roles
from monorig.retarget.bone_map import BoneMap, BoneMapError

FAMILIES = bone_map.built_in()
TEXT = """
name = "Mine"
[bones]
pelvis = "Hüfte"
spine = ["a b", "c\\"d"]
"upper_arm.L" = ["arm_l"]
[switches]
"ctrl" = { IK_FK = 1.0 }
"""


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_every_required_role_and_both_sides(family):
    table = FAMILIES[family]
    assert table.missing == ()
    for role, chain in table.bones.items():
        assert len(table.bones.get(roles.mirrored(role), ())) == len(chain), role


@pytest.mark.parametrize("family", FAMILIES)
def test_the_right_side_of_a_family_is_the_left_mirrored(family):
    table = FAMILIES[family]
    assert table.mirrored().bones == table.bones


def test_a_map_survives_being_written_and_read():
    table = bone_map.parse(TEXT)
    assert bone_map.parse(bone_map.text_of(table)) == table
    assert table.bones["spine"] == ("a b", 'c"d') and table.switches["ctrl"] == {"IK_FK": 1.0}


def test_files_are_whole_or_refused(tmp_path):
    path = tmp_path / "mine.toml"
    bone_map.save(bone_map.parse(TEXT), path)
    assert bone_map.load(path).name == "Mine" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(BoneMapError, match="cannot be read"):
        bone_map.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name = ", "is no bone map"),
        ("name = 'x'", "no table"),
        ("[bones]\ntail = ['x']", 'no role "tail"'),
        ("[bones]\npelvis = 3", "list of bone names"),
        ("[bones]\npelvis = ['x']\nhead = ['x']", "has two roles"),
        ("[bones]\npelvis = ['x']\n[switches]\nx = { a = 'on' }", "have to be numbers"),
    ],
)
def test_what_is_no_map_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(BoneMapError, match=sentence):
        bone_map.parse(text, "mine.toml")


def test_editing_leaves_the_rest_alone():
    table = bone_map.parse(TEXT).assigned("head", ("kopf",)).assigned("spine", ())
    assert table.bones["head"] == ("kopf",) and "spine" not in table.bones
    assert table.bones["pelvis"] == ("Hüfte",)
    with pytest.raises(BoneMapError):
        table.assigned("tail", ("x",))


def test_only_bones_of_the_rig_are_kept():
    table = BoneMap("x", {"toe.L": ("toe_fk.L", "toe.L"), "head": ("h",)}, {"p": {"IK_FK": 1.0}})
    within = table.within(["toe.L"])
    assert within.bones == {"toe.L": ("toe.L",)} and within.switches == {}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("mixamorig:LeftForeArm", "mixamorig:RightForeArm"),
        ("upper_arm.L", "upper_arm.R"),
        ("l_upperarm", "r_upperarm"),
        ("lShldrBend", "rShldrBend"),
        ("Bip01 L Calf", "Bip01 R Calf"),
        ("J_Bip_R_Hand", "J_Bip_L_Hand"),
        ("spine_01", "spine_01"),
    ],
)
def test_names_are_mirrored(name, other):
    assert bone_names.mirrored(name) == other
    assert bone_names.mirrored(other) == name


def test_keys_of_names_are_free_of_what_all_share():
    names = ("LeftArm", "RightArm", "Hips", "Head", "Neck")
    keys = bone_names.keys([f"rig:{name}_jnt" for name in names])
    assert keys == [("L", "arm"), ("R", "arm"), ("", "hips"), ("", "head"), ("", "neck")]


def test_ik_controls_are_kept_in_the_file_and_wanted_by_the_limb():
    table = bone_map.built_in()["rigify"]
    again = bone_map.parse(bone_map.text_of(table))
    assert again == table and set(again.ik) == {f"{n}.{s}" for n in bone_map.STEERED for s in "LR"}
    feet = again.steered_by_ik(("foot",))
    assert set(feet.steering) == {"foot.L", "foot.R", "toe.L", "toe.R"}
    assert feet.switches["thigh_parent.L"] == {"IK_FK": 0.0, "pole_vector": 1.0}
    assert feet.switches["upper_arm_parent.L"] == {"IK_FK": 1.0} and not again.steering


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ('"head" = { control = "x" }', "IK controls are of hands, feet and toes"),
        ('"hand.L" = { pole = "x" }', "has to be the name of a bone"),
        ('"hand.L" = "x"', "has to be the name of a bone"),
        ('"hand.L" = { control = "x", switches = { "y" = { z = "on" } } }', "have to be numbers"),
    ],
)
def test_ik_controls_that_are_none_are_refused(entry, sentence):
    with pytest.raises(bone_map.BoneMapError, match=sentence):
        bone_map.parse(f'[bones]\n"head" = ["Head"]\n[ik]\n{entry}\n')
