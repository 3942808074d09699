"""The sidebar: every panel draws in every state, in the order of the work, from state alone and in no time."""

import inspect
from types import SimpleNamespace

import bpy
import numpy as np
import pytest
from monorig import panels
from monorig.operators import session
from synthetic_motion import synthetic_motion
from tick_times import slowness, timed

LONGEST = 0.001  # [s] of our part of a draw
TRIALS = 15
OTHER_OBJECTS, OTHER_COLLECTIONS = 1000, 50  # of the scene besides
ORDER = ("source", "capture", "people", "fit", "overlay", "cleanup", "retarget")


class Layout:
    """Stands where Blender's layout does, which only a window has: takes everything, keeps what was asked."""

    def __init__(self, said):
        self.__dict__["said"] = said

    def __getattr__(self, name):
        def call(*arguments, **_options):
            self.said.append((name, *arguments))
            if name == "operator":
                ask(arguments[0])
                return SimpleNamespace()
            return Layout(self.said)

        return call

    def __setattr__(self, name, value):
        """enabled, active, scale_y and so on: nothing to remember."""


def ask(operator):
    """What Blender does for every button: asks the operator whether it can be pressed."""
    group, name = operator.split(".")
    if group == "view3d":  # Blender's own, which Python does not see
        return
    kind = getattr(bpy.types, f"{group.upper()}_OT_{name}")
    if hasattr(kind, "poll"):
        kind.poll(bpy.context)


class Preferences:
    """Blender's preferences with the scale that a window gives them."""

    system = SimpleNamespace(ui_scale=1.0)

    def __getattr__(self, name):
        return getattr(bpy.context.preferences, name)


class Context:
    """Blender's context with a sidebar."""

    region, preferences = SimpleNamespace(width=280), Preferences()

    def __getattr__(self, name):
        return getattr(bpy.context, name)


@pytest.fixture(autouse=True)
def registered(addon):
    return addon


def of_the_tab():
    """Our registered panels, in the order in which they were registered."""
    classes = [cls for module in panels.SIDEBAR for cls in module.CLASSES]
    return [cls for cls in classes if getattr(cls, "bl_category", "") == "Monorig"]


def drawn(cls):
    """Draws a panel; returns what it asked of its layout, and the seconds of our own."""
    functions = {
        name: value
        for base in reversed(cls.__mro__)
        for name, value in vars(base).items()
        if inspect.isfunction(value) or isinstance(value, staticmethod)
    }
    panel = type("Drawn", (), functions)()
    said = []
    panel.layout = Layout(said)
    seconds = timed(lambda: cls.draw(panel, Context()))[1]
    return said, seconds


def shown():
    """Panels that are there in this state."""
    return [cls for cls in of_the_tab() if not hasattr(cls, "poll") or cls.poll(bpy.context)]


def test_the_panels_follow_the_work():
    tops = [c.__name__ for c in of_the_tab() if not getattr(c, "bl_parent_id", "")]
    wanted = [f"MONORIG_PT_{name}" for name in ORDER]
    assert [name for name in tops if name in wanted] == wanted


def test_every_panel_draws_in_an_empty_file_and_with_a_result(captured):
    for cls in shown():
        assert drawn(cls)[0], cls
    assert "MONORIG_PT_people" in {cls.__name__ for cls in shown()}
    bpy.ops.wm.read_homefile(use_empty=True)
    names = {cls.__name__ for cls in shown()}
    assert "MONORIG_PT_people" not in names and "MONORIG_PT_source" in names
    for cls in shown():
        drawn(cls)


@pytest.mark.alone
def test_drawing_is_quick_with_five_people_in_a_large_scene(play):
    """All panels, with what their buttons ask of the operators."""
    for number in range(OTHER_COLLECTIONS):
        collection = bpy.data.collections.new(f"Set {number}")
        bpy.context.scene.collection.children.link(collection)
        for _ in range(OTHER_OBJECTS // OTHER_COLLECTIONS):
            collection.objects.link(bpy.data.objects.new("Prop", None))
    play("ok", synthetic_motion(people=5, frames=30, gaps=False))
    assert bpy.ops.monorig.capture() == {"FINISHED"}
    assert session.status().phase == "DONE"
    slow = {}
    for cls in shown():
        seconds = float(np.median([drawn(cls)[1] for _ in range(TRIALS)]))
        print(f"{cls.__name__}: {1e3 * seconds:.2f} ms")
        if seconds > LONGEST * slowness():
            slow[cls.__name__] = seconds
    assert not slow


def test_only_a_captured_camera_is_looked_through(captured):
    through = ("operator", "view3d.view_camera")
    assert through in drawn(bpy.types.MONORIG_PT_capture)[0]
    bpy.context.scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    assert through not in drawn(bpy.types.MONORIG_PT_capture)[0]


def test_drawing_changes_nothing(captured):
    before = captured.monorig.edits, len(bpy.data.objects), bpy.context.scene.frame_current
    for cls in shown():
        drawn(cls)
    assert before == (
        captured.monorig.edits,
        len(bpy.data.objects),
        bpy.context.scene.frame_current,
    )


def test_every_operator_says_what_it_does_and_why_it_cannot():
    for name in dir(bpy.ops.monorig):
        kind = getattr(bpy.types, f"MONORIG_OT_{name}", None)
        if kind is not None:
            assert (kind.__doc__ or "").strip() or getattr(kind, "bl_description", ""), name
            assert not (kind.__doc__ or "").strip().endswith("."), name


def test_paths_of_a_file_may_begin_beside_it():
    """Else Blender shows them in red, from the version on in which it wants to be told."""
    settings = bpy.context.scene.monorig
    groups = [getattr(settings, name) for name in ("capture", "camera", "live", "export", "batch")]
    paths = [
        one
        for group in groups
        for one in group.bl_rna.properties
        if getattr(one, "subtype", "") in ("FILE_PATH", "DIR_PATH")
    ]
    assert len(paths) == 6
    for one in paths:
        assert getattr(one, "is_path_supports_blend_relative", True), one.identifier
