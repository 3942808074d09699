"""Clean-up: ranges of the take through the real child, and bones on the keys that are there."""

import json

import bpy
import numpy as np
import pytest
from monorig.inference.motion import Motion
from monorig.operators import cleanup, cleanup_bones
from synthetic_motion import synthetic_motion

FPS = 30.0


@pytest.fixture(autouse=True)
def registered(addon):
    return addon


def kept(folder):
    return json.loads((folder / "take.json").read_text())["edits"]


def choose(first, last, **values):
    chosen = bpy.context.scene.monorig.cleanup
    for name, value in {"first": first, "last": last, **values}.items():
        setattr(chosen, name, value)


def armature(identity=1):
    return bpy.data.objects[f"tone Person {identity}"]


def solvers():
    return [armature(i).animation_data.action["monorig_solver"] for i in (1, 2)]


def test_there_is_nothing_to_clean_up_before_a_capture():
    for name in ("sides_swap", "range_refit", "foot", "unsure_jump", "raw_toggle", "bones_smooth"):
        assert not getattr(bpy.ops.monorig, name).poll()


def test_a_range_of_the_scene_is_one_of_the_clip_and_is_kept_by_the_take(
    captured, real_child, take
):
    choose(5, 10, foot="r", factor=3.0)  # the clip's time 0 is at frame 1
    for act in (
        lambda: bpy.ops.monorig.sides_swap(),
        lambda: bpy.ops.monorig.range_refit(),
        lambda: bpy.ops.monorig.foot(hold=True),
        lambda: bpy.ops.monorig.foot(hold=False),
    ):
        assert act() == {"FINISHED"}
    span = {"identity": 1, "first": 4, "end": 10}
    said = kept(take)
    assert said["sides"] == [span] and said["smooth"] == [{**span, "factor": 3.0}]
    assert said["feet"] == [{**span, "foot": "r", "hold": hold} for hold in (True, False)]
    assert Motion.load(take / "OUT.npz").present.all()
    assert json.loads(captured.monorig.edits) == said


def test_a_foot_that_is_held_stands_in_the_result(captured, real_child, take):
    choose(5, 20, foot="l")
    assert bpy.ops.monorig.foot(hold=True) == {"FINISHED"}
    assert Motion.load(take / "OUT.npz").contact[0, 4:20, :2].all()


def test_the_active_persons_range_is_meant(captured, real_child, take):
    bpy.context.view_layer.objects.active = armature(2)
    choose(5, 10)
    bpy.ops.monorig.sides_swap()
    assert [span["identity"] for span in kept(take)["sides"]] == [2]


def test_a_range_outside_the_clip_is_one_sentence(captured, real_child, take):
    choose(500, 600)
    with pytest.raises(RuntimeError, match="no picture between the frames 500 and 600"):
        bpy.ops.monorig.sides_swap()


def test_jumps_go_from_one_unsure_range_to_the_next_and_back(captured, take):
    motion = Motion.load(take / "OUT.npz")
    motion.confidence[0, 6:10] = 0.1
    motion.confidence[0, 15:19] = 0.1
    motion.confidence[0, 21] = 0.1  # too short to matter
    motion.save(take / "OUT.npz")
    scene, chosen = bpy.context.scene, bpy.context.scene.monorig.cleanup
    scene.frame_set(1)
    for direction, first, last in (("NEXT", 7, 10), ("NEXT", 16, 19), ("PREVIOUS", 7, 10)):
        assert bpy.ops.monorig.unsure_jump(direction=direction) == {"FINISHED"}
        assert (scene.frame_current, chosen.first, chosen.last) == (first, first, last)
    assert bpy.ops.monorig.unsure_jump(direction="PREVIOUS") == {"CANCELLED"}
    bpy.context.view_layer.objects.active = armature(2)
    assert bpy.ops.monorig.unsure_jump(direction="NEXT") == {"CANCELLED"}
    assert scene.frame_current == 7


def test_a_take_that_is_gone_is_one_sentence(captured, take):
    (take / "OUT.npz").unlink()
    with pytest.raises(RuntimeError, match="There is no take in"):
        bpy.ops.monorig.unsure_jump(direction="NEXT")


