"""Settings of the export, kept in the .blend: `scene.monorig.export`."""

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..operators import export
from .paths import RELATIVE


class MonorigExportProperties(bpy.types.PropertyGroup):
    """Whose motion is written, as what, and where to."""

    format: EnumProperty(
        name="Format",
        description="Kind of file",
        items=tuple((key, form.label, f"*{form.ending}") for key, form in export.FORMATS.items()),
        default="FBX",
    )
    preset: EnumProperty(
        name="For",
        description="Program that is to read the files",
        items=(
            (export.NONE, "Any Program", "As Blender writes it, without added bones"),
            (export.UNITY, "Unity", "Y up, metres, no scale on the root"),
            (export.UNREAL, "Unreal", "Z up, no scale on the root; BVH in centimetres"),
        ),
        default=export.NONE,
    )
    who: EnumProperty(
        name="People",
        description="Whose motion is written, one file each",
        items=(
            ("PEOPLE", "Everybody", "All captured people of this scene"),
            ("SELECTED", "Selected", "The selected armatures, rigs as well"),
        ),
        default="PEOPLE",
    )
    with_mesh: BoolProperty(
        name="Meshes",
        description="Write what the armature moves too, not its bones alone",
        default=True,
    )
    folder: StringProperty(
        name="Folder",
        description="Where the files go. Empty: beside the .blend",
        subtype="DIR_PATH",
        options=RELATIVE,
    )


CLASSES = (MonorigExportProperties,)
