"""The overlay: right places, nothing when off, and a draw that costs next to nothing. The card is a stand-in."""

import sys
import time
import types
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from monorig import operators
from monorig.operators import overlay, overlay_geometry, overlay_pick, people_list, person
from synthetic_motion import synthetic_motion
from tick_times import slowness, timed

LONGEST = 0.003  # [s] of a draw with five people
PATIENCE = 30.0  # [s]


@pytest.fixture(autouse=True)
def registered(addon):
    yield addon
    overlay.switch_off()


@pytest.fixture
def card(monkeypatch):
    """A stand-in for the graphics card; returns what was drawn on it."""
    drawn = []
    fake = types.ModuleType("monorig.operators.overlay_gpu")
    fake.lines = fake.triangles = lambda corners, colours: (corners, colours)
    fake.draw_lines = lambda batch, what, region, scale: drawn.append((what, batch))
    fake.draw_triangles = lambda batch, matrix: drawn.append(("keypoints", batch, matrix))
    monkeypatch.setitem(sys.modules, fake.__name__, fake)
    monkeypatch.setattr(operators, "overlay_gpu", fake, raising=False)
    return drawn


def shown(motion, tmp_path):
    motion.save(tmp_path / "shown.npz")
    frames_of = lambda time_s: np.round(1 + time_s * 30)  # noqa: E731
    return overlay_geometry.load(tmp_path / "shown.npz", frames_of, person.COLOURS)


def view(camera=True):
    """What a draw in the view through the camera has for a context."""
    return SimpleNamespace(
        scene=bpy.context.scene,
        region=SimpleNamespace(width=800, height=600),
        region_data=SimpleNamespace(view_perspective="CAMERA" if camera else "PERSP"),
        space_data=SimpleNamespace(use_local_camera=False, camera=None),
    )


def on():
    """The overlay on, its take read."""
    assert bpy.ops.monorig.overlay() == {"FINISHED"}
    deadline = time.monotonic() + PATIENCE
    while not overlay._take.over:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert not overlay.sentence()
    return overlay._take


def test_skeletons_are_where_the_people_are_and_nobody_who_is_away(tmp_path):
    motion = synthetic_motion(people=3, frames=60)
    found = shown(motion, tmp_path)
    for row in (0, 30, 59):
        corners, colours = found.skeletons(row)
        here = np.flatnonzero(motion.present[:, row])
        limbs = len(overlay_geometry.LIMBS) + len(overlay_geometry.TRUNK)
        assert corners.shape == (len(here) * 2 * limbs, 3) and np.isfinite(corners).all()
        for at, one in enumerate(here):
            mine = corners.reshape(len(here), -1, 3)[at]
            middle = motion.T_world_joint[one, row, 0, :3, 3]
            assert np.linalg.norm(mine.mean(0) - middle) < 0.6  # [m]
            colour = colours.reshape(len(here), -1, 4)[at, 0, :3]
            np.testing.assert_allclose(
                colour, person.COLOURS[int(motion.identity[one]) - 1], atol=1e-6
            )


def test_what_was_seen_lies_over_the_clip(tmp_path):
    motion = synthetic_motion(people=2, frames=24, gaps=False)
    found = shown(motion, tmp_path)
    corners, _ = found.keypoints(5)
    K = motion.K
    middles = corners.reshape(-1, 6, 3)[:, [0, 2]].mean(1)
    px = middles[:, :2] * [1, -1] * np.diag(K)[:2] + K[:2, 2]
    np.testing.assert_allclose(px, motion.px[:, 5].reshape(-1, 2), atol=0.1)


def test_confidence_is_a_colour_and_the_unseen_is_not_shown(tmp_path):
    motion = synthetic_motion(people=1, frames=8, gaps=False)
    motion.confidence[0, 3] = 0.0
    motion.confidence[0, 3, :2] = [0.1, 1.0]
    corners, colours = shown(motion, tmp_path).keypoints(3)
    assert len(corners) == 12
    red, green = colours[0], colours[6]
    assert red[0] > red[1] and green[1] > green[0]


def test_outside_the_clip_nothing_is_shown_but_ground_and_paths(tmp_path):
    found = shown(synthetic_motion(people=2, frames=24, gaps=False), tmp_path)
    assert [found.row_at(frame) for frame in (0, 1, 24, 26)] == [None, 0, 23, None]
    for corners, colours in (found.ground, found.paths):
        assert len(corners) == len(colours) > 0 and (corners[:, 2] == 0).all()
    assert len(found.paths[0]) == 2 * 2 * 23


def window_of(motion, row):
    """(4,4) world -> clip space of a viewport that shows just the clip's picture."""
    K, (width, height), T = motion.K, motion.image_size, motion.T_world_camera[row]
    near, far = 0.1, 100.0
    to_clip = np.zeros((4, 4))
    to_clip[0] = 2 * K[0, 0] / width, 0, 2 * (K[0, 2] + 0.5) / width - 1, 0
    to_clip[1] = 0, -2 * K[1, 1] / height, 1 - 2 * (K[1, 2] + 0.5) / height, 0
    to_clip[2] = 0, 0, (far + near) / (far - near), -2 * far * near / (far - near)
    to_clip[3] = 0, 0, 1, 0
    return to_clip @ np.linalg.inv(T)


