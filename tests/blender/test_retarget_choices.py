"""What users choose beside the motion: IK controls, where the action goes, its frames, the way to unsure ones."""

import bpy
import numpy as np
import pytest
from monorig.operators import retarget_markers
from monorig.retarget import bone_map
from monorig.retarget.action import curves
from retarget_scenes import (
    appended,
    armature,
    degrees_between,
    directions,
    person_of,
    posed,
    retarget,
)
from stand_in_rigs import stand_in
from synthetic_motion import synthetic_motion

pytestmark = pytest.mark.usefixtures("addon")

FAMILIES = bone_map.built_in()
FRAMES = (1, 6, 11, 16)
BESIDE = 0.002  # [m] of hands and feet that IK controls steer
POINTS_DEG = 2.0  # [deg] of limbs: as far as IK is from a knee that is bent backwards by 3
ENDS = [f"{name}.{side}" for name in ("hand", "foot") for side in "LR"]


@pytest.fixture
def person(addon):
    return person_of(frames=16)


@pytest.fixture
def target():
    return armature(stand_in(FAMILIES["mixamo"], 45.0))


def property_value(owner, bone, name):
    return curves(owner.animation_data.action).fcurves.find(f'pose.bones["{bone}"]["{name}"]')


def test_hands_and_feet_of_rigify_are_steered_by_ik(rigify_file, person):
    owner = appended(rigify_file, "rig")
    retarget(person, owner, planted=0.0, ik_hand=True, ik_foot=True)
    assert property_value(owner, "upper_arm_parent.L", "IK_FK").evaluate(1) == 0.0
    for frame in FRAMES:
        seen = posed(owner, [f"DEF-{end}" for end in ENDS], frame)
        wanted = posed(owner, [end.replace(".", "_fk.") for end in ENDS], frame)
        for T, T_fk in zip(seen.values(), wanted.values()):
            assert np.linalg.norm(T[:3, 3] - T_fk[:3, 3]) < BESIDE
    names = ("upper_arm", "forearm", "hand", "thigh", "shin", "foot")
    bones = {f"{name}.{side}": (f"DEF-{name}.{side}",) for name in names for side in "LR"}
    for frame in FRAMES:  # elbows and knees are where they belong too
        wanted = directions(person, FAMILIES["monorig"].bones, frame)
        for limb, along in directions(owner, bones, frame).items():
            assert degrees_between(along, wanted[limb]) < POINTS_DEG, (limb, frame)


def test_only_the_limbs_that_were_chosen_are_switched_to_ik(rigify_file, person):
    owner = appended(rigify_file, "rig")
    retarget(person, owner, ik_hand=False, ik_foot=True)
    groups = {group.name for group in curves(owner.animation_data.action).groups}
    assert {"foot_ik.L", "thigh_ik_target.R", "toe_ik.L"} <= groups and "hand_ik.L" not in groups
    assert property_value(owner, "thigh_parent.R", "IK_FK").evaluate(1) == 0.0
    assert property_value(owner, "upper_arm_parent.R", "IK_FK").evaluate(1) == 1.0


def test_without_ik_controls_fk_is_keyed(person, target):
    assert retarget(person, target, ik_hand=True) == {"FINISHED"}
    assert target.animation_data.action


def test_an_earlier_action_is_replaced_where_nothing_else_uses_it(person, target):
    retarget(person, target)
    name = target.animation_data.action.name
    count = len(bpy.data.actions)
    retarget(person, target, existing="REPLACE")
    assert len(bpy.data.actions) == count and target.animation_data.action.name == name


@pytest.mark.parametrize("kept_by", ["another object", "the user's hand"])
def test_an_action_in_use_or_of_the_users_own_is_not_replaced(person, target, kept_by):
    retarget(person, target)
    first = target.animation_data.action
    if kept_by == "another object":
        other = bpy.data.objects.new("Other", target.data)
        other.animation_data_create().action = first
    else:
        del first["monorig_rig"]
    retarget(person, target, existing="REPLACE")
    assert first.name in bpy.data.actions and target.animation_data.action != first
    assert first.use_fake_user


