"""A rig with everything that hangs on it, copied for each person of a batch."""

import bpy

from .datablocks import block_name


def copied(made, template, name, collection):
    """Copies of an armature object and all its children, in a collection; returns the armature's.

    Meshes and armature data are shared with the template; what of the copies pointed into the template (parents,
    modifiers, constraints, drivers) points into the copies. The copy plays nothing. made: `Made`
    """
    originals = [template, *template.children_recursive]
    copies = {}
    for original in originals:
        copy = copies[original] = original.copy()
        copy.name = block_name(name, original.name)
        made.add("objects", copy)
        collection.objects.link(copy)
    for copy in copies.values():
        if copy.parent in copies:
            copy.parent = copies[copy.parent]
        for owner in _pointing(copy):
            _point(owner, copies)
        _point_drivers(copy, copies)
    rig = copies[template]
    if rig.animation_data is not None:
        rig.animation_data.action = None
        for track in rig.animation_data.nla_tracks:
            track.mute = True
    return rig


def _pointing(copy):
    """Everything of an object that may point at other objects."""
    yield from copy.modifiers
    yield from copy.constraints
    for bone in copy.pose.bones if copy.pose else ():
        yield from bone.constraints


def _point(owner, copies):
    """Pointers to originals become pointers to their copies."""
    for prop in owner.bl_rna.properties:
        if prop.type == "POINTER" and not prop.is_readonly:
            found = getattr(owner, prop.identifier)
            if isinstance(found, bpy.types.Object) and found in copies:
                setattr(owner, prop.identifier, copies[found])
    for target in getattr(owner, "targets", ()):  # of an Armature constraint
        if target.target in copies:
            target.target = copies[target.target]


def _point_drivers(copy, copies):
    for curve in copy.animation_data.drivers if copy.animation_data else ():
        for variable in curve.driver.variables:
            for target in variable.targets:
                if target.id in copies:
                    target.id = copies[target.id]
