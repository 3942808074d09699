# SPDX-License-Identifier: GPL-3.0-or-later
"""Monorig: video from one camera becomes keyframes on rigs."""

from . import operators, panels

MODULES = (*panels.MODULES, operators, *panels.SIDEBAR)


def register():
    for module in MODULES:
        module.register()


def unregister():
    for module in reversed(MODULES):
        module.unregister()
