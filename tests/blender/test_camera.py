"""What is known of the camera: the panel's choice reaches the job, profiles are made, the floor is shown."""

import json

import bpy
import cv2
import numpy as np
import pytest
from monorig.operators import camera, camera_floor, capture, refit, session, user_folder
from monorig.operators.background import WorkError
from test_calibration import BOARD, FOCAL, SQUARE, VIEWS, board_picture


@pytest.fixture(autouse=True)
def registered(addon, tmp_path, monkeypatch):
    monkeypatch.setattr(user_folder, "_folder", tmp_path / "user")
    return addon


def said():
    return bpy.context.scene.monorig.camera


def write_profile(name, **profile):
    path = user_folder.place("cameras") / f"{name}.json"
    path.write_text(json.dumps(profile))
    return path


def test_nothing_is_known_unless_it_is_said():
    assert said().known == "AUTO" and camera.chosen(bpy.context) is None


def test_a_lens_or_a_profile_is_what_the_job_is_told(play):
    said().known, said().lens = "LENS", 24.0
    play("ok")
    assert capture.read_request(bpy.context).camera == {"lens_mm": 24.0}
    write_profile("Phone", K=np.eye(3).tolist(), calibrated_at=[1920, 1080])
    said().known, said().profile = "PROFILE", "Phone"
    told = capture.read_request(bpy.context).camera
    assert told == {"K": np.eye(3).tolist(), "calibrated_at": [1920, 1080]}
    assert camera.names() == ["Phone"]


def test_a_refit_is_told_too(captured):
    assert refit.read_refit_request(bpy.context).camera is None
    said().known, said().lens = "LENS", 35.0
    assert refit.read_refit_request(bpy.context).camera == {"lens_mm": 35.0}


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("", None, "Choose a camera profile"),
        ("Gone", None, 'no camera profile "Gone"'),
        ("Half", "{", "Half.json cannot be read"),
        ("Odd", '{"lens_mm": -3}', "must be more than 0"),
    ],
)
def test_a_profile_that_cannot_be_used_stops_the_capture_in_a_sentence(play, name, content, words):
    clients = play("ok")
    said().known, said().profile = "PROFILE", name
    if content is not None:
        (user_folder.place("cameras") / f"{name}.json").write_text(content)
    with pytest.raises(WorkError, match=words):
        capture.read_request(bpy.context)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.monorig.capture()
    assert not clients


def test_a_board_in_a_folder_of_pictures_becomes_the_chosen_profile(tmp_path, real_child):
    folder = tmp_path / "Bräter"
    folder.mkdir()
    for number, view in enumerate(VIEWS):
        (folder / f"{number}.png").write_bytes(cv2.imencode(".png", board_picture(*view))[1])
    assert not bpy.ops.monorig.camera_calibrate.poll()
    said().pictures, said().board, said().square = str(folder / "0.png"), BOARD, SQUARE
    said().name = "My: phone"
    assert bpy.ops.monorig.camera_calibrate() == {"FINISHED"}
    assert session.status().phase == "DONE" and "5 of 5 pictures" in session.status().sentence
    assert (said().known, said().profile) == ("PROFILE", "My phone")
    told = camera.chosen(bpy.context)
    assert told["K"][0][0] == pytest.approx(FOCAL, rel=0.02) and told["calibrated_at"] == [640, 480]
    assert bpy.ops.monorig.camera_profile_remove() == {"FINISHED"}
    assert camera.names() == [] and said().known == "AUTO"


def test_a_board_that_is_not_found_is_said(tmp_path, real_child):
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((480, 640, 3), 128, np.uint8))
    said().pictures = str(tmp_path / "grey.png")
    with pytest.raises(RuntimeError, match="was found in 0 pictures"):
        bpy.ops.monorig.camera_calibrate()
    assert camera.names() == [] and said().known == "AUTO"


def solved_camera():
    return next(o for o in bpy.data.objects if o.type == "CAMERA")


def rays_to(owner, corners):
    bpy.context.view_layer.update()
    start = owner.matrix_world.translation
    ways = [np.append(corner, 0.0) - np.array(start) for corner in corners]
    return [value for way in ways for value in camera_floor.seen_by(owner, way)]


def test_four_corners_on_the_floor_tell_where_the_camera_stands(captured, take, real_child):
    owner = solved_camera()
    owner.location.z = 1.4  # wherever it was thought to stand, this is the truth
    owner.rotation_euler = owner.rotation_quaternion.to_euler()
    x, y, _ = owner.location
    ahead = -np.array(owner.matrix_world.col[2])[:2]
    ahead, aside = ahead / np.linalg.norm(ahead), np.array([ahead[1], -ahead[0]])
    aside = aside / np.linalg.norm(aside)
    corners = [
        np.array([x, y]) + near * ahead + far * aside
        for near, far in ((3, -1), (3, 1), (4.5, 1), (4.5, -1))
    ]
    said().floor_sides = 2.0, 1.5
    rays = rays_to(owner, corners)
    assert bpy.ops.monorig.floor_pick(rays=rays) == {"FINISHED"}, session.status()
    assert "1.40 m above the floor" in session.status().sentence
    told = camera.chosen(bpy.context)
    assert said().profile == "tone floor" and told["T_world_camera"][2][3] == pytest.approx(
        1.4, abs=2e-3
    )
    assert bpy.ops.monorig.refit() == {"FINISHED"}
    assert solved_camera().location.z == pytest.approx(1.4, abs=2e-3)
    with pytest.raises(RuntimeError, match="off a rectangle|above the horizon"):
        bpy.ops.monorig.floor_pick(rays=[*rays[3:6], *rays[:3], *rays[6:]])


def test_the_floor_is_shown_through_a_camera_that_stands(captured):
    owner = solved_camera()
    assert camera_floor.standing_camera(bpy.context) == owner
    owner.keyframe_insert("location")
    with pytest.raises(WorkError, match="This camera moves"):
        camera_floor.standing_camera(bpy.context)
    bpy.data.objects.remove(owner)
    with pytest.raises(WorkError, match="was removed"):
        camera_floor.standing_camera(bpy.context)
    bpy.data.collections.remove(captured)
    assert not bpy.ops.monorig.floor_pick.poll()


def test_enabling_does_not_read_the_folder(tmp_path):
    assert not (tmp_path / "user").exists() and camera.names() == []
