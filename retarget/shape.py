"""Which bone plays which role, read from the rest pose alone: positions, hierarchy and symmetry.

The plane of symmetry gives the sides, the lowest pair of chains the legs, the longest pair above them the
arms, what hangs on both the spine. Hip, knee and ankle, shoulder, elbow and wrist are the bones of their chain
that come nearest to a person's proportions (Drillis and Contini 1966). Where the toes point is forward.
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np

from . import roles

NEAR = 0.02  # of the rig's extent: as near as that is "at the same place"
EXACT = 0.003  # of the extent: bones that are meant to be at the same place
SYMMETRIC = 0.5  # least share of bones beside the middle that have a counterpart
KNEE, ANKLE = 0.53, 0.09  # heights, of the hip's height above the lowest bone
HEAD_JOINT = 0.88  # height of the joint of the head, of stature
SHOULDER_WIDTH, ARM = 0.105, 0.33  # half breadth, and shoulder to wrist, of stature
FOREARM_TO_UPPER = 0.88
FINGERS = 3.0  # what it counts for a wrist to carry fingers
HEAD_LENGTH = (
    0.075  # of stature: a last bone farther than this from the one before is the top of the head
)
WORST = 3.0  # cost above which it is nobody


@dataclass(frozen=True)
class _View:
    """The rig seen with a choice of axes. B bones."""

    heads: np.ndarray  # (B,3) across, unused, up; the middle at across = 0
    parents: np.ndarray
    children: tuple
    extent: float
    handed: float  # +1: across, ahead, up are right-handed in the rig, -1: left-handed

    def ancestors(self, bone):
        """The bone and all above it, the root last."""
        path = [bone]
        while self.parents[path[-1]] >= 0:
            path.append(int(self.parents[path[-1]]))
        return path

    def below(self, bone):
        """How many bones hang on a bone."""
        return sum(1 + self.below(child) for child in self.children[bone])

    @functools.cached_property
    def middle(self):
        """(B,) bool: in the plane of symmetry, or near it without a counterpart."""
        off = np.abs(self.heads[:, 0])
        mirrored = self.heads * [-1.0, 1.0, 1.0]
        distance = np.linalg.norm(mirrored[:, None] - self.heads[None], axis=-1)
        np.fill_diagonal(distance, np.inf)
        paired = distance.min(1) < EXACT * self.extent
        return (off < EXACT * self.extent) | ((off < NEAR * self.extent) & ~paired)


def read(rest):
    """RigRest -> {role: (bone name,)}, empty where it looks like nobody."""
    if len(rest.bone_names) < len(roles.REQUIRED):
        return {}
    found = [_body(view) for view in _views(rest)]
    found = [(cost, body) for cost, body in found if body and cost < WORST]
    if not found:
        return {}
    body = min(found, key=lambda entry: entry[0])[1]
    names = rest.bone_names
    return {role: tuple(names[bone] for bone in chain) for role, chain in body.items()}


def _views(rest):
    """The rig with each of its axes as "across" that it is symmetric about, and each other as "up"."""
    heads = rest.T_armature_bone[:, :3, 3]
    extent = float(np.ptp(heads, axis=0).max()) or 1.0
    children = tuple(
        tuple(np.flatnonzero(rest.parents == bone)) for bone in range(len(rest.parents))
    )
    for across in range(3):
        middle = _plane(heads[:, across], heads, extent, across)
        if middle is None:
            continue
        for up in (a for a in range(3) if a != across):
            ahead = 3 - across - up
            for sign in (1.0, -1.0):
                seen = heads[:, [across, ahead, up]] * [1.0, 1.0, sign]
                even = (ahead - across) % 3 == 1  # (across, ahead, up) is x y z or a rotation of it
                seen = seen - [middle, 0.0, 0.0]
                handed = sign if even else -sign
                yield _View(seen, rest.parents, children, extent, handed)


def _plane(values, heads, extent, across):
    """Where the plane of symmetry is along one axis, or None where there is none."""
    best, place = SYMMETRIC, None
    for middle in np.unique(np.round([np.median(values), 0.0, values[0]], 6)):
        mirrored = heads.copy()
        mirrored[:, across] = 2 * middle - mirrored[:, across]
        beside = np.abs(values - middle) > NEAR * extent
        if not beside.any():
            continue
        distance = np.linalg.norm(mirrored[beside][:, None] - heads[None], axis=-1).min(1)
        share = float((distance < 2 * NEAR * extent).mean())
        if share > best:
            best, place = share, float(middle)
    return place


def _body(view):
    """-> (cost, {role: bone indices}) of one view; a big cost where it is nobody."""
    leg = _leg_path(view)
    arm = leg and _arm_path(view, leg)
    if not arm:
        return np.inf, {}
    lower, upper = leg.pop(0), arm.pop(0)  # the bones of the middle that carry them
    shared = [bone for bone in view.ancestors(upper) if bone in view.ancestors(lower)]
    pelvis = shared[0] if shared else lower
    spine = [bone for bone in view.ancestors(upper)[::-1] if bone not in view.ancestors(pelvis)]
    neck = _neck_path(view, upper, [*leg, *arm])
    if not spine or not neck:
        return np.inf, {}
    floor = view.heads[:, 2].min()
    stature = (view.heads[neck[-1], 2] - floor) / HEAD_JOINT
    neck = _without_top(view, neck, stature)
    leg_cost, legs = _leg_joints(view, leg, floor)
    arm_cost, arms = _arm_joints(view, arm, stature)
    if not legs or not arms or stature <= 0:
        return np.inf, {}
    body = {"pelvis": (pelvis,), "spine": tuple(spine), "head": (neck[-1],)}
    if len(neck) > 1:
        body["neck"] = tuple(neck[:-1])
    return leg_cost + arm_cost, {**body, **_both_sides(view, {**legs, **arms})}


def _side_paths(view):
    """Chains on the positive side: a carrying bone of the middle, then the bones down to a leaf."""
    leaves = [b for b in range(len(view.parents)) if not view.children[b] and view.heads[b, 0] > 0]
    for leaf in leaves:
        path = view.ancestors(leaf)
        beside = list(itertools.takewhile(lambda bone: not view.middle[bone], path))
        inner = path[len(beside) :]
        # joints that lie in the middle but belong to the side: one child only
        while len(inner) > 1 and len(view.children[inner[0]]) == 1 and beside:
            beside.append(inner.pop(0))
        if beside and inner:
            yield [inner[0], *beside[::-1]]


def _length(view, path):
    return float(np.linalg.norm(np.diff(view.heads[path], axis=0), axis=-1).sum())


def _leg_path(view):
    """The chain that reaches lowest, the longest of those; [] where there is none."""
    paths = [path for path in _side_paths(view) if len(path) > 3]
    if not paths:
        return []
    lowest = min(view.heads[path, 2].min() for path in paths)
    low = [p for p in paths if view.heads[p, 2].min() < lowest + 0.06 * view.extent]
    return max(low, key=lambda path: _length(view, path))


def _arm_path(view, leg):
    """The longest chain that has nothing of the leg and is carried from above it."""
    paths = [
        path
        for path in _side_paths(view)
        if len(path) > 3 and not set(path[1:]) & set(leg[1:]) and path[0] != leg[0]
        and view.heads[path[1], 2] > view.heads[leg[1], 2]
    ]  # fmt: skip
    return max(paths, key=lambda path: _length(view, path), default=[])


def _neck_path(view, chest, limbs):
    """Bones of the middle from above the chest to the highest of them."""
    above = [
        bone
        for bone in range(len(view.parents))
        if view.middle[bone] and bone != chest and chest in view.ancestors(bone)
    ]
    if not above:
        return []
    top = max(above, key=lambda bone: view.heads[bone, 2])
    path = [bone for bone in view.ancestors(top)[::-1] if bone in above]
    apart = np.linalg.norm(np.diff(view.heads[path], axis=0), axis=-1) > EXACT * view.extent
    path = [path[0], *itertools.compress(path[1:], apart)]  # of bones at one place the first
    branching = [i for i, bone in enumerate(path) if len(view.children[bone]) > 2]
    return path[: branching[0] + 1] if branching else path


def _without_top(view, neck, stature):
    """The path without the bone that only ends the head."""
    if len(neck) < 2 or view.children[neck[-1]]:
        return neck
    length = np.linalg.norm(view.heads[neck[-1]] - view.heads[neck[-2]])
    return neck[:-1] if length > HEAD_LENGTH * stature else neck


def _leg_joints(view, path, floor):
    """-> (cost, {thigh, shin, foot, toe: bone}) by heights, of the hip's."""
    heights = view.heads[path, 2] - floor
    out = view.heads[path, 0] > 0.4 * np.median(view.heads[path, 0])
    best = np.inf, {}
    for hip, knee, ankle in itertools.combinations(range(len(path)), 3):
        if not out[hip] or heights[hip] <= 0:
            continue
        knee_at, ankle_at = heights[knee] / heights[hip], heights[ankle] / heights[hip]
        cost = ((knee_at - KNEE) / 0.1) ** 2 + ((ankle_at - ANKLE) / ANKLE) ** 2
        cost += 0.5 * (heights[hip] < heights.max() - NEAR * view.extent) + 0.1 * hip
        if cost < best[0]:
            best = cost, {"thigh": path[hip], "shin": path[knee], "foot": path[ankle]}
            best[1].update(_toe(view, path[ankle:], heights[hip]))
    return best


