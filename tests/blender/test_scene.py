"""The scene made from a motion: people, camera, settings, and nothing else touched."""

import dataclasses
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector
from monorig.operators import scene as scenes
from monorig.operators.datablocks import DatablockLost, block_name
from monorig.retarget.action import curves
from synthetic_motion import synthetic_motion

CLIP = str(Path(__file__).resolve().parents[1] / "data" / "tone.mp4")

PIXELS = 0.01
KINDS = (
    "objects",
    "meshes",
    "armatures",
    "cameras",
    "actions",
    "materials",
    "collections",
    "images",
)


def request(**options):
    return scenes.SceneRequest("take", CLIP, bpy.context.scene.name, **options)


def census():
    return {kind: set(getattr(bpy.data, kind).keys()) for kind in KINDS + ("scenes",)}


def camera():
    return bpy.data.objects["Monorig Camera"]


def projected(p_world):
    """Pixel (centres at integers) of the render frame where a world point is seen."""
    bpy.context.view_layer.update()
    render = bpy.context.scene.render
    u, v, _ = world_to_camera_view(bpy.context.scene, camera(), Vector(p_world))
    return np.array([u * render.resolution_x, (1 - v) * render.resolution_y]) - 0.5


def solved_px(motion, person, t):
    T_camera_world = np.linalg.inv(motion.T_world_camera[t])
    p = motion.T_world_joint[person, t, :, :3, 3] @ T_camera_world[:3, :3].T + T_camera_world[:3, 3]
    px = p @ motion.K.T
    return px[:, :2] / px[:, 2:]


@pytest.mark.parametrize("moving_camera", [False, True])
@pytest.mark.parametrize("size", [(1280, 720), (720, 1280)])
def test_bones_are_seen_where_the_solved_camera_sees_them(moving_camera, size):
    motion = synthetic_motion(people=2, frames=12, moving_camera=moving_camera, size=size)
    scenes.build_now(request(), motion)
    for t in (0, 5, 11):
        bpy.context.scene.frame_set(1 + t)
        armature = bpy.data.objects["take Person 1"]
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found = [projected(posed.pose.bones[str(name)].head) for name in motion.joint_names]
        assert np.abs(found - solved_px(motion, 0, t)).max() < PIXELS


def test_the_clip_keeps_its_place_in_a_render_frame_of_another_shape():
    motion = synthetic_motion(people=1, frames=3)
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = 1000, 1000
    scenes.build_now(request(match_resolution=False), motion)
    expected = (
        (solved_px(motion, 0, 0) + 0.5) * 1000 / 1280 + [0, (1000 - 720 * 1000 / 1280) / 2] - 0.5
    )
    found = [projected(p) for p in motion.T_world_joint[0, 0, :, :3, 3]]
    assert np.abs(found - expected).max() < PIXELS


def test_a_still_camera_has_no_keys_and_a_moving_one_has():
    scenes.build_now(request(), synthetic_motion(frames=4))
    assert camera().animation_data is None
    bpy.ops.wm.read_homefile(use_empty=True)
    scenes.build_now(request(), synthetic_motion(frames=4, moving_camera=True))
    assert camera().animation_data.action.name == "take Camera Take"


def test_people_stay_in_place_while_the_camera_zooms():
    motion = synthetic_motion(people=2, frames=6, moving_camera=True)
    zoomed = dataclasses.replace(motion, zoom=np.linspace(1.0, 1.5, 6))
    scenes.build_now(request(), zoomed)
    wide = camera().data.lens
    for frame, factor in ((1, 1.0), (6, 1.5)):
        bpy.context.scene.frame_set(frame)
        assert camera().data.lens == pytest.approx(factor * wide, rel=1e-3)


