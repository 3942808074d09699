"""A person's body: MakeHuman's shape targets blended to a stature, age and build, with bones inside.

Metres, Z up, facing -Y, the person's left is +X, the lowest vertex of the body at z = 0. At rest the arms
hang at about 45 degrees from the body and the fingers are spread; `relaxed_hands` curls them.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from ..inference.keypoints import KEYPOINTS
from ..inference.rotations import between, exp, log
from . import synthetic_makehuman as makehuman

AGES = {"child": 10.0, "young": 25.0, "old": 90.0}  # [years] of the targets
BLENDS = ("min", "average", "max")
STATURE_STEPS, STATURE_ERROR = 12, 0.01  # of the bisection, which comes to 0.3 mm; [m]
FINGERS = ("Index", "Middle", "Ring", "Pinky")
CURL = np.radians([10.0, 18.0, 10.0])  # of a relaxed hand: knuckle, middle joint, last joint
THUMB_TOGETHER = 0.3  # share of the angle between thumb and fingers
TOGETHER = 0.75  # share of the spread between the fingers that a relaxed hand takes back
KNUCKLES = {"thumb": "HandThumb3", "index": "HandIndex1", "pinky": "HandPinky1"}


@dataclass(frozen=True)
class Build:
    """What somebody's body is like."""

    gender: str = "female"  # or male
    race: str = "caucasian"  # or asian, african
    age: float = 25.0  # [years]
    stature: float = 1.7  # [m] crown to sole
    muscle: float = 0.5  # 0 to 1
    weight: float = 0.5  # 0 to 1
    proportions: float = 0.7  # 0 to 1, of a model


@dataclass(frozen=True)
class Body:
    """Vertices of the base mesh, N with helpers, and the bones in them; rest pose."""

    build: Build
    vertices: np.ndarray  # (N,3) [m]
    floor: float  # [m] by which the vertices were lifted
    heads: np.ndarray  # (B,3) of the bones
    tails: np.ndarray  # (B,3)
    stature: float  # [m] measured

    @property
    def rig(self):
        return makehuman.rig()


def make(build):
    """Build -> Body; ValueError where MakeHuman has nobody of that stature at that age."""
    shape, taller = _shape(build), _height_range(build)
    low, high = 0.0, 1.0
    for _ in range(STATURE_STEPS):
        middle = (low + high) / 2
        if _stature((shape + taller(middle)) @ makehuman.TO_METRES.T) < build.stature:
            low = middle
        else:
            high = middle
    vertices = (shape + taller((low + high) / 2)) @ makehuman.TO_METRES.T
    stature = _stature(vertices)
    if abs(stature - build.stature) > STATURE_ERROR:
        raise ValueError(f"nobody of {build.age:g} years is {build.stature:g} m tall")
    floor = -float(vertices[makehuman.group_vertices("body"), 2].min())
    vertices = vertices + [0, 0, floor]
    rig = makehuman.rig()
    heads, tails = (
        np.array([vertices[ends].mean(0) for ends in rows]) for rows in (rig.heads, rig.tails)
    )
    return Body(build, vertices, floor, heads, tails, stature)


def _shape(build):
    """(N,3) [dm] everything but the height."""
    shape = makehuman.base_mesh().vertices.copy()
    blends = list(_blends(build))
    for age, share in _ages(build.age):
        _add(shape, f"macrodetails/{build.race}-{build.gender}-{age}", share)
    for age, muscle, weight, share in blends:
        name = f"{build.gender}-{age}-{muscle}muscle-{weight}weight"
        _add(shape, f"macrodetails/universal-{name}", share)
        side = "idealproportions" if build.proportions > 0.5 else "uncommonproportions"
        _add(
            shape,
            f"macrodetails/proportions/{name}-{side}",
            share * abs(2 * build.proportions - 1),
        )
    return shape


def _height_range(build):
    """-> function of the height slider (0 to 1): displacements (N,3) [dm]."""
    sides = {side: np.zeros_like(makehuman.base_mesh().vertices) for side in ("min", "max")}
    for age, muscle, weight, share in _blends(build):
        name = f"{build.gender}-{age}-{muscle}muscle-{weight}weight"
        for side, change in sides.items():
            _add(change, f"macrodetails/height/{name}-{side}height", share)
    return lambda slider: (
        max(0.0, 1 - 2 * slider) * sides["min"] + max(0.0, 2 * slider - 1) * sides["max"]
    )


