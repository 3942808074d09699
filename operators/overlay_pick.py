"""A person is chosen by a click on the skeleton that the overlay draws, in any 3D viewport.

The one modal operator of the add-on: it lives from the button to the click, or to ESC.
"""

import bpy
from bpy.props import IntProperty

from . import overlay, people_list
from .people import NeedsPeople

REACH = 25  # [px] at a scale of 1: so far from a skeleton a click still means it
HINT = "Click a skeleton to choose the person.   ESC: leave it"
MISSED = "There is no skeleton under the mouse. Click one, or ESC"
PRESSED = ("LEFTMOUSE", "PRESS")
ENDING = ("ESC", "RIGHTMOUSE")


class MONORIG_OT_person_pick(NeedsPeople, bpy.types.Operator):
    """Choose a person by a click on the skeleton in a 3D viewport. The overlay is switched on for it; ESC ends"""

    bl_idname = "monorig.person_pick"
    bl_label = "Pick in View"
    bl_options = {"UNDO"}

    identity: IntProperty(name="Person", default=0, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context):
        if not super().poll(context):
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set("Go to object mode first")
            return False
        return True

    def execute(self, context):
        collection, _ = people_list.chosen(context)
        numbers = [row.identity for row in collection.monorig.people]
        if self.identity not in numbers:
            self.report({"ERROR"}, "This person is not in the list.")
            return {"CANCELLED"}
        collection.monorig.active = numbers.index(self.identity)
        return {"FINISHED"}

    def invoke(self, context, _event):
        overlay.switch_on()
        overlay.look(context)
        overlay.redraw()
        context.window.cursor_modal_set("EYEDROPPER")
        self._hint(context, HINT)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context, event):
        if event.type in ENDING:
            return self._ended(context, {"CANCELLED"})
        if (event.type, event.value) != PRESSED:
            return {"PASS_THROUGH"}
        area, region = under(context.window, event.mouse_x, event.mouse_y)
        if area is None or area.type != "VIEW_3D":
            return {"PASS_THROUGH"}  # the timeline, to go where people stand apart
        if region is None or not self.poll(context):
            return self._ended(context, {"CANCELLED", "PASS_THROUGH"})
        found = person_under(context, region, event.mouse_x - region.x, event.mouse_y - region.y)
        if found is None:
            self._hint(context, overlay.sentence() or MISSED)
            return {"RUNNING_MODAL"}
        self.identity = found
        return self._ended(context, self.execute(context))

    def cancel(self, context):
        self._ended(context, set())

    @staticmethod
    def _hint(context, text):
        context.workspace.status_text_set(bpy.app.translations.pgettext_iface(text))

    @staticmethod
    def _ended(context, result):
        context.window.cursor_modal_restore()
        context.workspace.status_text_set(None)
        overlay.redraw()
        return result


def under(window, x, y):
    """(area, its region that shows the scene) under the mouse; None for the region over panels, None outside."""
    inside = [a for a in window.screen.areas if _holds(a, x, y)]
    if not inside:
        return None, None
    regions = [r for r in inside[0].regions if _holds(r, x, y)]
    shown = [r for r in regions if r.type == "WINDOW"]
    return inside[0], shown[0] if shown == regions else None


def _holds(place, x, y):
    inside_x = place.x <= x < place.x + place.width
    return place.width > 1 and inside_x and place.y <= y < place.y + place.height


def person_under(context, region, x, y):
    """Identity of whose skeleton is drawn near a point [px] of a viewport's region, or None."""
    view = region.data
    reach = REACH * context.preferences.system.ui_scale
    return overlay.person_at(context.scene, view, (region.width, region.height), (x, y), reach)


CLASSES = (MONORIG_OT_person_pick,)
