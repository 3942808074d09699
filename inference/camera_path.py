"""How the camera of a clip turned and zoomed, from the background's matches (`background`).

A camera that only turns and zooms sees far and near things move alike: q ~ K_t R K^-1 p. R and the change of
the focal length of each picture against its key picture are the least robust squares of q; key pictures are
chained. How well the background obeys says whether the camera travelled besides, see `travel`.
A camera that stood still comes out exactly still.
"""

from dataclasses import dataclass, replace

import numpy as np

from .background import NO_KEY
from .camera import undistort_pixels
from .rotations import exp, hat, log

STILL = np.radians(0.12)  # a camera that never turns by more stands
NO_ZOOM = 0.03  # of the focal length: changes that are smaller are none
ROUNDS, CLOSE = 12, 1e-7  # steps; [rad] of one that is not worth another
OFF = 1.0 / 640  # of the longer side, error at which a match counts half
TRAVELS = 1.2 / 640  # of the longer side: median error from which the camera does not only turn
LEAST = 8  # matches
SHOWN = 10  # pictures that are looked at for what the focal length is
LEAST_WAY = 10.0 / 640  # of the longer side: matches that moved less say nothing of it
STRENGTH, CLEAN = 25.0, 0.1  # of all pictures together; share of error that halves it


@dataclass(frozen=True)
class CameraPath:
    """T pictures; the reference is the mean direction of each shot."""

    R: np.ndarray  # (T,3,3) axes of the camera in each picture -> those of the reference
    zoom: np.ndarray  # (T,) focal length, of the first picture's
    error: float  # median, of the longer side: matches from where turning and zooming puts them
    place: np.ndarray = None  # (T,3) [m] in the axes of the reference; None = always the same
    spread: float = np.nan  # of how far it travelled, relative

    @property
    def is_still(self):
        stands = np.array_equal(self.R, still(len(self.R)).R) and (self.zoom == 1).all()
        return bool(stands and self.place is None)

    @property
    def start(self):
        """(3,) [m] place of the first picture."""
        return np.zeros(3) if self.place is None else self.place[0]

    @property
    def description(self):
        """A few words for a report."""
        if self.is_still:
            return "still"
        kind = "turns and zooms" if np.ptp(self.zoom) else "turns"
        if self.place is not None:
            far = np.linalg.norm(np.ptp(self.place, axis=0))
            return f"{kind} and travels within {far:.2f} m, +-{100 * self.spread:.0f} %"
        return f"{kind}, and travels, which is not solved" if self.error > TRAVELS else kind


def still(frames):
    """The CameraPath of a camera that stands."""
    return CameraPath(np.broadcast_to(np.eye(3), (frames, 3, 3)), np.ones(frames), 0.0)


def camera_path(observations, camera, image_size):
    """What the take holds of the background, and intrinsics -> CameraPath."""
    if not any(len(seen.background.points) for seen in observations):
        return still(len(observations))
    path = _followed(observations, camera, image_size, zooming=True)
    if np.ptp(np.log(path.zoom)) < NO_ZOOM:
        return turning(observations, camera, image_size)
    return _about_the_mean(path, np.cumsum([seen.cut for seen in observations]))


def turning(observations, camera, image_size):
    """The CameraPath that explains the background best without a zoom."""
    path = _followed(observations, camera, image_size, zooming=False)
    path = _about_the_mean(path, np.cumsum([seen.cut for seen in observations]))
    turned = np.linalg.norm(log(path.R), axis=-1)
    return still(len(observations)) if turned.max() < STILL else path


def _followed(observations, camera, image_size, zooming):
    """CameraPath with the first picture of each shot as reference."""
    focal, longer = np.diag(camera.K)[:2], max(image_size)
    R, zoom = np.empty((len(observations), 3, 3)), np.ones(len(observations))
    row_of = {seen.index: row for row, seen in enumerate(observations)}
    errors, last, before = [], (np.eye(3), 1.0), (NO_KEY,)
    for row, seen in enumerate(observations):
        found = seen.background
        if seen.cut:
            last = (np.eye(3), 1.0)
        if found.key != NO_KEY and found.key in row_of:
            key = row_of[found.key]
            last = R[key], zoom[key]
            if len(found.points) >= LEAST:
                ideal = undistort_pixels(found.points.reshape(-1, 2, 2), camera.K, camera.dist)
                rays = (ideal - camera.K[:2, 2]) / focal
                places = rays[:, 0] / last[1], rays[:, 1] / last[1]
                guess = before[1:] if before[0] == key else ()
                turn, larger, error = solved(*places, OFF * longer / focal[0], zooming, *guess)
                before, last = (key, turn, larger), (last[0] @ turn.T, last[1] * larger)
                errors.append(error * focal[0] / longer)
        R[row], zoom[row] = last
    return CameraPath(R, zoom, float(np.median(errors)) if errors else 0.0)


