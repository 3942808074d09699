"""The floor shown by hand: four clicks on the corners of a rectangle that lies on it, through the solved camera.

The sides of the rectangle are known: a rug, tiles, a field. They tell where the camera stands and how large the
world is; what comes of it is a camera profile, which the next re-fit uses.
"""

import os

import bpy
from bpy.props import FloatVectorProperty
from bpy_extras.view3d_utils import location_3d_to_region_2d, region_2d_to_vector_3d
from mathutils import Vector

from . import marks, overlay_pick, session, takes
from .background import WorkError
from .camera import ProfileWork, metres
from .datablocks import by_uid
from .errands import at_rest
from .language import label, say
from .work import outcome

CORNERS = 4
HINT = "Click corner {number} of {count} of the rectangle on the floor, in order around it.   ESC: leave it"
COLOUR, WIDTH = (1.0, 0.75, 0.1, 1.0), 2.0
FAR = 5.0  # [m] from the camera at which clicked directions are drawn


class FloorWork(ProfileWork):
    """A profile with the camera's place above a floor.

    rays    four directions in the camera's axes as OpenCV has them: x right, y down, z away
    """

    name = "Find the Floor with Monorig"

    def __init__(self, context, folder, called, rays):
        super().__init__(context, called)
        sides = [metres(context, side) for side in context.scene.monorig.camera.floor_sides]
        self._folder = folder
        self._asked = {"rays": [list(ray) for ray in rays], "sides": sides}

    def _job(self):
        from ..inference.job import Job

        return Job(task="floor", take=self._folder, calibration=self._asked)

    def _told(self, fields):
        return say(
            "The camera stands {height:.2f} m above the floor. Re-fit puts the people on it.",
            height=fields["height"],
        )


def standing_camera(context):
    """The camera object of the chosen result; WorkError where it moves or is gone."""
    from . import results

    result = takes.chosen_result(context)
    named = (result.name, result.session_uid), (context.scene.name, context.scene.session_uid)
    known = results.known_camera(results.Result(*named, result[marks.CLIP], "", ""))
    if known is None:
        raise WorkError("The solved camera was removed from the scene.")
    camera = by_uid("objects", known.uid, known.name)
    if camera.animation_data is not None and camera.animation_data.action is not None:
        raise WorkError("This camera moves: the floor can be shown for a camera that stands.")
    return camera


class MONORIG_OT_floor_pick(bpy.types.Operator):
    """Click the four corners of a rectangle on the floor whose sides are known, in the view through the
    solved camera. Its place above the floor becomes a camera profile"""

    bl_idname = "monorig.floor_pick"
    bl_label = "Show the Floor"

    rays: FloatVectorProperty(name="Directions", size=3 * CORNERS, options={"SKIP_SAVE", "HIDDEN"})

    @classmethod
    def poll(cls, context):
        if not at_rest(cls):
            return False
        if takes.chosen_result(context) is None:  # more takes too long for every draw of the button
            cls.poll_message_set("Capture a clip first")
            return False
        return True

    def execute(self, context):
        result = takes.chosen_result(context)
        folders = [f for f in takes.places(result) if os.path.isfile(os.path.join(f, "OUT.npz"))]
        if not folders:
            self.report({"ERROR"}, "The take is not there any more: capture the clip again.")
            return {"CANCELLED"}
        rays = [tuple(self.rays[at : at + 3]) for at in range(0, 3 * CORNERS, 3)]
        called = say("{name} floor", name=result.name)
        session.launch(FloorWork(context, folders[0], called, rays))
        return outcome(self, session.status())

    def invoke(self, context, _event):
        if context.area is None or context.area.type != "VIEW_3D":
            self.report({"ERROR"}, "Start it in a 3D viewport.")
            return {"CANCELLED"}
        try:
            context.scene.camera = standing_camera(context)
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        context.space_data.region_3d.view_perspective = "CAMERA"
        self._found = []
        self._drawing = bpy.types.SpaceView3D.draw_handler_add(
            _draw, (self._found,), "WINDOW", "POST_PIXEL"
        )
        context.window.cursor_modal_set("CROSSHAIR")
        self._ask(context)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type in overlay_pick.ENDING:
            return self._ended(context, {"CANCELLED"})
        if (event.type, event.value) != overlay_pick.PRESSED:
            return {"PASS_THROUGH"}
        area, region = overlay_pick.under(context.window, event.mouse_x, event.mouse_y)
        if region is None or area.type != "VIEW_3D":
            return {"PASS_THROUGH"}
        if not self.poll(context) or context.scene.camera is None:
            return self._ended(context, {"CANCELLED"})
        if region.data.view_perspective != "CAMERA":
            return {"PASS_THROUGH"}  # only the picture itself tells where something is
        place = event.mouse_x - region.x, event.mouse_y - region.y
        self._found.append(region_2d_to_vector_3d(region, region.data, place))
        if len(self._found) < CORNERS:
            self._ask(context)
            return {"RUNNING_MODAL"}
        self.rays = [value for way in self._found for value in seen_by(context.scene.camera, way)]
        return self._ended(context, self.execute(context))

    def cancel(self, context):
        self._ended(context, set())

    def _ask(self, context):
        number = len(self._found) + 1
        context.workspace.status_text_set(label(HINT, number=number, count=CORNERS))
        for area in context.screen.areas:
            area.tag_redraw()

    def _ended(self, context, result):
        bpy.types.SpaceView3D.draw_handler_remove(self._drawing, "WINDOW")
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)
        for area in context.screen.areas:
            area.tag_redraw()
        return result


def seen_by(camera, way):
    """Direction in the world -> in the camera's axes as OpenCV has them."""
    x, y, z = camera.matrix_world.to_quaternion().inverted() @ Vector(way)
    return x, -y, -z


def _draw(found):
    """The corners that were clicked, in every viewport that looks through the camera."""
    import gpu
    from gpu_extras.batch import batch_for_shader

    region, view = bpy.context.region, bpy.context.region_data
    camera = bpy.context.scene.camera
    if not found or camera is None or view is None or view.view_perspective != "CAMERA":
        return
    start = camera.matrix_world.translation
    corners = [location_3d_to_region_2d(region, view, start + FAR * way) for way in found]
    corners = [tuple(corner) for corner in corners if corner is not None]
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.uniform_float("color", COLOUR)
    gpu.state.point_size_set(4 * WIDTH)
    gpu.state.line_width_set(WIDTH)
    for kind, points in (("POINTS", corners), ("LINE_STRIP", corners)):
        batch_for_shader(shader, kind, {"pos": points}).draw(shader)
    gpu.state.line_width_set(1.0)
    gpu.state.point_size_set(1.0)


CLASSES = (MONORIG_OT_floor_pick,)
