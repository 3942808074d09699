"""The steps that measure a rig: its IK, what carries which bone, how far its IK chains stretch."""

from dataclasses import replace

import numpy as np

from ..retarget import (
    attachments,
    goals,
    ik_limbs,
    ik_stretch,
    retargeting,
    rig_probe,
    roles,
    root_motion,
)
from .background import WorkError
from .datablocks import named_object
from .language import say
from .steps import OWN_TICK, aside

EVEN = 1.01  # ratio of the scales of two axes that count as one
POSES = 3  # of an IK chain, measured in one step


def steps(named, rest, table, shape, travel, limbs, outside=lambda _owner: ([], {})):
    """Generator: measures how the driven bones of a rig hang together; returns retargeting.Target, notes.

    named    name and session id of the armature object; its RigRest, BoneMap and TPose
    travel   root_motion.Travel
    limbs    "hand", "foot": those whose IK controls are wanted
    outside  function of the object: goals.End of what IK reaches for elsewhere and may be moved, and {bone: note}
    """
    yield OWN_TICK
    chosen, told = outside(named_object(named))
    rest, there = goals.joined(named_object(named), rest, chosen)
    table, by_fk = yield from _ik_steps(named, rest, table, limbs)
    if root_motion.BY_ROOT in travel and not table.bones.get("root"):
        raise WorkError(
            say(
                "{name} has no root bone: let the hips or the object travel.", name=rest.object_name
            )
        )
    mover, by_ik = rest.mover(table.bones["pelvis"][0]), _bones_by_ik(table)
    driven = retargeting.driven_bones(table, travel, rest.steered, mover)
    located = retargeting.located_bones(table, travel, mover)
    controls = [bone for ik in table.steering.values() for bone in ik.bones]
    moved = {name: goal for name, goal in there.items() if name in controls}
    driven = tuple(bone for bone in driven if bone not in moved)
    yield OWN_TICK
    probe = rig_probe.probe(named_object(named), rest, driven, located, by_fk, by_ik, controls)
    carried = yield from aside(lambda: attachments.compared(probe))
    carried.update({name: goals.attachment(goal) for name, goal in moved.items()})
    target = retargeting.Target(rest, table, shape, carried, goals=moved)
    stretches = yield from _stretch_steps(named, target)
    return replace(target, stretches=stretches), _notes(target, limbs, by_ik, told)


def _ik_steps(named, rest, table, limbs):
    """Generator: finds the IK controls that constraints tell; returns BoneMap, switches of FK.

    The map is left with those switches that the rig has: not all rigs of a family have them all.
    """
    yield OWN_TICK
    measured = {}
    if not set(ik_limbs.LIMBS) <= table.ik.keys():
        measured = rig_probe.influences(named_object(named), rest)
    yield OWN_TICK
    found, always = yield from aside(lambda: ik_limbs.completed(rest, table, measured))
    bones = named_object(named).pose.bones
    wanted = found.steered_by_ik(limbs, always)
    return replace(wanted, switches=_there(wanted.switches, bones)), _there(found.switches, bones)


def _there(switches, bones):
    """The part of {bone: {property: value}} that pose bones have."""
    return {
        bone: {key: value for key, value in properties.items() if key in bones[bone]}
        for bone, properties in switches.items()
    }


def _bones_by_ik(table):
    """Bones of the limbs whose IK controls are keyed, and those controls."""
    found = {bone for ik in table.steering.values() for bone in ik.bones}
    for end in table.steering:
        found.update(bone for role in roles.limb(end) for bone in table.bones.get(role, ()))
    return found


def _stretch_steps(named, target):
    """Generator: bends the limbs of a copy whose IK chains may stretch; returns {role: Stretch}."""
    limbs = ik_stretch.limbs(target)
    if not limbs:
        return {}
    bends = ik_stretch.BENDS
    shown = yield from aside(lambda: retargeting.bent(target, bends))
    poses = [_basis(shown, pose) for pose in range(len(bends))]
    found = {role: [] for role in limbs}
    for first in range(0, len(bends), POSES):
        yield OWN_TICK
        some = poses[first : first + POSES]
        rig_probe.sizes(named_object(named), target.bone_map.switches, some, limbs, found)
    return {
        role: ik_stretch.Stretch(bends[::-1], np.array(sizes[::-1]))
        for role, sizes in found.items()
    }


def _basis(shown, pose):
    """{bone: (4,4)} of one pose of controls.Retargeted."""
    found = {}
    for bone, R in shown.rotations.items():
        found[bone] = np.eye(4)
        found[bone][:3, :3] = R[pose]
        if bone in shown.locations:
            found[bone][:3, 3] = shown.locations[bone][pose]
    return found


def _notes(target, limbs, by_ik, told):
    """What may look otherwise on this rig, as a list of sentences; {bone: sentence} is told already."""
    rest, name, found = target.rest, target.rest.object_name, [*told.values()]
    scale = np.linalg.norm(rest.T_world_armature[:3, :3], axis=0)
    if scale.max() > EVEN * scale.min():
        found.append(
            say("{name} is scaled unevenly: its limbs point a little elsewhere.", name=name)
        )
    if limbs and not target.bone_map.steering:
        found.append(
            say("The bone map of {name} has no IK controls: its FK controls are keyed.", name=name)
        )
    reaches = [one for one in rest.follows if one.target in rest.outside - target.goals.keys()]
    for one in reaches:
        if one.kind == "IK" and one.bone in target.attachments and not one.switch:
            text = "{bone} reaches for {object}, which gets no keys: mute that IK."
            found.append(say(text, bone=one.bone, object=one.target))
    told_of = {*by_ik, *told, *(one.bone for one in reaches)}
    steered = [bone for bone in target.attachments if bone in rest.steered and bone not in told_of]
    if steered:
        found.append(
            say("Constraints or drivers may change what {bones} shows.", bones=_listed(steered))
        )
    unsure = [
        bone
        for bone, attachment in target.attachments.items()
        if not attachment.certain and bone not in (*steered, *told_of)
    ]
    if unsure:
        found.append(
            say("{bones} follows several bones at once and may be off.", bones=_listed(unsure))
        )
    return found


def _listed(names):
    """The first three names, and how many more."""
    if len(names) <= 3:
        return ", ".join(names)
    return say("{names} and {number} more", names=", ".join(names[:3]), number=len(names) - 3)
