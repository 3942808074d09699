"""Motion files of DeepMimic (Peng et al. 2018): JSON rows of joint quaternions -> joint positions.

A row: seconds until the next, root position, root rotation, then the joints of JOINTS, quaternions w first
or one angle [rad] about Z. Y is up, the person faces +X, so that the right side is +Z.
"""

import json
from dataclasses import dataclass

import numpy as np

from ..inference.rotations import exp

# joint, parent, place in the parent [m], numbers in a row; places: the humanoid of the same project
JOINTS = [
    ("chest", "root", (0.0, 0.236151, 0.0), 4),
    ("neck", "chest", (0.0, 0.223894, 0.0), 4),
    ("hip_r", "root", (0.0, 0.0, 0.084887), 4),
    ("knee_r", "hip_r", (0.0, -0.421546, 0.0), 1),
    ("ankle_r", "knee_r", (0.0, -0.409870, 0.0), 4),
    ("shoulder_r", "chest", (-0.02405, 0.24350, 0.18311), 4),
    ("elbow_r", "shoulder_r", (0.0, -0.274788, 0.0), 1),
    ("hip_l", "root", (0.0, 0.0, -0.084887), 4),
    ("knee_l", "hip_l", (0.0, -0.421546, 0.0), 1),
    ("ankle_l", "knee_l", (0.0, -0.409870, 0.0), 4),
    ("shoulder_l", "chest", (-0.02405, 0.24350, -0.18311), 4),
    ("elbow_l", "shoulder_l", (0.0, -0.274788, 0.0), 1),
]
ENDS = [
    ("wrist_r", "elbow_r", (0.0, -0.258947, 0.0)),
    ("wrist_l", "elbow_l", (0.0, -0.258947, 0.0)),
    ("toe_r", "ankle_r", (0.12, -0.05, 0.0)),  # his feet are boxes without toes
    ("toe_l", "ankle_l", (0.12, -0.05, 0.0)),
]
SOLE = np.arctan2(-0.05, 0.12)  # slope [rad] of ankle to toe, the feet flat on the ground
TO_Z_UP = np.array([[0.0, 0, -1], [-1, 0, 0], [0, 1, 0]])  # facing -Y, left +X


@dataclass(frozen=True)
class Mimic:
    """F frames, Z up, facing -Y when nothing is turned."""

    positions: dict  # joint -> (F,3) [m]
    head: np.ndarray  # (F,3,3) rotation of the head, identity when nothing is turned
    fps: float


def read(path):
    """File -> Mimic."""
    data = json.loads(path.read_text(encoding="utf-8"))
    rows = np.array(data["Frames"], float)
    fps = 1 / rows[0, 0]
    places, R = {"root": rows[:, 1:4]}, {"root": rotation(rows[:, 4:8])}
    column = 8
    for name, parent, offset, count in JOINTS:
        places[name] = places[parent] + R[parent] @ np.asarray(offset)
        R[name] = R[parent] @ rotation(rows[:, column : column + count])
        column += count
    for name, parent, offset in ENDS:
        places[name] = places[parent] + R[parent] @ np.asarray(offset)
    turned = {name: place @ TO_Z_UP.T for name, place in places.items()}
    return Mimic(turned, TO_Z_UP @ R["neck"] @ TO_Z_UP.T, fps)


def rotation(values):
    """Quaternions (F,4), w first, or angles about Z (F,1) -> (F,3,3)."""
    if values.shape[-1] == 1:
        return exp(values * [0, 0, 1.0])
    sine = np.linalg.norm(values[:, 1:], axis=-1, keepdims=True)
    angle = 2 * np.arctan2(sine, values[:, :1])
    return exp(values[:, 1:] / np.maximum(sine, 1e-12) * angle)
