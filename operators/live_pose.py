"""What the live child says, as arrays: bodies and poses. Numpy, no Blender.

A pose is small (quaternions); joint frames are worked out when a rig needs them, by adding up rest offsets.
"""

import functools
from dataclasses import dataclass

import numpy as np

from ..inference import hand_motion, rotations
from ..inference.skeleton import SKELETON
from ..retarget import bone_map, fingers, person_motion, t_pose
from ..retarget.rig import RigRest

BODY = tuple(str(name) for name in SKELETON.joint_names)
WITH_FINGERS = (*BODY, *hand_motion.JOINT_NAMES)
PARENTS = np.concatenate([SKELETON.parents, hand_motion.parents(BODY)])


@dataclass(frozen=True)
class LivePose:
    """P people in one picture; see `live_people.Poses`."""

    time_s: float
    captured_s: float  # time.monotonic() when the picture was taken
    networks_s: float  # that the networks took
    identity: np.ndarray  # (P,)
    root: np.ndarray  # (P,3) [m]
    rotation: np.ndarray  # (P,J,4)
    confidence: np.ndarray  # (P,)

    @classmethod
    def of(cls, message):
        """A message `pose` -> LivePose."""
        told = message.fields
        times = [float(told[name]) for name in ("time_s", "captured_s", "networks_s")]
        return cls(*times, **message.arrays)

    def row(self, identity):
        """Row of somebody, or None where that one is not seen."""
        found = np.flatnonzero(self.identity == identity)
        return int(found[0]) if len(found) else None


@dataclass(frozen=True)
class LiveBody:
    """One person at rest, as `rest_pose` reads it: person 0 of a motion of one."""

    rest_offset: np.ndarray  # (1,J,3) [m]; the body's joints, and the fingers' if hands are seen
    height_m: np.ndarray  # (1,)

    @property
    def joint_names(self):
        return WITH_FINGERS[: self.rest_offset.shape[1]]

    @property
    def parents(self):
        return PARENTS[: self.rest_offset.shape[1]]

    @functools.cached_property
    def rig(self):
        """RigRest of bones whose axes are the joints', which are the world's in T pose."""
        names = self.joint_names
        heads = np.zeros((len(names), 3))
        for joint, parent in enumerate(self.parents):
            heads[joint] = self.rest_offset[0, joint] + (heads[parent] if parent >= 0 else 0.0)
        T = np.tile(np.eye(4), (len(names), 1, 1))
        T[:, :3, 3] = heads
        return RigRest("live", names, self.parents, T, ("QUATERNION",) * len(names), np.eye(4))

    @functools.cached_property
    def t_pose(self):
        return t_pose.t_pose(self.rig, _own_map())

    @functools.cached_property
    def flat_hands(self):
        return fingers.flat_hands(self.rig, _own_map(), self.t_pose)

    def frames(self, root, rotation):
        """root (N,3), rotation (N,J,4) -> T_world_joint (N,J,4,4)."""
        T = np.zeros((len(root), len(self.parents), 4, 4))
        T[..., :3, :3] = rotations.exp(rotations.quaternion_log(rotation.astype(float)))
        T[..., 3, 3] = 1.0
        for joint, parent in enumerate(self.parents):
            if parent < 0:
                T[:, joint, :3, 3] = root
            else:
                along = T[:, parent, :3, :3] @ self.rest_offset[0, joint]
                T[:, joint, :3, 3] = T[:, parent, :3, 3] + along
        return T

    def motion(self, T_world_joint, frames, interpolation):
        """T_world_joint (N,J,4,4) -> PersonMotion; frames and interpolation (N,) as it has them."""
        named = {name: T_world_joint[:, joint] for joint, name in enumerate(self.joint_names)}
        rig, shape = self.rig, self.t_pose
        return person_motion.person_motion(
            rig, _own_map(), shape, named, frames, interpolation, self.flat_hands
        )


def bodies_of(message):
    """A message `bodies` -> {identity: LiveBody}."""
    told = message.arrays
    return {
        int(identity): LiveBody(told["rest_offset"][[row]], told["height_m"][[row]])
        for row, identity in enumerate(told["identity"])
    }


@functools.cache
def _own_map():
    return bone_map.load(bone_map.FOLDER / "monorig.toml")
