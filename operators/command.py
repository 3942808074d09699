"""`blender [FILE.blend] -c monorig CLIP_OR_FOLDER ...`: the batch without a window, from a shell or a farm."""

import bpy

NAME = "monorig"
_handle = None


def register():
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, _run)


def unregister():
    bpy.utils.unregister_cli_command(_handle)


def _run(words):
    from . import command_line  # not before: it needs more than enabling the add-on may wait for

    return command_line.run(words)
