"""Who stands before a live camera and how: numbered, measured in the first second, then fitted frame by frame.

Who comes into the picture is watched for SETTLE seconds; that gives stature and, with the first people, the
camera's focal length, up and ground. From then on the live fit gives a pose in every picture. Everything that
concerns somebody is kept in one of a fixed number of rows, so that all are solved at once.
"""

from dataclasses import dataclass

import numpy as np

from . import autocalibration, contacts, crop_view, hand_motion, rotations, wrists
from .evidence import gather
from .fit import Clip
from .fit_live import LiveFit, chosen
from .fit_settings import FitSettings
from .kinematics import forward, joint_transforms
from .live_hands import NO_ARMS, Arms
from .live_identities import LiveIdentities
from .proportions import TYPICAL
from .skeleton import Body, universal_body

SETTLE = 1.0  # [s] that somebody is watched before the first pose
LEAST_FRAMES = 3  # in that time
FORGOTTEN, KEPT = (
    1.5,
    10,
)  # [s] after which what was watched says nothing of now; pictures that stay
ROWS = 8  # people at once, where nobody says otherwise


@dataclass(frozen=True)
class Poses:
    """P people at one time; world axes, Z up, on the ground below the camera."""

    identity: np.ndarray  # (P,) int
    root: np.ndarray  # (P,3) [m] the pelvis
    rotation: np.ndarray  # (P,J,4) quaternions of the joints in the world, w first; fingers last
    confidence: np.ndarray  # (P,) mean over keypoints, 0..1


@dataclass(frozen=True)
class Bodies:
    """P people at rest; see `Body.rest_offsets`, and `hand_motion.rest_offsets` for their fingers."""

    identity: np.ndarray  # (P,) int
    rest_offset: np.ndarray  # (P,J,3) [m]
    height_m: np.ndarray  # (P,)


