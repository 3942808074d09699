"""Runs inside a Blender with a window: every panel of the tab, dark and light, at one and two times the scale.

A translation of the test's own is shown too, where this Blender carries languages.
"""

import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
sys.path.append(str(Path(__file__).parents[1] / "blender"))

import bpy  # noqa: E402
import conftest  # noqa: E402, F401
import stage  # noqa: E402
from monorig.retarget import bone_map  # noqa: E402
from retarget_scenes import armature  # noqa: E402
from stage import CHECKOUT, RESULTS, module, picture, seen, status, until, viewport, window  # noqa: E402
from stand_in_rigs import stand_in  # noqa: E402
from synthetic_motion import synthetic_motion  # noqa: E402

SCALES = {"1x": 1.0, "2x": 2.0}
LIGHT = "Blender_Light.xml"
GROUPS = {  # of panels that are looked at together, as a display of 800 lines has room for them
    "source": ("source", "capture", "scene_options"),
    "camera": ("source", "camera", "camera_profile"),
    "people": ("people", "fit", "overlay"),
    "cleanup": ("cleanup",),
    "retarget": ("retarget", "retarget_more"),
    "map": ("retarget", "bone_map"),
    "takes": ("export", "takes"),
    "live": ("live", "live_rigs"),
    "batch": ("batch",),
}
TRANSLATED = {"Capture": "Aufnehmen", "{name} shows the {solver} fit.": "{name} zeigt: {solver}."}


def play():
    """A captured take; then all groups in all looks."""
    yield from stage.open_tab()
    looks = {name: getattr(bpy.types, f"MONORIG_PT_{name}") for g in GROUPS.values() for name in g}
    for kind in looks.values():
        kind.bl_options = set()  # unfolded, before they are drawn for the first time
    alone(looks.values(), looks.values())
    yield from captured()
    for scale, value in SCALES.items():
        bpy.context.preferences.view.ui_scale = value
        yield from pictures(f"look-{scale}", looks)
    light()
    bpy.context.preferences.view.ui_scale = 1.0
    yield from pictures("look-light", looks)
    yield from translated(looks)


def captured():
    """Two people from a stand-in for the capture process, one of them with a rig."""
    (RESULTS / "take").mkdir()
    (RESULTS / "take" / "take.json").write_text('{"clip": "dance.mp4", "chain": "take"}')
    synthetic_motion(2, 40, gaps=False).save(RESULTS / "take" / "OUT.npz")
    client, work = module("inference.client"), module("operators.work")
    child = CHECKOUT / "tests" / "blender" / "fake_child.py"
    words = [stage.PYTHON, str(child), str(CHECKOUT), "warning", str(RESULTS / "take" / "OUT.npz")]
    client.package_folders = list
    work.make_client = lambda: client.Client(command=words)
    settings = bpy.context.scene.monorig.capture
    shutil.copy(CHECKOUT / "tests" / "data" / "tone.mp4", RESULTS / "dance.mp4")
    bpy.ops.wm.save_as_mainfile(filepath=str(RESULTS / "shot.blend"))
    settings.clip, settings.take_folder, settings.use_range = "//dance.mp4", "//take", True
    with bpy.context.temp_override(**viewport()):
        bpy.ops.monorig.capture()
    yield from until(lambda: status().over, "the end of the capture")
    hero = armature(stand_in(bone_map.built_in()["unreal"], 45.0), name="Hero")
    bpy.data.collections["dance"].monorig.people[0].target = hero
    bpy.context.scene.monorig.retarget.target = hero


def light():
    """Blender's light theme."""
    paths = bpy.utils.preset_paths("interface_theme")
    found = next(path for folder in paths for path in Path(folder).glob(LIGHT))
    with bpy.context.temp_override(window=window()):
        bpy.ops.script.execute_preset(
            filepath=str(found), menu_idname="USERPREF_MT_interface_theme_presets"
        )


def pictures(name, looks):
    """Generator: a picture of each group, alone in the tab."""
    for group, members in GROUPS.items():
        shown = [looks[member] for member in members]
        alone(looks.values(), shown)
        yield from picture(f"{name}-{group}")


def alone(everything, shown):
    """Of our panels only some are registered, in their order; parents before their children."""
    for kind in reversed([*everything]):
        if kind.is_registered:
            bpy.utils.unregister_class(kind)
    for kind in shown:
        bpy.utils.register_class(kind)


def translated(looks):
    """Generator: labels, and a sentence with values in it, in the words of a translation."""
    locales = [one for one in bpy.app.translations.locales if one[:2] == "de"]
    seen["has_languages"] = bool(locales)
    if not locales:
        return
    view = bpy.context.preferences.view
    view.language = locales[0]
    view.use_translate_interface = view.use_translate_tooltips = True
    table = {("*", text): said for text, said in TRANSLATED.items()}
    bpy.app.translations.register("monorig looks", {locales[0]: table})
    language = module("operators.language")
    seen["translated"] = [
        bpy.app.translations.pgettext_iface("Capture"),
        language.label("{name} shows the {solver} fit.", name="tone", solver="take"),
    ]
    alone(looks.values(), [looks["capture"], looks["fit"]])
    yield from picture("look-translated")
    bpy.app.translations.unregister("monorig looks")


stage.run(play)