def _toe(view, path, leg_length):
    """The first bone of the path that lies ahead of its first."""
    ahead = np.abs(view.heads[path, 1] - view.heads[path[0], 1]) > 0.05 * leg_length
    return {"toe": path[int(ahead.argmax())]} if ahead.any() else {}


def _arm_joints(view, path, stature):
    """-> (cost, {clavicle, upper_arm, forearm, hand: bone}) by lengths, of stature."""
    points, best = view.heads[path], (np.inf, {})
    for i, j, k in itertools.combinations(range(len(path)), 3):
        upper, fore = (
            np.linalg.norm(points[j] - points[i]),
            np.linalg.norm(points[k] - points[j]),
        )
        if upper < NEAR * stature or fore < NEAR * stature:
            continue
        cost = (np.log(fore / upper / FOREARM_TO_UPPER) / 0.25) ** 2
        cost += ((points[i, 0] / stature - SHOULDER_WIDTH) / 0.04) ** 2
        cost += (((upper + fore) / stature - ARM) / 0.15) ** 2
        cost -= FINGERS * (_fingers(view, path[k]) > 1)
        if cost < best[0]:
            best = cost, {"upper_arm": path[i], "forearm": path[j], "hand": path[k]}
            if i > 0:
                best[1]["clavicle"] = path[i - 1]
    return best


