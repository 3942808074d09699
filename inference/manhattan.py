"""Up and the focal length from straight lines of buildings, rooms and streets.

Such lines mostly run in three directions at right angles, one of them up (Coughlan and Yuille 2003). All
lines of one direction meet in the picture in its vanishing point; three vanishing points at right angles
exist for one focal length only (Caprile and Torre 1990). For each of several focal lengths the rotation is sought
that the most lines support, near where people say that up is. A picture without such lines supports all
focal lengths alike, and says nothing.
"""

from dataclasses import dataclass

import numpy as np

from .ground import tangents
from .rotations import cross, exp

ACROSS = np.arange(-24, 25, 4.0)  # [deg] from the people's up, where the search starts
TURNS = np.radians(np.arange(0, 90, 1.5))
STARTS = 2  # the best of them are followed
STEPS, COARSE_STEPS = 6, 2
COARSE = np.radians(1.5)  # by how much more lines may be off at first
DIRECTION = np.radians(0.7)  # standard deviation of a line's direction, of that of buildings
END = 1e-3  # the same of its ends, in longer sides of the picture
REACH = 2.5  # standard deviations beyond which a line does not support a direction
NEAR = 0.05  # a line nearer to the vanishing point has no direction


@dataclass(frozen=True)
class Planes:
    """Lines as planes through the camera: each direction of a plane is one that the line may have.

    Those of several cameras at once have a first axis more.
    """

    normal: np.ndarray  # (n,3)
    middle: np.ndarray  # (n,3) ray to the middle of the line, of length 1
    along: np.ndarray  # (n,3) within the plane, at right angles to that ray
    weight: np.ndarray  # (n,)
    sigma: np.ndarray  # (n,) [rad]

    @classmethod
    def of(cls, lines, image_size, ratio):
        """lines (n,4) x1 y1 x2 y2 [px] seen by a camera of focal length W / ratio, W = longer side."""
        longer, centre = max(image_size), (np.asarray(image_size, float) - 1) / 2
        ends = np.ones((len(lines), 2, 3))
        ends[..., :2] = (lines.reshape(-1, 2, 2) - centre) * ratio / longer
        length = np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=-1) / longer
        normal, middle = _unit(cross(ends[:, 0], ends[:, 1])), _unit(ends.sum(1))
        return cls(
            normal,
            middle,
            cross(normal, middle),
            np.sqrt(length),
            np.hypot(DIRECTION, END / length),
        )

    def support(self, direction, more=0.0):
        """How well the lines agree with directions (d,3): (d,n) 0..1; more [rad]: tolerance."""
        lever2 = self.lever2(direction @ np.swapaxes(self.middle, -1, -2))
        cosine2 = (direction @ np.swapaxes(self.along, -1, -2)) ** 2
        sine2 = np.maximum(0.0, 1 - cosine2 / np.maximum(lever2, 1e-18))
        reach2 = (REACH * np.hypot(self.sigma, more)) ** 2
        inside = np.maximum(0.0, 1 - sine2 / reach2[..., None, :]) ** 2
        return np.where(lever2 < NEAR**2, 0.0, inside)

    @staticmethod
    def lever2(cosine):
        """Squared sine between the ray to a line's middle and a direction, from its cosine."""
        return np.maximum(0.0, 1 - cosine**2)


def best_frames(lines, image_size, ratios, up):
    """For each of `ratios` (F,) = W / f -> scores (F,), R (F,3,3).

    R: columns are the directions of the lines in the axes of the camera, the last is up. The score is the
    weight of the lines that support it, less the squared error against the people's `up`, an Up; its
    differences are logarithms of likelihoods.
    """
    planes = [Planes.of(lines, image_size, ratio) for ratio in ratios]
    together = Planes(
        *(
            np.repeat([getattr(one, name) for one in planes], STARTS, 0)
            for name in Planes.__dataclass_fields__
        )
    )
    R = _refined(together, np.concatenate([_starts(one, up) for one in planes]), up)
    scores = score(together, R, up).reshape(-1, STARTS)
    best = STARTS * np.arange(len(planes)) + scores.argmax(1)
    return scores.max(1), R[best]


def score(planes, R, up):
    """Support of a frame R (...,3,3), and of the people."""
    off = cross(up.direction, R[..., 2])
    support = planes.support(np.swapaxes(R, -1, -2)).max(-2)
    people = np.einsum("...i,ij,...j->...", off, _turning(up), off)
    return (support * planes.weight).sum(-1) - 0.5 * people


def _starts(planes, up):
    """Frames (STARTS,3,3) near the people's up that the most lines support."""
    ups = _ups(up)
    prior = 0.5 * np.einsum("ni,ij,nj->n", ups - up.direction, up.information, ups - up.direction)
    value = planes.support(ups, COARSE) @ planes.weight - prior
    return np.stack([_turned(planes, ups[row]) for row in np.argsort(-value)[:STARTS]])


def _ups(up):
    """Directions (n,3) around the people's up."""
    across, along = tangents(up.direction)
    a, b = np.tan(np.radians(np.stack(np.meshgrid(ACROSS, ACROSS), -1).reshape(-1, 2))).T[..., None]
    return _unit(up.direction + a * across + b * along)


def _turned(planes, up):
    """Frame (3,3) with this up, turned about it to where most lines support it."""
    across, along = tangents(up)
    first = np.cos(TURNS)[:, None] * across + np.sin(TURNS)[:, None] * along
    second = cross(up, first)
    support = np.maximum(planes.support(first, COARSE), planes.support(second, COARSE))
    best = np.maximum(support, planes.support(up[None], COARSE)) @ planes.weight
    row = best.argmax()
    return np.stack([first[row], second[row], up], 1)


def _refined(planes, R, up):
    """Gauss-Newton on the lines that support R (B,3,3): their normals are perpendicular to its columns."""
    turning = _turning(up)
    for round in range(STEPS):
        more = COARSE if round < COARSE_STEPS else 0.0
        columns = np.swapaxes(R, -1, -2)
        support = planes.support(columns, more)
        direction = np.take_along_axis(columns, support.argmax(1)[..., None], 1)  # (B,n,3)
        cosine = (planes.middle * direction).sum(-1)
        lever = np.maximum(np.sqrt(planes.lever2(cosine)), NEAR)
        sigma = np.hypot(planes.sigma, more)
        # 1/2 weight r^2 has the curvature of the support (1 - (r / REACH sigma)^2)^2 at its top
        weight = 4 * planes.weight * np.sqrt(support.max(1)) / (REACH * sigma) ** 2
        r = (planes.normal * direction).sum(-1) / lever
        J = cross(direction, planes.normal) / lever[..., None]
        Jw = np.swapaxes(J * weight[..., None], -1, -2)
        H = Jw @ J + turning + 1e-6 * np.eye(3)
        g = Jw @ r[..., None] + (cross(up.direction, R[..., 2]) @ turning)[..., None]
        R = exp(-np.linalg.solve(H, g)[..., 0]) @ R
    return R


def _turning(up):
    """(3,3) as Up.information, of rotation vectors instead of directions."""
    across, along = tangents(up.direction)
    spread_across, spread_along = up.spread
    return np.outer(along, along) / spread_across**2 + np.outer(across, across) / spread_along**2


def _unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