def test_a_zoom_and_a_clip_of_another_rate_go_together():
    motion = synthetic_motion(people=1, frames=30)
    zoomed = dataclasses.replace(motion, zoom=np.linspace(1.0, 1.2, 30))
    bpy.context.scene.render.fps = 60
    scenes.build_now(request(match_rate=False), zoomed)
    action = camera().data.animation_data.action
    assert {curve.data_path for curve in curves(action).fcurves} == {
        "lens", "background_images[0].image_user.frame_offset",
    }  # fmt: skip


def test_settings_follow_the_clip_when_asked_to():
    motion = synthetic_motion(people=1, frames=90, fps=30000 / 1001)
    scenes.build_now(request(start_frame=11), motion)
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (11, 100)
    assert scene.render.fps == 30 and scene.render.fps_base == pytest.approx(1.001)
    assert (scene.render.resolution_x, scene.render.resolution_y) == (1280, 720)
    assert scene.camera == camera()
    background = camera().data.background_images[0]
    assert background.image_user.frame_start == 11 and background.image_user.frame_duration == 90
    assert background.display_depth == "BACK"


def test_settings_stay_when_not_asked_for():
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.render.fps = 5, 77, 25
    scene.render.resolution_x, scene.camera = 333, None
    options = dict.fromkeys(["match_rate", "match_range", "match_resolution", "use_camera"], False)
    scenes.build_now(request(**options), synthetic_motion(people=1, frames=10))
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (5, 77, 25)
    assert scene.render.resolution_x == 333 and scene.camera is None


def test_the_clip_keeps_step_with_a_scene_of_another_rate():
    motion = synthetic_motion(people=1, frames=60, fps=30.0)
    scene = bpy.context.scene
    scene.render.fps = 24
    scenes.build_now(request(match_rate=False), motion)
    for frame in (1, 9, 30, 48):
        scene.frame_set(frame)
        user = camera().data.background_images[0].image_user
        picture = frame - 1 + user.frame_offset
        assert abs(picture - (frame - 1) * 30 / 24) <= 0.51


def test_a_gap_is_seen_as_a_gap():
    motion = synthetic_motion(people=2, frames=60)
    scenes.build_now(request(), motion)
    mannequin = bpy.data.objects["take Person 2 Mannequin"]
    bones = bpy.data.armatures["take Person 2"].collections["Bones"]
    for t in range(60):
        bpy.context.scene.frame_set(1 + t)
        bpy.context.evaluated_depsgraph_get()
        seen = bool(motion.present[1, t])
        assert (mannequin.visible_get(), not mannequin.hide_render, bones.is_visible) == (seen,) * 3
        assert bpy.data.objects["take Person 2"].visible_get()
    assert bpy.data.objects["take Person 1 Mannequin"].animation_data is None


def test_the_mannequin_is_at_the_person():
    motion = synthetic_motion(people=1, frames=10)
    scenes.build_now(request(), motion)
    bpy.context.scene.frame_set(6)
    posed = bpy.data.objects["take Person 1 Mannequin"].evaluated_get(
        bpy.context.evaluated_depsgraph_get()
    )
    corners = np.array([posed.matrix_world @ v.co for v in posed.data.vertices])
    joints = motion.T_world_joint[0, 5, :, :3, 3]
    distance = np.linalg.norm(corners[:, None] - joints, axis=-1)
    assert distance.min(0).max() < 0.12 and distance.min(1).max() < 0.3  # [m]


def test_what_the_user_has_stays_as_it_was():
    mesh = bpy.data.meshes.new("take Person 1 Mannequin")
    mine = bpy.data.objects.new("take Person 1", mesh)
    bpy.context.scene.collection.objects.link(mine)
    bpy.context.view_layer.objects.active = mine
    mine.select_set(True)
    built = scenes.build_now(request(), synthetic_motion(people=1, frames=4))
    assert bpy.context.view_layer.objects.active == mine and mine.select_get()
    assert mine.data == mesh and mine.animation_data is None
    names = {o.name for o in bpy.data.collections[built.collection].objects}
    assert names == {"Monorig Camera", "take Person 1.001", "take Person 1 Mannequin"}
    assert set(bpy.data.scenes.keys()) == {bpy.context.scene.name}


