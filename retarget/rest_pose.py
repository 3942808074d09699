"""The rest pose of a solved person: heads, tails and roll of bones, from the skeleton's offsets.

Pure: the created armature, its mannequin and BVH end sites all take their shape from here.
T pose, facing -Y, Z up, the person's left at +X, soles on z = 0. Lengths [m].
"""

from dataclasses import dataclass

import numpy as np

FORWARD = np.array([0.0, -1.0, 0.0])
UP = np.array([0.0, 0.0, 1.0])
SOLE = 0.010  # of stature, below the lowest joint
SHORTEST = 0.01  # [m] Blender drops bones of no length
# leaf bones: direction (None = goes on as its parent does) and length [statures]
LEAVES = {
    "head": (UP, 0.130), "hand": (None, 0.100), "toe": (FORWARD, 0.045), "thumb": (None, 0.0145),
    "f_index": (None, 0.0112), "f_middle": (None, 0.0122), "f_ring": (None, 0.0121),
    "f_pinky": (None, 0.0113),
}  # fmt: skip
ASIDE = "thumb"  # is no continuation of the hand


@dataclass(frozen=True)
class RestPose:
    names: tuple  # J
    parents: np.ndarray  # (J,) int, -1 = root; parents come before children
    heads: np.ndarray  # (J,3)
    tails: np.ndarray  # (J,3)
    roll_axes: np.ndarray  # (J,3) where the bone's Z axis points
    height: float  # stature

    def index(self, name):
        return self.names.index(name)


def rest_pose(motion, person):
    """Rest pose of one person (an index into the motion, not an identity)."""
    names = tuple(str(name) for name in motion.joint_names)
    parents, offsets = np.asarray(motion.parents), motion.rest_offset[person]
    height = float(motion.height_m[person])
    heads = np.zeros((len(names), 3))
    for joint, parent in enumerate(parents):
        heads[joint] = offsets[joint] + (heads[parent] if parent >= 0 else 0.0)
    heads[:, 2] += SOLE * height - heads[:, 2].min()
    tails = heads + bone_vectors(names, parents, offsets, height)
    return RestPose(names, parents, heads, tails, _roll_axes(tails - heads), height)


def bone_vectors(names, parents, offsets, height):
    """Head to tail of every bone (J,3): to the middle of the children that go on in its line.

    A central bone goes on to its central children only (the chest to the neck, not to the arms), a hand to its
    fingers.
    offsets (J,3) parent-relative [m]; a leaf takes its direction and length from LEAVES.
    """
    vectors = np.zeros((len(names), 3))
    for joint, name in enumerate(names):
        children = [child for child, parent in enumerate(parents) if parent == joint]
        going_on = [
            child
            for child in children
            if _side(names[child]) == _side(name) and not names[child].startswith(ASIDE)
        ]
        if children:
            vectors[joint] = offsets[going_on or children].mean(0)
        else:
            direction, length = LEAVES.get(name.partition(".")[0], (None, 0.06))
            vectors[joint] = (
                _unit(offsets[joint] if direction is None else direction) * length * height
            )
        if np.linalg.norm(vectors[joint]) < SHORTEST:
            vectors[joint] = _unit(vectors[joint]) * SHORTEST
    return vectors


def _side(name):
    return name.rpartition(".")[2] if "." in name else ""


def _unit(vector):
    length = np.linalg.norm(vector)
    return vector / length if length > 1e-9 else UP


def _roll_axes(vectors):
    """Z axes of bones (J,3): forward, or up for bones that point forward; so +X bends the limb forward."""
    along = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    points_forward = np.abs(along @ FORWARD) > 0.7
    return np.where(points_forward[:, None], UP, FORWARD)
