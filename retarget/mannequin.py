"""A simple artist's mannequin over a rest pose: rounded solids, each moved rigidly by one bone.

Pure geometry. A solid is a stack of elliptic rings along an axis, closed at both ends. Radii and
lengths are fractions of the person's stature, so a solid keeps its girth when its bone is longer.
"""

from dataclasses import dataclass

import numpy as np

from .rest_pose import FORWARD

SEGMENTS = 16  # corners of a ring
CAP_RINGS = 3  # rings of a rounded end
STEPS = np.array([[0.0], [1 / 3], [2 / 3]])  # rings from one station towards the next
SPLINE = np.hstack([STEPS**power for power in range(4)]) @ (
    np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
)  # weights of the stations around each ring
TURN = np.arange(SEGMENTS) * 2 * np.pi / SEGMENTS

BODY, JOINT = 0, 1  # material slots

# bone: solids from its head to its tail. stations (share of the bone's length, half width, half depth)
# [statures]; width lies across the bone's Z axis, depth along it
LIMBS = {
    "neck": [(-0.30, 0.031, 0.033), (1.10, 0.027, 0.030)],
    "clavicle": [(0.10, 0.017, 0.019), (0.85, 0.026, 0.028)],
    "upper_arm": [(0.08, 0.031, 0.033), (0.35, 0.029, 0.032), (0.92, 0.022, 0.023)],
    "forearm": [(0.07, 0.022, 0.023), (0.28, 0.025, 0.026), (0.97, 0.014, 0.017)],
    "thigh": [(0.02, 0.047, 0.050), (0.25, 0.049, 0.053), (0.90, 0.031, 0.034)],
    "shin": [
        (0.05, 0.030, 0.032),
        (0.28, 0.031, 0.036),
        (0.60, 0.025, 0.027),
        (0.94, 0.017, 0.020),
    ],
}
FINGER = [(0.0, 0.0052, 0.0052), (0.94, 0.0044, 0.0044)]
LIMBS |= dict.fromkeys(("f_index", "f_middle", "f_ring", "f_pinky"), FINGER)
LIMBS["thumb"] = [(0.0, 0.0068, 0.0068), (0.94, 0.0054, 0.0054)]
# joint balls: bone -> radius [statures], at the bone's head
BALLS = {"upper_arm": 0.031, "forearm": 0.022, "thigh": 0.040, "shin": 0.031, "foot": 0.021}
# half width, half depth, half height of the parts of the head [statures]
SKULL, JAW, NOSE = np.array([[0.046, 0.056, 0.057], [0.036, 0.038, 0.042], [0.008, 0.012, 0.019]])
LIMB_ROUNDING = 0.6  # length of a rounded end over its radius


@dataclass(frozen=True)
class Mannequin:
    """A mesh of V corners and F faces, turned outwards."""

    vertices: np.ndarray  # (V,3) [m]
    faces: np.ndarray  # (F,4) int, -1 in the last place = a triangle
    bone: np.ndarray  # (V,) index of the bone that moves the corner
    material: np.ndarray  # (F,) BODY or JOINT


def mannequin(rest):
    """RestPose -> Mannequin."""
    return joined([solid for joint in range(len(rest.names)) for solid in solids(rest, joint)])


def joined(parts):
    """Solids [(bone index, (corners, faces), material)] -> one Mannequin."""
    sizes = [len(corners) for _, (corners, _), _ in parts]
    starts = np.cumsum([0, *sizes[:-1]])
    faces = [
        np.where(f < 0, -1, f + start) for (_, (_, f), _), start in zip(parts, starts, strict=True)
    ]
    return Mannequin(
        vertices=np.concatenate([corners for _, (corners, _), _ in parts]),
        faces=np.concatenate(faces),
        bone=np.repeat([bone for bone, _, _ in parts], sizes),
        material=np.repeat([material for _, _, material in parts], [len(f) for f in faces]),
    )


def solids(rest, joint):
    """The solids of one bone, [(bone index, (corners, faces), material)]."""
    name, size = rest.names[joint].partition(".")[0], rest.height
    head, tail = rest.heads[joint], rest.tails[joint]
    frame = _bone_axes(tail - head, rest.roll_axes[joint])
    found = []
    if name in LIMBS:
        length = np.linalg.norm(tail - head)
        stations = [(share * length, w * size, d * size) for share, w, d in LIMBS[name]]
        found.append((joint, _loft(head, frame, stations, LIMB_ROUNDING), BODY))
    if name in BALLS:
        found.append((joint, _ellipsoid(head, frame, np.full(3, BALLS[name] * size)), JOINT))
    if name in SHAPES:
        found += [(joint, solid, BODY) for solid in SHAPES[name](rest, joint, size)]
    return found


