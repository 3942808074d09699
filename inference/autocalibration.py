"""The camera of a clip whose camera nobody knows: focal length and up, from people, lines and the file.

`calibrated` comes before the fit, `level_world` after it.
"""

from dataclasses import fields, replace

import numpy as np

from . import clues, contacts, focal, ground, heights, manhattan, perspective, proportions
from .camera import ASSUMED, Camera, make
from .kinematics import forward
from .rotations import exp, log
from .skeleton import NUM_ROOT, Body, universal_body

MOST_PEOPLE = 6  # whose perspective is looked at: the largest
LEAST_LINES = 5
SOLE = 0.04  # [m] from heel and toe keypoints of shod people to the ground, of rendered people with truth
LEAST_DROP = 0.2  # [m] of a foot below the camera
LEAST_FRAMES = 5
SURE = 0.3
SCALES = (0.7, 1.3)  # of a stature against what was expected
FAR = 0.1  # from the usual place, in distances to the camera
CALM = 1.0  # [s]
AHEAD = np.array([0.0, 0.0, 1.0])  # where a camera looks
ORIGIN = np.zeros(3)
KNOWN = np.radians([0.1, 0.1])  # of up where the user calibrated the camera


def calibrated(evidence, time_s, clip, camera):
    """Camera with a focal length estimated where it was only assumed, and Up in the axes of the camera.

    evidence   of the frames that may be looked at; clip: image_size, clues
    """
    camera = focal_length(evidence, time_s, clip, camera)
    return camera, up_direction(evidence, time_s, clip, camera)


def focal_length(evidence, time_s, clip, camera):
    """Camera with a focal length estimated where it was only assumed."""
    if not is_assumed(camera):
        return camera
    told = told_of_lens(evidence, time_s, clip)
    return with_lenses([told], clip, camera)[0]


def is_assumed(camera):
    """Whether nothing is known of the camera."""
    return height_above_ground(camera) is None and camera.source == ASSUMED


def up_direction(evidence, time_s, clip, camera):
    """Up in the axes of the camera."""
    if height_above_ground(camera) is not None:
        return ground.Up(camera.R_camera_world[:, 2], KNOWN)
    lines = _lines(evidence, clip)
    up = ground.up_of_people(evidence, time_s, camera.K)
    if len(lines) < LEAST_LINES:
        return up
    ratio = max(clip.image_size) / camera.K[0, 0]
    R = manhattan.best_frames(lines, clip.image_size, [ratio], up)[1][0]
    return replace(up, direction=R[:, 2])


def height_above_ground(camera):
    """Height [m] of a camera whose pose was given; None where it is at the world's origin: unknown."""
    height = float(camera.T_world_camera[2, 3])
    return height if np.any(camera.T_world_camera[:3, 3]) and height > 0 else None


def bodies_on_ground(evidence, time_s, camera, up, typed):
    """Body of P people as tall as the networks, the common ground and the user (typed (P,), NaN) say."""
    shown = proportions.statures(evidence)
    above = height_above_ground(camera)
    found = heights.statures(evidence, time_s, camera.K, up, shown, typed, above)
    return universal_body(found.reshape(-1))


def told_of_lens(evidence, time_s, clip, turns=None):
    """What a shot's people, straight lines and own turns tell of its focal length -> `focal.Told`.

    turns    log likelihood at `focal.RATIOS` of what its own turns say, None = nothing
    """
    strengths, lines = _strengths(evidence, time_s, clip.image_size), _lines(evidence, clip)
    other = np.zeros(len(focal.FINE)) if turns is None else focal.at_fine(turns)
    if len(lines) >= LEAST_LINES:
        likely = focal.Belief(
            focal.prior(clip.clues.focal_35mm) + focal.of_bodies(strengths) + other
        )
        K = make(clip.image_size, focal=max(clip.image_size) / likely.ratio).K
        up = ground.up_of_people(evidence, time_s, K)
        scores, _ = manhattan.best_frames(lines, clip.image_size, focal.RATIOS, up)
        other = other + focal.at_fine(scores)
    return focal.Told(tuple(strengths), other)


def with_lenses(told, clip, camera):
    """What each shot told -> [Camera] whose `source` tells how far it is known.

    Where next to nothing is seen the camera is as it was.
    """
    tagged = clip.clues.focal_35mm
    found = []
    for belief in focal.beliefs(told, focal.prior(tagged)):
        K = make(clip.image_size, focal=max(clip.image_size) / belief.ratio).K
        kind = "estimated" if tagged is None else "from the file"
        source = f"{kind}, +-{100 * belief.spread:.0f} %"
        known = Camera(K, camera.dist, camera.T_world_camera, source)
        found.append(known if belief.tells else camera)
    return found


