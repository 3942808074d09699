"""The sub-panel "Takes": the library as it was last looked at; draws what is there, computes nothing."""

import bpy

from ..operators import session, takes_library, takes_shelf
from ..operators.language import label
from .sidebar import SidebarPanel, sentences

ICONS = {takes_shelf.FITTED: "ARMATURE_DATA", takes_shelf.SEEN: "FILE_MOVIE"}


class MONORIG_UL_takes(bpy.types.UIList):
    """A take a row."""

    def draw_item(self, _context, layout, _data, item, _icon, _active, _property, _index):
        layout.label(text=item.name, icon=ICONS.get(item.state, "BLANK1"), translate=False)


class MONORIG_PT_takes(SidebarPanel, bpy.types.Panel):
    bl_label = "Takes"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, library = self.layout, context.window_manager.monorig
        layout.enabled = session.status().over
        row = layout.row()
        row.template_list("MONORIG_UL_takes", "", library, "takes", library, "active", rows=5)
        side = row.column(align=True)
        side.operator("monorig.takes_look", text="", icon="FILE_REFRESH")
        side.operator("monorig.take_duplicate", text="", icon="DUPLICATE")
        side.operator("monorig.take_export", text="", icon="EXPORT")
        side.operator("monorig.take_show", text="", icon="FILE_FOLDER")
        side.operator("monorig.take_delete", text="", icon="TRASH")
        chosen = takes_library.chosen_take(context)
        if chosen is not None:
            sentences(layout, context, "INFO", chosen.told)
        elif library.folder:
            sentences(
                layout,
                context,
                "INFO",
                label("There is no take in {folder}.", folder=library.folder),
            )
        acts = layout.row(align=True)
        acts.operator("monorig.take_open", icon="IMPORT")
        acts.operator("monorig.take_refit", icon="FILE_REFRESH")


CLASSES = (MONORIG_UL_takes, MONORIG_PT_takes)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
