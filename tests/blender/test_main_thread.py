"""Blender is never kept waiting: how long our calls take, from the first tick to the last key."""

import bpy
import pytest
from monorig.operators import capture, refit
from synthetic_motion import synthetic_motion
from tick_times import ticks_are_short

pytestmark = pytest.mark.alone

PEOPLE, FRAMES = 2, 2000


@pytest.mark.parametrize("role", ["warning", "late"])
def test_ticks_of_a_whole_capture_are_short(play, role):
    motion = synthetic_motion(people=PEOPLE, frames=FRAMES, moving_camera=True)

    def work():
        bpy.ops.wm.read_homefile(use_empty=True)
        play(role, motion)
        return capture.CaptureWork(capture.read_request(bpy.context))

    ticks_are_short(work)


def test_ticks_of_a_refit_are_short_whose_last_step_puts_all_in_place(play, tmp_path):
    (tmp_path / "take").mkdir()
    (tmp_path / "take" / "take.json").write_text("{}")

    def work():
        bpy.ops.wm.read_homefile(use_empty=True)
        play("ok", synthetic_motion(people=PEOPLE, frames=FRAMES))
        bpy.ops.monorig.capture()
        play("ok", taller(PEOPLE, FRAMES))
        return refit.RefitWork(refit.read_refit_request(bpy.context))

    ticks_are_short(work)


def taller(people, frames):
    """Other lengths, so that every bone and every corner moves."""
    motion = synthetic_motion(people=people, frames=frames)
    motion.rest_offset[:] *= 1.05
    motion.height_m[:] *= 1.05
    return motion
