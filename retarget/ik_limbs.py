"""IK of any rig, told by its constraints: which controls and poles steer which limb, and what switches it.

A limb's IK is a chain in which bones start at its shoulder and its elbow (hip and knee); its names say nothing.
Bones that only copy others are not what an animator moves: the FK controls that they copy are driven instead.
Rigs that a bone map describes with [ik] and [switches] of their own are taken at its word.
"""

from dataclasses import dataclass, replace

import numpy as np

from . import roles
from .bone_map import IkControl

NEAR = 0.03  # of the upper limb's length: heads nearer than this are one joint
ON = 0.5  # influence from which a constraint decides
LIMBS = tuple(f"{name}.{side}" for name in ("hand", "foot") for side in roles.SIDES)
COPIES = ("COPY_TRANSFORMS", "COPY_ROTATION")
DEEPEST = 6  # bones that copy bones that copy bones


@dataclass(frozen=True)
class _Limb:
    """The IK of a limb."""

    role: str  # of its end
    follow: object  # rig.Follow
    chain: frozenset  # bones that the constraint turns


def on_controls(rest, table):
    """The map with the controls that the rig's own bones copy in place of those bones, where there are any."""
    if not rest.follows or table.ik or table.switches:
        return table
    used = {bone for chain in table.bones.values() for bone in chain}
    of_ik, limbs = _bones_of_ik(rest), {role for end in LIMBS for role in roles.limb(end)}
    bones = dict(table.bones)
    for role, chain in table.bones.items():
        if role in roles.MOVED and role not in roles.TWISTS:
            left_out = used | of_ik if role in limbs else used
            bones[role] = tuple(_copied(rest, bone, left_out) for bone in chain)
            used.update(bones[role])
    return replace(table, bones=bones)


def completed(rest, table, influences):
    """RigRest, BoneMap -> the map with IK controls and switches, the roles that cannot but be steered by IK.

    influences  as `rig_probe.influences` measures them
    """
    ik, switches, always = dict(table.ik), dict(table.switches), set()
    for limb in _limbs(rest, table):
        fk, with_ik = _switched(rest, table, limb, influences)
        switches.update({bone: {**fk[bone], **switches.get(bone, {})} for bone in fk})
        control = _control(rest, table, limb.follow.target)
        itself = table.bones[roles.above(limb.role)][0] in limb.chain
        ik[limb.role] = IkControl(control, limb.follow.pole, with_ik, itself)
        if not with_ik and _is_steered(rest, table, limb):
            always.add(limb.role)
    return replace(table, ik=ik, switches=switches), frozenset(always)


def _limbs(rest, table):
    """Yields the _Limb of each role that IK may steer and the map says nothing of; one with a pole comes first."""
    for role in LIMBS:
        if role in table.ik or not all(table.bones.get(one) for one in roles.limb(role)):
            continue
        upper, lower, end = _joints(rest, table, role)
        reach = NEAR * np.linalg.norm(lower - upper)
        chains = [
            _Limb(role, ik, frozenset(_chain(rest, ik))) for ik in rest.follows if ik.kind == "IK"
        ]
        fitting = [
            one
            for one in chains
            if _starts_at(rest, one.chain, upper, reach)
            if _starts_at(rest, one.chain, lower, reach)
            if one.follow.target not in rest.outside or _away(rest, one, end) <= reach
        ]
        if fitting:
            yield min(fitting, key=lambda one: (not one.follow.pole, _away(rest, one, end)))


def _away(rest, limb, end):
    """How far what a limb's chain reaches for is from its end, at rest."""
    return np.linalg.norm(_head(rest, limb.follow.target) - end)


def _bones_of_ik(rest):
    """Names of all that IK turns, of what hangs on that, and of what IK reaches for."""
    found = set()
    for ik in (one for one in rest.follows if one.kind == "IK"):
        found.add(ik.target)
        for bone in _chain(rest, ik):
            found |= _below(rest, rest.bone_names.index(bone)) if ik.count else {bone}
    return found


