"""From what a person does to the channels of a rig's bones: the whole of retargeting on one screen.

    joint frames -> bones of the rig (transfer.py) -> hips to their place, scaled by the leg (root_motion.py)
    -> feet held where they stand (planting.py), hands where they touch (touching.py)
    -> channels in the bones' own spaces (controls.py)
The rig is only described here (RigRest, TPose, Attachments); nothing of it is changed.
"""

from dataclasses import dataclass, field

import numpy as np

from ..inference import rotations
from . import controls, fingers, planting, roles, root_motion, t_pose, touching, transfer
from .attachments import in_order
from .bone_map import PLACED

ARM, LEG = ("upper_arm", "forearm", "hand"), ("thigh", "shin", "foot")
BELOW_KNEE = (*LEG[1:], "toe")
HINGE = {"L": -1.0, "R": 1.0}  # about the vertical of a T pose an elbow bends forwards


@dataclass(frozen=True)
class Target:
    """A rig as far as retargeting knows it."""

    rest: object  # RigRest
    bone_map: object  # BoneMap with bones of the rig only
    t_pose: object  # TPose
    attachments: dict  # driven bone -> Attachment
    stretches: dict = field(default_factory=dict)  # role that IK steers -> ik_stretch.Stretch
    goals: dict = field(default_factory=dict)  # name -> goals.Goal that is driven

    @property
    def chains(self):
        """{role: bones} of the bones that are driven."""
        found = {
            role: tuple(bone for bone in chain if bone in self.attachments)
            for role, chain in self.bone_map.bones.items()
            if role in roles.MOVED
        }
        return {role: chain for role, chain in found.items() if chain}

    @property
    def flat_hands(self):
        """Fingers of its hands, see `fingers.flat_hands`."""
        return fingers.flat_hands(self.rest, self.bone_map, self.t_pose)

    @property
    def scale(self):
        """Of the armature object."""
        return float(np.cbrt(abs(np.linalg.det(self.rest.T_world_armature[:3, :3]))))

    @property
    def R_world(self):
        """Rotation of the armature object, whose axes may be scaled unevenly."""
        axes = self.rest.T_world_armature[:3, :3]
        return axes / np.linalg.norm(axes, axis=0)


@dataclass(frozen=True)
class Options:
    root: root_motion.Travel = root_motion.HIPS
    at_home: bool = False  # start where the rig stands, not where the person was
    planted: float = 1.0  # how firmly resting feet are held, 0..1
    touching: float = 0.0  # how firmly hands stay at what they touch, 0..1


@dataclass(frozen=True)
class Ground:
    """What the source's feet do, in the target's world."""

    model: np.ndarray  # (N,4,3) soles, heel and ball, left then right
    stands: np.ndarray  # (N,4) bool
    floor: np.ndarray  # (N,) height of what is stood on
    fastest: float  # per second, that a sole which stands may move
    rising: float  # per second, that a foot is lifted out of the ground


@dataclass(frozen=True)
class _Way:
    """From the source's world to the target's."""

    person: object  # PersonMotion
    scale: float  # ratio of the legs
    start: np.ndarray  # (3,) where the path begins
    floor: np.ndarray  # (N,) under the person, in the source's world

    def placed(self, points, keys=slice(None)):
        """Points (N,3) or (N,n,3) in these keys."""
        return root_motion.placed(points, self.person, self.scale, self.start, self.floor[keys])


def driven_bones(bone_map, travel, fixed=(), mover=""):
    """Names of the bones that get keys, pelvis first; twist bones in `fixed` move by themselves already.

    mover  of the pelvis, where that is another bone (`rig.RigRest.mover`)
    """
    wanted = ["pelvis", *(role for role in roles.MOVED if role not in ("pelvis", "root"))]
    if root_motion.BY_ROOT in travel:
        wanted = ["root", *wanted]
    moved = [
        bone
        for role in wanted
        for bone in bone_map.bones.get(role, ())
        if not (role in roles.TWISTS and bone in fixed)
    ]
    steered = (bone for ik in bone_map.steering.values() for bone in ik.bones)
    return tuple(dict.fromkeys((*([mover] if mover else []), *moved, *steered)))


