"""The bone map of the chosen target in the panel: found, edited, mirrored, saved and loaded as text."""

import bpy
from bpy.props import StringProperty

from . import session
from .language import say, told
from .role_words import spoken

FILES = "*.toml"
SEPARATOR = ", "  # between the bones of a chain


def find(chosen):
    """Fills the panel's bone map with what is found for the target; empties it where there is none."""
    from ..retarget import bone_map, detect, ik_limbs, rig

    target = chosen.target
    if target is None or target.type != "ARMATURE" or not target.data.bones:
        _show(chosen, bone_map.BoneMap("", {}), (), edited=False)
        return
    rest = rig.read(target)
    found = ik_limbs.on_controls(rest, detect.detect(rest).bone_map)
    _show(chosen, found, target.data.bones.keys(), edited=False)


def row_changed(chosen, row):
    """Takes over what the user wrote into one row of the map."""
    from ..retarget import bone_map

    chain = [name.strip() for name in row.bones.split(SEPARATOR.strip()) if name.strip()]
    table = bone_map.parse(chosen.map_text) if chosen.map_text else bone_map.BoneMap("By hand", {})
    table = table.assigned(row.name, chain)
    chosen.map_text, chosen.edited = bone_map.text_of(table) if table.bones else "", True
    chosen.missing = _missing(chosen, table)


def _show(chosen, table, names, edited):
    """Shows a BoneMap, as far as the rig has its bones, in the panel's rows."""
    from ..retarget import bone_map, roles

    table = table.within(names)
    chosen.rows.clear()
    for role in roles.MOVED:
        row = chosen.rows.add()
        row.name = role
        row["bones"] = SEPARATOR.join(
            table.bones.get(role, ())
        )  # as a key: no update, nothing was edited
    chosen.family = table.name
    chosen.map_text = bone_map.text_of(table) if table.bones else ""
    chosen.missing = _missing(chosen, table)
    chosen.edited = edited


def _missing(chosen, table):
    there = () if chosen.target is None else chosen.target.data.bones.keys()
    return spoken(table.within(there).missing)


class MapOperator:
    """What can be done with a map while a target is chosen and nothing runs."""

    @classmethod
    def poll(cls, context):
        if context.scene.monorig.retarget.target is None:
            cls.poll_message_set("Choose the armature that is to get the motion")
            return False
        if session.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        return True


class MONORIG_OT_map_find(MapOperator, bpy.types.Operator):
    """Find again which bone of the target plays which role. Edits of the map are lost"""

    bl_idname = "monorig.map_find"
    bl_label = "Find Bones"
    bl_options = {"UNDO"}

    def execute(self, context):
        find(context.scene.monorig.retarget)
        return {"FINISHED"}


class MONORIG_OT_map_mirror(MapOperator, bpy.types.Operator):
    """Take the bones of the left side over to the right, by their names"""

    bl_idname = "monorig.map_mirror"
    bl_label = "Left to Right"
    bl_options = {"UNDO"}

    def execute(self, context):
        from ..retarget import bone_map

        chosen = context.scene.monorig.retarget
        if not chosen.map_text:
            self.report({"ERROR"}, "There is no bone map to mirror.")
            return {"CANCELLED"}
        mirrored = bone_map.parse(chosen.map_text).mirrored()
        _show(chosen, mirrored, chosen.target.data.bones.keys(), edited=True)
        return {"FINISHED"}


class MONORIG_OT_map_pick(MapOperator, bpy.types.Operator):
    """Use the active bone of the target for this role"""

    bl_idname = "monorig.map_pick"
    bl_label = "Active Bone"
    bl_options = {"UNDO", "INTERNAL"}

    role: StringProperty()

    def execute(self, context):
        chosen = context.scene.monorig.retarget
        bone = chosen.target.data.bones.active
        row = chosen.rows.get(self.role)
        if bone is None or row is None:
            name = chosen.target.name
            self.report({"ERROR"}, say("{name} has no active bone.", name=name))
            return {"CANCELLED"}
        row.bones = bone.name
        return {"FINISHED"}


class MONORIG_OT_map_save(MapOperator, bpy.types.Operator):
    """Write the bone map to a text file"""

    bl_idname = "monorig.map_save"
    bl_label = "Save Bone Map"

    filepath: StringProperty(subtype="FILE_PATH")
    filter_glob: StringProperty(default=FILES, options={"HIDDEN"})

    def invoke(self, context, _event):
        self.filepath = self.filepath or f"{context.scene.monorig.retarget.target.name}.toml"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        from ..retarget import bone_map

        chosen = context.scene.monorig.retarget
        if not chosen.map_text:
            self.report({"ERROR"}, "There is no bone map to save.")
            return {"CANCELLED"}
        path = bpy.path.ensure_ext(bpy.path.abspath(self.filepath), ".toml")
        try:
            bone_map.save(bone_map.parse(chosen.map_text), path)
        except OSError as error:
            trouble = say("{path} cannot be written: {trouble}.", path=path, trouble=error.strerror)
            self.report({"ERROR"}, trouble)
            return {"CANCELLED"}
        self.report({"INFO"}, say("Saved {path}.", path=path))
        return {"FINISHED"}


class MONORIG_OT_map_load(MapOperator, bpy.types.Operator):
    """Read a bone map from a text file"""

    bl_idname = "monorig.map_load"
    bl_label = "Load Bone Map"
    bl_options = {"UNDO"}

    filepath: StringProperty(subtype="FILE_PATH")
    filter_glob: StringProperty(default=FILES, options={"HIDDEN"})

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        from ..retarget import bone_map

        chosen = context.scene.monorig.retarget
        try:
            table = bone_map.load(bpy.path.abspath(self.filepath))
        except bone_map.BoneMapError as error:
            self.report({"ERROR"}, told(error))
            return {"CANCELLED"}
        names = chosen.target.data.bones.keys()
        if not table.within(names).bones:
            name = chosen.target.name
            trouble = say("{name} has none of the bones of this map.", name=name)
            self.report({"ERROR"}, trouble)
            return {"CANCELLED"}
        _show(chosen, table, names, edited=True)
        return {"FINISHED"}


CLASSES = (
    MONORIG_OT_map_find,
    MONORIG_OT_map_mirror,
    MONORIG_OT_map_pick,
    MONORIG_OT_map_save,
    MONORIG_OT_map_load,
)