def _pelvis(rest, joint, size):
    """From hip to hip and up to the waist."""
    hips = rest.heads[rest.index("thigh.L")], rest.heads[rest.index("thigh.R")]
    middle = (hips[0] + hips[1]) / 2
    half = np.linalg.norm(hips[0] - hips[1]) / 2
    waist = rest.heads[rest.index("spine")][2] - middle[2]
    stations = [
        (-0.022 * size, half + 0.024 * size, 0.046 * size),
        (0.015 * size, half + 0.043 * size, 0.056 * size),
        (waist, half + 0.020 * size, 0.049 * size),
    ]
    return [_loft(middle, UPRIGHT, stations, 0.5)]


def _spine(rest, joint, size):
    """The belly, a little slimmer than what is above and below."""
    length = np.linalg.norm(rest.tails[joint] - rest.heads[joint])
    stations = [
        (-0.01 * size, 0.068 * size, 0.047 * size),
        (0.5 * length, 0.066 * size, 0.047 * size),
        (length + 0.01 * size, 0.070 * size, 0.049 * size),
    ]
    return [_loft(rest.heads[joint], UPRIGHT, stations, 0.4)]


def _chest(rest, joint, size):
    """The rib cage, as wide above as the shoulders leave room."""
    shoulders = rest.heads[rest.index("upper_arm.L")], rest.heads[rest.index("upper_arm.R")]
    half = np.linalg.norm(shoulders[0] - shoulders[1]) / 2
    length = rest.tails[joint][2] - rest.heads[joint][2]
    stations = [
        (0.005 * size, 0.070 * size, 0.050 * size),
        (0.38 * length, max(half - 0.022 * size, 0.05 * size), 0.062 * size),
        (0.74 * length, max(half - 0.018 * size, 0.05 * size), 0.060 * size),
        (0.97 * length, max(half - 0.048 * size, 0.03 * size), 0.042 * size),
    ]
    return [_loft(rest.heads[joint], UPRIGHT, stations, 0.5)]


def _head(rest, joint, size):
    """Skull, jaw and a nose that shows where the face is."""
    up, forward = np.array([0, 0, size]), FORWARD * size
    base = rest.heads[joint]
    skull = _ellipsoid(base + 0.073 * up + 0.000 * forward, UPRIGHT, size * SKULL)
    jaw = _ellipsoid(base + 0.040 * up + 0.016 * forward, UPRIGHT, size * JAW)
    tilt = _bone_axes(np.array([0.0, 0.38, 1.0]), FORWARD)
    nose = _ellipsoid(base + 0.055 * up + 0.050 * forward, tilt, size * NOSE)
    return [skull, jaw, nose]


def _hand(rest, joint, size):
    """Palm and closed fingers, palm down in the rest pose, thumb forward; where fingers have bones, the palm."""
    head, along = rest.heads[joint], rest.tails[joint] - rest.heads[joint]
    frame = _bone_axes(along, rest.roll_axes[joint])
    along = along / np.linalg.norm(along) * size
    # the bone's Z is forward: half width is the thickness of the hand, half depth its breadth
    palm = [(0.006 * size, 0.010 * size, 0.016 * size), (0.045 * size, 0.010 * size, 0.024 * size)]
    fingers = [
        (0.050 * size, 0.009 * size, 0.023 * size),
        (0.092 * size, 0.006 * size, 0.017 * size),
    ]
    if (rest.parents == joint).any():
        return [_loft(head, frame, [palm[0], (0.050 * size, 0.009 * size, 0.023 * size)], 0.6)]
    root = head + 0.016 * along + FORWARD * 0.014 * size
    thumb = _bone_axes(along * 0.72 + FORWARD * 0.70 * size, rest.roll_axes[joint])
    thumb_stations = [(0, 0.008 * size, 0.009 * size), (0.036 * size, 0.006 * size, 0.006 * size)]
    return [
        _loft(head, frame, palm, 0.6),
        _loft(head, frame, fingers, 0.7),
        _loft(root, thumb, thumb_stations, 0.9),
    ]


def _foot(rest, joint, size):
    """From the heel to the ball of the foot, flat on the floor."""
    head, ball = rest.heads[joint], rest.tails[joint]
    length = abs(ball[1] - head[1])
    drop = head[2] - ball[2] + 0.010 * size
    origin = np.array([head[0], head[1], ball[2] - 0.010 * size])
    stations = [  # towards the toes; centre line is lifted by the half height of the station
        (-0.030 * size, 0.018 * size, 0.014 * size),
        (-0.004 * size, 0.021 * size, drop * 0.52),
        (0.55 * length, 0.024 * size, drop * 0.36),
        (length, 0.027 * size, 0.012 * size),
    ]
    return [_sole_loft(origin, stations, 0.5)]


