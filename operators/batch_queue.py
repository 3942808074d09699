"""Operators of the batch: clips into the queue and out of it, start, stop."""

import os

import bpy
from bpy.props import CollectionProperty, StringProperty

from . import batch, session
from .background import WorkError
from .capture import read_fit
from .chain_choice import name_of
from .language import label, say

COUNTED = {
    "waiting": "{count} waiting",
    "running": "{count} running",
    "done": "{count} done",
    "failed": "{count} failed",
}


def summary(rows):
    """How many clips of the list are in which state: "2 done, 1 failed." """
    count = {state: sum(row.state == state for row in rows) for state in COUNTED}
    return ", ".join(label(COUNTED[s], count=number) for s, number in count.items() if number) + "."


class _QueueOperator:
    """Changes the queue of the scene's folder, also while it is worked off elsewhere in Blender."""

    bl_options = {"INTERNAL"}

    def execute(self, context):
        try:
            queue = batch.queue_of(context)
            said = self.change(context, queue)
        except (WorkError, batch.queues().BatchError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        batch.show(queue, (context.scene.name, context.scene.session_uid))
        if said:
            self.report({"INFO"}, said)
        return {"FINISHED"}


class _Add(_QueueOperator):
    """Puts paths into the queue with the settings that Capture and Fit have now."""

    def change(self, context, queue):
        chain = name_of(context.scene.monorig.capture.chain, context)
        new = queue.add(batch.queues().clips_of(self.paths()), chain, read_fit(context))
        return say("{count} new in the queue.", count=new)

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


class MONORIG_OT_batch_add(_Add, bpy.types.Operator):
    """Put clips into the queue, with the quality and fit that are chosen now"""

    bl_idname = "monorig.batch_add"
    bl_label = "Add Clips"

    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_movie: bpy.props.BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def paths(self):
        return [os.path.join(self.directory, file.name) for file in self.files if file.name]


class MONORIG_OT_batch_add_folder(_Add, bpy.types.Operator):
    """Put all clips of a folder, and of the folders in it, into the queue"""

    bl_idname = "monorig.batch_add_folder"
    bl_label = "Add Folder"

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})

    def paths(self):
        return [self.directory]


class MONORIG_OT_batch_remove(_QueueOperator, bpy.types.Operator):
    """Take the clip out of the queue. Its take stays where it is"""

    bl_idname = "monorig.batch_remove"
    bl_label = "Remove from Queue"

    def change(self, context, queue):
        chosen = context.scene.monorig.batch
        if 0 <= chosen.active < len(chosen.rows):
            queue.remove([chosen.rows[chosen.active].clip])


class MONORIG_OT_batch_clear(_QueueOperator, bpy.types.Operator):
    """Take all clips that are done out of the queue. Their takes stay where they are"""

    bl_idname = "monorig.batch_clear"
    bl_label = "Clear Done"

    def change(self, _context, queue):
        queue.remove([entry.clip for entry in queue.entries if entry.state == batch.queues().DONE])


class MONORIG_OT_batch_retry(_QueueOperator, bpy.types.Operator):
    """Let all clips that failed wait again"""

    bl_idname = "monorig.batch_retry"
    bl_label = "Retry Failed"

    def change(self, _context, queue):
        for entry in queue.entries:
            if entry.state == batch.queues().FAILED:
                queue.again(entry.clip)


class MONORIG_OT_batch_settings(_QueueOperator, bpy.types.Operator):
    """Give the clip the quality and fit that are chosen now, and let it wait again"""

    bl_idname = "monorig.batch_settings"
    bl_label = "Use Current Settings"

    def change(self, context, queue):
        chosen = context.scene.monorig.batch
        if 0 <= chosen.active < len(chosen.rows):
            chain = name_of(context.scene.monorig.capture.chain, context)
            fit = read_fit(context)
            clip = chosen.rows[chosen.active].clip
            queue.change(
                clip, chain=chain, fit=fit, take="", state=batch.queues().WAITING, sentence=""
            )


class MONORIG_OT_batch_read(_QueueOperator, bpy.types.Operator):
    """Show the queue as it is on disk"""

    bl_idname = "monorig.batch_read"
    bl_label = "Read Queue"

    def change(self, _context, _queue):
        return ""


class MONORIG_OT_batch_start(bpy.types.Operator):
    """Capture all clips that wait, one after another. Blender stays usable meanwhile; ESC stops"""

    bl_idname = "monorig.batch_start"
    bl_label = "Start Batch"

    @classmethod
    def poll(cls, _context):
        if session.running() or batch.running():
            cls.poll_message_set("Monorig is at work; cancel that or wait for its end")
            return False
        return True

    def execute(self, context):
        try:
            batch.start(context)
        except WorkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if not batch.running():  # without a window it is over by now
            if batch.trouble():
                self.report({"ERROR"}, batch.trouble())
                return {"CANCELLED"}
            self.report({"INFO"}, summary(context.scene.monorig.batch.rows))
        return {"FINISHED"}


CLASSES = (
    MONORIG_OT_batch_add,
    MONORIG_OT_batch_add_folder,
    MONORIG_OT_batch_remove,
    MONORIG_OT_batch_clear,
    MONORIG_OT_batch_retry,
    MONORIG_OT_batch_settings,
    MONORIG_OT_batch_read,
    MONORIG_OT_batch_start,
)
