"""Where up is and how high the camera stands, from the people, when nobody has calibrated it.

People do not fall over: who stands, or balances, has the centre of mass above the feet that stand still,
and mostly the shoulders above the ankles. Both are averaged over each person's frames, weighed by how much
they vary, then over the people. Across the view this is right to a few degrees; a tilt towards the camera
is seen worse by the networks: so both have a spread of their own.
The ground is where planted feet mostly are; where people stand on several levels, the lowest.
"""

from dataclasses import dataclass

import numpy as np

from .camera import towards
from .contacts import FEET
from .keypoints import INDEX, KEYPOINTS, indices

LEVEL = np.array([0.0, -1.0, 0.0])  # up in the axes of a level camera
LEVEL_SPREAD = np.radians([8.0, 12.0])  # of cameras: roll, pitch
FAR_FROM_LEVEL = np.radians(20.0)  # from here a camera is taken to be held askew on purpose
BIAS = np.radians([2.5, 6.0])  # of one person's mean: across the view, along it
SITTING = np.radians([10.0, 15.0])  # the same of the trunk of who does not stand
FORWARD = np.radians(3.0)  # by which the networks show people leaning towards the camera
FORGOTTEN = 0.7  # [s] after which a person's lean is a new one
STILL = 0.15  # [statures/s] a foot that is slower stands
APART = 0.1  # [s] either side over which that is measured
SURE = 0.3
RAISED = 0.3  # [m] a foot so much above the lowest one does not stand, however askew the camera
STRAIGHT_LEG = 0.9  # of thigh and shank: length of a leg that somebody stands on
IN_LINE = np.cos(np.radians(25.0))  # trunk and legs: somebody stands or walks
FALLEN = np.cos(
    np.radians(45.0)
)  # who seems to lean more than this against a level camera lies or crawls
OUTLIER = 2.0  # standard deviations from which a person's lean loses weight
STRIDE = np.cos(np.radians(55.0))  # between the legs of who walks
LEAST_FRAMES = 3
MEASURED = indices([f"{name}_{side}" for name in ("hip", "shoulder") for side in "lr"])
# part of the body: from, to, where between, share of the mass (Winter 2009, Table 4.1; hands with forearms)
_MASSES = [
    ("ear_l ear_r", "ear_l ear_r", 0.5, 0.081),
    ("hip_l hip_r", "shoulder_l shoulder_r", 0.5, 0.497),
    *[
        (f"{start}_{side}", f"{end}_{side}", share, mass)
        for side in "lr"
        for start, end, share, mass in [
            ("shoulder", "elbow", 0.436, 0.028),
            ("elbow", "wrist", 0.682, 0.022),
            ("hip", "knee", 0.433, 0.100),
            ("knee", "ankle", 0.433, 0.0465),
            ("heel", "big_toe", 0.5, 0.0145),
        ]
    ],
]
GROUND_BANDWIDTH, GROUND_SHARE = 0.06, 0.4  # [m], of the most usual level's density


def _mass_weights():
    """(K,) share of the mass that each keypoint stands for."""
    weights = np.zeros(len(KEYPOINTS))
    for start, end, share, mass in _MASSES:
        for names, part in ((start.split(), 1 - share), (end.split(), share)):
            weights[indices(names)] += mass * part / len(names)
    return weights / weights.sum()


MASS = _mass_weights()


@dataclass(frozen=True)
class Up:
    """Direction (3,) in the axes of the camera, and standard deviations (2,) [rad] across and along the view."""

    direction: np.ndarray
    spread: np.ndarray

    @property
    def information(self):
        """(3,3): v^T information v is the squared error in standard deviations of a small v."""
        across, along = tangents(self.direction)
        return sum(
            np.outer(axis, axis) / s**2
            for axis, s in zip((across, along), self.spread, strict=True)
        )