def _toe(rest, joint, size):
    head = rest.heads[joint]
    length = np.linalg.norm(rest.tails[joint] - head)
    origin = head - np.array([0, 0, 0.010 * size])
    stations = [
        (-0.002 * size, 0.027 * size, 0.0115 * size),
        (0.75 * length, 0.021 * size, 0.008 * size),
    ]
    return [_sole_loft(origin, stations, 0.9)]


SHAPES = {
    "pelvis": _pelvis, "spine": _spine, "chest": _chest, "head": _head,
    "hand": _hand, "foot": _foot, "toe": _toe,
}  # fmt: skip


UPRIGHT = np.column_stack([[-1.0, 0, 0], FORWARD, [0, 0, 1.0]])  # width, depth, along


def _bone_axes(along, roll_axis):
    """Columns: width, depth (towards the roll axis), along the bone."""
    along = along / np.linalg.norm(along)
    depth = roll_axis - along * (roll_axis @ along)
    depth = depth / np.linalg.norm(depth)
    return np.column_stack([np.cross(depth, along), depth, along])


def _smooth(stations):
    """Stations (n,3) with more between them, on a curve that goes through all of them (Catmull-Rom)."""
    if len(stations) < 3:
        return stations
    first, last = 2 * stations[0] - stations[1], 2 * stations[-1] - stations[-2]
    points = np.concatenate([first[None], stations, last[None]])
    near = np.stack([points[:-3], points[1:-2], points[2:-1], points[3:]], 1)  # (n-1,4,3)
    return np.concatenate([(SPLINE @ near).reshape(-1, 3), stations[-1:]])


def _with_caps(stations, rounding):
    """Stations with rounded ends added: half ellipses of `rounding` x the end's smaller radius."""
    steps = np.linspace(0, np.pi / 2, CAP_RINGS + 1)[1:]
    first, last, rows = stations[0], stations[-1], list(stations)
    for end, sign, place in ((first, -1, 0), (last, 1, len(stations))):
        cap = [
            np.array([end[0] + sign * np.sin(a) * rounding * min(end[1:]), *(end[1:] * np.cos(a))])
            for a in steps
        ]
        rows = cap[::-1] + rows if place == 0 else rows + cap
    return np.array(rows)


def _loft(origin, frame, stations, rounding, lift=None):
    """Solid through elliptic rings; stations [(along, half width, half depth)] [m] -> corners, faces."""
    rows = _with_caps(_smooth(np.array(stations)), rounding)
    across = rows[:, 1, None] * np.cos(TURN)
    deep = rows[:, 2, None] * np.sin(TURN) + (0.0 if lift is None else lift(rows)[:, None])
    along = np.broadcast_to(rows[:, 0, None], across.shape)
    return _closed(origin + np.stack([across, deep, along], -1) @ frame.T)


def _sole_loft(origin, stations, rounding):
    """Like `_loft` towards -Y, with the underside flat on the origin's height."""
    frame = np.column_stack([[1.0, 0, 0], [0, 0, 1.0], FORWARD])
    return _loft(origin, frame, stations, rounding, lift=lambda rows: np.maximum(rows[:, 2], 0.004))


def _ellipsoid(centre, frame, radii):
    """Ellipsoid with half axes `radii` (3,) along the frame's columns."""
    tilt = np.linspace(-np.pi / 2, np.pi / 2, 2 * CAP_RINGS + 3)[:, None]
    level = np.broadcast_to(np.sin(tilt), (len(tilt), SEGMENTS))
    unit = np.stack([np.cos(tilt) * np.cos(TURN), np.cos(tilt) * np.sin(TURN), level], -1)
    return _closed(centre + (unit * radii) @ frame.T)


def _closed(rings):
    """Rings (R,S,3), the first and last shrunk to a pole -> corners (V,3), faces (F,4)."""
    middle = rings[1:-1]
    bottom, top = middle.shape[0] * SEGMENTS, middle.shape[0] * SEGMENTS + 1
    corners = np.concatenate(
        [middle.reshape(-1, 3), rings[0].mean(0)[None], rings[-1].mean(0)[None]]
    )
    corner = np.arange(SEGMENTS)
    following = (corner + 1) % SEGMENTS
    ring = np.arange(len(middle) - 1)[:, None] * SEGMENTS
    sides = np.stack(
        [ring + corner, ring + following, ring + following + SEGMENTS, ring + corner + SEGMENTS], -1
    )
    last = (len(middle) - 1) * SEGMENTS
    none = np.full(SEGMENTS, -1)
    floor = np.stack([following, corner, np.full(SEGMENTS, bottom), none], -1)
    roof = np.stack([last + corner, last + following, np.full(SEGMENTS, top), none], -1)
    return corners, np.concatenate([sides.reshape(-1, 4), floor, roof])
