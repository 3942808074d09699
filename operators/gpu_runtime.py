"""Install, test and remove the GPU runtime."""

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ImportHelper

from . import self_test, session, user_folder
from .errands import ErrandWork, at_rest, tried
from .work import outcome


class GpuRuntimeWork(ErrandWork):
    """Getting it and a self-test with it, as one piece of work."""

    name = "Install GPU Runtime"
    cancelled = "Cancelled. What is complete is kept, and Install goes on from there."

    def __init__(self, facts, local=None):
        self._facts, self._local = facts, local

    def errors(self):
        from ..inference.gpu_runtime import ERRORS

        return ERRORS

    def errand(self, errand):
        """On the errand's thread."""
        user_folder.gpu_runtime().install(errand, self._local)
        return self_test.test(errand, self._facts)


class MONORIG_OT_install_gpu_runtime(bpy.types.Operator):
    """Fetch what captures need to run on the graphics card into Monorig's own folder, and test it"""

    bl_idname = "monorig.install_gpu_runtime"
    bl_label = "Install GPU Runtime"

    @classmethod
    def poll(cls, _context):
        if not bpy.app.online_access:
            cls.poll_message_set(
                "Blender's online access is off: allow it in Preferences > System > Network, or install"
                " from a folder"
            )
            return False
        return offered(cls) and at_rest(cls)

    def execute(self, _context):
        session.launch(GpuRuntimeWork(self_test.facts()))
        return outcome(self, session.status())


class MONORIG_OT_install_gpu_runtime_from(bpy.types.Operator, ImportHelper):
    """Install the GPU runtime from a folder of wheels, without the network"""

    bl_idname = "monorig.install_gpu_runtime_from"
    bl_label = "Install from Folder"

    directory: StringProperty(name="Folder", subtype="DIR_PATH")
    filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, _context):
        return offered(cls) and at_rest(cls)

    def execute(self, _context):
        session.launch(GpuRuntimeWork(self_test.facts(), bpy.path.abspath(self.directory)))
        return outcome(self, session.status())


class MONORIG_OT_remove_gpu_runtime(bpy.types.Operator):
    """Delete the GPU runtime; captures run on the processor again"""

    bl_idname = "monorig.remove_gpu_runtime"
    bl_label = "Remove GPU Runtime"

    @classmethod
    def poll(cls, _context):
        return offered(cls) and at_rest(cls)

    def execute(self, _context):
        return tried(self, user_folder.gpu_runtime().remove, "The GPU runtime was removed")


def offered(cls):
    """For `poll`: whether there is a GPU runtime for this machine."""
    if user_folder.gpu_runtime() is None:
        cls.poll_message_set("There is no GPU runtime for this system: the processor is used")
        return False
    return True


CLASSES = (
    MONORIG_OT_install_gpu_runtime,
    MONORIG_OT_install_gpu_runtime_from,
    MONORIG_OT_remove_gpu_runtime,
)
