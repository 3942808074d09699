"""How far a moving camera travelled, in metres, where near and far things of the background tell it.

`parallax` gives the way up to a factor; corners that a key picture has from the one before carry the factor
on. People give it its size: with the right one feet stand still in the world most of the time, whoever
walks and however the camera moves. Without parallax, without feet, or where the camera zooms besides, its
place stays where it was, and it is said that its travelling is not solved.
"""

from dataclasses import dataclass

import numpy as np

from . import contacts, parallax, proportions
from .analytic_pose import analytic_pose
from .autocalibration import calmed
from .camera import NEAR, Camera, towards, undistort_pixels
from .camera_path import CameraPath, turning
from .kinematics import forward
from .skeleton import Body, universal_body
from .take_problem import TakeSettings
from .targets import pair_lengths, root_by_reprojection, targets

NOISE = 0.35 / 640  # of the longer side: standard deviation of a corner's place
SUSPECT = 0.25 / 640  # of the longer side: error of turns alone from which parallax is looked for
SUSPECT_ZOOM = 0.15 / 640  # the same where a zoom helps, which looks like coming nearer
LEAST_CARRIED = 6  # corners that carry the factor on
SAME = 0.02  # [px] a corner of a key picture is one of the key picture before
CALM = 0.5  # [s] over which people's depth is calmed
SELDOM = 0.05  # likelihood of a foot that moves, of one that stands
SEEN_FOOT = 0.3
FACTORS = np.geomspace(0.2, 80.0, 200)  # [m] of the usual depth of the background
USUAL, USUAL_SPREAD = np.log(6.0), 1.2  # its logarithm
BETTER = 0.7  # times the error of a zoom, where it was the camera that came nearer
SURE = 0.35  # relative spread from which a way is not believed


@dataclass(frozen=True)
class Look:
    """How a foot that stands is told: by its speed over some time."""

    span: float  # [s] either side
    across: float  # [m/s] across the view of a foot that stands
    along: float  # [m/s] along it
    again: float  # [s] after which it says something new


LOOKS = (Look(0.15, 0.08, 0.25, 0.5), Look(1.0, 0.03, 0.08, 2.0))  # of steps; of who stays


@dataclass(frozen=True)
class Depths:
    """Of P people in T pictures as their size tells [m along the view], NaN where nobody is."""

    root: np.ndarray  # (P,T)
    keypoint: np.ndarray  # (P,T,K)


@dataclass
class Piece:
    """Places that share one factor, counted from the place of the row `base`."""

    base: int
    place: dict  # row -> (3,) in the axes of the large picture, in usual depths
    spread: float = 0.0  # of the places, relative to how far they lie apart


def may_travel(path):
    """Whether the background does not wholly obey a CameraPath that only turns, or zooms besides."""
    return not path.is_still and path.error > (SUSPECT_ZOOM if np.ptp(path.zoom) else SUSPECT)


def travelled(path, observations, evidence, depths, time_s, camera, image_size):
    """CameraPath of a camera that turns or zooms -> one with the places [m] that parallax and feet tell.

    The same where they do not, or where a zoom explains as much. evidence of the real pictures and its Depths
    """
    turns = turning(observations, camera, image_size) if np.ptp(path.zoom) else path
    R, pieces, error = pieces_of(turns, observations, camera, image_size)
    if not pieces or (np.ptp(path.zoom) and error > BETTER * path.error):
        return path
    place, known = np.zeros((len(R), 3)), np.zeros(len(R), bool)
    feet, worst = feet_of(evidence, depths, camera, R), 0.0
    for piece in pieces:
        rows = np.array(sorted(piece.place))
        way = np.array([piece.place[row] for row in rows])
        factor, spread = factor_of_feet(rows, way, feet, time_s)
        worst = max(worst, float(np.hypot(spread, piece.spread)))
        place[rows], known[rows] = place[piece.base] + factor * way, True
        known[piece.base] = True
    if worst > SURE:
        return path
    place = _filled(place, known, observations)
    return CameraPath(R, np.ones(len(R)), error, place, worst)


