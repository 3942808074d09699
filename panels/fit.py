"""The sub-panel "Fit": how skeletons are fitted; draws what is there, computes nothing."""

import bpy

from ..operators import marks, session, takes
from ..operators.language import label
from .sidebar import SidebarPanel, sentences


class MONORIG_PT_fit(SidebarPanel, bpy.types.Panel):
    bl_label = "Fit"

    def draw(self, context):
        layout, chosen = self.layout, context.scene.monorig.fit
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.enabled = session.status().over
        layout.row().prop(chosen, "solver", expand=True)
        timed = layout.column()
        timed.active = chosen.solver != "RAW"
        timed.prop(chosen, "smoothing")
        feet = layout.column()
        feet.active = chosen.solver == "TAKE"
        feet.prop(chosen, "planted", slider=True)
        timed.prop(chosen, "limits")
        layout.prop(chosen, "level")
        layout.prop(chosen, "mirrored")
        layout.operator("monorig.refit", icon="FILE_REFRESH")
        result = takes.chosen_result(context)
        if result is not None:
            shown = label(
                "{name} shows the {solver} fit.", name=result.name, solver=result[marks.SOLVER]
            )
            sentences(layout, context, "OUTLINER_COLLECTION", shown)


CLASSES = (MONORIG_PT_fit,)
register, unregister = bpy.utils.register_classes_factory(CLASSES)
