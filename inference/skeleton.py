"""The skeleton: 21 joints, 50 degrees of freedom, and the keypoints as markers attached to bones.

Rest pose: T pose, facing -Y, Z up, the person's left is +X, palms down; the axes of every joint are
the world's axes there. Lengths are in statures (a person's height = 1) until a `Body` gives metres.
Segment lengths: Drillis and Contini 1966, as printed in Winter 2009, Fig. 4.1, from which upper arm (0.186),
shoulders, thigh (0.245), feet and head differ by what the keypoints' own definitions ask for (the medians of
the take fits of one real and three synthetic people of known proportions). Limits: American
Academy of Orthopaedic Surgeons 1965 (ranges of motion), widened by about 10 degrees.

A *link* is one rotation of up to three axes taken together as a rotation vector. A joint is one link,
but upper arm, forearm and thigh are two: the swing, then the twist along the bone (Grassia 1998), so
that limits mean what anatomy means and the singularity points where no limb can.
"""

from dataclasses import dataclass

import numpy as np

from .keypoints import KEYPOINTS

X, Y, Z = np.eye(3)

# link, parent link, offset from the parent [statures], [(name, axis, least, most [deg])]
CENTRE = [
    ("pelvis", None, (0, 0, 0), []),
    (
        "spine", "pelvis", (0, 0, 0.062),
        [("bend", X, -20, 45), ("side", Y, -25, 25), ("twist", Z, -30, 30)],
    ),
    (
        "chest", "spine", (0, 0, 0.103),
        [("bend", X, -20, 40), ("side", Y, -25, 25), ("twist", Z, -40, 40)],
    ),
    (
        "neck", "chest", (0, 0, 0.135),
        [("bend", X, -45, 45), ("side", Y, -35, 35), ("twist", Z, -50, 50)],
    ),
    (
        "head", "neck", (0, 0, 0.050),
        [("bend", X, -35, 35), ("side", Y, -25, 25), ("twist", Z, -45, 45)],
    ),
]  # fmt: skip
SWINGS = ("shoulder", "elbow", "hip")  # links that are only the first half of a joint
LEFT = [
    (
        "clavicle", "chest", (0.015, 0, 0.119),
        [("raise", -Y, -15, 45), ("forward", -Z, -25, 35)],
    ),
    ("shoulder", "clavicle", (0.092, 0, 0.013), [("raise", -Y, -115, 110), ("forward", -Z, -75, 150)]),
    ("upper_arm", "shoulder", (0, 0, 0), [("twist", X, -110, 110)]),
    ("elbow", "upper_arm", (0.173, 0, 0), [("bend", -Z, -3, 155)]),
    ("forearm", "elbow", (0, 0, 0), [("twist", X, -100, 100)]),
    (
        "hand", "forearm", (0.146, 0, 0),
        [("bend", Y, -80, 90), ("side", -Z, -35, 30)],
    ),
    ("hip", "pelvis", (0.057, 0, 0), [("raise", -X, -40, 145), ("spread", -Y, -40, 80)]),
    ("thigh", "hip", (0, 0, 0), [("twist", Z, -55, 65)]),
    ("shin", "thigh", (0, 0, -0.238), [("bend", X, -3, 160)]),
    ("foot", "shin", (0, 0, -0.246), [("raise", -X, -65, 40), ("roll", Y, -35, 35)]),
    ("toe", "foot", (0, -0.062, -0.027), [("raise", -X, -40, 80)]),
]  # fmt: skip

