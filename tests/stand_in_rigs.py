"""Made-up rigs for tests: a person's proportions under any names, in T or A pose, with odd rolls.

Metres, facing -Y, Z up, soles on z = 0. Bone names come from a BoneMap, so that every family has its stand-in.
"""

from dataclasses import dataclass, replace

import numpy as np
from monorig.inference import rotations
from monorig.retarget import roles
from monorig.retarget.rig import RigRest

# ends of each role on the left (or in the middle) in T pose
PLACES = {
    "root": ((0, 0, 0), (0, 0.3, 0)),
    "pelvis": ((0, 0.01, 0.95), (0, 0.01, 1.02)),
    "spine": ((0, 0.01, 1.02), (0, 0.02, 1.44)),
    "neck": ((0, 0.02, 1.44), (0, 0.0, 1.54)),
    "head": ((0, 0.0, 1.54), (0, 0.0, 1.75)),
    "clavicle": ((0.02, 0.0, 1.40), (0.17, 0.02, 1.43)),
    "upper_arm": ((0.17, 0.02, 1.43), (0.46, 0.02, 1.43)),
    "forearm": ((0.46, 0.02, 1.43), (0.71, 0.02, 1.43)),
    "hand": ((0.71, 0.02, 1.43), (0.80, 0.02, 1.43)),
    "index": ((0.80, -0.01, 1.43), (0.84, -0.01, 1.43)),
    "middle": ((0.80, 0.01, 1.43), (0.84, 0.01, 1.43)),
    "pinky": ((0.79, 0.05, 1.43), (0.82, 0.05, 1.43)),
    "thigh": ((0.09, 0.01, 0.91), (0.09, 0.01, 0.49)),
    "shin": ((0.09, 0.01, 0.49), (0.09, 0.01, 0.08)),
    "foot": ((0.09, 0.01, 0.08), (0.09, -0.13, 0.02)),
    "toe": ((0.09, -0.13, 0.02), (0.09, -0.19, 0.02)),
}
CARRIED_BY = {"index": "hand", "middle": "hand", "pinky": "hand"}
ARM = ("upper_arm", "forearm", "hand", *roles.KNUCKLES)
LEG = ("thigh", "shin")
ENDS = (
    ("head", (0, 0.0, 1.75)),
    ("index.L", (0.84, -0.01, 1.43)),
    ("index.R", (-0.84, -0.01, 1.43)),
)


@dataclass(frozen=True)
class StandIn:
    rest: RigRest
    lengths: np.ndarray  # (B,) of the bones
    truth: dict  # role -> bone names

    def renamed(self, names):
        """The same rig under other names {old: new}."""
        rest = replace(self.rest, bone_names=tuple(names.get(n, n) for n in self.rest.bone_names))
        truth = {role: tuple(names.get(n, n) for n in chain) for role, chain in self.truth.items()}
        return replace(self, rest=rest, truth=truth)


def stand_in(bone_map, lowered_deg=0.0, spread_deg=0.0, roll=None, leave_out=(), object_name="rig"):
    """Rig with all bones of a map. Arms hang `lowered_deg` from T pose, legs stand `spread_deg` apart.

    roll       random generator for odd rolls, None = bones as they come
    leave_out  roles that the rig does not have
    """
    chains = {r: c for r, c in bone_map.bones.items() if r not in leave_out}
    names, parents, heads, tails = [], [], [], []
    for role in roles.ROLES:
        chain = chains.get(role)
        if not chain:
            continue
        ends = _ends(role, lowered_deg, spread_deg)
        above = _carrier(role, chains, names)
        cuts = np.linspace(0, 1, len(chain) + 1)
        for k, bone in enumerate(chain):
            names.append(bone)
            parents.append(above)
            heads.append(ends[0] + cuts[k] * (ends[1] - ends[0]))
            tails.append(ends[0] + cuts[k + 1] * (ends[1] - ends[0]))
            above = above if _twists(role) else len(names) - 1
    heads, tails = np.array(heads), np.array(tails)
    order = parents_first(parents)
    place = {old: new for new, old in enumerate(order)}
    T = bone_matrices(heads[order], tails[order], roll)
    rest = RigRest(
        object_name,
        tuple(names[b] for b in order),
        np.array([place[parents[b]] if parents[b] >= 0 else -1 for b in order]),
        T,
        ("QUATERNION",) * len(order),
        np.eye(4),
    )
    truth = {role: chain for role, chain in chains.items() if chain}
    return StandIn(rest, np.linalg.norm(tails - heads, axis=-1)[order], truth)


