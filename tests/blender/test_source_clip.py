"""The clip before a capture: picked from what Blender has loaded, a part of it, numbered pictures, a preview."""

import time
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from monorig.operators import capture, solved_camera, source
from monorig.operators.background import WorkError
from monorig.operators.datablocks import Made
from synthetic_motion import synthetic_motion

PATIENCE = 60.0  # [s]
CLIP = Path(__file__).resolve().parents[1] / "data" / "tone.mp4"


@pytest.fixture(autouse=True)
def registered(addon):
    yield addon
    source.forget()


@pytest.fixture
def chosen():
    return bpy.context.scene.monorig.capture


def test_a_movie_clip_of_the_file_can_be_used(chosen):
    clip = bpy.data.movieclips.load(str(CLIP))
    clip.frame_start = 12
    assert source.loaded(bpy.context) == [("CLIP", clip.name, clip.name)]
    assert bpy.ops.monorig.source_pick(kind="CLIP", name=clip.name) == {"FINISHED"}
    assert bpy.path.abspath(chosen.clip) == str(CLIP) and not chosen.use_range
    assert chosen.start_frame == 12


def test_a_strip_brings_the_part_that_it_shows(chosen):
    editor = bpy.context.scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie("tone", str(CLIP), 1, 20)
    whole = strip.frame_final_duration
    strip.frame_offset_start, strip.frame_offset_end = 3, 2
    bpy.ops.monorig.source_pick(kind="STRIP", name="tone")
    assert bpy.path.abspath(chosen.clip) == str(CLIP) and chosen.use_range
    assert (chosen.first_picture, chosen.last_picture) == (3, whole - 3)
    assert chosen.start_frame == 20


def test_what_is_not_there_cannot_be_used():
    with pytest.raises(RuntimeError, match='no clip or strip "gone"'):
        bpy.ops.monorig.source_pick(kind="STRIP", name="gone")


def test_the_part_goes_to_the_child_and_has_a_take_of_its_own(chosen, tmp_path):
    chosen.clip = str(CLIP)
    assert capture.read_request(bpy.context).frames is None
    chosen.use_range, chosen.first_picture, chosen.last_picture = True, 5, 9
    request = capture.read_request(bpy.context)
    assert request.frames == (5, 10) and request.fps is None
    job = capture.CaptureWork(request).job()
    assert job.frames == (5, 10) and job.take.endswith("tone-take-5-9")
    chosen.last_picture = 4
    with pytest.raises(WorkError, match="ends before it begins"):
        capture.read_request(bpy.context)


def test_numbered_pictures_have_the_scenes_rate_and_are_behind_the_scene(chosen, tmp_path):
    for number in (5, 6, 7):
        image = bpy.data.images.new("made", 8, 8)
        image.filepath_raw, image.file_format = str(tmp_path / f"p{number:03d}.png"), "PNG"
        image.save()
        bpy.data.images.remove(image)
    chosen.clip = str(tmp_path / "p006.png")
    bpy.context.scene.render.fps = 25
    assert capture.read_request(bpy.context).fps == 25.0
    made, motion = Made(), synthetic_motion(people=1, frames=3, fps=25.0)
    camera = solved_camera.make_camera(made, motion, "")
    assert solved_camera.add_background(made, camera, chosen.clip, motion, 25.0, 1) == []
    picture = made.find("objects", camera).data.background_images[0]
    assert picture.image.source == "SEQUENCE" and picture.image_user.frame_offset == 4
    assert not picture.use_flip_x
    solved_camera.turn_clip(made.find("objects", camera).data, replace(motion, mirrored=True))
    assert picture.use_flip_x


def test_a_real_child_sends_a_small_picture(real_child):
    look = source.Look(str(CLIP), 2, None)
    deadline = time.monotonic() + PATIENCE
    while not look.poll():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    height, width = look.picture.shape[:2]
    assert look.ending["size"][0] / look.ending["size"][1] == pytest.approx(width / height, 0.05)
    assert source.spoken(look.ending).startswith("{} x {}, ".format(*look.ending["size"]))


def test_a_clip_that_cannot_be_read_is_one_sentence(real_child, tmp_path):
    (tmp_path / "no.mp4").write_text("no film")
    look = source.Look(str(tmp_path / "no.mp4"), 0, None)
    deadline = time.monotonic() + PATIENCE
    while not look.poll():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert look.picture is None and "is not a video" in source.spoken(look.ending)


def test_a_picture_becomes_an_icon_that_is_forgotten_with_the_clip(chosen):
    chosen.clip = str(CLIP)
    source._state["told"] = (str(CLIP), source._icon(np.zeros((4, 8, 4), np.uint8)), "8 x 4")
    icon, sentence = source.told(bpy.context)
    assert isinstance(icon, int) and sentence == "8 x 4"  # 0 where there is no window
    chosen.clip = "other.mp4"
    assert source.told(bpy.context) == (0, "") and not source._state
