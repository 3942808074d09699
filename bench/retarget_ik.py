"""Rigify's limbs by IK beside its FK controls, which have the same motion; how steady poles are. Needs bpy."""

import numpy as np

from ..inference import rotations
from ..retarget import ik_stretch
from . import retarget_rigs

LIMBS = {"arms": ("upper_arm", "forearm", "hand"), "legs": ("thigh", "shin", "foot")}
STRAIGHT = np.radians(5.0)  # bend below which the plane of a limb says little


def beside_fk(motion, played):
    """{"arms", "legs": numbers} of everybody in a Motion; `played` retargets."""
    found = {limb: {"off": [], "end": [], "speed": [], "straight": []} for limb in LIMBS}
    for row in range(len(motion.identity)):
        person, owner = retarget_rigs.empty(motion, row), retarget_rigs.rigify()
        moved, _target, _seconds = played(person, owner, ik=("hand", "foot"))
        for limb, names in LIMBS.items():
            for side in "LR":
                _of_limb(owner, [f"{name}{{}}.{side}" for name in names], moved, found[limb])
    return {limb: _summed(numbers) for limb, numbers in found.items()}


def _of_limb(owner, names, moved, numbers):
    """Adds how far one limb by IK is from the same by FK [deg], [mm], and how fast its pole turns [deg]."""
    by_fk = [name.format("_fk") for name in names]
    shown = [f"DEF-{name.format('')}" for name in names]
    every = (*by_fk, *shown, names[0].format("_ik_target"))
    T = np.stack([retarget_rigs.posed(owner, every, frame) for frame in moved.frames])
    fk, ik, pole = T[:, :3, :3, 3], T[:, 3:6, :3, 3], T[:, 6, :3, 3]
    for bone in (0, 1):
        numbers["off"] += _angles(fk[:, bone + 1] - fk[:, bone], ik[:, bone + 1] - ik[:, bone])
    numbers["end"] += (1e3 * np.linalg.norm(fk[:, 2] - ik[:, 2], axis=-1)).tolist()
    along, away = _unit(fk[:, 2] - fk[:, 0]), pole - fk[:, 0]
    away = _unit(away - along * (along * away).sum(-1, keepdims=True))
    carried = np.einsum("nij,nj->ni", rotations.between(along[:-1], along[1:]), away[:-1])
    seen = np.diff(moved.frames) < 1.5
    speed = np.array(_angles(carried, away[1:]))
    bend = ik_stretch.bend(fk[1:, 0], fk[1:, 1], fk[1:, 2], pole[1:])
    numbers["speed"] += speed[seen].tolist()
    numbers["straight"] += speed[seen & (bend < STRAIGHT)].tolist()


def _summed(numbers):
    return {
        "median_deg": float(np.median(numbers["off"])),
        "p95_deg": float(np.percentile(numbers["off"], 95)),
        "worst_deg": float(np.max(numbers["off"])),
        "end_mm": float(np.max(numbers["end"])),
        "pole_deg": float(np.max(numbers["speed"])),
        "straight_deg": float(np.max(numbers["straight"], initial=0.0)),
    }


def _angles(a, b):
    """Angles [deg] between vectors (N,3), as a list."""
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.degrees(np.arctan2(across, (a * b).sum(-1))).tolist()


def _unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
