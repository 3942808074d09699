"""What `bench retarget` measures inside Blender, on evaluated poses. Needs bpy."""

import json
from pathlib import Path

import bpy
import numpy as np

from ..inference.motion import Motion
from ..operators import retarget_steps
from ..operators.datablocks import Made
from ..operators.retarget import RetargetRequest
from ..operators.steps import at_once
from ..retarget import detect, planting, rig, roles, t_pose, transfer
from . import retarget_ik, retarget_keys, retarget_known, retarget_rigs

LIMBS = [f"{name}.{side}" for name in transfer.ALONG for side in roles.SIDES]
EVERY = 4  # frames that are looked at
BOUND = (0.5, 0.003)  # [deg], [m] of fewer keys
LEGS = (0.8, 1.0, 1.2)  # times their length
FREE = 0.0  # feet that are not planted


def main(job, out):
    """Measures what the job names, writes the numbers."""
    with open(job, encoding="utf-8") as stream:
        wanted = json.load(stream)
    known = [retarget_known.performed(motion, path) for motion, path in wanted["motions"]]
    demo = Motion.load(wanted["demo"]) if wanted["demo"] else None
    moved = known[0].motion if known else demo
    found = {"rigs": rigs(wanted["characters"], moved) if moved else {}, "motions": {}, "demo": {}}
    for one in known:
        found["motions"][one.name] = on_a_rig(one)
    if demo is not None:
        found["demo"] = {
            "feet": feet(demo),
            "ik": retarget_ik.beside_fk(demo, played),
            "keys": retarget_keys.fewer(demo, BOUND, played),
        }
    found["writing"] = retarget_keys.writing_times()
    Path(out).write_text(json.dumps(found), encoding="utf-8")


def rigs(paths, motion):
    """Worst direction and twist of limbs [deg] and way of the hips [mm] per rig, over a known motion."""
    found = {}
    for name, make in retarget_rigs.makers(paths).items():
        person, owner = retarget_rigs.empty(motion), make()
        before = retarget_rigs.rest_bytes(owner)
        own, shape = shape_of(person), shape_of(owner)
        _read, target, _seconds = played(person, owner, planted=FREE)
        frames = (motion.frame[motion.present[0]][::EVERY] + 1).tolist()
        both = [(joints(person, own, f), joints(owner, shape, f)) for f in frames]
        off = [compared(*pair) for pair in both]
        legs = target.t_pose.leg * target.scale / own[1].leg
        found[name] = {
            "family": shape[0].name,
            "direction_deg": float(np.max([direction for direction, _ in off])),
            "twist_deg": float(np.max([twist for _, twist in off])),
            "way_mm": 1e3 * way_off(both, legs),
            "rest_kept": retarget_rigs.rest_bytes(owner) == before,
        }
    return found


def on_a_rig(one):
    """Angles [deg] between limbs of a rig and those of the motion file, over our own skeleton."""
    person, owner = retarget_rigs.empty(one.motion), retarget_rigs.metarig()
    shape = shape_of(owner)
    played(person, owner, planted=FREE)
    angles = []
    for t in range(0, len(one.limbs), EVERY):
        heads, _turned = joints(owner, shape, t + 1)
        for limb, along in one.limbs[t].items():
            angles.append(between(heads[roles.below(limb)] - heads[limb], along))
    return {"median_deg": float(np.median(angles)), "p95_deg": float(np.percentile(angles, 95))}


def feet(motion):
    """Slides and depth of soles that stand [mm], everybody of a clip on legs of other lengths."""
    found = {}
    for legs in LEGS:
        slides, source, deepest = [], [], []
        for person_row in range(len(motion.identity)):
            person = retarget_rigs.empty(motion, person_row)
            owner = retarget_rigs.metarig(legs)
            moved, target, seconds = played(person, owner)
            stands, floor = planting.standing(moved, seconds)
            soles = np.stack([soles_of(owner, target, frame) for frame in moved.frames])
            both = stands[1:] & stands[:-1] & (np.diff(moved.frames) < 1.5)[:, None]
            for points, steps in ((soles, slides), (moved.soles, source)):
                steps += np.linalg.norm(np.diff(points[..., :2], axis=0), axis=-1)[both].tolist()
            deepest.append((floor[:, None] - soles[..., 2])[stands].max())
        found[str(legs)] = {
            "median_mm": 1e3 * float(np.median(slides)),
            "p95_mm": 1e3 * float(np.percentile(slides, 95)),
            "source_p95_mm": 1e3 * float(np.percentile(source, 95)),
            "deepest_mm": 1e3 * float(max(deepest)),
        }
    return found


def played(person, owner, planted=1.0, bounds=(), ik=()):
    """Retargets; -> PersonMotion, Target, seconds of the keys, as retargeting had them."""
    scene = bpy.context.scene
    request = RetargetRequest(
        source=(person.name, person.session_uid),
        target=(owner.name, owner.session_uid),
        scene_fps=scene.render.fps / scene.render.fps_base,
        root="HIPS",
        at_home=False,
        planted=planted,
        reduce=bounds,
        ik=ik,
    )
    read, _keyed, target, _notes = at_once(retarget_steps.read_steps(request))
    at_once(retarget_steps.steps(Made(), request))
    return read, target, read.frames / request.scene_fps


def shape_of(owner):
    """BoneMap and TPose of an armature."""
    rest = rig.read(owner)
    found = detect.detect(rest).bone_map
    return found, t_pose.t_pose(rest, found)


def joints(owner, shape, frame):
    """Heads (3,) and joint frames (3,3) of an armature's roles in the world at a frame."""
    found, standing = shape
    heads, turned = {}, {}
    for role, chain in found.bones.items():
        T = retarget_rigs.posed(owner, (chain[0], chain[-1]), frame)
        heads[role] = T[0, :3, 3]
        if chain[-1] in standing.joint:
            R = T[1, :3, :3] / np.linalg.norm(T[1, :3, :3], axis=0)
            turned[role] = R @ standing.joint[chain[-1]].T
    return heads, turned


def compared(one, other):
    """Worst angle between limbs, and worst twist along them [deg]."""
    (heads, turned), (heads_there, turned_there) = one, other
    directions, twists = [], []
    for limb in LIMBS:
        below = roles.below(limb)
        directions.append(
            between(heads[below] - heads[limb], heads_there[below] - heads_there[limb])
        )
        R = turned[limb].T @ turned_there[limb]
        axis = transfer.ALONG[roles.split(limb)[0]]
        twists.append(abs(np.degrees(transfer.twist(R[None], axis)[0])))
    return max(directions), max(twists)


def way_off(both, legs):
    """[m] that the hips of a rig are off the way over the ground of other hips, times `legs`, at most."""
    hips, there = (
        np.array([heads["thigh.L"] + heads["thigh.R"] for heads, _turned in one]) / 2
        for one in zip(*both)
    )
    off = (there - there[0]) / legs - (hips - hips[0])
    return float(np.linalg.norm(off[:, :2], axis=1).max())


def between(a, b):
    """Angle [deg]."""
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


def soles_of(owner, target, frame):
    """(4,3) soles of an armature, described as Target, at a frame."""
    bones, standing = [target.chains[f"foot.{side}"][-1] for side in roles.SIDES], target.t_pose
    T = retarget_rigs.posed(owner, bones, frame)
    J = [T[k, :3, :3] @ standing.joint[bone].T for k, bone in enumerate(bones)]
    return np.concatenate(
        [T[k, :3, 3] + standing.soles[2 * k : 2 * k + 2] @ J[k].T for k in range(2)]
    )
