"""Occlusion-robust pose maps: 2D and 3D of everybody at once (Mehta 2020, Section 6.2, Algorithm 1).

Outputs: `heatmaps` and `fields` as in `part_affinity`, `maps` (1,3K,a,b): three maps x, y, z per joint, which
hold its place relative to its parent, at every read-out place of the joint: the neck, the pelvis and the
joints of its own limb. What one place hides, another tells.
"""

import numpy as np

from . import heatmaps as maps_of
from . import kinematic_tree, part_affinity
from .blazepose import Locations
from .crops import letterbox
from .keypoints import INDEX, KEYPOINTS, scatter

SEEN = 0.1  # t_C, of the neck, the pelvis and read-out places
APART = 16.0  # t_D [px of the input]: nearer to somebody's read-out place the maps may be theirs
LIMBS = [  # from the extremity up
    *((f"wrist_{side}", f"elbow_{side}", f"shoulder_{side}") for side in "lr"),
    *((f"ankle_{side}", f"knee_{side}", f"hip_{side}") for side in "lr"),
    ("head_top",),
]


def limbs_of(spec):
    """[(channels to read at, from the extremity up; channels to be read there)] of each limb.

    Joints beyond the extremity (hand, toes) belong to the limb, but are no read-out places.
    """
    channel = {name: c for c, name in enumerate(spec.keypoints) if name}
    limb_of_channel = {
        channel[name]: i for i, limb in enumerate(LIMBS) for name in limb if name in channel
    }
    members = [[] for _ in LIMBS]
    for joint in range(len(spec.keypoints)):
        above = joint
        while above >= 0 and above not in limb_of_channel:
            above = spec.decoding["parents"][above]
        if above >= 0:
            members[limb_of_channel[above]].append(joint)
    places = [[channel[name] for name in limb if name in channel] for limb in LIMBS]
    return list(zip(places, members))


def isolated(px, places, joint):
    """(P,) bool: the joint of each person is far from all read-out places of the joint of others (Eq. 6.2).

    px (P,K,2) [px of the input], NaN where unseen; places: channels where the joint can be read
    """
    gap = np.linalg.norm(px[:, None, None, joint] - px[None, :, places], axis=-1)
    near = (gap < APART).any(-1)
    np.fill_diagonal(near, False)
    return ~near.any(1)


def read_poses(maps, px, score, stride, spec, doubt=False):
    """Algorithm 1 -> poses (P,K,3) relative to the parent in units of the maps, detected (P,) bool.

    maps (3K,a,b); px (P,K,2) [px of the input], score (P,K) of the 2D joints; stride of the maps
    doubt (P,K) bool: the joint may be somebody else's, so it is no valid read-out place
    """
    channel = {name: c for c, name in enumerate(spec.keypoints) if name}
    trunk = [channel["neck"], channel["pelvis"]]
    cells = maps_of.to_cells(np.nan_to_num(px), stride)
    seen = score > SEEN
    sure = seen & ~np.asarray(doubt)
    # base pose: at the neck where it is valid, else at the pelvis, else where either is seen
    valid = np.stack([sure[:, j] & isolated(px, trunk, j) for j in trunk], -1)
    choice = np.where(valid.any(-1), valid.argmax(-1), seen[:, trunk].argmax(-1))
    base = np.take(trunk, choice)
    P = np.arange(len(px))
    poses = maps_of.read_points(maps, cells[P, base])
    for places, members in limbs_of(spec):
        if not places:
            continue
        valid = np.stack([sure[:, j] & isolated(px, trunk + places, j) for j in places], -1)
        refined = np.flatnonzero(valid.any(-1))
        best = np.take(places, valid[refined].argmax(-1))
        limb = maps_of.read_points(maps, cells[refined, best])
        poses[refined[:, None], members] = limb[:, members]
    return poses, seen[:, trunk].any(-1)


def decode(outputs, spec, scale):
    """-> Locations of everybody, canonical keypoints. scale of the letterbox"""
    groups, stride = part_affinity.of_network(outputs, spec)
    px_input, maps = maps_of.to_input(groups.cell, stride), outputs["maps"][0]
    maps_stride = maps_of.stride(maps, spec.size)
    poses, detected = read_poses(maps, px_input, groups.score, maps_stride, spec, groups.doubt)
    rooted = kinematic_tree.from_root(spec.decoding["parents"]) @ poses[detected]
    px, confidence = part_affinity.canonical(
        px_input[detected], groups[detected], spec.keypoints, scale
    )
    channels, columns = scatter(spec.keypoints)
    X = np.full((len(px), len(KEYPOINTS), 3), np.nan)
    X[:, columns] = rooted[:, channels] * spec.decoding["metres_per_unit"]
    X -= X[:, INDEX["pelvis"], None]
    trunk = confidence[:, [INDEX["neck"], INDEX["pelvis"]]]
    return Locations(px, confidence, X, trunk.max(-1))


def estimate(network, image):
    """Picture -> Locations of everybody."""
    values, scale = letterbox(image, network.spec)
    return decode(network.run(values), network.spec, scale)