class LivePeople:
    """Observations in, Poses out.

    image_size   (width, height) [px]
    camera       Camera as far as it is known
    settings     FitSettings: smoothing, weights, limits, level
    rows         most people at once; with one, whoever is seen is that person
    crops        3D is as crops show it, see `crop_view`
    hands        LiveHands, None = poses have no fingers

    `arms` are those of the last poses as the fit has them, for LiveHands.
    """

    def __init__(
        self, image_size, camera, settings=FitSettings(), rows=ROWS, crops=False, hands=None
    ):
        self._size, self._given, self._settings, self._rows = image_size, camera, settings, rows
        self._camera, self._fit, self._crops, self._hands = None, None, crops, hands
        self.arms = NO_ARMS
        self._watched = []  # Observations of the last moments
        self._number = [None] * rows  # the tracker's number of who has a row
        self._seen_s = np.full(rows, -np.inf)  # when
        self._identities = LiveIdentities(alone=rows == 1)
        self._measured = set()  # numbers whose body is known
        self._changed = []  # rows whose body nobody was told yet

    @property
    def settled(self):
        """Whether the camera is known, and with it at least one person."""
        return self._camera is not None

    @property
    def measuring(self):
        """Whether somebody is watched to be measured."""
        return bool(self._watched)

    @property
    def camera(self):
        """The Camera in the world of the poses, None until settled."""
        return self._camera

    def recalibrate(self):
        """Measures everybody and the camera anew over the next second; poses go on meanwhile."""
        self._measured.clear()
        self._watched.clear()

    def step(self, seen):
        """Observation -> Poses of those who are in the picture and measured."""
        self._identities.watch(seen)
        self._watch(seen)
        self.arms = NO_ARMS
        if self._fit is None:
            return _nobody()
        places = [[] for _ in range(self._rows)]
        for row, number in enumerate(self._number):
            where = np.flatnonzero(seen.id == number) if number is not None else ()
            if len(where):
                places[row], self._seen_s[row] = [(0, int(where[0]))], seen.time_s
        evidence = gather([seen], dict(enumerate(places)), self._camera, self._size, repaired=False)
        q = self._fit.step(self._in_camera_axes(evidence, self._camera).at(0), seen.time_s)
        return self._poses(q, evidence.confidence[:, 0].mean(-1))

    def new_bodies(self):
        """Bodies that were measured since the last call, or None."""
        if not self._changed:
            return None
        rows, self._changed = np.array(self._changed), []
        body = self._body(rows)
        offsets, height = body.rest_offsets(), np.asarray(body.height)
        if self._hands:
            offsets = np.concatenate([offsets, hand_motion.rest_offsets(height)], 1)
        return Bodies(self._identity(rows), offsets, height)

    def _poses(self, q, confidence):
        rows = np.flatnonzero(np.isfinite(q[:, 0]))
        if not len(rows):
            return _nobody()
        T = joint_transforms(forward(q[rows], self._body(rows)))
        R = T[..., :3, :3]
        if self._hands:
            R = self._with_hands(q[rows], R, [self._number[row] for row in rows])
        return Poses(
            self._identity(rows), T[:, 0, :3, 3], rotations.quaternion(R), confidence[rows]
        )

    def _with_hands(self, q, R, numbers):
        """Joints R (P,J,3,3) in the world, of a fit q (P,D): wrists turned as palms are, fingers at the end."""
        fitted, R_forearm = q[:, wrists.DOFS], R[:, wrists.FOREARMS]
        R_camera_world = self._camera.T_world_camera[:3, :3].T
        self.arms = Arms(numbers, fitted, R_camera_world @ R_forearm)
        beside = self._hands.beside(numbers)
        _, R_forearm, R_hand = wrists.moved(fitted, R_forearm, beside)
        R[:, wrists.FOREARMS], R[:, wrists.HANDS] = R_forearm, R_hand
        fingers = hand_motion.turns(R_hand, self._hands.angles(numbers))
        return np.concatenate([R, fingers.reshape(len(R), -1, 3, 3)], 1)

    def _identity(self, rows):
        return self._identities.of(self._number[row] for row in rows)

    def _body(self, rows):
        body = self._fit.body
        return Body(body.height[rows], body.offsets[rows], body.places[rows])

    def _watch(self, seen):
        """Collects what is seen of the people who are not measured, and measures them in time."""
        if set(seen.id.tolist()) <= self._measured:
            self._watched.clear()
            return
        self._watched.append(seen)
        while len(self._watched) > KEPT and self._watched[0].time_s < seen.time_s - FORGOTTEN:
            self._watched.pop(0)
        places = {}
        for t, one in enumerate(self._watched):
            for row, number in enumerate(one.id.tolist()):
                places.setdefault(number, []).append((t, row))
        present, watched = set(seen.id.tolist()), self._watched
        ready = {
            number: where
            for number, where in places.items()
            if number in present - self._measured
            and len(where) >= LEAST_FRAMES
            and seen.time_s - watched[where[0][0]].time_s >= SETTLE
        }
        if ready:
            self._measure(ready)

    def _measure(self, places):
        """Bodies of those who were watched, {number: places}; the camera too where it is not known."""
        anew = self._camera is None or not self._measured
        camera = self._given if anew else self._camera
        evidence = gather(self._watched, places, camera, self._size, repaired=False)
        time_s = np.array([one.time_s for one in self._watched])
        clip = Clip(self._size, (len(time_s) - 1) / max(float(np.ptp(time_s)), 1e-6))
        camera, up = autocalibration.calibrated(evidence, time_s, clip, camera)
        typed = np.full(len(places), np.nan)
        body = autocalibration.bodies_on_ground(evidence, time_s, camera, up, typed)
        if anew:
            if self._settings.level and autocalibration.height_above_ground(camera) is None:
                camera = self._levelled(evidence, time_s, body, camera, up)
            self._begin(camera)
        for place, number in enumerate(places):
            self._settle(number, body, place, self._watched[-1])

    def _levelled(self, evidence, time_s, body, camera, up):
        """The camera above the ground that the feet of these moments show."""
        live = LiveFit(body, camera, chosen(self._settings))
        evidence = self._in_camera_axes(evidence, camera)
        q = np.stack([live.step(evidence.at(t), now) for t, now in enumerate(time_s)], axis=1)
        nobody_stands = np.zeros((*q.shape[:2], len(contacts.FEET)), bool)
        return autocalibration.level_world(q, nobody_stands, body, evidence, camera, up)[1]

    def _in_camera_axes(self, evidence, camera):
        return crop_view.in_camera_axes(evidence, camera.K) if self._crops else evidence

    def _begin(self, camera):
        """A fit for this camera; bodies that were known stay."""
        old = self._fit.body if self._fit else universal_body(np.full(self._rows, TYPICAL))
        self._camera = camera
        self._fit = LiveFit(old, camera, chosen(self._settings))

    def _settle(self, number, body, place, seen):
        """Gives somebody in an Observation an identity, a row, and the body at a place of many.

        Who comes back under another number has the own row and body still.
        """
        row = self._row(number, seen.time_s)
        if row is None:
            return
        before = self._identities.settle(number, seen.id.tolist())
        comes_back = before is not None and before in self._number
        if comes_back:
            row = self._number.index(before)
        has_body = comes_back and before in self._measured and self._rows > 1
        self._measured -= {before, self._number[row]}
        self._number[row], self._seen_s[row] = number, seen.time_s
        self._measured.add(number)
        if has_body:
            return
        one = Body(*(np.asarray(getattr(body, n))[[place]] for n in Body.__dataclass_fields__))
        self._fit.change_bodies(np.array([row]), one)
        self._changed.append(row)

    def _row(self, number, time_s):
        """The row of a number, or the one whose person was not seen for longest; None = all are there now."""
        if number in self._number:
            return self._number.index(number)
        row = int(np.argmin(self._seen_s))
        return row if self._seen_s[row] < time_s else None


def _nobody():
    return Poses(np.zeros(0, int), np.zeros((0, 3)), np.zeros((0, 0, 4)), np.zeros(0))