def tangents(up):
    """Unit vectors perpendicular to up (3,): across the view, and along it."""
    along = np.array([0.0, 0, 1]) - up * up[2]
    if np.linalg.norm(along) < 1e-3:  # looks straight down or up
        along = np.array([0.0, 1, 0]) - up * up[1]
    along = _unit(along)
    return np.cross(up, along), along


def up_of_people(evidence, time_s, K, rounds=5):
    """Evidence of P people, intrinsics K (3,3) -> Up; a level camera as far as nobody stands.

    rounds: of the robust mean, each in the tangent plane of the last
    """
    leans = [
        lean for p in range(len(evidence.present)) for lean in person_leans(evidence, p, time_s, K)
    ]
    up = LEVEL
    for _ in range(rounds):
        axes = np.stack(tangents(up))  # (2,3)
        off = axes @ LEVEL
        held = 1 / (
            LEVEL_SPREAD**2 * (1 + (np.arccos(np.clip(up @ LEVEL, -1, 1)) / FAR_FROM_LEVEL) ** 2)
        )
        total, weighted = held, held * off
        for mean, spread in leans:
            at = axes @ mean
            trust = 1 / (1 + ((at / spread) ** 2).sum() / OUTLIER**2) / spread**2
            total, weighted = total + trust, weighted + trust * at
        up = _unit(up + (weighted / total) @ axes)
    return Up(up, 1 / np.sqrt(total))


def person_leans(evidence, person, time_s, K):
    """What one person says of up: [(mean direction (3,), spread (2,))], empty where next to nothing is seen."""
    frames = np.flatnonzero(evidence.present[person])
    X = turned_to_camera(evidence, person, frames, K)
    times = time_s[frames]
    hip, neck, ankle = _middles(X)
    stands = standing_feet(evidence, person, frames, times, X)
    weight = stands / np.maximum(stands.sum(1, keepdims=True), 1)
    balance = np.einsum("k,nkc->nc", MASS, np.nan_to_num(X)) - np.einsum(
        "nf,nfc->nc", weight, np.nan_to_num(X[:, FEET])
    )
    balance[~(stands.any(1) & np.isfinite(X[:, MASS > 0]).all((1, 2)))] = np.nan
    body = np.where(upright_frames(X)[:, None], neck - ankle, np.nan)
    found = [mean_lean(axis, times, BIAS) for axis in (balance, body)]
    found = [lean for lean in found if lean] or [mean_lean(neck - hip, times, SITTING)]
    # the two say the same of one person's habits: together they count as one
    return [(mean, spread * np.sqrt(len(found))) for mean, spread in filter(None, found)]


def _middles(X):
    """X (N,K,3) -> middles of hips, shoulders, ankles, (N,3) each."""
    return [
        X[:, indices([f"{name}_l", f"{name}_r"])].mean(1) for name in ("hip", "shoulder", "ankle")
    ]


def upright_frames(X):
    """(N,) bool: trunk and legs of X (N,K,3) are in line, and no leg is far from the other."""
    hip, neck, ankle = _middles(X)
    left, right = (
        _unit(X[:, INDEX[f"ankle_{side}"]] - X[:, INDEX[f"hip_{side}"]]) for side in "lr"
    )
    with np.errstate(invalid="ignore"):
        in_line = (_unit(neck - hip) * _unit(hip - ankle)).sum(-1) > IN_LINE
        return in_line & ((left * right).sum(-1) > STRIDE)


def mean_lean(axes, times, bias):
    """Axes (N,3) over time, NaN where unknown -> mean direction and its spread (2,); None of too few."""
    axes = _unit(axes)
    with np.errstate(invalid="ignore"):
        known = axes @ LEVEL > FALLEN
    if known.sum() < LEAST_FRAMES:
        return None
    axes = axes[known]
    mean = _unit(axes.mean(0))
    across, along = tangents(mean)
    looks = max(np.ptp(times[known]) / FORGOTTEN, 1.0)
    wander = np.array([(axes @ across).var(), (axes @ along).var()]) / looks
    return _unit(mean + np.tan(FORWARD) * along), np.sqrt(bias**2 + wander)


