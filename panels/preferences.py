"""Add-on preferences: what captures run on, self-test, files of the user's."""

import textwrap

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty, StringProperty

from ..operators import networks, self_test, session, user_folder
from ..operators.language import label, say
from .networks import draw_networks
from .sidebar import draw_bar

DEVICES = (
    ("AUTO", "Automatic", "The graphics card where the GPU runtime is installed and tested"),
    ("CPU", "Processor", "Always the processor"),
)
IDENTIFIERS = [identifier for identifier, _, _ in DEVICES]
STATES = {
    "ABSENT": "{title}: not installed.",
    "PARTIAL": "{title}: begun; Install goes on from there.",
    "UNTESTED": "{title}: installed, and did not pass the self-test.",
    "READY": "{title}: installed and tested.",
}
OFFLINE = "Blender's online access is off (Preferences > System > Network)."
OWN = "Captures use own copies of the packages, which no other add-on changes."
SHARED = "Captures use the packages that all extensions share."
LETTERS = 95  # of a line


class MonorigPreferences(bpy.types.AddonPreferences):
    bl_idname = __package__.rpartition(".")[0]  # the add-on, not this folder of it

    networks_folder: StringProperty(
        name="Networks",
        description="Folder with network files (.onnx). It is searched before the add-on's own folder "
        "and the cache; empty: only those. Chains of your own lie in its folder chains",
        subtype="DIR_PATH",
        update=lambda _self, context: networks.look(context),
    )
    cache_folder: StringProperty(
        name="Cache",
        description="Folder that networks are fetched into. Empty: the usual one of this system",
        subtype="DIR_PATH",
        update=lambda _self, context: networks.look(context),
    )
    show_networks: BoolProperty(
        name="Networks",
        description="Which networks are here, and where the others come from",
        update=lambda _self, context: networks.look(context),
    )
    device: EnumProperty(
        name="Device",
        description="What the networks run on",
        items=DEVICES,
        get=lambda self: index_of(user_folder.settings()["device"]),
        set=lambda self, value: user_folder.change_settings(device=IDENTIFIERS[value]),
    )

    threads: IntProperty(
        name="Threads",
        description="Threads of the processor that the networks may use; 0: one for each core. Fewer leave more "
        "to other programs",
        min=0,
        soft_max=32,
        max=256,
        get=lambda self: user_folder.settings()["threads"],
        set=lambda self, value: user_folder.change_settings(threads=value),
    )

    def draw(self, _context):
        layout, result = self.layout, self_test.last_result()
        layout.use_property_split = True
        layout.row().prop(self, "device", expand=True)
        layout.prop(self, "threads")
        draw_work(layout, result)
        draw_self_test(layout.box(), result)
        draw_gpu_runtime(layout.box())
        draw_networks(layout.box(), self)
        draw_files(layout.box())


def index_of(device):
    """Place of a device in the list, the first where the settings name another one."""
    return IDENTIFIERS.index(device) if device in IDENTIFIERS else 0


def draw_work(layout, result):
    """What runs; how the last thing ended, unless that is the result of the self-test."""
    status = session.status()
    if not status.over:
        row = layout.row()
        draw_bar(row, status)
        row.operator("monorig.cancel", text="", icon="CANCEL")
    elif status.sentence not in ("", result.get("sentence")):
        box = layout.box()
        box.alert = status.phase == "FAILED"
        sentences(box, status.sentence, "ERROR" if box.alert else "INFO")


def draw_self_test(layout, result):
    layout.label(text="Self-Test", icon="CHECKMARK" if result.get("ok") else "QUESTION")
    sentences(layout, result.get("sentence", "It has not been run yet."))
    row = layout.row()
    row.operator("monorig.self_test", icon="PLAY")
    row.operator("monorig.copy_report", icon="COPYDOWN")


def draw_gpu_runtime(layout):
    layout.label(text="GPU Runtime", icon="MEMORY")
    runtime = user_folder.gpu_runtime()
    if runtime is None:
        sentences(layout, "There is none for this system: captures run on the processor.")
        return
    state = runtime.state
    sentences(layout, label(STATES[state], title=runtime.offer.title))
    unfinished = state in ("ABSENT", "PARTIAL")
    if unfinished:
        size = sum(wheel.bytes for wheel in runtime.missing) / 1e9
        terms = label(runtime.offer.terms)
        sentences(layout, label("{size:.1f} GB to download. {terms}", size=size, terms=terms))
        if not bpy.app.online_access:
            sentences(layout, OFFLINE, "INTERNET_OFFLINE")
    row = layout.row()
    if unfinished:
        row.operator("monorig.install_gpu_runtime", icon="IMPORT", text="Install")
        row.operator("monorig.install_gpu_runtime_from", icon="FILE_FOLDER")
    if state != "ABSENT":
        row.operator("monorig.remove_gpu_runtime", icon="TRASH", text="Remove")


def draw_files(layout):
    layout.label(text="Packages and Settings", icon="PACKAGE")
    own = user_folder.own_packages().is_dir()
    sentences(layout, OWN if own else SHARED)
    row = layout.row()
    row.operator("monorig.share_packages" if own else "monorig.use_own_packages")
    row.operator("monorig.export_settings", icon="EXPORT")
    row.operator("monorig.import_settings", icon="IMPORT")


def sentences(layout, text, icon="BLANK1"):
    """A text in as many lines as it takes."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(textwrap.wrap(say(text), LETTERS)):
        column.label(text=line, icon="BLANK1" if index else icon, translate=False)


def register():
    bpy.utils.register_class(MonorigPreferences)


def unregister():
    bpy.utils.unregister_class(MonorigPreferences)
