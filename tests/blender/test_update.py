"""What a result in the scene becomes when another fit takes its place."""

import bpy
import numpy as np
import pytest
from monorig.inference import rotations
from monorig.operators import scene as scenes
from monorig.retarget.action import curves
from refitting import CLIP, FRAMES, armature_of_made, fitted, made, updated
from test_action import armature_of, assert_moves_as


def test_the_same_objects_move_as_the_new_fit_says():
    collection = made(fitted())
    objects, materials = set(bpy.data.objects), set(bpy.data.materials)
    motion = fitted(longer=1.1, moving_camera=True)
    done = updated(collection, motion)
    assert (done.people, done.notes) == (2, ())
    assert set(bpy.data.objects) == objects and set(bpy.data.materials) == materials
    for person in range(2):
        assert_moves_as(motion, person, armature_of(person + 1), np.arange(1, FRAMES + 1))


def test_every_earlier_action_still_moves_as_it_did():
    """On bones of other lengths: the same rotations, and the pelvis where it was."""
    first, second = fitted(), fitted(longer=1.1)
    armature = armature_of_made(first)
    earlier = armature.animation_data.action
    updated(bpy.data.collections["tone"], second)
    armature.animation_data.action = earlier
    rest = np.array([armature.data.bones[str(n)].matrix_local for n in first.joint_names])[
        :, :3, :3
    ]
    for t in (0, 11, 29):
        bpy.context.scene.frame_set(1 + t)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        found = np.array([posed[str(name)].matrix for name in first.joint_names])
        truth = first.T_world_joint[0, t]
        np.testing.assert_allclose(found[:, :3, :3], truth[:, :3, :3] @ rest, atol=2e-5)
        np.testing.assert_allclose(found[0, :3, 3], truth[0, :3, 3], atol=2e-5)  # [m]


def test_bones_and_mannequin_get_the_new_lengths():
    armature = armature_of_made(fitted())
    thigh, mannequin = armature.data.bones["thigh.L"].length, armature.children[0]
    before = np.ptp([v.co.z for v in mannequin.data.vertices])
    updated(bpy.data.collections["tone"], fitted(longer=1.1))
    assert armature.data.bones["thigh.L"].length == pytest.approx(1.1 * thigh, rel=1e-4)
    assert np.ptp([v.co.z for v in mannequin.data.vertices]) == pytest.approx(
        1.1 * before, rel=0.02
    )
    assert len(bpy.data.scenes) == 1


def test_an_action_that_nobody_touched_gives_its_place_to_one_of_the_same_solver():
    collection = made(fitted(), "take")
    for solver in ("live", "take", "live"):
        updated(collection, fitted(), solver)
    assert sorted(bpy.data.actions.keys()) == [
        f"tone Person {identity} {solver}" for identity in (1, 2) for solver in ("Live", "Take")
    ]
    assert armature_of(1).animation_data.action.name == "tone Person 1 Live"


def test_new_people_come_and_people_who_are_gone_are_kept_out_of_sight():
    collection = made(fitted(people=2))
    alone = fitted(people=3)
    alone.T_world_joint[1] = np.nan
    done = updated(collection, alone)
    assert done.people == 2
    assert done.notes == (
        "Not in this fit: Person 2, kept in the hidden collection tone Left Out.",
    )
    hidden = bpy.data.collections["tone Left Out"]
    assert {o.name for o in hidden.objects} == {"tone Person 2", "tone Person 2 Mannequin"}
    assert hidden.hide_viewport and hidden.hide_render
    assert "tone Person 3" in collection.objects
    assert updated(collection, fitted(people=3), "take").notes == ()
    assert "tone Left Out" not in bpy.data.collections and "tone Person 2" in collection.objects


def test_a_person_deleted_by_the_user_comes_back_as_a_new_one():
    collection = made(fitted(people=2))
    bpy.data.objects.remove(bpy.data.objects["tone Person 2"])
    updated(collection, fitted(people=2))
    assert armature_of(2).animation_data.action.name == "tone Person 2 Live"


def tilted():
    """The same, seen from a camera that is turned and higher: what levelling changes."""
    motion = fitted()
    motion.T_world_camera[:, :3, :3] = (
        rotations.exp(np.array([0.0, 0.1, 0.0])) @ motion.T_world_camera[:, :3, :3]
    )
    motion.T_world_camera[:, 2, 3] += 0.2
    return motion


def test_the_camera_goes_where_the_new_fit_has_it():
    collection, camera = made(fitted()), bpy.data.objects["Monorig Camera"]
    updated(collection, tilted())
    assert camera.location.z == pytest.approx(1.7)
    assert [o.type for o in collection.objects].count("CAMERA") == 1


@pytest.mark.parametrize("keyed", [False, True])
def test_a_camera_moved_by_hand_stays(keyed):
    collection, camera = made(fitted()), bpy.data.objects["Monorig Camera"]
    if keyed:
        camera.keyframe_insert("location", frame=1)
    else:
        camera.location.x += 1
    place = camera.matrix_basis.copy()
    done = updated(collection, tilted())
    assert "stays where it is" in done.notes[0] and camera.matrix_basis == place


def test_without_the_camera_the_people_are_updated():
    collection = made(fitted())
    bpy.data.objects.remove(bpy.data.objects["Monorig Camera"])
    assert updated(collection, fitted()).notes == ()


def test_gaps_that_only_one_fit_has_hide_nobody_in_the_others():
    whole, broken = fitted(people=1), fitted(people=1)
    broken.T_world_joint[0, 10:20] = np.nan
    armature = armature_of_made(whole)
    earlier = armature.animation_data.action
    updated(bpy.data.collections["tone"], broken)
    mannequin = armature.children[0]
    for action, seen in ((armature.animation_data.action, False), (earlier, True)):
        armature.animation_data.action = action
        bpy.context.scene.frame_set(15)
        bpy.context.evaluated_depsgraph_get()
        assert mannequin.visible_get() == seen


def test_keys_stay_where_the_first_result_put_them():
    bpy.context.scene.render.fps = 24
    request = scenes.SceneRequest(
        "tone", CLIP, bpy.context.scene.name, start_frame=11, match_rate=False, folder="/takes/a"
    )
    scenes.build_now(request, fitted(people=1))
    bpy.context.scene.render.fps = 60
    updated(bpy.data.collections["tone"], fitted(people=1))
    points = curves(armature_of(1).animation_data.action).fcurves[0].keyframe_points
    assert points[0].co.x == 11 and points[10].co.x == pytest.approx(11 + 10 * 24 / 30)