def turned_to_camera(evidence, person, frames, K):
    """Raw 3D (N,K,3) in the axes of the camera: the networks see a person as if the camera was turned there."""
    px = evidence.px_ideal[person][frames][:, MEASURED]
    middle = np.nan_to_num(np.nanmean(np.where(np.isfinite(px), px, K[:2, 2]), axis=1))
    ray = np.append((middle - K[:2, 2]) / np.diag(K)[:2], np.ones((len(middle), 1)), 1)
    return evidence.X[person][frames] @ np.swapaxes(towards(ray), -1, -2)


def standing_feet(evidence, person, frames, times, X):
    """(N,4) bool: heels and toes of straight legs that stand still, and not much above the others.

    In the order of `contacts.FEET`; times (N,) [s] and raw 3D X (N,K,3) of the frames (N,).
    """
    px, size = evidence.px_ideal[person][frames][:, FEET], evidence.height_px[person][frames]
    rows = np.arange(len(frames))
    before, after = (np.searchsorted(times, times + way * APART) for way in (-1, 1))
    before, after = np.minimum(before, rows), np.minimum(after, len(rows) - 1)
    elapsed = np.maximum(times[after] - times[before], 1e-6)[:, None]
    with np.errstate(invalid="ignore"):
        speed = np.linalg.norm(px[after] - px[before], axis=-1) / elapsed / size[:, None]
        still = (speed < STILL) & (after > before)[:, None]
        straight = np.stack([_is_straight(X, side) for side in "llrr"], 1)
        down = X[:, FEET] @ -LEVEL
        low = down > np.fmax.reduce(down, axis=1, keepdims=True) - RAISED
    return still & straight & low & (evidence.confidence[person][frames][:, FEET] > SURE)


def _is_straight(X, side):
    hip, knee, ankle = (X[:, INDEX[f"{name}_{side}"]] for name in ("hip", "knee", "ankle"))
    leg = np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)
    return np.linalg.norm(ankle - hip, axis=-1) > STRAIGHT_LEG * leg


def level_camera(up_camera, view=np.array([0.0, 0.0, 1.0])):
    """R_world_camera (3,3) with world Z = up and +Y = the direction `view` (3,) made horizontal."""
    ahead = view - up_camera * (view @ up_camera)
    if np.linalg.norm(ahead) < 1e-3:  # looks straight down or up: the picture's up is ahead
        ahead = np.array([0.0, -1.0, 0.0]) - up_camera * -up_camera[1]
    ahead = _unit(ahead)
    return np.stack([np.cross(ahead, up_camera), ahead, up_camera])


def ground_height(feet, contact, confidence):
    """Height of the ground [m] from heights of feet (P,T,4), in the order of `contacts.FEET`.

    contact (P,T,4) bool, confidence (P,T,4). The lowest of the levels on which people stand; where nobody
    does, of those where feet are; 0 when no foot was seen.
    """
    weight = np.where(np.isfinite(feet) & (confidence > 0.2), confidence, 0.0)
    planted = weight * contact
    weight = planted if planted.any() else weight
    used = weight > 0
    if not used.any():
        return 0.0
    heights, weight = feet[used], weight[used]
    levels = np.linspace(heights.min(), heights.max(), 200)
    counts, edges = np.histogram(heights, 2000, weights=weight)
    middles = (edges[1:] + edges[:-1]) / 2
    density = np.exp(-0.5 * ((levels[:, None] - middles) / GROUND_BANDWIDTH) ** 2) @ counts
    peaks = np.r_[True, density[1:] >= density[:-1]] & np.r_[density[:-1] >= density[1:], True]
    return float(levels[peaks & (density > GROUND_SHARE * density.max())][0])


def _unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