def test_the_range_begins_and_ends_where_the_user_is(captured):
    scene, chosen = bpy.context.scene, bpy.context.scene.monorig.cleanup
    scene.frame_set(12)
    bpy.ops.monorig.range_here(end=False)
    assert (chosen.first, chosen.last) == (12, 12)
    scene.frame_set(8)
    bpy.ops.monorig.range_here(end=True)
    assert (chosen.first, chosen.last) == (8, 8)


def test_raw_and_fitted_are_played_in_turn_and_made_only_once(captured, real_child):
    assert solvers() == ["take", "take"]
    for wanted in ("raw", "take", "raw"):
        assert bpy.ops.monorig.raw_toggle() == {"FINISHED"}
        assert solvers() == [wanted, wanted]
        assert cleanup.plays_raw(captured) == (wanted == "raw")
    names = [a.name for a in bpy.data.actions if a.get("monorig_identity") == 1]
    assert sorted(names) == ["tone Person 1 Raw", "tone Person 1 Take"]


def curves_of(bone):
    every = cleanup_bones.curves_of(bpy.context.object.animation_data)
    ours = [c for c in every if f'["{bone}"]' in c.data_path]
    return np.array([[key.co[:] for key in curve.keyframe_points] for curve in ours])


def pose(bone):
    bpy.context.view_layer.objects.active = armature()
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.pose.select_all(action="DESELECT")
    data = armature().data.bones[bone]
    chosen = armature().pose.bones[bone] if hasattr(armature().pose.bones[bone], "select") else data
    chosen.select = True


def roughness(keys):
    return np.abs(np.diff(keys[..., 1], 2, axis=1)).mean()


@pytest.fixture
def shaky(play):
    """A result whose keys tremble."""
    motion = synthetic_motion(people=1, frames=60, gaps=False)
    play("ok", motion)
    bpy.ops.monorig.capture()
    rng = np.random.default_rng(3)
    for curve in cleanup_bones.curves_of(armature().animation_data):
        if "rotation" in curve.data_path:
            for key in curve.keyframe_points:
                key.co[1] += rng.normal(0, 0.02)
            curve.update()
    choose(1, 60)
    return armature()


@pytest.mark.parametrize("amount, low, high", [(1.0, 0.0, 0.3), (-0.5, 1.3, 4.0)])
def test_selected_bones_become_smoother_or_livelier_and_others_stay(shaky, amount, low, high):
    pose("thigh.L")
    before, others = curves_of("thigh.L"), curves_of("shin.L")
    assert bpy.ops.monorig.bones_smooth(amount=amount) == {"FINISHED"}
    after = curves_of("thigh.L")
    np.testing.assert_array_equal(after[..., 0], before[..., 0])
    np.testing.assert_array_equal(curves_of("shin.L"), others)
    turns = slice(-4, None)
    assert low < roughness(after[turns]) / roughness(before[turns]) < high
    np.testing.assert_allclose(np.linalg.norm(after[turns, :, 1], axis=0), 1.0, atol=1e-5)


def test_outside_the_range_keys_keep_their_values(shaky):
    pose("thigh.L")
    choose(20, 40)
    before = curves_of("thigh.L")
    bpy.ops.monorig.bones_smooth(amount=1.0)
    moved = np.abs(curves_of("thigh.L") - before)[..., 1].max(0) > 1e-4
    assert not moved[:19].any() and not moved[40:].any() and moved[24:36].any()


def test_handles_go_with_their_keys(shaky):
    pose("thigh.L")
    curve = next(
        c for c in cleanup_bones.curves_of(shaky.animation_data) if '"thigh.L"' in c.data_path
    )
    for key in curve.keyframe_points:
        key.interpolation, key.handle_left_type, key.handle_right_type = "BEZIER", "FREE", "FREE"
        key.handle_right = (key.co[0] + 0.3, key.co[1] + 0.1)
    offsets = [key.handle_right[1] - key.co[1] for key in curve.keyframe_points]
    bpy.ops.monorig.bones_smooth(amount=1.0)
    now = [key.handle_right[1] - key.co[1] for key in curve.keyframe_points]
    np.testing.assert_allclose(now, offsets, atol=1e-5)
