"""Paths in the settings that are kept in the .blend: they may begin with //, which means beside the .blend.

Blender from 4.5 on wants to be told so, and else shows such a path in red.
"""

import bpy

TOLD_FROM = (4, 5, 0)
RELATIVE = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= TOLD_FROM else set()
