"""Which parts of the feet stand on something, found from the solved motion, and where they stand.

A planted point keeps its place, wherever that is: people stand on beams, stairs and roofs, so no ground is
needed. The speed is judged across the view, where it is known well; depth only has to be not wild.
"""

import numpy as np

from .keypoints import indices

FEET = indices(["heel_l", "big_toe_l", "heel_r", "big_toe_r"])  # the order of Motion.contact
PLANTED, LIFTED = (
    0.20,
    0.40,
)  # [m/s] across the view: below stands, above moves, between stays as it was
WILD = 1.2  # [m/s] in depth: moves, whatever the picture shows
SHORTEST = 0.12  # [s] of a contact
SPAN = 0.05  # [s] either side over which speed is measured


def detect(feet, view, time_s):
    """(T,4) bool from feet (T,4,3) [m] in the world.

    view (3,): the camera's z axis in the world; hysteresis between PLANTED and LIFTED
    """
    velocity = _velocity(feet, time_s)
    depth = np.abs(velocity @ view)
    across = np.linalg.norm(velocity - (velocity @ view)[..., None] * view, axis=-1)
    still = (across < PLANTED) & (depth < WILD)
    moving = ~((across < LIFTED) & (depth < WILD))
    contact = np.zeros(still.shape, bool)
    for t in range(len(contact)):
        before = contact[t - 1] if t else np.zeros(still.shape[1], bool)
        contact[t] = np.where(still[t], True, np.where(moving[t], False, before))
    for point in range(contact.shape[1]):
        for first, end in intervals(contact[:, point]):
            if time_s[end - 1] - time_s[first] < SHORTEST:
                contact[first:end, point] = False
    return contact


def _velocity(points, time_s):
    """Central differences (T,n,3) [m/s] over about 2 x SPAN."""
    rows = np.arange(len(points))
    step = (
        max(1, int(round(SPAN / max(np.median(np.diff(time_s)), 1e-6)))) if len(points) > 1 else 1
    )
    before, after = np.maximum(rows - step, 0), np.minimum(rows + step, len(points) - 1)
    elapsed = np.maximum(time_s[after] - time_s[before], 1e-6)
    return (points[after] - points[before]) / elapsed[:, None, None]


def intervals(flags):
    """Runs of True in (T,) as [(first, end)], end not included."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2])]


def anchors(feet, contact):
    """Where planted points stand: the median place of each contact, (T,4,3); 0 where there is none."""
    places = np.zeros_like(feet)
    for point in range(feet.shape[1]):
        for first, end in intervals(contact[:, point]):
            places[first:end, point] = np.median(feet[first:end, point], axis=0)
    return places