def test_people_never_seen_are_left_out():
    motion = synthetic_motion(people=2, frames=6, gaps=False)
    motion.T_world_joint[0] = np.nan
    assert scenes.build_now(request(), motion).people == 1
    assert "take Person 1" not in bpy.data.objects and "take Person 2" in bpy.data.objects


@pytest.mark.parametrize("steps", [1, 4, 20, 120])
def test_a_build_given_up_leaves_nothing(steps):
    before = census()
    build = scenes.build(request(), synthetic_motion(people=2, frames=20, moving_camera=True))
    for _ in range(steps):
        next(build)
    build.close()
    assert census() == before


def test_a_build_whose_work_is_deleted_says_so_and_leaves_nothing():
    before = census()
    build = scenes.build(request(), synthetic_motion(people=1, frames=20))
    for _ in range(40):
        next(build)
    bpy.data.objects.remove(bpy.data.objects["take Person 1"])
    with pytest.raises(DatablockLost, match="take Person 1"):
        for _ in build:
            pass
    assert census() == before


def test_a_scene_that_is_gone_is_said():
    build = scenes.build(
        scenes.SceneRequest("take", CLIP, "No Such Scene"), synthetic_motion(frames=3)
    )
    with pytest.raises(scenes.SceneLost, match="No Such Scene"):
        next(build)


@pytest.mark.parametrize("take", ["clip", "a" * 200, "ü" * 80, "木" * 50])
def test_long_names_keep_the_person(take):
    name = block_name(take, "Person 12 Mannequin")
    assert name.endswith(" Person 12 Mannequin")
    assert len((name + ".001").encode("utf-8")) <= 63
    scenes.build_now(
        scenes.SceneRequest(take, CLIP, bpy.context.scene.name), synthetic_motion(1, 3)
    )
    assert any(o.name.endswith("Person 1 Mannequin") for o in bpy.data.objects)


def test_everything_survives_saving_and_loading(tmp_path):
    motion = synthetic_motion(people=2, frames=60)
    scenes.build_now(request(), motion)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a scene.blend"))
    bpy.context.scene.frame_set(25)
    bpy.context.evaluated_depsgraph_get()
    assert not bpy.data.objects["take Person 2 Mannequin"].visible_get()
    assert bpy.data.objects["take Person 1"].animation_data.action.name == "take Person 1 Take"


def test_a_clip_that_has_gone_is_said_and_the_rest_is_made(tmp_path):
    gone = scenes.SceneRequest("take", str(tmp_path / "gone.mp4"), bpy.context.scene.name)
    built = scenes.build_now(gone, synthetic_motion(people=1, frames=3))
    assert "The clip is not behind the scene" in built.notes[0]
    assert built.people == 1 and not camera().data.background_images


def test_sound_becomes_a_strip_in_a_channel_of_its_own():
    editor = bpy.context.scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_effect("mine", "COLOR", 3, 1, **length_of_strip(20))
    built = scenes.build_now(request(add_sound=True, start_frame=5), synthetic_motion(1, 3))
    if built.notes and "without Audaspace" in built.notes[0]:
        pytest.skip(built.notes[0])
    sound = next(strip for strip in strips if strip.type == "SOUND")
    assert built.notes == () and sound.channel == 4 and sound.frame_start == 5


def length_of_strip(frames):
    """The argument of `new_effect` changed its name in Blender 5.0."""
    return {"length": frames} if bpy.app.version >= (5, 0, 0) else {"frame_end": 1 + frames}


def test_a_lens_that_bends_lines_is_mentioned():
    motion = synthetic_motion(people=1, frames=3)
    motion.dist[0] = 0.05
    assert "The lens bends straight lines" in scenes.build_now(request(), motion).notes[0]
