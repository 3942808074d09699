"""Feet that stand: when a sole rests in the source, the same sole of the target rests where it came down.

Two bones of other lengths swing a foot along another path even when their directions agree. Where a sole
rests it is held at least as still as there, at the source's height above the ground times the scale; and no
sole is deeper in the floor than the source's. What that asks of the body is given to the hips first, smoothly,
so that the legs keep their directions; what is left over (both feet down, hips of another width) is given to
the leg: thigh and shin turn in the plane of the knee.
Idea of constraints on feet that are blended out beside their stretch: Kovar, Schreiner and Gleicher 2002.
"""

import numpy as np

from ..inference import rotations

RESTING = 0.08  # legs per second: a sole that moves slower stands
LEAVING = 0.18  # and one that stands goes on standing up to this speed
RISING = 0.16  # legs per second that a foot is lifted out of the ground
SHORTEST = 0.10  # [s] of a stretch
EASING = 0.16  # [s] in which a held foot is let go
LEVEL = 0.15  # [s] before and after, over which what is stood on is level
STRIDE = 0.5  # [s] longer than a runner is in the air
DIP = 0.1  # of the leg's length: by so much a swinging sole may be too deep
CALM = 0.08  # [s] standard deviation of the smoothing of the hips' correction
SOFT = 0.05  # [s] the same of the lift of a foot
FREELY = 0.99  # of the leg's length: up to here it goes all the way
STRETCH = 0.9995  # of the leg's length: farther than this it does not reach


def resting(soles, leg, times):
    """When soles stand: soles (N,4,3) in the world, leg length, times (N,) [s] -> (N,4) bool."""
    if len(times) < 3:
        return np.zeros(soles.shape[:2], bool)
    speed = np.linalg.norm(np.gradient(soles, times, axis=0), axis=-1) / leg
    stands = np.zeros(speed.shape, bool)
    for point in range(speed.shape[1]):
        slow, slower = speed[:, point] < LEAVING, speed[:, point] < RESTING
        for stretch in stretches(slow):
            if slower[stretch].any() and times[stretch[-1]] - times[stretch[0]] >= SHORTEST:
                stands[stretch, point] = True
    return stands


def standing(person, times):
    """When the soles of a PersonMotion stand (N,4) bool, and the height that it stands on (N,).

    Between two stretches the floor goes straight from one to the next; 0 where nobody ever stands. But who has
    come down from somewhere and runs on is not above that any more: nobody is far under the floor.
    """
    stands = np.zeros(person.soles.shape[:2], bool)
    for part in person.shown():
        stands[part] = resting(person.soles[part], person.leg, times[part])
    on, floor = stands.any(1), np.zeros(len(times))
    lowest = np.where(stands, person.soles[..., 2], np.inf).min(1)
    for stretch in stretches(on):
        lowest[stretch] = _level(lowest[stretch], times[stretch])
    if on.any():
        floor = np.interp(times, times[on], lowest[on])
    for part in person.shown():
        under = _trodden(person.soles[part, :, 2].min(1), times[part])
        floor[part] = np.minimum(floor[part], under + DIP * person.leg)
    return stands, floor


def _level(heights, times):
    """Heights (N,) of what is stood on without the unrest of which sole rests: never above it, and smooth."""
    reach = _count(LEVEL, times)
    return _mean(_lowest(np.pad(heights, reach, mode="edge"), 2 * reach), reach)


def _trodden(heights, times):
    """Heights (N,) of the lowest sole without the steps of who runs, but with falls and climbs as they are."""
    reach = _count(STRIDE, times)
    ends = heights[: reach + 1].min(), heights[-reach - 1 :].min()
    padded = np.pad(heights, reach, constant_values=ends)
    before, after = _lowest(padded[:-reach], reach), _lowest(padded[reach:], reach)
    return _mean(np.maximum(before, after), _count(LEVEL, times))


def _count(seconds, times):
    """Keys in a time."""
    step = float(np.median(np.diff(times))) if len(times) > 1 else seconds
    return int(np.ceil(seconds / max(step, 1e-9)))


def _lowest(heights, reach):
    """(N - reach,) lowest of each key and `reach` more after it."""
    return np.lib.stride_tricks.sliding_window_view(heights, reach + 1).min(-1)


def _mean(heights, reach):
    """(N,) mean of `reach` keys before and after each."""
    padded = np.pad(heights, reach, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).mean(-1)


def stretches(flags):
    """List of index arrays: runs of True in flags (N,)."""
    indices = np.flatnonzero(flags)
    return np.split(indices, np.flatnonzero(np.diff(indices) > 1) + 1) if len(indices) else []


def wanted(soles, model, stands, times, fastest):
    """How far each foot has to be moved (N,2,3), and how firmly that is asked (N,2) 0..1.

    soles    (N,4,3) of the target as its joints put them
    model    (N,4,3) of the source, scaled; over the ground only how they move counts
    stands   (N,4) bool
    fastest  speed that a held sole may have, however the source's creeps
    """
    shift, weight = np.zeros((len(times), 2, 3)), np.zeros((len(times), 2))
    for foot in range(2):
        points = slice(2 * foot, 2 * foot + 2)
        own, there, rests = soles[:, points], model[:, points], stands[:, points]
        on = rests.any(1)
        held = np.zeros((len(times), 3))
        for stretch in stretches(on):
            held[stretch, :2] = _held(own, there, rests, stretch, times, fastest)
        firm = np.column_stack([eased(rests[:, point], times) for point in range(2)]) + 1e-9
        held[:, 2] = ((there - own)[..., 2] * firm).sum(1) / firm.sum(1)
        shift[:, foot] = carried_over(held, on, times)
        weight[:, foot] = eased(on, times)
    return shift, weight


