"""How tall people are, from where they stand on a common ground (Mehta 2020, 8.3.2).

The ray through the feet meets the ground; on a billboard there the ray through the head gives the height, in
heights of the camera above the ground. How high that is comes from everybody together: most people are
adults, the smaller ones may be children. The posterior is summed up over a grid of heights and
tilts of the camera. Of one person before an unknown camera the ground tells nothing.
"""

from dataclasses import dataclass

import numpy as np

from .contacts import FEET
from .ground import Up, standing_feet, tangents, turned_to_camera, upright_frames
from .keypoints import INDEX

ADULT = 0.055  # spread of the logarithm of an adult's stature about what the networks show: 1.70 +- 0.09 m
CHILD, CHILD_SPREAD, CHILDREN = np.log(1.15), 0.2, 0.08  # logarithm, its spread, share of people
POSTURE = 0.04  # relative error of the height in one moment
HABIT = 0.025  # the same of all moments of a person
TYPED = 0.005  # the same of a stature that the user typed
UNEVEN = 0.10  # [m] by which the ground is higher or lower below a person
LEVELLED = 0.03  # [m] the same where the user calibrated the camera to the ground
APART = 0.5  # [s] between moments of which each says something new
HEAD_SEEN = 0.4
LOWEST_RAY = np.sin(np.radians(0.3))  # below the horizon, for a foot to have a place on the ground
CAMERA_HEIGHTS = np.geomspace(0.15, 30.0, 160)  # [m]
TILTS = np.linspace(-2.5, 2.5, 21)  # in spreads of up along the view
CROWN = 1.0 / 0.985  # stature by the height of the crown of somebody who walks
DIRECTLY = np.cos(np.radians(60.0))  # seen from more above than this, billboards do not work


@dataclass(frozen=True)
class Rays:
    """Rays (n,3), axes of the camera, to the feet and the head of one person who stands."""

    foot: np.ndarray
    head: np.ndarray
    times: np.ndarray  # (n,) [s]


def statures(evidence, time_s, K, up, shown, typed, camera_height=None):
    """Stature of each person [m], (P,).

    up: an Up in the axes of the camera; shown (P,) as the networks show them; typed (P,) by the user, NaN
    where not; camera_height [m] above the ground, None = unknown
    """
    heights, tilts, uneven = CAMERA_HEIGHTS, TILTS, UNEVEN
    if camera_height is not None:
        heights, tilts, uneven = np.array([camera_height]), np.zeros(1), LEVELLED
    elif len(shown) < 2:
        return np.where(np.isfinite(typed), typed, shown)
    ups = [_tilted(up, tilt) for tilt in tilts]
    density, means = np.repeat(-0.5 * tilts[:, None] ** 2, len(heights), 1), []
    for person, is_typed in enumerate(np.isfinite(typed)):
        rays = rays_of(evidence, person, time_s, K)
        seen = [seen_height(rays, direction) for direction in ups]
        parts = [(1.0, np.log(typed[person]), TYPED)] if is_typed else adult_or_child(shown[person])
        likely, mean = _posterior(seen, heights, parts, uneven)
        density, means = density + likely, [*means, mean]
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    found = np.exp([float((weight * mean).sum()) for mean in means])
    return np.where(np.isfinite(typed), typed, found)


def adult_or_child(shown):
    """What is known of a stature that the networks show: [(share, mean of its logarithm, spread)]."""
    return [(1 - CHILDREN, np.log(shown), ADULT), (CHILDREN, CHILD, CHILD_SPREAD)]


def rays_of(evidence, person, time_s, K):
    """Rays of the moments in which somebody stands upright, feet and head in the picture."""
    frames = np.flatnonzero(evidence.present[person])
    X = turned_to_camera(evidence, person, frames, K)
    stands = standing_feet(evidence, person, frames, time_s[frames], X)
    px, confidence = evidence.px_ideal[person][frames], evidence.confidence[person][frames]
    head = INDEX["head_top"]
    used = upright_frames(X) & stands.any(1) & (confidence[:, head] > HEAD_SEEN)
    used &= np.isfinite(px[:, head]).all(-1)
    weight = stands[used] / stands[used].sum(1, keepdims=True)
    feet = (np.nan_to_num(px[used][:, FEET]) * weight[..., None]).sum(1)
    return Rays(_ray(feet, K), _ray(px[used][:, head], K), time_s[frames][used])


def seen_height(rays, up):
    """Logarithm of a person's height in heights of the camera: mean, its variance, and how unlike the moments are.

    -> None where no moment tells it.
    """
    drop = -(rays.foot @ up)
    ahead = rays.foot - (rays.foot @ up)[:, None] * up  # horizontal
    along = (rays.head * ahead).sum(-1)
    usable = (drop > LOWEST_RAY) & (along > 0) & (np.linalg.norm(ahead, axis=-1) > 1 - DIRECTLY)
    if not usable.any():
        return None
    place = ahead[usable] / drop[usable, None]  # of the feet, from below the camera, in its heights
    farther = (place * ahead[usable]).sum(-1) / along[usable]
    crown = 1 + farther * (rays.head[usable] @ up)
    above = crown > 0.05
    if not above.any():
        return None
    logs = np.log(crown[above] * CROWN)
    times = rays.times[usable][above]
    looks = min(len(logs), 1 + np.ptp(times) / APART)
    centre = np.median(logs)
    error = np.clip(logs - centre, -3 * POSTURE, 3 * POSTURE)
    mean = centre + error.mean()
    unlike = looks * (error**2).mean() / POSTURE**2
    return mean, POSTURE**2 / looks + HABIT**2, unlike


def _posterior(seen, heights, parts, uneven):
    """Of one person: log likelihood (tilts, heights) and log stature there, as the likeliest of `parts` says."""
    likely = np.zeros((len(seen), len(heights)))
    means = np.full(likely.shape, parts[0][1])
    for row, found in enumerate(seen):
        if found is None:
            continue
        mean, variance, unlike = found
        at, noise = mean + np.log(heights), variance + (uneven / heights) ** 2
        total = np.array(
            [
                np.log(w) - 0.5 * ((at - m) ** 2 / (noise + v * v) + np.log(noise + v * v))
                for w, m, v in parts
            ]
        )
        best = np.array([(at * v * v + m * noise) / (noise + v * v) for _, m, v in parts])
        likely[row] = np.logaddexp.reduce(total) - 0.5 * unlike
        means[row] = np.take_along_axis(best, total.argmax(0)[None], 0)[0]
    return likely, means


def _tilted(up: Up, tilt):
    """Up, tilted by so many spreads along the view."""
    _, along = tangents(up.direction)
    direction = up.direction + np.tan(tilt * up.spread[1]) * along
    return direction / np.linalg.norm(direction)


def _ray(px, K):
    ray = np.append((px - K[:2, 2]) / np.diag(K)[:2], np.ones((len(px), 1)), 1)
    return ray / np.linalg.norm(ray, axis=-1, keepdims=True)
