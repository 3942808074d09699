"""Self-test: a bundled clip through the real child, and a report to paste into a bug report."""

import json

import bpy

from . import session, user_folder
from .errands import ErrandWork, at_rest
from .work import outcome

REPORT, RESULT = "self-test.txt", "self-test.json"


class SelfTestWork(ErrandWork):
    name = "Self-Test"
    cancelled = "The self-test was cancelled."

    def __init__(self, facts, networks=()):
        self._facts, self._networks = facts, networks

    def errand(self, errand):
        """On the errand's thread: tests what there is, and keeps the report."""
        return test(errand, self._facts, self._networks)


def test(errand, facts, networks=()):
    """The self-test with everything that is installed; its fields are kept in the user folder."""
    from ..inference import gpu_runtime, self_test

    runtime = user_folder.gpu_runtime()
    installed = runtime is not None and runtime.state in (gpu_runtime.UNTESTED, gpu_runtime.READY)
    own = user_folder.own_packages()
    plan = self_test.Plan(
        facts=(
            *facts,
            ("GPU runtime", runtime.state.lower() if runtime else "none for this system"),
        ),
        preferred=(own,) if own.is_dir() else (),
        card=runtime.site if installed else None,
        networks=networks,
    )
    fields = self_test.run(errand, plan)
    if installed and fields["card_works"]:
        runtime.note_tested(fields["provider"])
    elif installed:
        runtime.forget_test()
    user_folder.write(REPORT, fields.pop("report"))
    user_folder.write(RESULT, json.dumps(fields, indent=1))
    return fields


def last_result():
    """Fields of the last self-test, {} where there was none."""
    try:
        return json.loads((user_folder.folder() / RESULT).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def facts():
    """What a bug report has to say of Blender and the machine; main thread."""
    import platform

    return (
        ("Monorig", monorig_version()),
        (
            "Blender",
            f"{bpy.app.version_string} ({bpy.app.build_platform.decode('utf-8', 'replace')})",
        ),
        ("System", f"{platform.system()} {platform.release()}, {platform.machine()}"),
        ("Python", platform.python_version()),
        ("Graphics card", graphics_card()),
        ("Online access", "allowed" if bpy.app.online_access else "not allowed"),
    )


def monorig_version():
    import tomllib
    from pathlib import Path

    manifest = Path(__file__).resolve().parents[1] / "blender_manifest.toml"
    return tomllib.loads(manifest.read_text(encoding="utf-8"))["version"]


def graphics_card():
    """What Blender draws with."""
    if bpy.app.background:
        return "unknown: Blender runs without a window"
    import gpu

    return f"{gpu.platform.renderer_get()}, {gpu.platform.version_get()}"


class MONORIG_OT_self_test(bpy.types.Operator):
    """Capture a short clip that comes with Monorig, check the result, and write a report"""

    bl_idname = "monorig.self_test"
    bl_label = "Run Self-Test"

    @classmethod
    def poll(cls, _context):
        return at_rest(cls)

    def execute(self, _context):
        session.launch(SelfTestWork(facts()))
        return outcome(self, session.status())


class MONORIG_OT_copy_report(bpy.types.Operator):
    """Copy the report of the last self-test, to be pasted into a bug report. It names no folders"""

    bl_idname = "monorig.copy_report"
    bl_label = "Copy Report"

    @classmethod
    def poll(cls, _context):
        if not (user_folder.folder() / REPORT).exists():
            cls.poll_message_set("Run the self-test first")
            return False
        return True

    def execute(self, context):
        text = (user_folder.folder() / REPORT).read_text(encoding="utf-8")
        context.window_manager.clipboard = text
        self.report({"INFO"}, "The report is in the clipboard")
        return {"FINISHED"}


CLASSES = (MONORIG_OT_self_test, MONORIG_OT_copy_report)
