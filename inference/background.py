"""How the background of a clip moves, kept compactly in the take: what a moving camera is found from.

Corners of a key picture, none of them on people, are followed into each later picture (Lucas & Kanade 1981,
pyramids and all, always from the key picture, so that nothing drifts) and back again; of those that return,
the ones that move as the picture of something far does (a homography, by RANSAC) are kept, and where many do
not, those that move as things of all depths do before a camera that travels (a fundamental matrix). Where half
of them have not moved at all the camera stands still and nothing more is looked at. A picture that shows too
little of the key picture becomes the next one, after its own place relative to the last was found; it keeps
the corners that are left, so that depths can be carried on.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

LONGER_SIDE = 640  # [px] of the grey picture that is looked at
MOST_CORNERS, APART = 150, 14  # corners of a key picture, [px] between them
CORNER = 0.01  # quality, of the best corner's
MEAN, CONTRAST, LEAST_CONTRAST = 128.0, 45.0, 8.0  # grey levels that every picture is brought to
FLOW = {"winSize": (21, 21), "maxLevel": 3, "criteria": (3, 15, 0.01)}
NEAR = {**FLOW, "maxLevel": 0}  # is enough where the camera goes on standing still
STILL, STILL_SHARE = 0.35, 0.5  # [px] a corner that moved less has not moved; share of them
RETURNS = 0.5  # [px] from where it started, a corner that was followed there and back
LEAST = 12  # corners that tell anything
OFF = 1.0  # [px] from where the others say a corner must be
KEPT = 64  # matches of a picture
DEEP, DEEP_SHARE = (
    8,
    0.1,
)  # corners that move unlike the far ones, from which the camera may travel; share
WORN = 0.45  # share of its corners below which a key picture is replaced
FAR = 0.25  # of the longer side, the same of the way that they moved
GROWN = 0.1  # of the size of people's boxes, on each side: hair, hands, shadows
NO_KEY = -1


_NONE = np.zeros((0, 2), np.float32)


def _no_points():
    return np.zeros((0, 4))


@dataclass(frozen=True, eq=False)
class Matches:
    """One picture beside its key picture. Key NO_KEY: unknown; a key and no points: it has not moved."""

    key: int = NO_KEY  # index in the file
    points: np.ndarray = field(default_factory=_no_points)  # (M,4) x y there, x y here [px]


class Background:
    """Feed it every picture of a clip in order."""

    def __init__(self):
        self._key = NO_KEY
        self._key_grey = self._corners = self._now = None

    def look(self, image, index, boxes, cut=False):
        """Picture (H,W,3) BGR and the boxes (N,4) of its people -> Matches."""
        scale = max(1.0, max(image.shape[:2]) / LONGER_SIDE)
        grey = _grey(image, scale)
        free = _beside(grey, (np.asarray(boxes).reshape(-1, 4) + 0.5) / scale - 0.5)
        grey = _lit(grey, free)
        if cut or self._key == NO_KEY or len(self._corners) < LEAST:
            self._start(grey, free, index)
            return Matches()
        key, start, end = self._key, *self._followed(grey, free)
        if len(start) < LEAST:
            self._start(grey, free, index)
            return Matches()
        way = np.linalg.norm(end - start, axis=-1)
        if len(start) < WORN * len(self._corners) or np.median(way) > FAR * LONGER_SIDE:
            self._start(grey, free, index, end)
        if (way < STILL).mean() >= STILL_SHARE:
            return Matches(key)
        points = np.concatenate([start[:KEPT], end[:KEPT]], -1)
        return Matches(key, ((points + 0.5) * scale - 0.5).astype(np.float32))

    def _start(self, grey, free, index, left=_NONE):
        """A picture becomes the key picture; `left` (M,2) are corners of the last one in it."""
        elsewhere = free.copy()
        for corner in left:
            cv2.circle(elsewhere, tuple(map(int, np.round(corner))), APART, 0, -1)
        more = max(MOST_CORNERS - len(left), 1)
        found = cv2.goodFeaturesToTrack(grey, more, CORNER, APART, mask=elsewhere, blockSize=7)
        found = _NONE if found is None else found.reshape(-1, 2)
        corners = np.concatenate([left, found]).astype(np.float32)
        mixed = np.random.default_rng(0).permutation(len(corners))  # the first ones are all over
        self._corners = corners[mixed]
        self._key, self._key_grey, self._now = index, grey, self._corners.copy()

    def _followed(self, grey, free):
        """Corners of the key picture and where they are now, (M,2) each [px of the grey picture]."""
        stood = np.array_equal(self._now, self._corners)
        for flow in (NEAR, FLOW) if stood else (FLOW,):
            now, found = _flow(self._key_grey, grey, self._corners, self._now, flow)
            way = np.linalg.norm(now - self._corners, axis=-1)
            good = found & _inside(now, free)
            if good.sum() >= LEAST and (way[good] < STILL).mean() >= STILL_SHARE:
                self._now = self._corners.copy()
                return self._corners[good], now[good]
        back, found = _flow(grey, self._key_grey, now, self._corners, FLOW)
        good &= found & (np.linalg.norm(back - self._corners, axis=-1) < RETURNS)
        good[good] = _agreeing(self._corners[good], now[good])
        moved = np.median((now - self._corners)[good], axis=0) if good.any() else 0.0
        self._now = np.where(good[:, None], now, self._corners + moved).astype(np.float32)
        return self._corners[good], now[good]


def _grey(image, scale):
    """Grey picture, so many times smaller: by whole pixels first, which is several times as fast."""
    height, width = image.shape[:2]
    size = max(1, round(width / scale)), max(1, round(height / scale))
    grey, whole = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), int(scale)
    if whole > 1:
        grey = grey[: height - height % whole, : width - width % whole]
        smaller = grey.shape[1] // whole, grey.shape[0] // whole
        grey = cv2.resize(grey, smaller, interpolation=cv2.INTER_AREA)
    return cv2.resize(grey, size, interpolation=cv2.INTER_LINEAR)


def _lit(grey, free):
    """The picture with the usual mean and contrast beside its people: light that changes is no motion."""
    mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(grey, mask=free))
    gain = CONTRAST / max(spread, LEAST_CONTRAST)
    levels = np.clip(MEAN + gain * (np.arange(256) - mean), 0, 255)
    return cv2.LUT(grey, np.round(levels).astype(np.uint8))


def _beside(grey, boxes):
    """(H,W) uint8: 255 where nobody is."""
    free = np.full(grey.shape, 255, np.uint8)
    grow = GROWN * (boxes[:, 2:] - boxes[:, :2])
    for box in np.concatenate([boxes[:, :2] - grow, boxes[:, 2:] + grow], 1):
        left, top, right, bottom = np.clip(box, 0, 10 * LONGER_SIDE).astype(int)
        free[top : bottom + 1, left : right + 1] = 0
    return free


def _inside(points, free):
    """(M,) bool: within the picture and where nobody is."""
    x, y = np.round(points).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < free.shape[1]) & (y < free.shape[0])
    inside[inside] = free[y[inside], x[inside]] > 0
    return inside


def _flow(grey, other, points, guess, flow):
    """Where points of a picture are in another, near to a guess -> (M,2), (M,) bool found."""
    flags = cv2.OPTFLOW_USE_INITIAL_FLOW
    ends, found, _ = cv2.calcOpticalFlowPyrLK(
        grey, other, points[:, None], guess[:, None].copy(), flags=flags, **flow
    )
    return ends.reshape(-1, 2), found.ravel() > 0


def _agreeing(start, end):
    """(M,) bool: points that move as a plane or something far does, or things of all depths, all together."""
    if len(start) < LEAST:
        return np.zeros(len(start), bool)
    _, far = cv2.findHomography(start, end, cv2.RANSAC, OFF)
    far = np.zeros(len(start), bool) if far is None else far.ravel() > 0
    if (~far).sum() < max(DEEP, DEEP_SHARE * len(start)):
        return far
    _, deep = cv2.findFundamentalMat(start, end, cv2.FM_RANSAC, OFF, 0.99)
    return far if deep is None else far | (deep.ravel() > 0)
