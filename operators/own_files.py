"""Own copies of the packages; settings, camera profiles and rig maps in one file and back."""

import bpy
from bpy.props import StringProperty
from bpy_extras.io_utils import ExportHelper, ImportHelper

from . import self_test, session, user_folder
from .errands import ErrandWork, at_rest, tried
from .work import outcome


class OwnPackagesWork(ErrandWork):
    """Own copies of the packages and a self-test with them."""

    name = "Use Own Packages"
    cancelled = "Cancelled."

    def __init__(self, facts):
        self._facts = facts

    def errors(self):
        from ..inference.packages import PackagesError
        from ..inference.wheels import WheelError

        return PackagesError, WheelError

    def errand(self, errand):
        """On the errand's thread."""
        from ..inference import own_packages

        errand.progress("Unpacking", 0, 0)
        own_packages.make(user_folder.own_packages())
        return self_test.test(errand, self._facts)


class MONORIG_OT_use_own_packages(bpy.types.Operator):
    """Unpack the packages that come with Monorig into its own folder, where no other add-on changes them"""

    bl_idname = "monorig.use_own_packages"
    bl_label = "Use Own Packages"

    @classmethod
    def poll(cls, _context):
        return at_rest(cls)

    def execute(self, _context):
        session.launch(OwnPackagesWork(self_test.facts()))
        return outcome(self, session.status())


class MONORIG_OT_share_packages(bpy.types.Operator):
    """Delete the own copies and use the packages that all extensions share"""

    bl_idname = "monorig.share_packages"
    bl_label = "Use Shared Packages"

    @classmethod
    def poll(cls, _context):
        return at_rest(cls)

    def execute(self, _context):
        from ..inference import own_packages

        folder = user_folder.own_packages()
        return tried(self, lambda: own_packages.remove(folder), "The own copies were removed")


class MONORIG_OT_export_settings(bpy.types.Operator, ExportHelper):
    """Settings, camera profiles and rig maps in one file, for another computer"""

    bl_idname = "monorig.export_settings"
    bl_label = "Export Settings"

    filename_ext = ".zip"
    filter_glob: StringProperty(default="*.zip", options={"HIDDEN"})

    def execute(self, _context):
        return tried(
            self, lambda: user_folder.export_to(self.filepath), "The settings were exported"
        )


class MONORIG_OT_import_settings(bpy.types.Operator, ImportHelper):
    """Settings, camera profiles and rig maps from an exported file; nothing of yours is overwritten"""

    bl_idname = "monorig.import_settings"
    bl_label = "Import Settings"

    filter_glob: StringProperty(default="*.zip", options={"HIDDEN"})

    def execute(self, _context):
        return tried(
            self, lambda: user_folder.import_from(self.filepath), "The settings were imported"
        )


CLASSES = (
    MONORIG_OT_use_own_packages,
    MONORIG_OT_share_packages,
    MONORIG_OT_export_settings,
    MONORIG_OT_import_settings,
)
