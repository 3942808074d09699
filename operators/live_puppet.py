"""Armatures whose pose bones are written directly, without keys, and put back as they were.

Only channels of the driven bones change; they are written for all bones of an armature at once. A puppet keeps
the name and session id of its object, never the object.
"""

import contextlib
import functools

import numpy as np

from ..retarget import bone_space, fingers, retargeting, roles
from ..retarget.channels import LINEAR
from .datablocks import DatablockLost, by_uid

WIDTHS = {
    "location": 3, "rotation_quaternion": 4, "rotation_axis_angle": 4, "rotation_euler": 3, "scale": 3,
}  # fmt: skip
NEARER = 0.8  # of the distance: so much nearer somebody else must be to take over a rig


class Puppet:
    """Pose bones of one armature object.

    named      its name and session id
    switches   {bone: {property: value}} that hold while it is driven
    kept       it plays an action of ours now: it is not put back
    """

    def __init__(self, named, rest, switches=()):
        self.named = named
        self.rest = rest
        self._modes = dict(zip(rest.bone_names, rest.rotation_modes))
        self._switches = dict(switches)
        self._before, self._switched = {}, {}
        self.kept = False
        self._rows, self._count = {}, -1  # of the bones in the pose, as long as there are so many

    @property
    def name(self):
        return self.named[0]

    def owner(self):
        """The object; raises DatablockLost where it was removed."""
        name, uid = self.named
        return by_uid("objects", uid, name)

    def write(self, turned, located, scaled=()):
        """{bone: R basis (3,3)}, {bone: location (3,)}, {bone: scale (3,)} -> the pose.

        An armature in edit mode is left alone.
        """
        owner = self.owner()
        if owner.data.is_editmode:
            return
        values = {name: each for name, each in (("location", located), ("scale", scaled)) if each}
        for bone, R in turned.items():
            values.setdefault(bone_space.channel_name(self._modes[bone]), {})[bone] = R
        if not self._switched:
            self._switch(owner)
        for channel, wanted in values.items():
            self._write(owner, channel, wanted, {} if self.kept else self._before)
        owner.update_tag(refresh={"DATA"})

    def _write(self, owner, channel, wanted, before):
        """{bone: value, or R (3,3)} -> one channel; notes in `before` {channel: {bone: value}} what was there."""
        bones = owner.pose.bones
        if len(bones) != self._count:
            self._rows = {name: row for row, name in enumerate(bones.keys())}
            self._count = len(bones)
        names = [bone for bone in wanted if bone in self._rows]
        if not names:
            return
        new = np.stack([wanted[bone] for bone in names])
        if new.ndim == 3:
            new = self._in_modes(names, new)
        flat = np.empty(len(bones) * WIDTHS[channel], np.float32)
        bones.foreach_get(channel, flat)
        table, kept = flat.reshape(len(bones), -1), before.setdefault(channel, {})
        rows = [self._rows[bone] for bone in names]
        for bone, row in zip(names, rows):
            kept.setdefault(bone, table[row].copy())
        table[rows] = new
        bones.foreach_set(channel, flat)

    def _in_modes(self, names, R):
        """(B,3,3) -> (B,n) in the rotation mode of each bone; all share a channel."""
        found, modes = [None] * len(names), [self._modes[bone] for bone in names]
        for mode in set(modes):
            rows = [row for row, own in enumerate(modes) if own == mode]
            values = bone_space.frame_values(R[rows], mode)
            if mode == "AXIS_ANGLE":
                values = [bone_space.connected(value[None], mode)[0] for value in values]
            for row, value in zip(rows, values):
                found[row] = value
        return np.array(found)

    def _switch(self, owner):
        for bone, properties in self._switches.items():
            there = owner.pose.bones.get(bone, {})
            for key, value in properties.items():
                if key in there:
                    self._switched[bone, key] = there[key]
                    there[key] = type(there[key])(value)

    def keep(self):
        """What it is put back to is not wanted any more: it plays an action of ours now."""
        self._before, self.kept = {}, True

    def put_back(self):
        """The pose and the switches as they were before the first `write`; what is kept shows its action."""
        with contextlib.suppress(DatablockLost):
            owner = self.owner()
            for channel, was in self._before.items():
                self._write(owner, channel, was, {})
            for (bone, key), value in {} if self.kept else self._switched.items():
                if key in owner.pose.bones.get(bone, {}):
                    owner.pose.bones[bone][key] = value
            owner.update_tag(refresh={"TIME"} if self.kept else {"DATA"})
        self._before, self._switched = {}, {}


