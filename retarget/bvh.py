"""BVH text of one person, without Blender.

Y up, the person faces +Z in the rest pose, the left hand at +X; T pose; one unit is a metre unless
`units_per_metre` says otherwise (100 = centimetres). Rotations in degrees, channels Z X Y.
A BVH has one constant frame time and no way to say "nobody here": the motion is sampled at the clip's
nominal rate from the first to the last frame where the person is present, by its true times, and
moments without the person between two sightings are interpolated (positions straight, rotations along
the shortest way).
"""

from pathlib import Path

import numpy as np

from ..inference import rotations
from . import euler
from .rest_pose import rest_pose

Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
ORDER = "YXZ"  # Blender's name for the BVH channels Z X Y
ROTATION_CHANNELS = "Zrotation Xrotation Yrotation"


class NobodyError(Exception):
    """The person is in no frame."""


def write(motion, person, path, units_per_metre=1.0):
    """Writes the BVH file of one person (an index into the motion); a whole file or none."""
    text = bvh_text(motion, person, units_per_metre)
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
    order = _depth_first(rest.parents)
    p_root, R_local = _sampled(motion, person, present)
    position = p_root @ Y_UP.T * units_per_metre
    turned = np.stack([_bvh_angles(R_local[:, joint]) for joint in order], 1)
    rows = np.concatenate([position, np.degrees(turned).reshape(len(position), -1)], 1)
    lines = [
        "HIERARCHY",
        *_hierarchy(rest, int(np.flatnonzero(rest.parents < 0)[0]), units_per_metre),
    ]
    lines += ["MOTION", f"Frames: {len(rows)}", f"Frame Time: {1 / motion.fps:.9f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in rows.tolist()]
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


def _hierarchy(rest, joint, units_per_metre, indent=""):
    """Lines of the joint and all below it."""
    parent = rest.parents[joint]
    offset = rest.heads[joint] - rest.heads[parent] if parent >= 0 else np.zeros(3)
    children = np.flatnonzero(rest.parents == joint)
    inner = indent + "\t"
    lines = [f"{indent}{'JOINT' if parent >= 0 else 'ROOT'} {rest.names[joint]}", f"{indent}{{"]
    lines.append(f"{inner}OFFSET {_vector(offset, units_per_metre)}")
    if parent >= 0:
        lines.append(f"{inner}CHANNELS 3 {ROTATION_CHANNELS}")
    else:
        lines.append(f"{inner}CHANNELS 6 Xposition Yposition Zposition {ROTATION_CHANNELS}")
    for child in children:
        lines += _hierarchy(rest, int(child), units_per_metre, inner)
    if not len(children):
        end = _vector(rest.tails[joint] - rest.heads[joint], units_per_metre)
        lines += [f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET {end}", f"{inner}}}"]
    return [*lines, f"{indent}}}"]


def _vector(v, units_per_metre):
    return " ".join(f"{value:.6f}" for value in (Y_UP @ v * units_per_metre).tolist())
