"""Operators, and the work they start."""

import bpy

from . import (
    batch,
    batch_queue,
    camera,
    camera_floor,
    capture,
    cleanup,
    cleanup_bones,
    command,
    export,
    gpu_runtime,
    live,
    live_rig_list,
    networks,
    overlay,
    overlay_pick,
    own_files,
    people,
    people_rigs,
    presets,
    refit,
    retarget,
    retarget_map,
    retarget_markers,
    self_test,
    session,
    source,
    takes_library,
    takes_list,
    user_folder,
)

MODULES = (
    source,
    camera,
    camera_floor,
    capture,
    presets,
    refit,
    people,
    people_rigs,
    overlay,
    overlay_pick,
    cleanup,
    cleanup_bones,
    retarget,
    retarget_map,
    retarget_markers,
    takes_library,
    export,
    live,
    live_rig_list,
    batch_queue,
    self_test,
    gpu_runtime,
    networks,
    own_files,
)
CLASSES = tuple(cls for module in MODULES for cls in module.CLASSES)


def register():
    user_folder.register()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    command.register()


def unregister():
    command.unregister()
    batch.forget()
    session.forget()
    takes_list.forget()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
