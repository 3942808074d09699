"""Motion capture put on a MakeHuman body: limbs point exactly where the file's limbs point.

A file gives rotations from its own reference pose. S is such a rotation in the world, A the constant one
that takes the body's rest pose to that reference, and D = S A the body's rotation from rest:
    limbs       A turns the rest direction of the limb to its reference direction, the shortest way
    hands       as their forearms
    feet        A turns only about the vertical: soles are flat in both poses
    the trunk   A is the heading of the reference
Bones that a file does not have move with their parent; fingers are curled as in a hand at rest.
Z up; lengths of a file are scaled by its legs.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..inference.rotations import between, exp, log
from . import bvh, deepmimic
from . import synthetic_body as bodies

FOLDER = "media/motion"
# bone: names in BVH files
BONES = {
    "Hips": ("Hips",),
    "Neck": ("Neck",),
    "Head": ("Head",),
    **{
        f"{side}{bone}": tuple(f"{side}{name}" for name in names)
        for side in ("Left", "Right")
        for bone, names in {
            "Shoulder": ("Collar", "Shoulder"),
            "Arm": ("Arm", "Shoulder"),
            "ForeArm": ("ForeArm", "Elbow"),
            "Hand": ("Hand", "Wrist"),
            "UpLeg": ("UpLeg", "Hip"),
            "Leg": ("Leg", "Knee"),
            "Foot": ("Foot", "Ankle"),
            "ToeBase": ("ToeBase", "Toes"),
        }.items()
    },
}
SPINE = ("Spine", "Spine1", "Spine2")
# joint of DeepMimic: bone
MIMIC_BONES = {
    "root": "Hips",
    "chest": "Spine1",
    "neck": "Head",
    **{
        f"{joint}_{side[0].lower()}": side + bone
        for side in ("Left", "Right")
        for joint, bone in {
            "hip": "UpLeg",
            "knee": "Leg",
            "ankle": "Foot",
            "toe": "ToeBase",
            "shoulder": "Arm",
            "elbow": "ForeArm",
            "wrist": "Hand",
        }.items()
    },
}
HALFWAY = {"Spine": ("Hips", "Spine1"), "Neck": ("Spine1", "Head")}  # DeepMimic has none there
LIMBS = {"Arm": "ForeArm", "ForeArm": "Hand", "UpLeg": "Leg", "Leg": "Foot"}  # bone: where it ends
FEET = ("Foot", "ToeBase")
HORIZONTAL = np.array([1.0, 1, 0])


@dataclass(frozen=True)
class Source:
    """A motion file: bones by our names. F frames, Z up, the file's unit of length."""

    S: dict  # bone -> (F,3,3) rotation from the reference pose
    rest: dict  # bone -> (3,) place of its head in the reference pose
    hips: np.ndarray  # (F,3)
    fps: float


@dataclass(frozen=True)
class Move:
    """A body over T frames, Z up; B bones."""

    D: np.ndarray  # (T,B,3,3) rotations from the rest pose
    root: np.ndarray  # (T,3) [m] place of the hips


def read(name, data):
    """File in the folder of measuring material -> Source."""
    path = Path(data) / FOLDER / name
    return from_deepmimic(path) if path.suffix == ".txt" else from_bvh(path)


def from_bvh(path):
    """BVH file -> Source."""
    clip, places, turns = bvh.z_up(bvh.read(path))
    joints = {}
    for bone, names in BONES.items():
        found = [name for name in names if name in clip.names]
        if found:
            joints[bone] = clip.index(*found)
    spine = _spine(clip, joints)
    if spine:
        rows = np.linspace(0, len(spine) - 1, len(SPINE)).round().astype(int)
        joints |= {bone: spine[row] for bone, row in zip(SPINE, rows)}
    S = {
        bone: clip.rotations[:, joint] @ np.swapaxes(turns[joint], -1, -2)
        for bone, joint in joints.items()
    }
    rest = {bone: places[joint] for bone, joint in joints.items()}
    return Source(S, rest, clip.positions[:, joints["Hips"]], clip.fps)


