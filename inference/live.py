"""The child's work on a live picture: newest picture -> networks -> live fit -> one `pose` message each.

The delay of a pose is counted from the moment its picture is here: waited for us + networks + everything else.
"""

import contextlib
import time
from collections import deque
from dataclasses import fields

import cv2
import numpy as np

from . import camera as cameras
from . import catalogue, live_settings
from .chain_forms import STEPS
from .live_hands import LiveHands
from .live_people import ROWS, LivePeople
from .live_reader import NewestFrame
from .observer import Observer
from .video import Picture, VideoError

LOOK = 0.05  # [s] that a picture is waited for between looks at the parent
LOST_AFTER = 2.0  # [s] without a picture: the camera is lost
PATIENCE = 30.0  # [s] for the first picture
RATE_OVER = 2.0  # [s] over which pictures per second are counted


def run(job, chain, networks, parent):
    """Looks at job.live until the parent asks to stop or a clip ends -> fields of `done`. Raises VideoError."""
    cv2.setNumThreads(1)
    most = job.max_people or chain.options.get("max_people", 0)
    bodies = {step: networks[step] for step in STEPS}
    edited = job.live.kind == live_settings.CLIP
    observer = Observer(bodies, chain.options.get("detect_every", 10), most, edited=edited)
    reader = NewestFrame(job.live)
    with contextlib.ExitStack() as ends:
        hands = None
        if networks.get("hands"):
            hands = LiveHands(networks["hands"], networks.get("palms"))
            ends.callback(hands.close)
        ends.callback(observer.close)
        ends.callback(reader.close)
        looking = Looking(job, observer, reader, parent, bodies, most or ROWS, hands)
        while looking.goes_on():
            looking.look()
    return {"frames": looking.frames, "missed": reader.missed}


class Looking:
    """One live session: pictures, pauses, lost cameras.

    networks   {step: Network or None} of those that poses wait for
    hands      LiveHands, None = poses have no fingers
    frames     number of pictures that were looked at
    """

    def __init__(self, job, observer, reader, parent, networks, rows, hands=None):
        self._job, self._observer, self._reader, self._parent = job, observer, reader, parent
        self._hands = hands
        self._networks = [network for network in networks.values() if network]
        self._rows, self._size, self._people = rows, None, None
        self._paused = self._lost = False
        self._told = ""  # stage
        self._last_s = time.monotonic()  # when the last picture was here
        self._done_s = deque()  # when the last poses were sent
        self.frames = 0

    def goes_on(self):
        """Tells the parent how it goes, and does what it asks for; False when nothing more will come.

        While it is paused, nothing is said; each wish to pause or to go on is answered.
        """
        for request in self._parent.requests():
            if request == "recalibrate" and self._people:
                self._people.recalibrate()
            elif request in ("pause", "resume"):
                self._paused, self._told = request == "pause", ""
        stage = self._stage()
        if stage == self._told == "paused":
            self._parent.check()
            return not self._reader.over
        final, self._told = stage != self._told, stage
        self._parent.progress(
            final, stage=stage, people=len(self._observer.tracker.tracks),
            frames_per_second=self._rate(), provider=self._networks[-1].provider,
            missed=self._reader.missed,
        )  # fmt: skip
        return not self._reader.over

    def look(self):
        """Waits a moment for a picture and, where one came, sends the poses in it."""
        frame = self._reader.newest(LOOK)
        self._notice_loss(frame)
        if frame is None or self._paused:
            return
        size = frame.image.shape[1::-1]
        if size != self._size:
            self._begin(size)
        began, before = time.monotonic(), self._in_networks()
        image = cv2.flip(frame.image, 1) if self._job.live.mirror else frame.image
        picture = Picture(frame.index, frame.time_s, image)
        seen = self._observer.look(picture)
        poses = self._people.step(seen)
        self._tell_bodies()
        in_networks = self._in_networks() - before
        self._tell(frame, poses, began - frame.captured_s, in_networks)
        if self._hands:
            self._hands.watch(picture, seen, self._people.arms)

    def _begin(self, size):
        """The first picture, or one of another size: everybody is new."""
        self._size = size
        given = self._job.camera or {}
        fov_y = self._job.fov_y_deg
        camera = cameras.make(
            size, None if fov_y is None else np.radians(fov_y), self._job.focal_px,
            **{name: value for name, value in given.items() if value is not None},
        )  # fmt: skip
        self._observer.tracker.forget()
        crops = catalogue.sees_crops(self._job.chain, self._job.networks)
        self._people = LivePeople(size, camera, self._job.fit, self._rows, crops, self._hands)

    def _tell(self, frame, poses, waited_s, networks_s):
        """Sends one `pose`."""
        arrays = {
            "identity": poses.identity.astype(np.int32),
            **{name: getattr(poses, name).astype(np.float32) for name in ("root", "rotation")},
            "confidence": poses.confidence.astype(np.float32),
        }
        self.frames += 1
        self._done_s.append(time.monotonic())
        self._parent.send(
            "pose", arrays, time_s=frame.time_s, captured_s=frame.captured_s,
            solved_s=self._done_s[-1], waited_s=waited_s, networks_s=networks_s,
        )  # fmt: skip

    def _tell_bodies(self):
        """Sends `bodies` where somebody was measured."""
        found = self._people.new_bodies()
        if found is not None:
            arrays = {field.name: getattr(found, field.name) for field in fields(found)}
            arrays["identity"] = found.identity.astype(np.int32)
            centre = self._people.camera.T_world_camera[:3, 3].tolist()
            self._parent.send("bodies", arrays, camera=centre)

    def _notice_loss(self, frame):
        """Sends `lost` when no picture came for a while, `found` when one comes again."""
        now = time.monotonic()
        if frame is not None:
            self._last_s = now
            if self._lost:
                self._lost = False
                self._parent.send("found")
        elif self.frames == 0 and now - self._last_s > PATIENCE:
            raise VideoError("The camera or stream was opened but gives no picture.")
        elif self._size and not self._lost and now - self._last_s > LOST_AFTER:
            self._lost = True
            text = self._reader.trouble or "No picture comes any more."
            self._parent.send("lost", text=text)

    def _stage(self):
        """Word for what is going on."""
        if self._size is None:
            return "opening"
        if self._lost or self._paused:
            return "paused" if self._paused else "lost"
        return "measuring" if self._people.measuring or not self._people.settled else "live"

    def _rate(self):
        """Pictures per second, lately."""
        now = time.monotonic()
        while self._done_s and self._done_s[0] < now - RATE_OVER:
            self._done_s.popleft()
        if len(self._done_s) < 2:
            return 0.0
        return (len(self._done_s) - 1) / (now - self._done_s[0])

    def _in_networks(self):
        return sum(network.seconds for network in self._networks)