def _chain(rest, ik):
    """Names of the bones that an IK constraint turns."""
    names, bone = [], rest.bone_names.index(ik.bone)
    while bone >= 0 and (not ik.count or len(names) < ik.count):
        names.append(rest.bone_names[bone])
        bone = int(rest.parents[bone])
    return names


def _starts_at(rest, bones, place, reach):
    return any(np.linalg.norm(_head(rest, bone) - place) <= reach for bone in bones)


def _joints(rest, table, role):
    """Places of shoulder, elbow and wrist (hip, knee, ankle) of the limb that ends in a role, (3,) each."""
    return [_head(rest, table.bones[one][0]) for one in roles.limb(role)]


def _head(rest, bone):
    return rest.T_armature_bone[rest.bone_names.index(bone), :3, 3]


def _copied(rest, bone, left_out):
    """The bone that nothing steers, at the end of copies of copies; the bone itself where there is none."""
    found = bone
    for _ in range(DEEPEST):
        sources = [
            one.target
            for one in rest.follows
            if one.bone == found and one.kind in COPIES and one.target not in left_out
            if np.allclose(_head(rest, one.target), _head(rest, bone), atol=NEAR * _size(rest))
        ]
        if not sources:
            break
        found = next((s for s in reversed(sources) if s in rest.shaped), sources[-1])
    return bone if found in rest.steered else found


def _size(rest):
    """A limb's length, about."""
    return 0.2 * float(np.ptp(rest.T_armature_bone[:, :3, 3], axis=0).max())


def _control(rest, table, target):
    """What an animator moves: the target, what it copies, or the shaped bone that carries it and nobody else."""
    for _ in range(DEEPEST):
        copied = [one.target for one in rest.follows if one.bone == target and one.kind != "IK"]
        target = copied[-1] if copied else target
    mapped = {bone for chain in table.bones.values() for bone in chain}
    others = {ik.target for ik in rest.follows if ik.kind == "IK"} - {target}
    bone = rest.bone_names.index(target)
    while bone >= 0 and not _below(rest, bone) & (mapped | others):
        if rest.bone_names[bone] in rest.shaped:
            return rest.bone_names[bone]
        bone = int(rest.parents[bone])
    return target


def _below(rest, bone):
    """Names of a bone and all that hang on it."""
    found = {bone}
    for other in range(bone + 1, len(rest.bone_names)):  # parents come before children
        if int(rest.parents[other]) in found:
            found.add(other)
    return {rest.bone_names[one] for one in found}


def _switched(rest, table, limb, influences):
    """-> {bone: {property: value}} with which FK decides, the same with which IK does."""
    fk, ik = {}, {}
    by_ik = {limb.follow.target, _control(rest, table, limb.follow.target)}
    turned = limb.chain | _below(rest, rest.bone_names.index(limb.follow.bone)) | by_ik
    joints = _joints(rest, table, limb.role)
    reach = NEAR * np.linalg.norm(joints[1] - joints[0])
    for one in rest.follows:
        at_joint = any(np.linalg.norm(_head(rest, one.bone) - p) <= reach for p in joints)
        if not one.switch or not at_joint:
            continue
        (low, without), (high, with_it) = influences[one.bone, one.name]
        if (without > ON) == (with_it > ON):
            continue
        on, off = (high, low) if with_it > without else (low, high)
        leads_to_ik = one.kind == "IK" or one.target in turned
        bone, key = one.switch
        fk.setdefault(bone, {})[key] = off if leads_to_ik else on
        ik.setdefault(bone, {})[key] = on if leads_to_ik else off
    return fk, ik


def _is_steered(rest, table, limb):
    """Whether the limb's mapped bones are those that the IK turns, or copy them."""
    decides = limb.follow.influence > ON
    bones = [table.bones[role][0] for role in roles.limb(limb.role)[:2]]
    copies = {one.bone for one in rest.follows if one.kind in COPIES and one.target in limb.chain}
    return decides and any(bone in limb.chain or bone in copies for bone in bones)
