"""The armatures of a live session: read or made, posed one after the other, put back at the end.

What a pose means for their bones is worked out on a thread; Blender's own only writes it.

Everything that takes longer is a generator of short steps. It yields the seconds that Blender should have before
the next one, 0 where there is no need.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import live_pose, live_recording, live_rigs
from .background import WorkError
from .datablocks import DatablockLost
from .steps import OWN_TICK

PAUSE = 0.006  # [s] before a step that takes long


class Stage:
    """Who is posed by whom.

    seen, followed, delay_s, line   of the newest pose: identities in the picture, (rig, identity or None), seconds
                                    from its picture to the last bone, and the last line to be told to the user
    """

    def __init__(self, request):
        self._request = request
        self._own, self._rigs = live_rigs.OwnPeople(request.scene), []
        self._bodies, self._camera = {}, np.zeros(3)
        self._making, self._unmade = None, []  # generator; identities whose armature is to be made
        self._thread, self._working = ThreadPoolExecutor(1), None
        self._pose = self._worked = self._timed = (
            None  # newest, last worked out, last that is shown
        )
        self._shown, self._missing = [], set()
        self._again = self._stale = self._writing = False
        self.seen, self.followed, self.delay_s, self.line = (), (), 0.0, ""

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
        self._pose = live_pose.LivePose.of(message)
        return self._pose

    def take_bodies(self, message):
        """A message `bodies`: armatures are made or changed by the next calls of `make`."""
        found = live_pose.bodies_of(message)
        self._bodies.update(found)
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
        """Whether every armature shows the newest pose."""
        due = self._again or self._stale or self._writing or self._working or self._unmade
        return self._timed is self._pose and not due and self._making is None

    def make(self):
        """Generator: one step of making the next armature."""
        if self._making is None and self._unmade:
            identity = self._unmade.pop(0)
            self._making = self._own.steps(identity, self._bodies[identity])
        if self._making is None:
            return
        try:
            yield PAUSE if next(self._making) is OWN_TICK else 0.0
        except StopIteration:
            self._making, self._again = None, True
        except DatablockLost as error:
            self._making, self.line = None, str(error)

    def drive(self):
        """Generator: poses every armature where a new pose is worked out, one a step."""
        due = self._again or self._pose is not self._worked
        if self._working is None and self._pose is not None and due:
            self._worked, self._again = self._pose, False
            self._working = self._thread.submit(self._worked_out, self._pose)
        if self._working is not None and self._working.done():
            (self._shown, self.seen, self.followed), self._working = self._working.result(), None
            self._stale = True
        if not self._stale:
            return
        self._stale, self._writing = False, True
        for puppet, channels in self._shown:
            self._write(puppet, channels)
            yield 0.0
        self._writing = False
        if self._timed is not self._worked and self._working is None:
            self._timed = self._worked
            self.delay_s = time.monotonic() - self._worked.captured_s

    def _worked_out(self, pose):
        """On a thread: [(puppet, channels)], identities in the picture, and whom each rig follows."""
        frames, found, followed = {}, [], []
        for row, identity in enumerate(pose.identity.tolist()):
            if identity in self._bodies:
                body = self._bodies[identity]
                frames[identity] = body.frames(pose.root[[row]], pose.rotation[[row]])[0]
        for identity, puppet in list(self._own.puppets.items()):
            if identity in frames:
                found.append((puppet, puppet.channels(self._bodies[identity], frames[identity])))
        for puppet in self._rigs:
            identity = puppet.chosen(pose, self._camera, puppet.follows)
            followed.append((puppet.name, identity))
            if identity in frames:
                body = self._bodies[identity]
                found.append((puppet, puppet.channels(identity, body, frames[identity])))
        return found, tuple(sorted(frames)), tuple(followed)

    def _write(self, puppet, channels):
        """Poses one armature; one that was removed is left out and told of."""
        try:
            puppet.write(*channels)
            self._missing.discard(puppet.name)
        except DatablockLost:
            if puppet.name not in self._missing:
                self._missing.add(puppet.name)
                self.line = f"{puppet.name} was removed: it is not driven any more."

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
        if self._making is not None:
            self._making.close()
        own = [puppet for puppet in self._own.puppets.values() if puppet.kept]
        for puppet in (*self._rigs, *own):
            puppet.put_back()
        self._thread.shutdown(wait=False)
        self._rigs, self._making, self._unmade = [], None, []


def _slowly(steps):
    """Generator: runs steps with a pause where they ask for one; returns what they return."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            return end.value
        yield PAUSE if step is OWN_TICK else 0.0
