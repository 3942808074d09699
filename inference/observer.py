"""Pictures -> Observations: a finder says who is there, a 3D network looks at everybody at once.

The 3D network of one picture, and how its background moved, are found on a thread each while the next
picture's 2D is found: people are followed by their 2D, so nothing has to wait for either.
"""

import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from . import blazepose, lifter
from .background import Matches
from .chain_forms import FINDERS as FINDER_OF
from .chain_forms import STEPS, form
from .details import Details
from .finders import FINDERS, Settings
from .scene_cuts import LOOKED_BACK, SceneCuts
from .take import Observation, empty_observation
from .tracking import Tracker

POSES_3D = {"blazepose": blazepose.estimate, "lifter": lifter.estimate}
IN_FLIGHT = 2
STAGES = ("detector", "pose_2d", "pose_3d", "hands", "face", "pose_3d_wait", "background")


class Observer:
    """The networks of one chain at work on the pictures of one clip.

    networks        {step: Network, None where the chain has none}; those for details may be missing
    detect_every    pictures between two looks of a detector while nobody is lost
    max_people      0 = no limit
    K               (3,3) intrinsics where they are known
    background      Background, for a camera that may move; None = nobody asks
    edited          whether another scene may begin; False = straight from a camera
    """

    def __init__(
        self, networks, detect_every=10, max_people=0, K=None, background=None, edited=True
    ):
        specs = {step: networks[step] and networks[step].spec for step in STEPS}
        self._pose_3d, self._scene_cuts, self._edited = networks["pose_3d"], SceneCuts(), edited
        self.tracker = Tracker()
        self._background = background
        self.seconds = dict.fromkeys(STAGES, 0.0)
        finder = FINDERS[FINDER_OF[form(specs)]]
        settings = Settings(detect_every, max_people, K)
        self._finder = finder(networks, self.tracker, self.seconds, settings)
        self._details, self._pending = Details(networks, self.seconds), deque()
        self._threads = [ThreadPoolExecutor(max_workers=1) for _ in ("3D", "background")]

    @property
    def detections(self):
        """How often new people were looked for."""
        return self._finder.detections

    def look(self, picture):
        """One picture -> its Observation, all of it on this thread: for who needs that before the next picture."""
        sighting, flags = self._look_at(picture)
        found = self._locate(picture, sighting)
        background = self._followed(picture, sighting.people.box, flags["cut"])
        return _observation(picture, {**flags, "background": background}, sighting, *found)

    def observe(self, picture):
        """Feeds one picture; yields the Observations that are complete, in order."""
        sighting, flags = self._look_at(picture)
        thread_3d, thread_background = self._threads
        located = thread_3d.submit(self._locate, picture, sighting)
        moved = thread_background.submit(self._followed, picture, sighting.people.box, flags["cut"])
        self._pending.append((picture, flags, sighting, located, moved))
        while len(self._pending) > IN_FLIGHT:
            yield self._finished()

    def resume(self, observations, pictures=()):
        """Goes on after the last picture of a take as if there had been no interruption.

        pictures    the last `LOOKED_BACK` of them, as far as they are at hand
        """
        for seen in observations:
            self.tracker.replay(seen)
            self._finder.resume(seen)
            self._details.resume(seen)
        cuts = {seen.index: seen.cut for seen in observations[-LOOKED_BACK:]}
        last = None
        for last in pictures:
            self._scene_cuts.replay(last.image, cuts[last.index])
        if self._background and last:
            self._background.look(last.image, last.index, observations[-1].box)

    def flush(self):
        """Yields what is still under way."""
        while self._pending:
            yield self._finished()

    def close(self):
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)

    def _finished(self):
        picture, flags, sighting, located, moved = self._pending.popleft()
        start = time.perf_counter()
        (found, details), background = located.result(), moved.result()
        self.seconds["pose_3d_wait"] += time.perf_counter() - start
        flags = {**flags, "background": background}
        return _observation(picture, flags, sighting, found, details)

    def _locate(self, picture, sighting):
        """Thread: the 3D of everybody in a picture, unless the finder has it already, and details."""
        start = time.perf_counter()
        found, seen = sighting.located, sighting.people
        if found is None and len(sighting):
            estimate = POSES_3D[self._pose_3d.spec.decoder]
            found = estimate(self._pose_3d, picture.image, seen.px, seen.confidence)
        self.seconds["pose_3d"] += time.perf_counter() - start
        if not len(sighting):
            return None, {}
        return found, self._details.look(picture, sighting.numbers, seen, found)

    def _followed(self, picture, boxes, cut):
        """Thread: Matches of the background, those that say nothing where nobody asks."""
        if self._background is None:
            return Matches()
        start = time.perf_counter()
        found = self._background.look(picture.image, picture.index, boxes, cut)
        self.seconds["background"] += time.perf_counter() - start
        return found

    def _look_at(self, picture):
        """-> Sighting of everybody in a picture, {"cut", "detected"}."""
        cut = self._edited and self._scene_cuts.begins(picture.image)
        if cut:
            self.tracker.forget()
        sighting, detected = self._finder.find(picture, cut)
        sighting = sighting.as_kept()
        self.tracker.commit(picture.time_s, sighting.numbers, sighting.people, sighting.looks)
        return sighting, {"cut": cut, "detected": detected}


def _observation(picture, flags, sighting, found, details):
    """What is known of a picture -> Observation.

    flags       {"cut", "detected", "background"}
    found       Locations of everybody in the Sighting, None where there is nobody
    details     {name: array} of an Observation
    """
    if not len(sighting):
        return empty_observation(picture.index, picture.time_s, **flags)
    seen = sighting.people
    return Observation(
        picture.index, picture.time_s, sighting.numbers, seen.box, seen.px, seen.confidence,
        found.px, found.visibility, found.X, found.presence, sighting.looks, **details, **flags,
    )  # fmt: skip