def _held(soles, model, stands, stretch, times, fastest):
    """(S,2) shift over the ground of one foot in a stretch, by which its resting points stay where they are.

    From key to key the points that rest at both move as the source's do, at most `fastest`. Which point rests
    may change, from heel to ball: the shift goes on from where it was. On average it is 0.
    """
    step = np.diff(model[stretch, :, :2], axis=0)
    length = np.linalg.norm(step, axis=-1, keepdims=True)
    most = fastest * np.diff(times[stretch])[:, None, None]
    step = step * np.minimum(1.0, most / np.maximum(length, 1e-12))
    asked = step - np.diff(soles[stretch, :, :2], axis=0)
    both = (stands[stretch][1:] & stands[stretch][:-1])[..., None]
    change = (asked * both).sum(1) / np.maximum(both.sum(1), 1)
    shift = np.concatenate([np.zeros((1, 2)), np.cumsum(change, axis=0)])
    return shift - shift.mean(0)


def lift(soles, model, floor, times, fastest):
    """(N,2) how far each foot has to rise so that no sole is deeper in the floor than the source's.

    It rises no faster than `fastest`, and begins in time and softly: a straight knee would snap.
    soles, model (N,4,3) in the target's world, floor (N,) height there
    """
    lowest = np.minimum(model[..., 2], floor[:, None]) - soles[..., 2]
    needed, way = np.maximum(lowest.reshape(-1, 2, 2).max(2), 0.0), fastest * times[:, None]
    falling = np.maximum.accumulate(needed + way) - way
    rising = np.maximum.accumulate((needed - way)[::-1])[::-1] + way
    return np.maximum(needed, _smoothed(np.maximum(falling, rising), times, SOFT))


def carried_over(shift, on, times):
    """Between stretches straight from one shift to the next; the first and last go on."""
    if not on.any():
        return np.zeros_like(shift)
    return np.column_stack([np.interp(times, times[on], shift[on, axis]) for axis in range(3)])


def eased(on, times):
    """(N,) 1 on the stretches, down to 0 within EASING beside them, softly."""
    if not on.any():
        return np.zeros(len(times))
    edges = times[on]
    after = np.searchsorted(edges, times)
    near = np.minimum(
        np.abs(times - edges[np.clip(after, 0, len(edges) - 1)]),
        np.abs(times - edges[np.clip(after - 1, 0, len(edges) - 1)]),
    )
    return 0.5 + 0.5 * np.cos(np.pi * np.clip(near / EASING, 0.0, 1.0))


def hips_shift(shift, weight, times):
    """(N,3) how far the hips move so that resting feet need to move as little as possible; smooth."""
    total = weight.sum(1)
    known = total > 1e-3
    if not known.any():
        return np.zeros((len(times), 3))
    mean = (shift * weight[..., None]).sum(1)[known] / total[known, None]
    filled = np.column_stack([np.interp(times, times[known], mean[:, a]) for a in range(3)])
    return _smoothed(filled, times, CALM)


def _smoothed(values, times, deviation):
    """Gaussian over time, (N,C); its standard deviation [s]."""
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    reach = min(int(np.ceil(3 * deviation / step)), 200)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / deviation) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    smooth = [np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T]
    return np.column_stack(smooth)


def reach(hip, knee, ankle, goal, bend_axis):
    """Rotations of thigh and shin (N,3,3) each, by which the ankle comes to the goal.

    Law of cosines for the knee in the plane that it bends in, then the smallest rotation of the whole leg.
    hip, knee, ankle, goal  (N,3); bend_axis (N,3) about which the knee bends, unit
    Goals out of reach are approached as far as the leg is long: softly, or the knee would snap straight.
    """
    upper = np.linalg.norm(knee - hip, axis=-1)
    lower = np.linalg.norm(ankle - knee, axis=-1)
    least, most = np.abs(upper - lower) + 1e-6, STRETCH * (upper + lower)
    now = np.linalg.norm(ankle - hip, axis=-1)
    asked = np.maximum(np.linalg.norm(goal - hip, axis=-1), least)
    freely = np.maximum(now, FREELY * (upper + lower))
    room = np.maximum(most - freely, 1e-9)
    over = -room * np.expm1(-np.maximum(asked - freely, 0.0) / room)
    asked = np.minimum(asked, freely + over)
    at_hip = _corner(upper, asked, lower) - _corner(upper, now, lower)
    at_knee = _corner(upper, lower, asked) - _corner(upper, lower, now)
    thigh = rotations.exp(-at_hip[:, None] * bend_axis)
    shin = rotations.exp((-at_hip - at_knee)[:, None] * bend_axis)
    foot = hip + _apply(thigh, knee - hip) + _apply(shin, ankle - knee)
    swing = rotations.between(foot - hip, goal - hip)
    return swing @ thigh, swing @ shin


def _corner(a, b, opposite):
    """Angle between sides a and b of a triangle."""
    cosine = (a * a + b * b - opposite * opposite) / (2 * a * b)
    return np.arccos(np.clip(cosine, -1.0, 1.0))


def _apply(R, v):
    return np.einsum("nij,nj->ni", R, v)