class OwnPuppet(Puppet):
    """The armature that was made for one person: its bones are the joints."""

    def __init__(self, named, rest, identity):
        super().__init__(named, rest)
        self.identity = identity
        self._index = {name: bone for bone, name in enumerate(rest.bone_names)}

    def channels(self, body, T_world_joint):
        """What `write` takes for T_world_joint (J,4,4) of the person; no Blender in it."""
        joint_names, parents = body.joint_names, body.parents
        rows = [self._index[name] for name in joint_names]
        R_rest = self.rest.T_armature_bone[rows, :3, :3]
        R = T_world_joint[:, :3, :3]
        delta = R.copy()
        below = np.flatnonzero(parents >= 0)
        delta[below] = np.swapaxes(R[parents[below]], -1, -2) @ R[below]
        basis = np.swapaxes(R_rest, -1, -2) @ delta @ R_rest
        root = int(np.flatnonzero(parents < 0)[0])
        head = self.rest.T_armature_bone[rows[root], :3, 3]
        place = bone_space.root_location(T_world_joint[root, :3, 3], head, R_rest[root])
        return dict(zip(joint_names, basis)), {joint_names[root]: place}


class Quick(retargeting.Target):
    """A Target for single poses: what follows from it is found once; bones that only twist stay as they are."""

    @functools.cached_property
    def chains(self):
        return {role: chain for role, chain in super().chains.items() if role not in roles.TWISTS}

    scale = functools.cached_property(retargeting.Target.scale.fget)
    R_world = functools.cached_property(retargeting.Target.R_world.fget)
    flat_hands = functools.cached_property(retargeting.Target.flat_hands.fget)

    def prepare(self):
        """Finds all of it now, where nobody waits."""
        return self.chains, self.scale, self.R_world, self.flat_hands


class RigPuppet(Puppet):
    """A user's rig that follows one person, or whoever is nearest.

    target    retargeting.Target
    person    identity, 0 = who is nearest to the camera
    """

    def __init__(self, named, target, person, options):
        super().__init__(named, target.rest, target.bone_map.switches)
        self.target, self.person, self.options = target, person, options
        self._quick = Quick(**vars(target))
        self._quick.prepare()
        self.follows, self._first = None, None

    def chosen(self, pose, camera, followed):
        """Identity that the rig follows in this pose, or None.

        camera (3,) its place in the world; followed: identity in the pose before, or None
        """
        if self.person:
            return self.person if self.person in pose.identity else None
        if not len(pose.identity):
            return None
        away = np.linalg.norm(pose.root - camera, axis=-1)
        nearest, now = int(away.argmin()), pose.row(followed)
        if now is not None and away[nearest] > NEARER * away[now]:
            nearest = now
        return int(pose.identity[nearest])

    def channels(self, identity, body, T_world_joint):
        """What `write` takes for T_world_joint (J,4,4) of the person with this identity; no Blender in it.

        The path starts with the first pose.
        """
        if identity != self.follows or self._first is None:
            self.follows, self._first = identity, T_world_joint
        T = np.stack([self._first, T_world_joint])
        person = body.motion(T, np.arange(2.0), np.full(2, LINEAR, np.uint8))
        found = retargeting.retarget(person, self._quick, self.options, np.arange(2.0))
        turned = {**found.rotations, **fingers.followed(self._quick, person.fingers)}
        several = turned, found.locations, found.scales
        return tuple({bone: values[-1] for bone, values in one.items()} for one in several)