def test_the_action_as_a_strip_moves_the_rig(person, target):
    shin = FAMILIES["mixamo"].bones["shin.L"][0]
    retarget(person, target)
    wanted = posed(target, [shin], 9)[shin]
    target.animation_data.action = None
    retarget(person, target, existing="NLA")
    track = target.animation_data.nla_tracks[0]
    assert target.animation_data.action is None and len(track.strips) == 1
    assert track.strips[0].frame_start == 1.0
    assert np.abs(posed(target, [shin], 9)[shin] - wanted).max() < 1e-4


def test_keys_on_whole_frames():
    bpy.context.scene.render.fps = 24
    from monorig.operators import scene as scenes

    motion = synthetic_motion(people=2, frames=60, fps=30.0)
    request = scenes.SceneRequest("take", "/no/clip.mp4", bpy.context.scene.name, match_rate=False)
    scenes.build_now(request, motion)
    person = next(o for o in bpy.data.objects if o.get("monorig_identity") == 2)
    owner = armature(stand_in(FAMILIES["mixamo"]))
    retarget(person, owner, whole_frames=True)
    points = curves(owner.animation_data.action).fcurves[0].keyframe_points
    frames = [point.co.x for point in points]
    seen = 1 + motion.time_s[motion.present[1]] * 24
    gap = [point.co.x for point in points if point.interpolation == "CONSTANT"]
    assert all(frame == int(frame) for frame in frames)
    assert frames[0] >= seen[0] and frames[-1] <= seen[-1] + 0.03
    assert len(gap) == 1 and gap[0] == np.floor(seen[19] + 0.03)
    assert frames[frames.index(gap[0]) + 1] == np.ceil(seen[20] - 0.03)


def test_a_scene_in_other_units_that_starts_elsewhere():
    """1 Blender unit is 1 cm, the clip starts at frame 101: same motion, and millimetres are the scene's."""
    from monorig.operators import scene as scenes

    bpy.context.scene.unit_settings.scale_length = 0.01
    motion = synthetic_motion(people=1, frames=40)
    request = scenes.SceneRequest("take", "/no/clip.mp4", bpy.context.scene.name, start_frame=101)
    scenes.build_now(request, motion)
    person = next(o for o in bpy.data.objects if o.type == "ARMATURE")
    full, few = (armature(stand_in(FAMILIES["mixamo"], 45.0)) for _ in range(2))
    retarget(person, full)
    retarget(person, few, reduce=True, reduce_degrees=20.0, reduce_mm=0.1)
    both = [
        [c for c in curves(o.animation_data.action).fcurves if c.data_path.endswith("location")]
        for o in (full, few)
    ]
    assert [key.co.x for key in both[0][0].keyframe_points] == list(range(101, 141))
    away = [[a.evaluate(f) - b.evaluate(f) for a, b in zip(*both)] for f in range(101, 141)]
    assert 0.00011 < np.linalg.norm(away, axis=1).max() < 0.0101
    shin, own = FAMILIES["mixamo"].bones["shin.L"][0], FAMILIES["monorig"].bones["shin.L"][0]
    assert posed(full, [shin], 110)[shin][2, 3] == pytest.approx(
        posed(person, [own], 110)[own][2, 3], abs=0.1
    )


def test_arms_that_touch_nothing_are_left_alone(person, target):
    other = armature(stand_in(FAMILIES["mixamo"], 45.0))
    retarget(person, target, touching=0.0)
    retarget(person, other, touching=1.0)
    one, two = (
        {
            (c.data_path, c.array_index): c.evaluate(9)
            for c in curves(o.animation_data.action).fcurves
        }
        for o in (target, other)
    )
    assert one == two


def test_going_from_unsure_to_unsure(person, target):
    chosen, scene = bpy.context.scene.monorig.retarget, bpy.context.scene
    chosen.target = target
    assert not bpy.ops.monorig.unsure.poll()
    retarget(person, target)
    for frame in (12, 4):
        target.animation_data.action.pose_markers.new(retarget_markers.UNSURE).frame = frame
    scene.frame_set(1)
    found = []
    for forwards in (True, True, True, False):
        bpy.ops.monorig.unsure(forwards=forwards)
        found.append(scene.frame_current)
    assert found == [4, 12, 4, 12]