def _lines(evidence, clip):
    """(n,4) the clip's straight lines that are not people's."""
    seen = np.flatnonzero(evidence.present.any(0))
    boxes = evidence.box[evidence.present[:, seen[0]], seen[0]] if len(seen) else np.zeros((0, 4))
    return clues.beside_people(clip.clues.lines, boxes)


def _strengths(evidence, time_s, image_size):
    """`perspective.Strength` of the largest people."""
    size = np.nansum(np.where(evidence.present, evidence.height_px, 0.0), axis=1)
    body = proportions.bodies(evidence)
    found = []
    for person in np.argsort(-size)[:MOST_PEOPLE]:
        one = Body(*(np.asarray(getattr(body, f.name)[person]) for f in fields(Body)))
        seen = perspective.strength(evidence, person, one, time_s, image_size, focal.USUAL)
        found += [seen] if seen else []
    return found


def stand_on_ground(q, time_s, body, evidence, camera, typed):
    """Who is seen by a camera of known height is put where the rays through the feet meet z = 0 -> q, Body.

    The rays tell the place better than the size does, and the stature follows; whose stature was typed
    (P,), NaN where not, stays. Moved and scaled about the camera, so that the picture stays nearly as it is;
    slowly over time, and not far: a foot in the air or on a stair says something else. Looks into the future.
    q (P,T,D), body of P people
    """
    centre, above = camera.T_world_camera[:3, 3], height_above_ground(camera)
    if above is None:
        return q, body
    drop = above - _feet(q, body)[..., 2]
    sure = evidence.confidence[..., contacts.FEET] > SURE
    lowest = np.where(sure & np.isfinite(drop), drop, 0.0).max(-1)  # (P,T)
    moved, scale = q.copy(), np.ones(len(q))
    for person in np.flatnonzero(~np.isfinite(typed)):
        frames = np.flatnonzero(lowest[person] > LEAST_DROP)
        if len(frames) < LEAST_FRAMES:
            continue
        wanted = np.clip((above - SOLE) / lowest[person, frames], *SCALES)
        scale[person] = usual = np.median(wanted)
        near = np.clip(wanted, usual * (1 - FAR), usual * (1 + FAR))
        calm = calmed(near, time_s[frames], CALM)
        along = np.interp(time_s, time_s[frames], calm)[:, None]
        moved[person, :, :3] = centre + along * (q[person, :, :3] - centre)
    values = (np.asarray(getattr(body, f.name), float) for f in fields(Body))
    return moved, Body(*(v * scale.reshape(-1, *[1] * (v.ndim - 1)) for v in values))


def calmed(values, times, window):
    """Values (n,) at times (n,) [s]: the median, then the mean over a window [s]."""
    for average in (np.median, np.mean):
        first, end = (np.searchsorted(times, times + way * window / 2) for way in (-1, 1))
        values = np.array([average(values[a : max(b, a + 1)]) for a, b in zip(first, end)])
    return values


def level_world(q, contact, body, evidence, camera, up, view=AHEAD, start=ORIGIN):
    """Turns the world so that people stand upright, on z = 0, with the camera above the origin -> q, Camera.

    q (P,T,D), contact (P,T,4); up: an Up in the axes of the camera; view (3,) there that becomes +Y, start
    (3,) there that comes to lie above the origin
    """
    R_old_camera = camera.T_world_camera[:3, :3]
    R_new_camera = ground.level_camera(up.direction, view)
    R_new_old = R_new_camera @ R_old_camera.T
    feet = _feet(q, body) - camera.T_world_camera[:3, 3]
    above = feet @ (R_old_camera @ up.direction)
    low = ground.ground_height(above, contact, evidence.confidence[..., contacts.FEET])
    t_new = np.array([0.0, 0.0, -low]) - R_new_camera @ start * [1, 1, 0]
    moved = q.copy()
    moved[..., :3] = (q[..., :3] - camera.T_world_camera[:3, 3]) @ R_new_old.T + t_new
    seen = np.isfinite(q[..., 0])
    moved[seen, 3:NUM_ROOT] = log(R_new_old @ exp(q[seen, 3:NUM_ROOT]))
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = R_new_camera, t_new
    return moved, replace(camera, T_world_camera=T)


def _feet(q, body):
    """q (P,T,D), NaN where absent -> heels and toes (P,T,4,3) [m] in the world."""
    feet = np.full((*q.shape[:2], len(contacts.FEET), 3), np.nan)
    for person in range(len(q)):
        seen = np.isfinite(q[person, :, 0])
        one = Body(*(np.asarray(getattr(body, f.name)[person]) for f in fields(Body)))
        feet[person, seen] = forward(q[person, seen], one).markers[:, contacts.FEET]
    return feet
