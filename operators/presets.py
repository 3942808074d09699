"""Presets of capture and fit, kept by Blender where it keeps all presets."""

import bpy
from bl_operators.presets import AddPresetBase

CAPTURE = ("chain", "match_rate", "match_range", "match_resolution", "use_camera", "add_sound")
FIT = ("solver", "smoothing", "planted", "limits", "level", "mirrored", "max_people")
FOLDER = "monorig"


class MONORIG_OT_preset_add(AddPresetBase, bpy.types.Operator):
    """Keep the settings of Capture and Fit as a preset, or remove one"""

    bl_idname = "monorig.preset_add"
    bl_label = "Add Preset"
    preset_menu = "MONORIG_PT_presets"
    preset_subdir = FOLDER
    preset_defines = ["chosen = bpy.context.scene.monorig"]
    preset_values = [
        *(f"chosen.capture.{name}" for name in CAPTURE),
        *(f"chosen.fit.{name}" for name in FIT),
    ]


CLASSES = (MONORIG_OT_preset_add,)
