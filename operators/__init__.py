"""Operators, and the work they start."""

import bpy

from . import (
    capture,
    gpu_runtime,
    own_files,
    refit,
    retarget,
    retarget_map,
    self_test,
    session,
    user_folder,
)

CLASSES = (
    *(*capture.CLASSES, *refit.CLASSES, *retarget.CLASSES, *retarget_map.CLASSES),
    *(*self_test.CLASSES, *gpu_runtime.CLASSES, *own_files.CLASSES),
)


def register():
    user_folder.register()
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    session.forget()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
