"""Operators, and the work they start."""

import bpy

from . import capture, refit, retarget, retarget_map, session

CLASSES = (*capture.CLASSES, *refit.CLASSES, *retarget.CLASSES, *retarget_map.CLASSES)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    session.forget()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