def test_a_click_on_a_skeleton_means_that_person_and_beside_it_nobody(tmp_path):
    motion = synthetic_motion(people=3, frames=24, gaps=False)
    found, names = shown(motion, tmp_path), list(motion.keypoint_names)
    matrix, (width, height) = window_of(motion, 5), motion.image_size
    for one, identity in enumerate(motion.identity):
        for joint in ("wrist_l", "knee_r", "head_top"):
            x, y = motion.px[one, 5, names.index(joint)]
            mouse = x, height - 1 - y
            assert found.person_at(5, matrix, (width, height), mouse, 3.0) == identity
    assert found.person_at(5, matrix, (width, height), (2, height - 2), 10.0) is None
    turned = matrix * [[1], [1], [1], [-1]]
    assert found.person_at(5, turned, (width, height), mouse, 1e6) is None  # behind the viewer


def test_a_click_between_the_ends_of_a_limb_means_it():
    ends = np.array([[0.0, 0.0], [10.0, 0.0], [np.nan, 0.0]])
    away = overlay_geometry.distances(np.array([4.0, 3.0]), ends, ends[[1, 1, 0]])
    np.testing.assert_allclose(away[:2], [3.0, np.hypot(6, 3)])
    assert np.isnan(away[2])


def test_the_picked_person_is_the_one_chosen_and_only_that_one_is_fitted(captured, take, card):
    drawn = on()
    bpy.context.scene.frame_set(6)
    motion = synthetic_motion(people=2, frames=24, gaps=False)
    x, y = motion.px[1, 5, list(motion.keypoint_names).index("knee_l")]
    size, found = motion.image_size, SimpleNamespace(perspective_matrix=window_of(motion, 5))
    place = x, size[1] - 1 - y
    assert drawn.shown.row_at(6) == 5
    picked = overlay.person_at(bpy.context.scene, found, size, place, 5.0)
    assert bpy.ops.monorig.person_pick(identity=picked) == {"FINISHED"}
    assert people_list.chosen(bpy.context)[1].identity == picked == 2
    with pytest.raises(RuntimeError, match="not in the list"):
        bpy.ops.monorig.person_pick(identity=9)
    bpy.ops.object.mode_set(mode="POSE")
    assert not bpy.ops.monorig.person_pick.poll()


def test_a_click_is_in_a_viewport_or_over_its_panels():
    def place(kind, x, y, width, height, **more):
        return SimpleNamespace(type=kind, x=x, y=y, width=width, height=height, **more)

    regions = [
        place("WINDOW", 0, 0, 800, 600),
        place("UI", 600, 0, 200, 600),
        place("HUD", 0, 0, 1, 1),
    ]
    area = place("VIEW_3D", 0, 0, 800, 600, regions=regions)
    window = SimpleNamespace(screen=SimpleNamespace(areas=[area]))
    assert overlay_pick.under(window, 300, 300) == (area, regions[0])
    assert overlay_pick.under(window, 700, 300) == (area, None)
    assert overlay_pick.under(window, 900, 300) == (None, None)


def test_off_there_is_nothing_and_on_there_is_one_handler(captured, card):
    handlers = len(bpy.app.handlers.load_pre)
    assert not overlay.is_on() and overlay._take is None
    on()
    assert overlay.is_on() and len(bpy.app.handlers.load_pre) == handlers + 1
    assert bpy.ops.monorig.overlay() == {"FINISHED"}
    assert not overlay.is_on() and overlay._take is None
    assert len(bpy.app.handlers.load_pre) == handlers


def test_another_file_ends_it(captured, card):
    on()
    bpy.ops.wm.read_homefile(use_empty=True)
    assert not overlay.is_on() and overlay._take is None


def test_without_a_result_it_cannot_be_switched_on():
    assert not bpy.ops.monorig.overlay.poll()


def test_the_switches_and_the_view_say_what_is_drawn(captured, take, card):
    drawn = on()
    bpy.context.scene.frame_set(5)
    overlay.draw_take(drawn, view(), 1.0)
    assert [what for what, *_ in card] == ["ground", "paths", "skeletons", "keypoints"]
    card.clear()
    overlay.draw_take(drawn, view(camera=False), 1.0)
    assert [what for what, *_ in card] == ["ground", "paths", "skeletons"]
    card.clear()
    chosen = bpy.context.scene.monorig.overlay
    chosen.ground = chosen.skeletons = False
    overlay.draw_take(drawn, view(), 1.0)
    assert [what for what, *_ in card] == ["paths", "keypoints"]
    card.clear()
    bpy.context.scene.frame_set(500)
    overlay.draw_take(drawn, view(), 1.0)
    assert [what for what, *_ in card] == ["paths"]


def test_a_new_fit_is_read_again_and_a_take_that_is_gone_is_forgotten(captured, take, card):
    first = on()
    overlay.look(bpy.context)
    assert overlay._take is first
    synthetic_motion(people=1, frames=24, gaps=False).save(take / "OUT.npz")
    overlay.look(bpy.context)
    assert overlay._take is not first
    (take / "OUT.npz").unlink()
    overlay.look(bpy.context)
    assert overlay._take is None


def test_a_damaged_take_is_one_sentence(captured, take, card):
    (take / "OUT.npz").write_bytes(b"no motion")
    bpy.ops.monorig.overlay()
    deadline = time.monotonic() + PATIENCE
    while not overlay._take.over:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert "is not a Monorig motion" in overlay.sentence()


@pytest.mark.alone
def test_scrubbing_with_five_people_is_quick(captured, take, card):
    synthetic_motion(people=5, frames=900, gaps=False).save(take / "OUT.npz")
    drawn, scene, spent = on(), bpy.context.scene, []
    for frame in range(1, 700, 3):
        scene.frame_set(frame)
        spent.append(timed(lambda: overlay.draw_take(drawn, view(), 1.0))[1])
    scale = slowness()
    print(f"a draw takes {1e3 * np.median(spent):.2f} ms, slowness {scale:.1f}")
    assert np.median(spent) < LONGEST * scale and len(drawn.batches) <= overlay.KEPT
