"""The armatures of a live session: read or made, posed one after the other, put back at the end.

Everything that takes longer is a generator of short steps. It yields the seconds that Blender should have before
the next one, 0 where there is no need.
"""

import time

import numpy as np

from . import live_pose, live_recording, live_rigs
from .background import WorkError
from .datablocks import DatablockLost
from .language import say
from .steps import OWN_TICK, aside

PAUSE = 0.006  # [s] before a step that takes long


class Stage:
    """Who is posed by whom.

    seen, followed, delay_s, line   of the newest pose: identities in the picture, (rig, identity or None), seconds
                                    from its picture to the last bone, and the last line to be told to the user
    networks_s                      of that delay, what the networks took
    """

    def __init__(self, request):
        self._request = request
        self._own, self._rigs = live_rigs.OwnPeople(request.scene), []
        self._bodies, self._unprepared, self._camera = {}, [], np.zeros(3)
        self._unmade = []  # identities whose armature is to be made or changed
        self._pose, self._stale, self._new, self._missing = None, False, False, set()
        self.seen, self.followed, self.line = (), (), ""
        self.delay_s = self.networks_s = 0.0

    def read_rigs(self):
        """Generator: the rigs that the user chose. Raises WorkError."""
        for chosen in self._request.rigs:
            try:
                self._rigs.append(
                    (yield from _slowly(live_rigs.rig_steps(live_rigs.LiveRig(*chosen))))
                )
            except DatablockLost as error:
                raise WorkError(str(error)) from error

    def take_pose(self, message):
        """A message `pose` -> LivePose; it is shown by the next `drive`."""
        self._pose, self._stale, self._new = live_pose.LivePose.of(message), True, True
        return self._pose

    def take_bodies(self, message):
        """A message `bodies`: armatures are to be made or changed, see `make`."""
        found = live_pose.bodies_of(message)
        self._bodies.update(found)
        self._unprepared += found.values()
        self._camera = np.array(message.fields["camera"], float)
        if self._request.own:
            self._unmade += found

    def repose(self):
        """The newest pose has to be written again."""
        self._stale = True

    def undone(self):
        """Another state of the file: armatures of ours that are gone are made again."""
        for identity in self._own.lost():
            del self._own.puppets[identity]
            self._unmade.append(identity)
        self._stale = True

    @property
    def up_to_date(self):
        """Whether every armature is there and shows the newest pose."""
        return not (self._stale or self._new or self._unmade)

    @property
    def has_to_make(self):
        """Whether somebody has no armature, or one of other lengths."""
        return bool(self._unmade)

    def make(self):
        """Generator: the armatures of new people; not while other threads run, see `live_life`."""
        while self._unmade:
            identity = self._unmade.pop(0)
            try:
                yield from _slowly(self._own.steps(identity, self._bodies[identity]))
            except DatablockLost as error:
                self.line = str(error)
        self._stale, self._new = True, False  # the pose had to wait for the armatures

    def drive(self):
        """Generator: poses every armature where there is a new pose.

        Written is only when everything is worked out, and then in one step: Blender draws after every tick that
        changed something, which may take it long.
        """
        yield from self._prepare()
        pose = self._pose
        if pose is None or not self._stale:
            return
        self._stale, frames, found, followed = False, {}, [], []
        for row, identity in enumerate(pose.identity.tolist()):
            if identity in self._bodies:
                body = self._bodies[identity]
                frames[identity] = body.frames(pose.root[[row]], pose.rotation[[row]])[0]
        for identity in [number for number in frames if number in self._own.puppets]:
            puppet = self._own.puppets[identity]
            found.append((puppet, puppet.channels(self._bodies[identity], frames[identity])))
            yield 0.0
        for puppet in self._rigs:
            identity = puppet.chosen(pose, self._camera, puppet.follows)
            followed.append((puppet.name, identity))
            if identity in frames:
                body = self._bodies[identity]
                found.append((puppet, puppet.channels(identity, body, frames[identity])))
                yield 0.0
        for puppet, channels in found:
            self._write(puppet, channels)
        self.seen, self.followed = tuple(sorted(frames)), tuple(followed)
        if self._new:
            self._new, self.networks_s = False, pose.networks_s
            self.delay_s = time.monotonic() - pose.captured_s

    def _prepare(self):
        """Generator: what the rigs need to know of new bodies, which is found on a thread."""
        bodies, self._unprepared = self._unprepared, []
        if bodies and self._rigs:
            yield from _slowly(aside(lambda: [body.flat_hands for body in bodies]))

    def _write(self, puppet, channels):
        """Poses one armature; one that was removed is left out and told of."""
        try:
            puppet.write(*channels)
            self._missing.discard(puppet.name)
        except DatablockLost:
            if puppet.name not in self._missing:
                self._missing.add(puppet.name)
                self.line = say("{name} was removed: it is not driven any more.", name=puppet.name)

    def written(self, recording):
        """Generator: writes a recording; returns the names of the armatures that play it."""
        names = yield from live_recording.steps(
            recording, dict(self._own.puppets), list(self._rigs), dict(self._bodies), self._camera
        )
        for puppet in (*self._own.puppets.values(), *self._rigs):
            if puppet.name in names:
                puppet.keep()
        return names

    def close(self):
        """Rigs go back to how they stood, but for those that got an action; people stay in their last pose."""
        own = [puppet for puppet in self._own.puppets.values() if puppet.kept]
        for puppet in (*self._rigs, *own):
            puppet.put_back()
        self._rigs, self._unmade = [], []


def _slowly(steps):
    """Generator: runs steps with a pause where they ask for one; returns what they return."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        yield PAUSE if step is OWN_TICK else 0.0
