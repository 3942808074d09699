"""Operators, and the work they start."""

import bpy

from . import capture, refit, session

CLASSES = (*capture.CLASSES, *refit.CLASSES)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister():
    session.forget()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