def _twists(role):
    return roles.split(role)[0].endswith("_twist")


def _ends(role, lowered_deg, spread_deg):
    """(2,3) head and tail of a role."""
    name, side = roles.split(role)
    limb = name.removesuffix("_twist")
    ends = np.array(PLACES[limb], float)
    if limb in ARM:
        ends = _about(ends, PLACES["upper_arm"][0], np.radians(lowered_deg))
    if limb in LEG:
        ends = _about(ends, PLACES["thigh"][0], -np.radians(spread_deg))
    if limb in ("foot", "toe"):
        ankle = np.array(PLACES["shin"][1])
        moved = _about(ankle[None], PLACES["thigh"][0], -np.radians(spread_deg))[0]
        ends = ends + moved - ankle
    return ends * ([-1, 1, 1] if side == "R" else 1)


def _about(points, centre, angle):
    """Turned about the +Y axis through a point."""
    return np.array(centre) + (points - centre) @ rotations.exp(np.array([0, angle, 0])).T


def _carrier(role, chains, names):
    """Index of the bone that carries a role's first bone, -1 = none."""
    name, side = roles.split(role)
    if role == "root":
        return -1
    if _twists(role):
        return names.index(chains[f"{name.removesuffix('_twist')}.{side}"][0])
    above = f"{CARRIED_BY[name]}.{side}" if name in CARRIED_BY else roles.above(role) or "root"
    while above is not None and above not in chains:
        above = roles.above(above)
    return names.index(chains[above][-1]) if above is not None else -1


def parents_first(parents):
    order = []
    while len(order) < len(parents):
        order += [b for b, p in enumerate(parents) if b not in order and (p < 0 or p in order)]
    return order


def bone_matrices(heads, tails, roll):
    """(B,4,4) with Y along the bones."""
    T = np.tile(np.eye(4), (len(heads), 1, 1))
    along = tails - heads
    along[np.linalg.norm(along, axis=-1) < 1e-9] = [0, 0, 1e-3]
    T[:, :3, :3] = [rotations.between(np.array([0, 1.0, 0]), v) for v in along]
    if roll is not None:
        turn = rotations.exp(roll.uniform(-3, 3, len(heads))[:, None] * [0, 1.0, 0])
        T[:, :3, :3] = T[:, :3, :3] @ turn
    T[:, :3, 3] = heads
    return T


def hierarchy_attachments(rest, driven):
    """{bone: Attachment} of a rig in which only parents carry, as `rig_probe` would measure them."""
    from monorig.retarget.attachments import Attachment

    index = {name: bone for bone, name in enumerate(rest.bone_names)}
    found = {}
    for name in driven:
        bone = index[name]
        above = int(rest.parents[bone])
        while above >= 0 and rest.bone_names[above] not in driven:
            above = int(rest.parents[above])
        R, p = rest.T_armature_bone[bone, :3, :3], rest.T_armature_bone[bone, :3, 3]
        if above < 0:
            found[name] = Attachment(None, R, None, p, np.eye(3))
            continue
        T = rest.T_armature_bone[above]
        R_above, by = T[:3, :3], rest.bone_names[above]
        place = R_above.T @ (p - T[:3, 3])
        found[name] = Attachment(by, R_above.T @ R, by, place, np.eye(3))
    return found
