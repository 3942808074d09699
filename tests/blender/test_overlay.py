"""The overlay: right places, nothing when off, and a draw that costs next to nothing. The card is a stand-in."""

import sys
import time
import types
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from monorig import operators
from monorig.operators import overlay, overlay_geometry, person
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


def test_scrubbing_with_five_people_is_quick(captured, take, card):
    synthetic_motion(people=5, frames=900, gaps=False).save(take / "OUT.npz")
    drawn, scene, spent = on(), bpy.context.scene, []
    for frame in range(1, 700, 3):
        scene.frame_set(frame)
        spent.append(timed(lambda: overlay.draw_take(drawn, view(), 1.0))[1])
    scale = slowness()
    print(f"a draw takes {1e3 * np.median(spent):.2f} ms, slowness {scale:.1f}")
    assert np.median(spent) < LONGEST * scale and len(drawn.batches) <= overlay.KEPT