def _filled(place, known, observations):
    """Places (T,3) also of pictures that show too little, about the middle of each shot."""
    shot = np.cumsum([seen.cut for seen in observations])
    filled = place.copy()
    for one in np.unique(shot):
        rows = np.flatnonzero(shot == one)
        seen = rows[known[rows]]
        for axis in range(3 if len(seen) else 0):
            filled[rows, axis] = np.interp(rows, seen, place[seen, axis])
        filled[rows] -= filled[rows].mean(0)
    return filled


def people_depths(evidence, time_s, K, crops):
    """Evidence of P people in the real pictures -> Depths of bodies as tall as the networks show.

    crops: its 3D is as crops show it
    """
    body = universal_body(np.reshape(proportions.statures(evidence), -1))
    depths = Depths(
        np.full(evidence.present.shape, np.nan), np.full(evidence.confidence.shape, np.nan)
    )
    settings, own = TakeSettings(), Camera(K, np.zeros(5), np.eye(4))
    for person in np.flatnonzero(evidence.present.any(1)):
        frames = np.flatnonzero(evidence.present[person])
        one = Body(*(np.asarray(getattr(body, name)[person]) for name in Body.__dataclass_fields__))
        target = targets(evidence, (person, frames), pair_lengths(one, settings), settings)
        X = evidence.X[person, frames]
        if crops:
            middle = evidence.box[person, frames].reshape(-1, 2, 2).mean(1)
            X = X @ np.swapaxes(towards(_rays(middle, K)), -1, -2)
        posed = forward(analytic_pose(X), one).markers
        z = root_by_reprojection(posed, target, own)[:, 2]
        depths.root[person, frames] = calmed(z, time_s[frames], CALM)
        depths.keypoint[person, frames] = np.maximum(
            depths.root[person, frames, None] + posed[..., 2], NEAR
        )
    return depths


def _rays(px, K):
    """Pixels (...,2) of an ideal lens -> rays (...,3), z = 1."""
    rays = (px - K[:2, 2]) / np.diag(K)[:2]
    return np.append(rays, np.ones((*rays.shape[:-1], 1)), -1)


def pieces_of(path, observations, camera, image_size):
    """-> turns (T,3,3) as parallax has them, Pieces, each after those that it hangs on, error as a path's."""
    R, off = path.R.copy(), NOISE * max(image_size) / camera.K[0, 0]
    row_of = {seen.index: row for row, seen in enumerate(observations)}
    pieces, piece_of, carried, errors = [], {}, {}, [0.0]
    keys = {seen.background.key for seen in observations}
    for key in sorted(key for key in keys if key in row_of):
        rows, seen = followed(observations, key, camera)
        start = row_of[key]
        known = _known(carried.get(start), seen.start, SAME / camera.K[0, 0])
        solved = parallax.solve(seen, np.swapaxes(R[rows], -1, -2) @ R[start], off, known)
        if not solved:
            continue
        R[rows] = R[start] @ np.swapaxes(solved.R, -1, -2)
        if known is None:
            piece_of[start] = Piece(start, {})
            pieces.append(piece_of[start])
        piece = piece_of[start]
        errors += [solved.error * NOISE] * len(rows)
        base = piece.place.get(start, np.zeros(3))
        extent = np.linalg.norm(np.ptp(solved.place, axis=0))
        piece.spread = max(piece.spread, float(np.median(solved.spread)) / extent)
        for t, row in enumerate(rows):
            piece.place[row], piece_of[row] = base + R[start] @ solved.place[t], piece
            carried[row] = _depths_there(seen, solved, t)
    return R, pieces, float(np.median(errors))


