"""BVH text of one person or of any armature, without Blender.

Y up, the person faces +Z in the rest pose, the left hand at +X; T pose; one unit is a metre unless
`units_per_metre` says otherwise (100 = centimetres). Rotations in degrees, channels Z X Y.
A BVH has one constant frame time and no way to say "nobody here": the motion is sampled at the clip's
nominal rate from the first to the last frame where the person is present, by its true times, and
moments without the person between two sightings are interpolated (positions straight, rotations along
the shortest way).
Of any other armature (`armature_text`) there is a pose at every frame. Bones whose heads move against what
carries them have six channels, as the root has.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference import rotations
from . import euler
from .rest_pose import rest_pose

Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
ORDER = "YXZ"  # Blender's name for the BVH channels Z X Y
ROTATION_CHANNELS = "Zrotation Xrotation Yrotation"
STILL = 1e-4  # [m] by which a head moves that does not move


class NobodyError(Exception):
    """The person is in no frame."""


def write(motion, person, path, units_per_metre=1.0):
    """Writes the BVH file of one person (an index into the motion); a whole file or none."""
    save(bvh_text(motion, person, units_per_metre), path)


def save(text, path):
    """Writes a text; a whole file or none."""
    path = Path(path)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


def bvh_text(motion, person, units_per_metre=1.0):
    """The text of the file. Raises NobodyError when the person is in no frame."""
    present = np.flatnonzero(motion.present[person])
    if not len(present):
        raise NobodyError(f"Person {motion.identity[person]} is in no frame.")
    rest = rest_pose(motion, person)
    p_root, R_local = _sampled(motion, person, present)
    root = int(np.flatnonzero(rest.parents < 0)[0])
    return _text(rest, {root: p_root}, R_local, motion.fps, units_per_metre)


@dataclass(frozen=True)
class Bones:
    """J bones at rest in the world, one of them without a parent, parents before children."""

    names: tuple
    parents: np.ndarray  # (J,), -1 = none
    heads: np.ndarray  # (J,3) [m]
    tails: np.ndarray  # (J,3) [m]


def armature_text(bones, R_rest, T_world_bone, fps, units_per_metre=1.0):
    """The text of the file of an armature.

    R_rest (J,3,3) of the bones at rest in the world, T_world_bone (F,J,4,4) of their poses
    """
    R = T_world_bone[..., :3, :3]
    R = R / np.linalg.norm(R, axis=-2, keepdims=True) @ np.swapaxes(R_rest, -1, -2)
    p = T_world_bone[..., :3, 3]
    R_local, placed = R.copy(), {}
    for bone, parent in enumerate(bones.parents):
        if parent < 0:
            placed[bone] = p[:, bone]
            continue
        R_above = np.swapaxes(R[:, parent], -1, -2)
        R_local[:, bone] = R_above @ R[:, bone]
        place = (R_above @ (p[:, bone] - p[:, parent])[..., None])[..., 0]
        if np.abs(place - (bones.heads[bone] - bones.heads[parent])).max() > STILL:
            placed[bone] = place
    return _text(bones, placed, R_local, fps, units_per_metre)


def _text(rest, placed, R_local, fps, units_per_metre):
    """rest: names, parents, heads, tails; placed {joint: (F,3)} of joints with six channels; R_local (F,J,3,3)."""
    order = _depth_first(rest.parents)
    columns = []
    for joint in order:
        if joint in placed:
            columns.append(placed[joint] @ Y_UP.T * units_per_metre)
        columns.append(np.degrees(_bvh_angles(R_local[:, joint])))
    lines = ["HIERARCHY", *_hierarchy(rest, order[0], units_per_metre, placed)]
    lines += ["MOTION", f"Frames: {len(R_local)}", f"Frame Time: {1 / fps:.9f}"]
    lines += [" ".join(f"{v:.6f}" for v in row) for row in np.concatenate(columns, 1).tolist()]
    return "\n".join(lines) + "\n"


def _sampled(motion, person, present):
    """Root positions (F,3) and parent-relative rotations (F,J,3,3) at the constant rate, world axes."""
    time_s = motion.time_s[present]
    count = int(np.floor((time_s[-1] - time_s[0]) * motion.fps + 0.5)) + 1
    samples = np.clip(time_s[0] + np.arange(count) / motion.fps, None, time_s[-1])
    T_world_joint = motion.T_world_joint[person, present]
    R = T_world_joint[..., :3, :3]
    above = np.where(motion.parents < 0, 0, motion.parents)
    local = np.swapaxes(R[:, above], -1, -2) @ R
    local[:, motion.parents < 0] = R[:, motion.parents < 0]
    before = np.clip(np.searchsorted(time_s, samples, side="right") - 1, 0, max(len(time_s) - 2, 0))
    after = np.minimum(before + 1, len(time_s) - 1)
    span = np.where(after > before, time_s[after] - time_s[before], 1.0)
    share = (samples - time_s[before]) / span
    p = T_world_joint[:, 0, :3, 3]
    p_root = p[before] + share[:, None] * (p[after] - p[before])
    step = rotations.log(np.swapaxes(local[before], -1, -2) @ local[after])
    return p_root, local[before] @ rotations.exp(share[:, None, None] * step)


def _bvh_angles(R_world):
    """(F,3,3) in world axes -> (F,3) [rad] about BVH's Z, X, Y, without flips."""
    xyz = euler.continuous(euler.angles(Y_UP @ R_world @ Y_UP.T, ORDER), ORDER)
    return xyz[:, [2, 0, 1]]


def _depth_first(parents):
    def below(joint):
        children = np.flatnonzero(parents == joint)
        return [joint, *(other for child in children for other in below(child))]

    return below(int(np.flatnonzero(parents < 0)[0]))


def _hierarchy(rest, joint, units_per_metre, placed, indent=""):
    """Lines of the joint and all below it."""
    parent = rest.parents[joint]
    offset = rest.heads[joint] - rest.heads[parent] if parent >= 0 else np.zeros(3)
    children = np.flatnonzero(rest.parents == joint)
    inner = indent + "\t"
    lines = [f"{indent}{'JOINT' if parent >= 0 else 'ROOT'} {rest.names[joint]}", f"{indent}{{"]
    lines.append(f"{inner}OFFSET {_vector(offset, units_per_metre)}")
    if joint in placed:
        lines.append(f"{inner}CHANNELS 6 Xposition Yposition Zposition {ROTATION_CHANNELS}")
    else:
        lines.append(f"{inner}CHANNELS 3 {ROTATION_CHANNELS}")
    for child in children:
        lines += _hierarchy(rest, int(child), units_per_metre, placed, inner)
    if not len(children):
        end = _vector(rest.tails[joint] - rest.heads[joint], units_per_metre)
        lines += [f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET {end}", f"{inner}}}"]
    return [*lines, f"{indent}}}"]


def _vector(v, units_per_metre):
    return " ".join(f"{value:.6f}" for value in (Y_UP @ v * units_per_metre).tolist())