# keypoint, link, place in the link [statures]; `_l` ones are mirrored to `_r`
MARKERS = [
    ("nose", "head", (0, -0.064, 0.047)),
    ("eye_l", "head", (0.017, -0.052, 0.064)),
    ("ear_l", "head", (0.040, -0.003, 0.055)),
    ("mouth_l", "head", (0.013, -0.055, 0.024)),
    ("head_top", "head", (0, 0, 0.122)),
    ("neck", "chest", (0, 0, 0.132)),
    ("shoulder_l", "upper_arm", (0, 0, 0)),
    ("elbow_l", "elbow", (0, 0, 0)),
    ("wrist_l", "hand", (0, 0, 0)),
    ("thumb_l", "hand", (0.031, -0.018, -0.005)),
    ("index_l", "hand", (0.050, -0.013, 0)),
    ("pinky_l", "hand", (0.045, 0.020, 0)),
    ("pelvis", "pelvis", (0, 0, 0)),
    ("hip_l", "thigh", (0, 0, 0)),
    ("knee_l", "shin", (0, 0, 0)),
    ("ankle_l", "foot", (0, 0, 0)),
    ("heel_l", "foot", (0, 0.026, -0.028)),
    ("big_toe_l", "toe", (-0.008, -0.028, -0.004)),
    ("small_toe_l", "toe", (0.023, -0.014, -0.006)),
]
MIRROR = np.array([-1.0, 1.0, 1.0])
ROOT_DOF_NAMES = [f"pelvis.{kind}_{axis}" for kind in ("position", "rotation") for axis in "xyz"]
NUM_ROOT = 6


@dataclass(frozen=True)
class Skeleton:
    """The table as arrays. L links, J joints, D degrees of freedom, K markers."""

    link_names: tuple  # L
    link_parents: np.ndarray  # (L,) -1 = root; parents come before children
    link_offsets: np.ndarray  # (L,3) from the parent link [statures]
    levels: tuple  # index arrays of links, one per depth, without the root
    dof_names: tuple  # D, root position and root rotation first
    dof_link: np.ndarray  # (D-6,) link that each angle turns
    dof_axis: np.ndarray  # (D-6,3) in the link's rest axes
    lower: np.ndarray  # (D,) [rad], -inf for the root
    upper: np.ndarray  # (D,)
    marker_link: np.ndarray  # (K,)
    marker_place: np.ndarray  # (K,3) in the link's axes [statures]
    joint_names: tuple  # J
    joint_link: np.ndarray  # (J,) link whose pose is the joint's
    parents: np.ndarray  # (J,) -1 = root
    above: np.ndarray  # (L,L) bool: [link, other] = other is the link itself or above it
    moves: np.ndarray  # (K,D) bool: the degree of freedom moves the marker

    @property
    def num_dofs(self):
        return len(self.dof_names)


def _rows():
    """All links: centre, left, right; the right side is the left one mirrored."""
    rows = list(CENTRE)
    sided = {row[0] for row in LEFT}
    for side, mirror in (("L", np.ones(3)), ("R", MIRROR)):
        for name, parent, offset, dofs in LEFT:
            parent = f"{parent}.{side}" if parent in sided else parent
            turned = [(n, axis * mirror * mirror.prod(), low, high) for n, axis, low, high in dofs]
            rows.append((f"{name}.{side}", parent, np.multiply(offset, mirror), turned))
    return rows


def _marker_table():
    """Keypoint -> (link, place), both sides."""
    table = {}
    for keypoint, link, place in MARKERS:
        if not keypoint.endswith("_l"):
            table[keypoint] = link, np.asarray(place, float)
            continue
        central = {row[0] for row in CENTRE}
        for side, mirror in (("L", np.ones(3)), ("R", MIRROR)):
            name = link if link in central else f"{link}.{side}"
            table[keypoint[:-1] + side.lower()] = name, np.multiply(place, mirror)
    return table


def _levels(parents):
    depth = np.zeros(len(parents), int)
    for link, parent in enumerate(parents):
        depth[link] = 0 if parent < 0 else depth[parent] + 1
    return tuple(np.flatnonzero(depth == d) for d in range(1, depth.max() + 1))


def _ancestors(parents):
    """(L,L) bool: [link, other] = other is the link itself or above it."""
    above = np.eye(len(parents), dtype=bool)
    for link, parent in enumerate(parents):
        if parent >= 0:
            above[link] |= above[parent]
    return above


