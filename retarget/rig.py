"""Reads armature objects into plain arrays; the only reader of rigs. Changes nothing of theirs."""

import re
from dataclasses import dataclass

import numpy as np

CHANNELS = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle")
FOLLOWING = ("IK", "COPY_TRANSFORMS", "COPY_ROTATION", "COPY_LOCATION")
_INFLUENCE = re.compile(
    r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.constraints\["((?:[^"\\]|\\.)*)"\]\.influence$'
)
_PROPERTY = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\["((?:[^"\\]|\\.)*)"\]$')


@dataclass(frozen=True)
class Follow:
    """A constraint by which a bone follows others of its armature."""

    bone: str  # that has it
    name: str
    kind: str  # of FOLLOWING
    target: str
    pole: str = ""
    count: int = 0  # bones of an IK chain, 0 = up to the root
    influence: float = 1.0
    switch: tuple = ()  # (bone, custom property) that drives the influence, () = none


@dataclass(frozen=True)
class RigRest:
    """An armature at rest. B bones, parents before children."""

    object_name: str
    bone_names: tuple  # B
    parents: np.ndarray  # (B,) int, -1 = no parent
    T_armature_bone: np.ndarray  # (B,4,4) rest pose in the armature's space, Y along the bone
    rotation_modes: tuple  # B: QUATERNION, XYZ ..., AXIS_ANGLE
    T_world_armature: np.ndarray  # (4,4)
    T_basis: np.ndarray | None = None  # (B,4,4) the channels as they stand
    inherits_rotation: tuple = ()  # B bool; () = all do
    local_location: tuple = ()  # B bool; () = all have
    connected: tuple = ()  # B bool: at their parent's end, and so without a location; () = none is
    steered: frozenset = frozenset()  # bones that constraints or drivers move
    follows: tuple = ()  # Follow of everything that does something, or may
    shaped: frozenset = frozenset()  # bones that are shown by a shape of their own
    outside: frozenset = frozenset()  # bones that are goals (goals.py), none of the armature's own

    def mover(self, name):
        """The bone whose location moves this one: itself, or the first above that is not connected."""
        bone = self.bone_names.index(name)
        while self.connected and self.connected[bone]:
            bone = int(self.parents[bone])
        return self.bone_names[bone]

    def head_and_rotation(self, bone):
        """-> rest head (3,), rest rotation (3,3) of a bone in the armature's space."""
        return self.T_armature_bone[bone, :3, 3], self.T_armature_bone[bone, :3, :3]


def read(armature_object):
    """Armature object -> RigRest. Rest data comes from its bones, rotation modes from its pose."""
    bones = sorted(armature_object.data.bones, key=lambda bone: len(bone.parent_recursive))
    names = [bone.name for bone in bones]
    index = {name: place for place, name in enumerate(names)}
    pose_bones = armature_object.pose.bones
    return RigRest(
        object_name=armature_object.name,
        bone_names=tuple(names),
        parents=np.array([index[bone.parent.name] if bone.parent else -1 for bone in bones], int),
        T_armature_bone=_matrices(bone.matrix_local for bone in bones),
        rotation_modes=tuple(pose_bones[name].rotation_mode for name in names),
        T_world_armature=np.array(armature_object.matrix_world, float),
        T_basis=_matrices(pose_bones[name].matrix_basis for name in names),
        inherits_rotation=tuple(bone.use_inherit_rotation for bone in bones),
        local_location=tuple(bone.use_local_location for bone in bones),
        connected=tuple(bone.use_connect and bone.parent is not None for bone in bones),
        steered=_steered(armature_object),
        follows=tuple(follows(armature_object)),
        shaped=frozenset(bone.name for bone in pose_bones if bone.custom_shape),
    )


def posed(armature_object, names):
    """(B,4,4) of the bones as they stand now, in the armature's space."""
    pose_bones = armature_object.pose.bones
    return _matrices(pose_bones[name].matrix for name in names)


def _matrices(matrices):
    return np.array(list(matrices), float).reshape(-1, 4, 4)


def _steered(armature_object):
    """Names of bones with a constraint that does something, or a driven channel."""
    found = {
        bone.name
        for bone in armature_object.pose.bones
        if any(not c.mute and c.influence > 0 for c in bone.constraints)
    }
    animation = armature_object.animation_data
    for curve in animation.drivers if animation else ():
        path = curve.data_path
        if path.startswith("pose.bones[") and path.rpartition(".")[2] in CHANNELS:
            found.add(path.split('"')[1])
    return frozenset(found)


def follows(armature_object, outside=None):
    """Yields Follow of constraints that look at bones of the same armature.

    outside  {`place`: name} of what stands outside and is to count as one of them
    """
    own = armature_object.data.bones
    named = {place(armature_object, bone.name): bone.name for bone in own}
    named.update(outside or {})
    switched = switches(armature_object)
    for bone in armature_object.pose.bones:
        for one in bone.constraints:
            if one.type not in FOLLOWING or one.mute:
                continue
            target = named.get(place(one.target, one.subtarget), "")
            switch = switched.get((bone.name, one.name), ())
            if not target or not (one.influence > 0 or switch):
                continue
            ik = one.type == "IK"
            pole = named.get(place(one.pole_target, one.pole_subtarget), "") if ik else ""
            count = one.chain_count if ik else 0
            yield Follow(bone.name, one.name, one.type, target, pole, count, one.influence, switch)


def place(owner, subtarget):
    """What a constraint looks at: session id of an object and its bone, "" = the object itself."""
    if owner is None:
        return None
    return owner.session_uid, subtarget if owner.type == "ARMATURE" else ""


def switches(armature_object):
    """{(bone, constraint): (bone, custom property) that drives its influence}."""
    animation, found = armature_object.animation_data, {}
    for curve in animation.drivers if animation else ():
        driven = _INFLUENCE.match(curve.data_path)
        for variable in curve.driver.variables if driven else ():
            read = _PROPERTY.match(variable.targets[0].data_path)
            if variable.type == "SINGLE_PROP" and read:
                found.setdefault(_unescaped(driven), _unescaped(read))
    return found


def _unescaped(match):
    return tuple(re.sub(r"\\(.)", r"\1", text) for text in match.groups())


def can_move(armature_object, names):
    """Whether nothing but its own channels moves these bones and those above them."""
    steered, bones = _steered(armature_object), armature_object.data.bones
    return not any(
        steered & {name, *(above.name for above in bones[name].parent_recursive)} for name in names
    )