def _fingers(view, bone):
    """How many chains of two bones or more hang on a bone."""
    return sum(1 for child in view.children[bone] if view.children[child])


def _both_sides(view, limbs):
    """Roles of both sides from the bones of the positive one; forward is where the feet point."""
    foot, tip = limbs["foot"], limbs.get("toe")
    if tip is None:
        below = [b for b in range(len(view.parents)) if foot in view.ancestors(b)]
        tip = max(below, key=lambda bone: abs(view.heads[bone, 1] - view.heads[foot, 1]))
    forward = view.heads[tip, 1] - view.heads[foot, 1]
    # axes across, ahead, up may be a mirror image of the rig's: `handed` says so
    positive = "L" if forward * view.handed <= 0 else "R"
    negative = "R" if positive == "L" else "L"
    found = {}
    for name, bone in limbs.items():
        mirror = view.heads[bone] * [-1.0, 1.0, 1.0]
        distance = np.linalg.norm(view.heads - mirror, axis=-1)
        distance[bone] = np.inf
        found[f"{name}.{positive}"] = (bone,)
        near = np.flatnonzero(distance < distance.min() + EXACT * view.extent)
        alike = min(near, key=lambda other: abs(view.below(int(other)) - view.below(bone)))
        if distance[alike] < 3 * NEAR * view.extent:
            found[f"{name}.{negative}"] = (int(alike),)
    return found
