"""Runs inside a Blender with a window: what is known of the camera, and four clicks on the floor."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import bpy  # noqa: E402
import conftest  # noqa: E402, F401
import numpy as np  # noqa: E402
import people_in_blender as people  # noqa: E402
import stage  # noqa: E402
from bpy_extras.view3d_utils import location_3d_to_region_2d  # noqa: E402
from mathutils import Vector  # noqa: E402
from stage import CHECKOUT, module, picture, seen, status, until, viewport, window  # noqa: E402

RECTANGLE = ((-0.8, 4.0), (0.8, 4.0), (0.8, 5.5), (-0.8, 5.5))  # [m] aside, ahead of the camera


def play():
    """Capture, show the floor by four clicks, once given up by ESC."""
    yield from stage.open_tab()
    yield from people.captured()
    settings = bpy.context.scene.monorig.camera
    settings.floor_sides, settings.known = (1.6, 1.5), "LENS"
    yield from picking()
    yield from stage.press("ESC", corners()[0])
    seen["left"] = [settings.known, len(window().modal_operators)]
    cast_floor()
    yield from picking()
    for number, place in enumerate(corners()):
        if number == 3:
            yield from picture("camera-1-picking")
        yield from stage.press("LEFTMOUSE", place)
    yield from until(lambda: status().over, "the profile")
    seen["profile"] = [status().phase, settings.known, settings.profile]
    seen["off_deg"] = off(module("operators.session").current()._work._asked["rays"])


def cast_floor():
    """The next child is a stand-in that makes a profile."""
    client, work = module("inference.client"), module("operators.work")
    child = CHECKOUT / "tests" / "blender" / "fake_child.py"
    words = [stage.PYTHON, str(child), str(CHECKOUT), "floor"]
    work.make_client = lambda: client.Client(command=words)


def picking():
    """Generator: the operator waits for clicks, and the viewport looks through the camera."""
    with bpy.context.temp_override(**viewport()):
        bpy.ops.monorig.floor_pick("INVOKE_DEFAULT")
    yield from until(lambda: len(window().modal_operators) == 1, "the operator")
    yield 0.5


def on_floor():
    """The corners in the world."""
    camera = bpy.context.scene.camera.matrix_world
    ahead = Vector((-camera.col[2][0], -camera.col[2][1])).normalized()
    aside, start = Vector((ahead[1], -ahead[0])), Vector(camera.translation[:2])
    return [(start + x * aside + y * ahead).to_3d() for x, y in RECTANGLE]


def corners():
    """Where on the display the corners are seen."""
    region = viewport()["region"]
    seen_at = [location_3d_to_region_2d(region, region.data, corner) for corner in on_floor()]
    return [{"x": int(region.x + at.x), "y": int(region.y + at.y)} for at in seen_at]


def off(rays):
    """Largest angle [deg] between the directions that were clicked and those of the corners."""
    camera = bpy.context.scene.camera
    meant = [camera.matrix_world.inverted() @ corner for corner in on_floor()]
    meant = np.array([[x, -y, -z] for x, y, z in meant])
    rays = np.array(rays)
    cosines = (
        (meant * rays).sum(-1) / np.linalg.norm(meant, axis=-1) / np.linalg.norm(rays, axis=-1)
    )
    return float(np.degrees(np.arccos(np.clip(cosines, -1, 1))).max())


if __name__ == "__main__":
    stage.run(play)
