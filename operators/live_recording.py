"""Poses kept in memory while live mode records, then written as one action for each armature that was driven."""

from dataclasses import dataclass, field, replace

import bpy
import numpy as np

from ..retarget import channels, fingers, keys, retargeting
from ..retarget.action import assign, new_action, write
from ..retarget.timing import scene_frames
from . import marks
from .datablocks import Made, block_name
from .person import presence
from .steps import OWN_TICK, aside, free_hands

TAKE_NUMBER = "monorig_live_take"  # on actions
PLANTED = 1.0  # feet of rigs, in what is recorded: the whole take is known then


@dataclass(frozen=True)
class Recorded:
    """One person in a recording, as `channels.pose_channels` reads it: person 0 of a motion of one."""

    present: np.ndarray  # (1,T) bool
    T_world_joint: np.ndarray  # (1,T,J,4,4), NaN where absent
    joint_names: tuple  # J


@dataclass
class Recording:
    """What is being recorded.

    take      number
    start     scene frame of the first pose
    fps       of the scene
    """

    take: int
    start: float
    fps: float
    poses: list = field(default_factory=list)

    def add(self, pose):
        self.poses.append(pose)

    @property
    def seconds(self):
        return self.poses[-1].time_s - self.poses[0].time_s if self.poses else 0.0

    def times(self):
        """(T,) [s] from the first pose."""
        return np.array([pose.time_s for pose in self.poses]) - self.poses[0].time_s

    def frames(self):
        """(T,) scene frames."""
        return scene_frames(self.times(), self.fps, self.start)

    def identities(self):
        """Of everybody who is in it."""
        return sorted({int(number) for pose in self.poses for number in pose.identity})

    def person(self, identity, body):
        """Recorded of one person."""
        rows = [pose.row(identity) for pose in self.poses]
        return self._recorded(rows, {identity: body}, [identity] * len(rows))

    def follower(self, puppet, bodies, camera):
        """Recorded of whom a rig followed, and their identities (T,), None where nobody."""
        followed, now = [], None
        for pose in self.poses:
            now = puppet.chosen(pose, camera, now)
            followed.append(now)
        rows = [None if who is None else pose.row(who) for pose, who in zip(self.poses, followed)]
        return self._recorded(rows, bodies, followed), followed

    def _recorded(self, rows, bodies, who):
        joint_names = next(body.joint_names for body in bodies.values())  # all have the same
        T = np.full((len(rows), len(joint_names), 4, 4), np.nan)
        for identity in {number for number in who if number is not None}:
            body = bodies[identity]
            where = [t for t, row in enumerate(rows) if row is not None and who[t] == identity]
            if where:
                root = np.array([self.poses[t].root[rows[t]] for t in where])
                rotation = np.array([self.poses[t].rotation[rows[t]] for t in where])
                T[where] = body.frames(root, rotation)
        return Recorded(np.isfinite(T[:, 0, 0, 0])[None], T[None], joint_names)


def steps(recording, own, rigs, bodies, camera):
    """Generator of short steps: writes and assigns the actions; returns the names of the armatures.

    own {identity: OwnPuppet}, rigs list of RigPuppet, bodies {identity: LiveBody}; all of it or nothing is made
    """
    made, written = Made(), []
    try:
        for identity in recording.identities():
            if identity in own:
                puppet = own[identity]
                found = recording.person(identity, bodies[identity])
                written.append((puppet, (yield from _own_steps(made, recording, puppet, found))))
        for puppet in rigs:
            action = yield from _rig_steps(made, recording, puppet, bodies, camera)
            if action:
                written.append((puppet, action))
        yield OWN_TICK
        yield from free_hands()
        for puppet, action in written:
            _play(puppet.owner(), action)
    except BaseException:  # GeneratorExit as well: it was given up
        made.discard()
        raise
    return [puppet.name for puppet, _ in written]


def _own_steps(made, recording, puppet, found):
    name = _empty_action(made, recording, puppet)
    yield from write(name, channels.pose_channels(found, 0, puppet.rest, recording.frames()))
    yield from write(name, [presence(found, 0, recording.frames())])
    return name


def _rig_steps(made, recording, puppet, bodies, camera):
    """Returns the name of the action, None where the rig followed nobody."""
    found, followed = yield from aside(lambda: recording.follower(puppet, bodies, camera))
    keyed = np.flatnonzero(found.present[0])
    if not len(keyed):
        return None
    body = bodies[followed[keyed[0]]]

    def retargeted():
        kinds = np.full(len(keyed), channels.LINEAR, np.uint8)
        kinds[:-1][np.diff(keyed) > 1] = channels.CONSTANT
        person = body.motion(found.T_world_joint[0, keyed], recording.frames()[keyed], kinds)
        options = replace(puppet.options, planted=PLANTED)
        seconds = recording.times()[keyed]
        result = retargeting.retarget(person, puppet.target, options, seconds)
        switches = keys.switch_channels(puppet.target.bone_map, person)
        moving = fingers.channels(puppet.target, person, relax=False)
        return switches + keys.bone_channels(result, puppet.target, person) + moving

    curves = yield from aside(retargeted)
    name = _empty_action(made, recording, puppet)
    yield from write(name, curves)
    return name


def _empty_action(made, recording, puppet):
    name = new_action(block_name(f"Live {recording.take}", puppet.name), puppet.name)
    action = bpy.data.actions[name]
    made.add("actions", action)
    action.use_fake_user = True
    action[TAKE_NUMBER] = recording.take
    owner = puppet.owner()
    if marks.IDENTITY in owner:
        action[marks.IDENTITY] = owner[marks.IDENTITY]
    return name


def _play(owner, action):
    """The armature plays what was recorded; the action of before stays."""
    animation = owner.animation_data
    if animation is not None and animation.use_tweak_mode:
        return
    if animation is not None and animation.action is not None and animation.action.library is None:
        animation.action.use_fake_user = True
    assign(owner, action)


def next_take():
    """The number after the last take that is in this file."""
    return 1 + max((action.get(TAKE_NUMBER, 0) for action in bpy.data.actions), default=0)
