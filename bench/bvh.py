"""BVH files (Biovision hierarchy) -> joint positions and rotations by forward kinematics.

The root's place is its position channels alone (its OFFSET repeats them in some files). End sites are
joints called "<parent>_end". Files are Y up or Z up and do not say so: the spine of a reference pose tells.
"""

import gzip
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..inference.rotations import exp

AXES = {"X": 0, "Y": 1, "Z": 2}
Y_UP_TO_Z_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
STRAIGHT, HANGING = 0.85, -0.7  # cosines: the spine along an axis, the thigh against it


class BvhError(Exception):
    """The file is not a BVH; one sentence."""


@dataclass(frozen=True)
class Bvh:
    """J joints over F frames; lengths in the file's own unit."""

    names: tuple
    parents: np.ndarray  # (J,) -1 = root
    offsets: np.ndarray  # (J,3) from the parent
    positions: np.ndarray  # (F,J,3)
    rotations: np.ndarray  # (F,J,3,3) joint axes -> world, identity in the zero pose
    fps: float

    def index(self, *alternatives):
        """Index of the first of several names that there is; KeyError where there is none."""
        for name in alternatives:
            if name in self.names:
                return self.names.index(name)
        raise KeyError(f"there is no joint {' or '.join(alternatives)}")


@dataclass
class _Joint:
    name: str
    parent: int
    offset: np.ndarray
    channels: tuple = ()


def read(path):
    """File, also one packed by gzip -> Bvh; raises BvhError."""
    path = Path(path)
    opened = (
        gzip.open(path, "rt", errors="replace")
        if path.suffix == ".gz"
        else open(path, errors="replace")
    )
    with opened as stream:
        hierarchy, _, motion = stream.read().partition("MOTION")
    try:
        joints = _joints(hierarchy.split())
        values, fps = _frames(motion.split(), sum(len(joint.channels) for joint in joints))
    except (ValueError, IndexError) as error:
        raise BvhError(f"{path.name} is not a BVH file: {error}") from error
    return forward(joints, values, fps)


def _joints(words):
    """HIERARCHY -> list of _Joint, parents first."""
    joints, open_joints, at = [], [], 0
    while at < len(words):
        word = words[at]
        if word in ("ROOT", "JOINT", "End"):
            parent = open_joints[-1] if open_joints else -1
            name = f"{joints[parent].name}_end" if word == "End" else words[at + 1]
            joints.append(_Joint(name, parent, np.zeros(3)))
            at += 2
        elif word == "{":
            open_joints.append(len(joints) - 1)
            at += 1
        elif word == "}":
            open_joints.pop()
            at += 1
        elif word == "OFFSET":
            joints[-1].offset = np.array(words[at + 1 : at + 4], float)
            at += 4
        elif word == "CHANNELS":
            count = int(words[at + 1])
            joints[-1].channels = tuple(words[at + 2 : at + 2 + count])
            at += 2 + count
        else:
            at += 1
    if not joints:
        raise ValueError("it has no joints")
    return joints


def _frames(words, num_channels):
    """MOTION -> values (F, channels), frames per second."""
    start = words.index("Time:") + 2
    values = np.array(words[start:], float)
    whole = len(values) // num_channels * num_channels
    return values[:whole].reshape(-1, num_channels), 1 / float(words[start - 1])


def forward(joints, values, fps):
    """Channel values (F, channels) -> Bvh."""
    num_frames = len(values)
    positions = np.zeros((num_frames, len(joints), 3))
    rotations = np.zeros((num_frames, len(joints), 3, 3))
    column = 0
    for row, joint in enumerate(joints):
        place, R = np.broadcast_to(joint.offset, (num_frames, 3)).copy(), np.eye(3)
        for channel in joint.channels:
            axis, value = AXES[channel[0].upper()], values[:, column]
            if channel[1:] == "position":
                place[:, axis] = value
            else:
                R = R @ exp(np.radians(value)[:, None] * np.eye(3)[axis])
            column += 1
        if joint.parent < 0:
            positions[:, row], rotations[:, row] = place, R
        else:
            R_parent = rotations[:, joint.parent]
            positions[:, row] = positions[:, joint.parent] + (R_parent @ place[..., None])[..., 0]
            rotations[:, row] = R_parent @ R
    parents = np.array([joint.parent for joint in joints])
    offsets = np.array([joint.offset for joint in joints])
    return Bvh(tuple(joint.name for joint in joints), parents, offsets, positions, rotations, fps)


def zero_pose(bvh):
    """Positions (J,3) with all rotations zero, root at 0."""
    places = np.zeros_like(bvh.offsets)
    for row, parent in enumerate(bvh.parents):
        if parent >= 0:
            places[row] = places[parent] + bvh.offsets[row]
    return places


def z_up(bvh):
    """-> Bvh with Z up, reference pose: positions (J,3) and rotations (J,3,3), standing.

    The reference is the zero pose where a person stands in it (spine up, thigh down), else the first frame.
    """
    zero, identity = zero_pose(bvh), np.broadcast_to(np.eye(3), (len(bvh.names), 3, 3))
    up = _up_axis(bvh, zero)
    places, turns = (zero, identity) if up is not None else (bvh.positions[0], bvh.rotations[0])
    up = _up_axis(bvh, places) if up is None else up
    if up is None:
        raise BvhError("nobody stands in the zero pose or in the first frame, so up is unknown")
    C = Y_UP_TO_Z_UP if up == AXES["Y"] else np.eye(3)
    turned = replace(
        bvh,
        offsets=bvh.offsets @ C.T,
        positions=bvh.positions @ C.T,
        rotations=C @ bvh.rotations @ C.T,
    )
    return turned, places @ C.T, C @ turns @ C.T


def _up_axis(bvh, places):
    """Axis (Y or Z) along which somebody stands in a pose, None where nobody does."""
    hips, head = bvh.index("Hips"), bvh.index("Head")
    hip, knee = bvh.index("LeftUpLeg", "LeftHip"), bvh.index("LeftLeg", "LeftKnee")
    spine, thigh = places[head] - places[hips], places[knee] - places[hip]
    spine, thigh = spine / np.linalg.norm(spine), thigh / np.linalg.norm(thigh)
    axis = int(np.abs(spine).argmax())
    stands = axis != AXES["X"] and spine[axis] > STRAIGHT and thigh[axis] < HANGING
    return axis if stands else None
