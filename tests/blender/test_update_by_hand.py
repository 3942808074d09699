"""What the user changed, used or added stays when another fit takes its place."""

import bpy
import pytest
from monorig.retarget.action import curves, new_action
from refitting import armature_of_made, fitted, made, updated
from test_action import armature_of


def key_moved(action):
    curves(action).fcurves[5].keyframe_points[3].co.y += 0.1


def key_removed(action):
    points = curves(action).fcurves[5].keyframe_points
    points.remove(points[3])


def eased(action):
    curves(action).fcurves[5].keyframe_points[3].interpolation = "BEZIER"


def curve_removed(action):
    bag = curves(action)
    bag.fcurves.remove(bag.fcurves[5])


def modified(action):
    curves(action).fcurves[5].modifiers.new("NOISE")


def renamed(action):
    action.name = "my own"


def marked_as_asset(action):
    action.asset_mark()


def used_by_another(action):
    other = bpy.data.objects.new("other", None)
    other.animation_data_create().action = action


def in_a_strip(action):
    armature_of(1).animation_data.nla_tracks.new().strips.new("mine", 1, action)


@pytest.mark.parametrize(
    "change",
    [
        key_moved, key_removed, eased, curve_removed, modified, renamed, marked_as_asset, used_by_another,
        in_a_strip,
    ],
)  # fmt: skip
def test_an_action_that_the_user_changed_or_uses_stays(change):
    collection = made(fitted(people=1))
    mine = armature_of(1).animation_data.action
    change(mine)
    name = mine.name
    updated(collection, fitted(people=1), "take")
    assert bpy.data.actions[name] == mine and mine.use_fake_user
    assert armature_of(1).animation_data.action != mine
    assert len(bpy.data.actions) == 2


def test_an_action_of_the_users_own_stays_without_having_been_protected():
    collection = made(fitted(people=1))
    name = new_action("mine", "tone Person 1")
    armature_of(1).animation_data.action = bpy.data.actions[name]
    updated(collection, fitted(people=1))
    assert bpy.data.actions[name].use_fake_user


def test_bones_changed_by_hand_keep_their_lengths_and_still_move():
    armature = armature_of_made(fitted(people=1))
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones["hand.L"].tail.z += 0.05
    bpy.ops.object.mode_set(mode="OBJECT")
    thigh = armature.data.bones["thigh.L"].length
    done = updated(bpy.data.collections["tone"], fitted(people=1, longer=1.1))
    assert "changed by hand" in done.notes[0]
    assert armature.data.bones["thigh.L"].length == thigh
    assert armature.animation_data.action.name == "tone Person 1 Live"


def test_a_mannequin_sculpted_by_hand_keeps_its_shape():
    armature = armature_of_made(fitted(people=1))
    mesh = armature.children[0].data
    mesh.vertices[0].co.x += 0.01
    places = [tuple(v.co) for v in mesh.vertices]
    done = updated(bpy.data.collections["tone"], fitted(people=1, longer=1.1))
    assert "keeps its shape" in done.notes[0] and [tuple(v.co) for v in mesh.vertices] == places


@pytest.mark.parametrize("mode", ["POSE", "EDIT"])
def test_a_mode_that_the_user_is_in_stays(mode):
    armature = armature_of_made(fitted(people=1))
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode=mode)
    updated(bpy.data.collections["tone"], fitted(people=1, longer=1.1))
    assert armature.mode == mode and bpy.context.mode.startswith(mode)
    bpy.ops.object.mode_set(mode="OBJECT")
    assert armature.animation_data.action.name == "tone Person 1 Live"


def test_what_the_user_added_stays():
    armature = armature_of_made(fitted(people=1))
    parent = bpy.data.objects.new("mine", None)
    bpy.context.scene.collection.objects.link(parent)
    armature.parent, armature.location = parent, (1, 2, 3)
    armature.name, armature["note"] = "Ann", "keep"
    bone = armature.pose.bones["hand.L"]
    bone.rotation_mode = "XYZ"
    bone.constraints.new("COPY_ROTATION").name = "mine"
    updated(bpy.data.collections["tone"], fitted(people=1, longer=1.1))
    assert (armature.parent, tuple(armature.location), armature["note"]) == (
        parent,
        (1, 2, 3),
        "keep",
    )
    assert armature.name == "Ann" and "tone Person 1" not in bpy.data.objects
    assert bone.rotation_mode == "XYZ" and "mine" in armature.pose.bones["hand.L"].constraints
    paths = {curve.data_path for curve in curves(armature.animation_data.action).fcurves}
    assert 'pose.bones["hand.L"].rotation_euler' in paths


def test_an_armature_put_into_another_collection_is_found_there():
    armature = armature_of_made(fitted(people=1))
    mine = bpy.data.collections.new("mine")
    bpy.context.scene.collection.children.link(mine)
    bpy.data.collections["tone"].objects.unlink(armature)
    mine.objects.link(armature)
    updated(bpy.data.collections["tone"], fitted(people=1))
    assert armature.animation_data.action.name == "tone Person 1 Live"
    assert [c.name for c in armature.users_collection] == ["mine"]


def test_an_armature_tweaked_in_the_nla_is_left_alone_and_told():
    armature = armature_of_made(fitted(people=1))
    animation = armature.animation_data
    strip = animation.nla_tracks.new().strips.new("mine", 1, animation.action)
    animation.action = None
    strip.select = animation.nla_tracks[0].select = True
    animation.nla_tracks.active = animation.nla_tracks[0]
    animation.use_tweak_mode = True
    if not animation.use_tweak_mode:
        pytest.skip("this Blender enters no tweak mode without a window")
    done = updated(bpy.data.collections["tone"], fitted(people=1))
    assert "tweaked in the NLA" in done.notes[0] and "tone Person 1 Live" in bpy.data.actions