def build():
    """The table -> Skeleton."""
    rows = _rows()
    names = [row[0] for row in rows]
    parents = np.array([names.index(row[1]) if row[1] else -1 for row in rows])
    dofs = [(link, dof) for link, row in enumerate(rows) for dof in row[3]]
    dof_names = ROOT_DOF_NAMES + [
        f"{rows[link][0].split('.')[0]}_{dof[0]}"
        + rows[link][0][len(rows[link][0].split(".")[0]) :]
        for link, dof in dofs
    ]
    unlimited = np.full(NUM_ROOT, np.inf)
    markers = [_marker_table()[name] for name in KEYPOINTS]
    marker_link = np.array([names.index(link) for link, _ in markers])
    joints = [name for name in names if name.split(".")[0] not in SWINGS]
    joint_link = np.array([names.index(name) for name in joints])
    dof_link = np.array([link for link, _ in dofs])
    above = _ancestors(parents)
    return Skeleton(
        link_names=tuple(names),
        link_parents=parents,
        link_offsets=np.array([row[2] for row in rows], float),
        levels=_levels(parents),
        dof_names=tuple(dof_names),
        dof_link=dof_link,
        dof_axis=np.array([dof[1] for _, dof in dofs]),
        lower=np.concatenate([-unlimited, np.radians([dof[2] for _, dof in dofs])]),
        upper=np.concatenate([unlimited, np.radians([dof[3] for _, dof in dofs])]),
        marker_link=marker_link,
        marker_place=np.array([place for _, place in markers]),
        joint_names=tuple(joints),
        joint_link=joint_link,
        parents=np.array([_joint_parent(link, parents, joint_link) for link in joint_link]),
        above=above,
        moves=np.concatenate(
            [np.ones((len(markers), NUM_ROOT), bool), above[marker_link][:, dof_link]], 1
        ),
    )


def _joint_parent(link, parents, joint_link):
    """Index of the joint above a joint's link, skipping links that are no joints."""
    above = parents[link]
    while above >= 0 and above not in joint_link:
        above = parents[above]
    return int(np.flatnonzero(joint_link == above)[0]) if above >= 0 else -1


SKELETON = build()


@dataclass(frozen=True)
class Body:
    """The skeleton at the proportions of P people. Leading axes `...` = people."""

    height: np.ndarray  # (...,) [m]
    offsets: np.ndarray  # (...,L,3) [m]
    places: np.ndarray  # (...,K,3) markers in their links [m]

    def rest_offsets(self):
        """(...,J,3) parent-relative rest offsets of the joints [m]; the root's is 0."""
        origin = np.zeros(self.offsets.shape)
        for links in SKELETON.levels:
            origin[..., links, :] = (
                origin[..., SKELETON.link_parents[links], :] + self.offsets[..., links, :]
            )
        joints = origin[..., SKELETON.joint_link, :]
        above = np.where(SKELETON.parents < 0, 0, SKELETON.parents)
        return joints - joints[..., above, :]


# segment -> links whose offset, and keypoints whose place, grow with it; both sides together
SEGMENTS = {
    "trunk": (("spine", "chest", "neck"), ("neck",)),
    "shoulders": (("clavicle", "shoulder"), ()),
    "hips": (("hip",), ()),
    "upper_arm": (("elbow",), ()),
    "forearm": (("hand",), ()),
    "hand": ((), ("thumb", "index", "pinky")),
    "thigh": (("shin",), ()),
    "shank": (("foot",), ()),
    "foot": (("toe",), ("heel", "big_toe", "small_toe")),
    "head": (("head",), ("nose", "eye", "ear", "mouth", "head_top")),
}


def _segment_of(names, column, cut):
    """(n,) index of the segment that each name belongs to, -1 = none."""
    owner = {name: i for i, row in enumerate(SEGMENTS.values()) for name in row[column]}
    return np.array([owner.get(cut(name), -1) for name in names])


LINK_SEGMENT = _segment_of(SKELETON.link_names, 0, lambda name: name.split(".")[0])
MARKER_SEGMENT = _segment_of(KEYPOINTS, 1, lambda name: name.removesuffix("_l").removesuffix("_r"))


def scaled_body(body, s):
    """Body whose segments are exp(s) times as long; s (...,G) in the order of SEGMENTS."""
    factor = np.concatenate([np.exp(s), np.ones((*np.shape(s)[:-1], 1))], -1)  # -1 picks the 1
    return Body(
        body.height,
        body.offsets * factor[..., LINK_SEGMENT, None],
        body.places * factor[..., MARKER_SEGMENT, None],
    )


def universal_body(height):
    """Body of average proportions; height (...,) [m]."""
    height = np.asarray(height, float)
    scale = height[..., None, None]
    return Body(height, scale * SKELETON.link_offsets, scale * SKELETON.marker_place)