def located_bones(bone_map, travel, mover):
    """Names of the driven bones that get a location too."""
    root = bone_map.bones.get("root", ())[:1] if root_motion.BY_ROOT in travel else ()
    moved = [mover, *root]
    placed = (ik for role, ik in bone_map.steering.items() if roles.split(role)[0] in PLACED)
    return (*moved, *(bone for ik in placed for bone in ik.bones))


def retarget(person, target, options, seconds):
    """PersonMotion, Target, Options -> controls.Retargeted.

    seconds (N,) times of the keys
    """
    chains = target.chains
    joints = transfer.joint_rotations(person, chains, twist_places(target))
    scale = target.t_pose.leg * target.scale / person.leg
    start = root_motion.start(person, scale, target if options.at_home else None)
    stands, floor = planting.standing(person, seconds)
    way = _Way(person, scale, start, floor)
    goal = way.placed(person.hips)
    pose = _Pose(target, joints)
    _point(pose, person)
    if options.planted > 0:
        model = way.placed(person.soles)
        unit = root_motion.unit(scale)
        speeds = (speed * person.leg * unit for speed in (planting.RESTING, planting.RISING))
        ground = Ground(model, stands, floor * unit, *speeds)
        for part in person.shown():
            _plant(pose, ground, part, goal, options.planted, seconds)
    hips = goal - pose.hips_offset()
    if options.touching > 0:
        touched = touching.touches(person, floor, seconds)
        _touch(pose, touched, way, hips, options.touching, seconds)
    return controls.channels(pose, hips, root_motion.shares(goal, target, options.root))


def bent(target, bends):
    """T pose, but elbows and knees bent by each of the angles (S,) [rad] -> controls.Retargeted, S poses."""
    straight, joints = np.tile(np.eye(3), (len(bends), 1, 1)), {}
    for role, chain in target.chains.items():
        name, side = roles.split(role.replace("_twist", ""))
        axis = (0, 0, HINGE[side]) if name in ARM[1:] else (1, 0, 0) if name in BELOW_KNEE else None
        J = straight if axis is None else rotations.exp(bends[:, None] * np.array(axis))
        joints.update({bone: J for bone in chain if role != "root"})
    pose, T = _Pose(target, joints), target.rest.T_world_armature
    head = target.rest.T_armature_bone[target.rest.bone_names.index(pose.pelvis), :3, 3]
    stands = np.tile(T[:3, :3] @ head + T[:3, 3], (len(bends), 1))
    return controls.channels(pose, stands, {})


def twist_places(target):
    """{twist bone: 0..1}: where it sits along its limb."""
    index = {name: bone for bone, name in enumerate(target.rest.bone_names)}
    found = {}
    for role in roles.TWISTS:
        limb = role.replace("_twist", "")
        ends = [target.bone_map.bones.get(r, ()) for r in (limb, roles.below(limb))]
        if not all(ends):
            continue
        a, b = (target.rest.T_armature_bone[index[chain[0]], :3, 3] for chain in ends)
        for bone in target.bone_map.bones.get(role, ()):
            p = target.rest.T_armature_bone[index[bone], :3, 3]
            share = float((p - a) @ (b - a) / max((b - a) @ (b - a), 1e-12))
            found[bone] = min(max(share, 0.0), 1.0)
    return found


class _Pose:
    """The target's bones over all keys: rotations in the world, and where heads come to lie."""

    def __init__(self, target, joints):
        self.target = target
        self.R = {b: R @ target.t_pose.joint[b] for b, R in joints.items()}
        self.order = in_order(target.attachments)
        self.count = len(next(iter(joints.values())))
        self.pelvis = target.chains["pelvis"][0]

    def joint(self, bone):
        """(N,3,3) joint frame of a bone in the world."""
        return self.R[bone] @ self.target.t_pose.joint[bone].T

    def joint_of(self, role):
        """(N,3,3) joint frame of the first bone of a role in the world."""
        return self.joint(self.first(role))

    def first(self, role):
        return self.target.chains[role][0]

    def turn(self, roles_turned, correction):
        """Turns all bones of the roles by (N,3,3) in the world."""
        for role in roles_turned:
            for bone in self.target.chains.get(role, ()):
                self.R[bone] = correction @ self.R[bone]

    def offset(self, bone):
        """(N,3) from the head of the pelvis to the head of a bone, in the world's axes."""
        if bone == self.pelvis:
            return np.zeros((self.count, 3))
        attachment = self.target.attachments[bone]
        by = attachment.moved_by
        if by is None or by not in self.R:
            return np.full((self.count, 3), np.nan)
        return self.offset(by) + self.R[by] @ (attachment.place * self.target.scale)

    def hips_offset(self):
        """(N,3) from the head of the pelvis to the middle of the hip joints."""
        return (self.offset(self.first("thigh.L")) + self.offset(self.first("thigh.R"))) / 2

    def ankle_and_soles(self, side):
        """(N,3) ankle from the pelvis' head, (N,2,3) heel and ball from there too."""
        foot = self.first(f"foot.{side}")
        ankle, J = self.offset(foot), self.joint(foot)
        points = slice(0, 2) if side == "L" else slice(2, 4)
        soles = self.target.t_pose.soles[points] * self.target.scale
        return ankle, ankle[:, None] + np.einsum("nij,kj->nki", J, soles)