def followed(observations, key, camera):
    """Rows (n,) in which corners of a key picture were followed, and parallax.Seen of them."""
    rows = [
        row
        for row, seen in enumerate(observations)
        if seen.background.key == key and len(seen.background.points) >= parallax.LEAST
    ]
    points = [observations[row].background.points for row in rows]
    together = np.concatenate([np.zeros((0, 4)), *points])
    corners, which = np.unique(np.round(together[:, :2], 2), axis=0, return_inverse=True)
    picture = np.repeat(np.arange(len(rows)), [len(one) for one in points])
    end, weight = np.zeros((len(rows), len(corners), 2)), np.zeros((len(rows), len(corners)))
    end[picture, which] = _rays(undistort_pixels(together[:, 2:], camera.K, camera.dist), camera.K)[
        :, :2
    ]
    weight[picture, which] = 1.0
    start = _rays(undistort_pixels(corners, camera.K, camera.dist), camera.K)[:, :2]
    return np.array(rows, int), parallax.Seen(start, end, weight)


def _depths_there(seen, solved, t):
    """Corners in the picture t: places (m,2), inverse depths there and their spreads."""
    shown = seen.weight[t] > 0
    away = seen.rays - solved.near[:, None] * solved.place[t]
    z = (away @ solved.R[t].T)[:, 2]
    good = shown & (z > 0)
    return seen.end[t][good], solved.near[good] / z[good], solved.near_spread[good] / z[good]


def _known(carried, start, same):
    """Mean and spread of inverse depths (M,) of corners that are carried on; None of too few."""
    if carried is None or not len(carried[0]):
        return None
    apart = np.linalg.norm(start[:, None] - carried[0], axis=-1)
    nearest = apart.argmin(1)
    shared = apart.min(1) < same
    if shared.sum() < LEAST_CARRIED:
        return None
    usual = np.median(carried[1][nearest[shared]])
    mean = np.where(shared, carried[1][nearest], usual)
    return mean, np.where(shared, carried[2][nearest], parallax.LOOSE * usual)


def feet_of(evidence, depths, camera, R):
    """Feet (P,T,4,3) [m] from the camera, in the axes of the large picture, and their confidence (P,T,4)."""
    rays = _rays(evidence.px_ideal[:, :, contacts.FEET], camera.K)
    X = np.einsum("tij,ptnj->ptni", R, rays * depths.keypoint[:, :, contacts.FEET, None])
    sure = evidence.confidence[:, :, contacts.FEET]
    return X, np.where((sure > SEEN_FOOT) & np.isfinite(X).all(-1), sure, 0.0)


def factor_of_feet(rows, way, feet, time_s):
    """Metres of the unit of a way (n,3) at rows (n,), with which feet stand most, and its relative spread."""
    log_density = -0.5 * ((np.log(FACTORS) - USUAL) / USUAL_SPREAD) ** 2
    for look in LOOKS:
        log_density += _standing(rows, way, feet, time_s, look)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    mean = density @ np.log(FACTORS)
    return float(np.exp(mean)), float(np.sqrt(density @ (np.log(FACTORS) - mean) ** 2))


def _standing(rows, way, feet, time_s, look):
    """Log likelihood of FACTORS: how much of the time feet stand with each."""
    X, sure = feet
    before, after = (
        np.clip(np.searchsorted(time_s[rows], time_s[rows] + side * look.span), 0, len(rows) - 1)
        for side in (-1, 1)
    )
    elapsed = np.maximum(time_s[rows[after]] - time_s[rows[before]], 1e-6)
    moved = (X[:, rows[after]] - X[:, rows[before]]) / elapsed[:, None, None]
    weight = np.minimum(sure[:, rows[after]], sure[:, rows[before]])
    used = weight > 0
    went = np.broadcast_to(((way[after] - way[before]) / elapsed[:, None])[:, None], moved.shape)
    view = X[:, rows] / np.linalg.norm(X[:, rows], axis=-1, keepdims=True)
    used &= np.isfinite(view).all(-1)
    own, went, view, weight = moved[used], went[used], view[used], weight[used]
    share = min(np.median(np.diff(time_s[rows])) / look.again, 1.0) if len(rows) > 1 else 1.0
    found = np.zeros(len(FACTORS))
    for number, factor in enumerate(FACTORS):
        v = own + factor * went
        along = (v * view).sum(-1)
        across = (v * v).sum(-1) - along**2
        square = across / look.across**2 + along**2 / look.along**2
        found[number] = share * (weight * np.log(SELDOM + np.exp(-0.5 * square))).sum()
    return found