def _spine(clip, joints):
    """Joints from above the hips up to the one that carries both arms."""
    lines = []
    for bone in ("LeftArm", "RightArm"):
        line = [joints[bone]]
        while clip.parents[line[-1]] >= 0:
            line.append(int(clip.parents[line[-1]]))
        lines.append(line)
    shared = [joint for joint in lines[0] if joint in lines[1] and joint != joints["Hips"]]
    return shared[::-1]


def from_deepmimic(path):
    """DeepMimic file -> Source; its hands and toes know no more than the bones above them."""
    rows = np.array(json.loads(path.read_text(encoding="utf-8"))["Frames"], float)
    R, rest = {"root": deepmimic.rotation(rows[:, 4:8])}, {"root": np.zeros(3)}
    column = 8
    for joint, parent, offset, count in deepmimic.JOINTS:
        R[joint] = R[parent] @ deepmimic.rotation(rows[:, column : column + count])
        rest[joint] = rest[parent] + offset
        column += count
    for joint, parent, offset in deepmimic.ENDS:
        rest[joint] = rest[parent] + offset
    C = deepmimic.TO_Z_UP
    S = {MIMIC_BONES[joint]: C @ turns @ C.T for joint, turns in R.items()}
    for bone, (below, above) in HALFWAY.items():
        S[bone] = S[below] @ exp(log(np.swapaxes(S[below], -1, -2) @ S[above]) / 2)
    places = {MIMIC_BONES[joint]: C @ place for joint, place in rest.items()}
    return Source(S, places, rows[:, 1:4] @ C.T, 1 / rows[0, 0])


def at_times(source, frames):
    """Source at frames that may lie between its own, (T,)."""
    before = np.clip(frames.astype(int), 0, len(source.hips) - 2)
    share = (frames - before)[:, None]
    S = {
        bone: R[before] @ exp(share * log(np.swapaxes(R[before], -1, -2) @ R[before + 1]))
        for bone, R in source.S.items()
    }
    hips = (1 - share) * source.hips[before] + share * source.hips[before + 1]
    return Source(S, source.rest, hips, source.fps)


def put_on(source, body):
    """Source -> Move of a body."""
    rig = body.rig
    curled = bodies.relaxed_hands(body)
    rest_to_reference = alignment(source, body)
    D = np.empty((len(source.hips), len(rig.names), 3, 3))
    for bone, name in enumerate(rig.names):
        if name in source.S:
            D[:, bone] = source.S[name] @ rest_to_reference[name]
        else:
            D[:, bone] = D[:, rig.parents[bone]] @ curled[bone]
    return Move(D, source.hips * _leg(body) / _source_leg(source))


def alignment(source, body):
    """Bone -> A (3,3)."""
    across = source.rest["LeftUpLeg"] - source.rest["RightUpLeg"]
    R_heading = exp(np.array([0, 0, np.arctan2(across[1], across[0])]))
    aligned = dict.fromkeys(source.S, R_heading)
    for side in ("Left", "Right"):
        for bone, end in LIMBS.items():
            ours = R_heading @ _direction(body, side + bone, side + end)
            theirs = source.rest[side + end] - source.rest[side + bone]
            aligned[side + bone] = between(ours, theirs) @ R_heading
        aligned[side + "Hand"] = aligned[side + "ForeArm"]
        ours = R_heading @ _direction(body, side + "Foot", side + "ToeBase")
        theirs = source.rest[side + "ToeBase"] - source.rest[side + "Foot"]
        for bone in FEET:
            aligned[side + bone] = between(ours * HORIZONTAL, theirs * HORIZONTAL) @ R_heading
    return aligned


def _direction(body, bone, end):
    return body.heads[body.rig.index(end)] - body.heads[body.rig.index(bone)]


def _leg(body):
    """Length of thigh and shank [m]."""
    return sum(
        np.linalg.norm(_direction(body, *ends))
        for ends in (("LeftUpLeg", "LeftLeg"), ("LeftLeg", "LeftFoot"))
    )


def _source_leg(source):
    return sum(
        np.linalg.norm(source.rest[end] - source.rest[bone])
        for bone, end in (("LeftUpLeg", "LeftLeg"), ("LeftLeg", "LeftFoot"))
    )
