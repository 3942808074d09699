"""The truth of a synthetic clip: <name>.npz beside <name>.mp4, without pickles.

P people, T frames, K = 31 canonical keypoints, J = 14 joints of `metrics.JOINTS`, S = 21 joints of our
skeleton. Camera axes: x right, y down, z away [m]; pixel centres at integers; no lens distortion.

    name, set, engine       texts; engine is Blender's name of its renderer
    digest                  of what the clip was made from
    dressed                 whether MakeHuman's clothes were there (else people are plainly coloured)
    fps, image_size         frames per second; (width, height) [px]
    K                       (3,3)
    T_world_camera          (T,4,4) camera axes -> world (Z up, ground at 0, metres)
    identity                (P,) 1, 2, ...; person: (P,) names of the table of people
    stature                 (P,) [m] crown to sole, without shoes
    keypoint_names          (K,) as inference.keypoints
    X                       (P,T,K,3) where people mark keypoints in pictures, in camera axes, absolute
    px                      (P,T,K,2) their places in the picture
    hidden                  (P,T,K) uint8: what hides them, index in HIDDEN_BY
    visible                 (P,T,K) bool, hidden == 0
    joint_names             (J,) as metrics.JOINTS
    joints                  (P,T,J,3) centres of the joints, in camera axes, absolute: heads of the bones;
                            pelvis and neck are the middles of hips and shoulders
    joints_px               (P,T,J,2)
    skeleton_names          (S,) as SKELETON.joint_names
    T_camera_joint          (P,T,S,4,4) pose of the joints; rotations from our rest pose (T pose facing -Y,
                            Z up, in which all axes are the world's). Directions of the limbs are exact; twist
                            about them, and how a bend is shared along the trunk, are the motion file's and
                            differ from ours by up to 40 degrees where its reference pose is no T pose
    box                     (P,T,4) x0 y0 x1 y1 [px] around the whole body, also what is hidden or outside
    mask                    (T,H,W) uint8 identity that a pixel shows, 0 = nobody
"""

from dataclasses import dataclass, fields

import numpy as np

from ..inference import camera as cameras
from ..inference.keypoints import LIMB_JOINTS
from ..inference.rotations import between
from ..inference.skeleton import SKELETON
from . import metrics

HIDDEN_BY = ("nothing", "own body", "other people", "things", "edge of the picture")
OUTSIDE = HIDDEN_BY.index("edge of the picture")
JOINT_BONES = {
    "shoulder": "Arm",
    "elbow": "ForeArm",
    "wrist": "Hand",
    "hip": "UpLeg",
    "knee": "Leg",
    "ankle": "Foot",
}
# joint of our skeleton: bone, where its limb ends, direction of the limb in our rest pose (left side)
TRUNK = {"pelvis": "Hips", "spine": "Spine1", "chest": "Spine2", "neck": "Neck", "head": "Head"}
LIMBS = {
    "clavicle": ("Shoulder", "", None),
    "upper_arm": ("Arm", "ForeArm", (1, 0, 0)),
    "forearm": ("ForeArm", "Hand", (1, 0, 0)),
    "hand": ("Hand", "HandMiddle1", (1, 0, 0)),
    "thigh": ("UpLeg", "Leg", (0, 0, -1)),
    "shin": ("Leg", "Foot", (0, 0, -1)),
    "foot": ("Foot", "ToeBase", (0, -1, 0)),
    "toe": ("ToeBase", "", (0, -1, 0)),
}
SIDES = {"L": ("Left", 1), "R": ("Right", -1)}


@dataclass(frozen=True)
class Truth:
    """Fields as in the first lines of this file."""

    name: str
    set: str
    engine: str
    digest: str
    dressed: bool
    fps: float
    image_size: np.ndarray
    K: np.ndarray
    T_world_camera: np.ndarray
    identity: np.ndarray
    person: np.ndarray
    stature: np.ndarray
    keypoint_names: np.ndarray
    X: np.ndarray
    px: np.ndarray
    hidden: np.ndarray
    visible: np.ndarray
    joint_names: np.ndarray
    joints: np.ndarray
    joints_px: np.ndarray
    skeleton_names: np.ndarray
    T_camera_joint: np.ndarray
    box: np.ndarray
    mask: np.ndarray

    def save(self, path):
        """Writes the file, compressed, in one move."""
        part = path.with_name(path.name + ".part")
        with open(part, "wb") as file:
            np.savez_compressed(file, **{f.name: getattr(self, f.name) for f in fields(self)})
        part.replace(path)


def load(path):
    """File -> Truth."""
    with np.load(path, allow_pickle=False) as stored:
        values = {name: stored[name] for name in stored.files}
    return Truth(**{name: v.item() if v.ndim == 0 else v for name, v in values.items()})


def digest_of(path):
    """The digest in a file, empty where there is no whole file."""
    if not path.exists():
        return ""
    with np.load(path, allow_pickle=False) as stored:
        return stored["digest"].item()


def to_camera(p_world, T_world_camera):
    """(T,n,3) world -> camera axes of each frame."""
    return (p_world - T_world_camera[:, None, :3, 3]) @ T_world_camera[:, :3, :3]


def joints(heads, rig):
    """Heads of the bones (T,B,3) -> rows of metrics.JOINTS (T,14,3)."""
    sides = {"l": "Left", "r": "Right"}
    bones = [
        rig.index(sides[side] + JOINT_BONES[part])
        for part, side in (name.split("_") for name in LIMB_JOINTS)
    ]
    return metrics.limb_joints(heads[:, bones], LIMB_JOINTS)


def joint_poses(body, D, heads, T_world_camera):
    """Bones in the world -> (T,S,4,4) poses of our skeleton's joints in camera axes."""
    rig, R_camera_world = body.rig, np.swapaxes(T_world_camera[:, :3, :3], -1, -2)
    T = np.tile(np.eye(4), (len(D), len(SKELETON.joint_names), 1, 1))
    for row, name in enumerate(SKELETON.joint_names):
        bone, ours_to_theirs = _bone_of(body, name)
        T[:, row, :3, :3] = R_camera_world @ D[:, rig.index(bone)] @ ours_to_theirs
        T[:, row, :3, 3] = to_camera(heads[:, [rig.index(bone)]], T_world_camera)[:, 0]
    return T


def _bone_of(body, joint):
    """Joint of our skeleton -> bone, rotation (3,3) from our rest pose to the body's."""
    if joint in TRUNK:
        return TRUNK[joint], np.eye(3)
    part, _, letter = joint.partition(".")
    side, sign = SIDES[letter]
    bone, end, direction = LIMBS[part]
    if direction is None:
        return side + bone, np.eye(3)
    row = body.rig.index(side + bone)
    tail = body.heads[body.rig.index(side + end)] if end else body.tails[row]
    theirs = tail - body.heads[row]
    if part in ("foot", "toe"):
        theirs = theirs * [1, 1, 0]
    return side + bone, between(np.array(direction, float) * [sign, 1, 1], theirs)


def outside(px, image_size):
    """(...,) whether places (...,2) are not in the picture."""
    return ((px < -0.5) | (px > np.asarray(image_size) - 0.5)).any(-1)


def project(X, K):
    """As `camera.project`; NaN for what is not in front of the camera."""
    return np.where(X[..., 2:] > cameras.NEAR, cameras.project(X, K), np.nan)