def solved(start, end, off, zooming, R=np.eye(3), zoom=1.0):
    """Turn R (3,3) from the axes of one picture to those of another, factor of the focal length, median error.

    start, end    (M,2) places of the matches in both, in focal lengths of the first, from the middle
    off           error at which a match counts half, in the same unit
    R, zoom       where to start
    """
    rays = np.append(start, np.ones((len(start), 1)), 1)
    grown = np.log(zoom)
    for _ in range(ROUNDS):
        X = rays @ R.T
        x = np.exp(grown) * X[:, :2] / X[:, 2:]
        r = x - end
        weight = 1 / (1 + (r * r).sum(-1) / off**2) ** 2
        J = _jacobian(X, x, np.exp(grown))[..., : 3 + zooming]
        J, weights = J.reshape(2 * len(X), -1), np.repeat(weight, 2)
        Jw = J.T * weights
        step = -np.linalg.solve(Jw @ J + 1e-9 * np.eye(3 + zooming), Jw @ r.ravel())
        R, grown = exp(step[:3]) @ R, grown + (step[3] if zooming else 0.0)
        if np.abs(step).max() < CLOSE:
            break
    return R, float(np.exp(grown)), float(np.median(np.linalg.norm(r, axis=-1)))


def lens_scores(observations, image_size, ratios):
    """Log likelihood (n,) of W / f at ratios (n,), W = longer side: a camera that turns calibrates itself.

    Only with the right focal length one turn explains all matches of a picture (Hartley 1994). None where
    the camera hardly turned; weak where turning explains little.
    """
    longer = max(image_size)
    middle = (np.array(image_size) - 1) / 2
    shown = [
        seen.background.points for seen in observations if len(seen.background.points) >= LEAST
    ]
    ways = [np.median(np.linalg.norm(p[:, 2:] - p[:, :2], axis=-1)) / longer for p in shown]
    chosen = [shown[row] for row in np.argsort(ways)[::-1][:SHOWN] if ways[row] > LEAST_WAY]
    if not chosen:
        return None
    errors = np.array(
        [[_unexplained(p, ratio, longer, middle) for p in chosen] for ratio in ratios]
    )
    error = errors.mean(1)
    return -STRENGTH * error / (1 + error.min() / CLEAN) * len(chosen) / SHOWN


def _unexplained(points, ratio, longer, middle):
    """Share 0..1 of a picture's matches (M,4) that no turn explains, at one W / f."""
    start, end = np.moveaxis((points.reshape(-1, 2, 2) - middle) / longer * ratio, 1, 0)
    R, _, _ = solved(start, end, OFF * ratio, False)
    X = np.append(start, np.ones((len(start), 1)), 1) @ R.T
    square = ((X[:, :2] / X[:, 2:] - end) ** 2).sum(-1) / (OFF * ratio) ** 2
    return float((square / (1 + square)).mean())


def _jacobian(X, x, zoom):
    """(M,2,4) derivative of x = zoom X_xy / X_z by a turn exp(w) X and the logarithm of the zoom."""
    inverse = 1 / X[:, 2]
    by_X = np.zeros((len(X), 2, 3))
    by_X[:, 0, 0] = by_X[:, 1, 1] = zoom * inverse
    by_X[:, :, 2] = -x * inverse[:, None]
    return np.concatenate([by_X @ hat(-X), x[..., None]], -1)  # w x X = hat(-X) w


def _about_the_mean(path, shot):
    """The same with the mean direction of each shot as reference."""
    R = path.R.copy()
    for one in np.unique(shot):
        U, _, Vt = np.linalg.svd(R[shot == one].sum(0))
        mean = U @ np.diag([1, 1, np.linalg.det(U @ Vt)]) @ Vt
        R[shot == one] = mean.T @ R[shot == one]
    return replace(path, R=R)