def _blends(build):
    """(age, muscle, weight, share) whose shares sum to 1."""
    scales = [_ages(build.age), _thirds(build.muscle), _thirds(build.weight)]
    for (age, a), (muscle, m), (weight, w) in product(*scales):
        yield age, muscle, weight, a * m * w


def _ages(years):
    """[(age, share)] of the targets around an age."""
    shares = np.interp(years, list(AGES.values()), range(len(AGES)))
    return _around(tuple(AGES), shares)


def _thirds(value):
    """[(blend, share)] of a slider from 0 to 1."""
    return _around(BLENDS, 2 * value)


def _around(names, place):
    """[(name, share)] of a place between rows, linear."""
    low = min(int(place), len(names) - 2)
    shares = ((names[low], 1 - (place - low)), (names[low + 1], place - low))
    return [(name, share) for name, share in shares if share > 0]


def _add(vertices, target, share):
    """Adds a share of a target, in place."""
    rows, change = makehuman.target(target)
    vertices[rows] += share * change


def _stature(vertices):
    """Crown to sole [m] of the body among the vertices of the base mesh."""
    return float(np.ptp(vertices[makehuman.group_vertices("body"), 2]))


def relaxed_hands(body):
    """(B,3,3) rotation of each bone relative to its parent, identity but for the fingers."""
    turns = np.tile(np.eye(3), (len(body.rig.names), 1, 1))
    for side in ("Left", "Right"):
        bone = {
            finger: [body.rig.index(f"{side}Hand{finger}{joint}") for joint in (1, 2, 3)]
            for finger in (*FINGERS, "Thumb")
        }
        along = {f: _unit(body.tails[rows[-1]] - body.heads[rows[0]]) for f, rows in bone.items()}
        across = _unit(body.heads[bone["Index"][0]] - body.heads[bone["Pinky"][0]])
        axis = _flexion(along["Middle"], across, side)
        for finger in FINGERS:
            side_by_side = _part(between(along[finger], along["Middle"]), TOGETHER)
            for joint, angle in enumerate(CURL):
                turns[bone[finger][joint]] = exp(angle * axis)
            turns[bone[finger][0]] = turns[bone[finger][0]] @ side_by_side
        thumb = between(along["Thumb"], along["Middle"])
        turns[bone["Thumb"][0]] = _part(thumb, THUMB_TOGETHER)
    return turns


def _flexion(along, across, side):
    """Axis about which a finger bends towards the palm."""
    axis = _unit(across - (across @ along) * along)
    return -axis if side == "Left" else axis


def _part(R, share):
    """A share of a rotation."""
    return exp(share * log(R))


def _unit(vector):
    return vector / np.linalg.norm(vector)


def pose(body, D, root):
    """World rotations of the bones D (T,B,3,3), place of the first bone (T,3) -> heads (T,B,3).

    D is the rotation from the rest pose. A bone's head is where its parent carries it.
    """
    heads = np.empty(D.shape[:2] + (3,))
    for bone, parent in enumerate(body.rig.parents):
        if parent < 0:
            heads[:, bone] = root
        else:
            heads[:, bone] = heads[:, parent] + D[:, parent] @ (
                body.heads[bone] - body.heads[parent]
            )
    return heads


def skin(vertices, weights, body, D, heads):
    """Vertices (N,3) at rest, their weights (N,B), pose of one frame -> (N,3); linear blend skinning."""
    T = np.concatenate([D, (heads - (D @ body.heads[..., None])[..., 0])[..., None]], -1)  # (B,3,4)
    blended = (weights @ T.reshape(len(T), 12).astype(np.float32)).reshape(-1, 3, 4)
    return (blended[:, :, :3] @ vertices[..., None])[..., 0] + blended[:, :, 3]


def keypoints(body, D, heads):
    """Canonical keypoints (T,K,3) where people mark them in pictures; knuckles are the heads of bones."""
    table = makehuman.keypoint_weights()
    used = np.flatnonzero(table.any(0))
    rest, skin_weights, table = body.vertices[used], body.rig.weights[used], table[:, used]
    X = np.stack([table @ skin(rest, skin_weights, body, D[t], heads[t]) for t in range(len(D))])
    for part, bone in KNUCKLES.items():
        for side, word in (("l", "Left"), ("r", "Right")):
            X[:, KEYPOINTS.index(f"{part}_{side}")] = heads[:, body.rig.index(word + bone)]
    return X
