"""Sub-panel Batch: the queue, what becomes of every clip, start and progress."""

import bpy

from ..operators import batch, batch_queue, session
from ..operators.language import label
from .sidebar import SidebarPanel, draw_progress, sentences

AT_WORK = "{number} of {count}: {clip}"
ICONS = {"waiting": "TIME", "running": "PLAY", "done": "CHECKMARK", "failed": "ERROR"}


class MONORIG_UL_batch(bpy.types.UIList):
    """Clips of the queue."""

    def draw_item(self, _context, layout, _data, row, _icon, _active_data, _active_name):
        line = layout.row()
        line.alert = row.state == "failed"
        line.label(text=row.name, icon=ICONS.get(row.state, "BLANK1"))
        found = line.row()
        found.alignment = "RIGHT"
        if row.state == "done":
            found.label(text=str(row.people), icon="COMMUNITY")
        elif row.state != "failed":
            found.label(text=row.chain.capitalize())


class MONORIG_PT_batch(SidebarPanel, bpy.types.Panel):
    bl_label = "Batch"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, chosen, busy = self.layout, context.scene.monorig.batch, batch.running()
        self._draw_queue(layout, chosen)
        self._draw_chosen(context, layout, chosen)
        settings = layout.column()
        settings.use_property_split, settings.use_property_decorate = True, False
        settings.enabled = not busy
        settings.prop(chosen, "folder")
        if not (bpy.data.is_saved or chosen.folder):
            sentences(settings, context, "INFO", "Save the file, or choose a folder for the takes.")
        settings.row().prop(chosen, "make", expand=True)
        if chosen.make == "RIGS":
            settings.prop(chosen, "template")
        if busy:
            self._draw_busy(context, layout, chosen)
        else:
            start = layout.row()
            start.scale_y = 1.4
            start.operator("monorig.batch_start", icon="RENDER_ANIMATION")
            self._draw_summary(context, layout, chosen)

    @staticmethod
    def _draw_queue(layout, chosen):
        row = layout.row()
        row.template_list("MONORIG_UL_batch", "", chosen, "rows", chosen, "active", rows=5)
        column = row.column(align=True)
        column.operator("monorig.batch_add", text="", icon="ADD")
        column.operator("monorig.batch_add_folder", text="", icon="FILE_FOLDER")
        column.operator("monorig.batch_remove", text="", icon="REMOVE")
        column.separator()
        column.operator("monorig.batch_read", text="", icon="FILE_REFRESH")

    @staticmethod
    def _draw_chosen(context, layout, chosen):
        """What there is to say of the clip that is chosen in the list."""
        if not 0 <= chosen.active < len(chosen.rows):
            return
        row = chosen.rows[chosen.active]
        if row.sentence:
            sentences(layout, context, ICONS.get(row.state, "INFO"), row.sentence)
        told = layout.column(align=True)
        told.label(text=label("Quality {chain}, {solver} fit", chain=row.chain, solver=row.solver))
        told.operator("monorig.batch_settings")

    @staticmethod
    def _draw_busy(context, layout, chosen):
        over = sum(row.state in ("done", "failed") for row in chosen.rows)
        now = [row.name for row in chosen.rows if row.state in ("running", "waiting")]
        if now:
            sentences(
                layout,
                context,
                "PLAY",
                label(AT_WORK, number=over + 1, count=len(chosen.rows), clip=now[0]),
            )
        if not session.status().over:
            draw_progress(layout, context, session.status())

    @staticmethod
    def _draw_summary(context, layout, chosen):
        if batch.trouble():
            box = layout.box()
            box.alert = True
            sentences(box, context, "ERROR", batch.trouble())
        if any(row.state in ("done", "failed") for row in chosen.rows):
            sentences(layout, context, "INFO", batch_queue.summary(chosen.rows))
            row = layout.row()
            row.operator("monorig.batch_retry")
            row.operator("monorig.batch_clear")


CLASSES = (MONORIG_UL_batch, MONORIG_PT_batch)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