def _point(pose, person):
    """Turns limbs of several bones, which share the twist, so that the limb as a whole points as the person's."""
    for role, chain in pose.target.chains.items():
        name, side = roles.split(role)
        below = pose.target.chains.get(roles.below(role)) if name in transfer.ALONG else None
        if not below or len(chain) < 2:
            continue
        along = pose.offset(below[0]) - pose.offset(chain[0])
        if np.isfinite(along).all() and np.linalg.norm(along, axis=-1).min() > 0:
            wanted = person.turned[role][:, -1] @ t_pose.straight(name, side)
            pose.turn((role,), rotations.between(along, wanted))


def _plant(pose, ground, part, goal, planted, seconds):
    """Moves `goal` (N,3) in place and turns the legs so that resting soles keep their places, in some keys."""
    stands, times = ground.stands[part], seconds[part]
    if not stands.any():
        return
    model, hips = ground.model[part], (goal - pose.hips_offset())[part]
    feet = [pose.ankle_and_soles(side) for side in roles.SIDES]
    soles = hips[:, None] + np.concatenate([points[part] for _ankle, points in feet], 1)
    shift, weight = planting.wanted(soles, model, stands, times, ground.fastest)
    moved = planting.hips_shift(shift, weight, times) * planted
    goal[part] += moved
    left = (shift * planted - moved[:, None]) * weight[..., None]
    stood = soles + moved[:, None] + np.repeat(left, 2, axis=1)
    left[..., 2] += planting.lift(stood, model, ground.floor[part], times, ground.rising) * planted
    for foot, side in enumerate(roles.SIDES):
        bend_axis = pose.joint_of(f"shin.{side}")[part][:, :, 0]
        _reach(pose, LEG, side, part, left[:, foot], bend_axis)


def _touch(pose, touched, way, hips, share, seconds):
    """Turns the arms so that hands which touch something stay at it. hips (N,3) the head of the pelvis."""
    place = {role: hips + pose.offset(chain[0]) for role, chain in pose.target.chains.items()}
    rig = touching.Rig(place, pose.joint_of, way.placed, way.scale)
    asked = {side: touching.shift(touched, side, rig, seconds) for side in roles.SIDES}
    for side, shift in asked.items():
        arm = [place[f"{name}.{side}"] for name in ARM]
        if shift is not None and np.isfinite(arm).all():
            hinge = pose.joint_of(f"upper_arm.{side}")[:, :, 2] * HINGE[side]
            bend_axis = touching.bend_axis(*arm, hinge)
            _reach(pose, ARM, side, slice(None), shift * share, bend_axis)


def _reach(pose, limb, side, part, shift, bend_axis):
    """Turns a limb so that its end moves by `shift` (M,3) in the keys of `part`; the end keeps its direction."""
    upper, lower, end = (f"{name}.{side}" for name in limb)
    hip, knee, ankle = (pose.offset(pose.first(role))[part] for role in (upper, lower, end))
    corrections = planting.reach(hip, knee, ankle, ankle + shift, bend_axis)
    for role, correction in zip((upper, lower), corrections):
        whole = np.tile(np.eye(3), (pose.count, 1, 1))
        whole[part] = correction
        pose.turn((role, f"{role.replace('.', '_twist.')}"), whole)
