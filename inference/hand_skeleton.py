"""A hand: fifteen bones below the hand's own joint, 21 angles, and the 21 points that a network sees.

As in `skeleton`: T pose, palm down, axes of every joint are the world's in the rest pose; lengths in statures.
All tables are of the left hand (fingers towards +X, thumb towards -Y, the back of the hand up); the right one is
its mirror image, with the same angles. Fingers: knuckle bends and goes to the side, the two outer joints only
bend. Thumb: its root bends across the palm, goes to the side and twists a little, its outer joints bend.
Lengths: Buryanov and Kotiuk 2010 (bones, and soft tips at the ends), for a hand of 0.108 statures (Drillis and
Contini 1966). Limits: American Academy of Orthopaedic Surgeons 1965, widened by about 10 degrees; of the thumb's
root around its rest pose here.
"""

import numpy as np

from .keypoints import FINGERS, HAND_POINTS
from .rotations import exp, exp_and_left_jacobian

X, Y, Z = np.eye(3)
MIRROR = np.array([-1.0, 1.0, 1.0])
HAND_LENGTH = 0.108  # [statures] wrist to the tip of the middle finger

# Root of each finger from the wrist, where it points at rest, lengths of its three bones, the last with the tip
PLACES = {
    "thumb": ((0.012, -0.014, -0.006), (0.75, -0.58, -0.32), (0.0264, 0.0181, 0.0145)),
    "index": ((0.0525, -0.0140, 0.002), (1, 0, 0), (0.0227, 0.0128, 0.0112)),
    "middle": ((0.0535, -0.0020, 0.003), (1, 0, 0), (0.0255, 0.0150, 0.0122)),
    "ring": ((0.0505, 0.0090, 0.001), (1, 0, 0), (0.0236, 0.0147, 0.0121)),
    "pinky": ((0.0460, 0.0185, -0.002), (1, 0, 0), (0.0187, 0.0103, 0.0113)),
}
ACROSS = np.array([0.35, 0.80, -0.49])  # where the thumb's tip goes when it bends


def _thumb_axes():
    """Bend, side (away from the palm), twist."""
    along = np.array(PLACES["thumb"][1]) / np.linalg.norm(PLACES["thumb"][1])
    across = ACROSS - along * (along @ ACROSS)
    across = across / np.linalg.norm(across)
    bend = np.cross(along, across)
    return bend, across, along


BEND, SIDE, TWIST = _thumb_axes()
# finger, joint, what it does, axis, least, most, at rest [deg], how far from rest it usually is [deg]
_FINGER = [
    (1, "bend", Y, -40, 100, 14, 45),
    (1, "side", -Z, -30, 30, 0, 10),
    (2, "bend", Y, -5, 115, 20, 45),
    (3, "bend", Y, -15, 95, 14, 30),
]
_THUMB = [
    (1, "bend", BEND, -35, 45, 5, 20),
    (1, "side", SIDE, -40, 40, 0, 20),
    (1, "twist", TWIST, -25, 25, 0, 10),
    (2, "bend", BEND, -20, 65, 10, 25),
    (3, "bend", BEND, -25, 90, 10, 30),
]
DOFS = [(finger, *row) for finger in FINGERS for row in (_THUMB if finger == "thumb" else _FINGER)]
NUM_DOFS = len(DOFS)
DOF_NAMES = tuple(f"{finger}_{joint}_{what}" for finger, joint, what, *_ in DOFS)
LOWER, UPPER, RELAXED, USUAL = np.radians([row[4:] for row in DOFS]).T
BONES = tuple(
    f"{'' if finger == 'thumb' else 'f_'}{finger}.{joint:02}"
    for finger in FINGERS
    for joint in (1, 2, 3)
)  # as Blender's users know them, without the side
NUM_BONES = len(BONES)
DOF_BONE = np.array([3 * FINGERS.index(row[0]) + row[1] - 1 for row in DOFS])
DOF_AXIS = np.array([row[3] for row in DOFS])
TO_VECTORS = np.zeros((NUM_DOFS, NUM_BONES, 3))  # angles -> rotation vector of each bone
TO_VECTORS[np.arange(NUM_DOFS), DOF_BONE] = DOF_AXIS


def _steps():
    """(5,4,3) of each finger: wrist to root, then along its three bones [statures]."""
    rows = []
    for place, towards, lengths in PLACES.values():
        along = np.array(towards, float) / np.linalg.norm(towards)
        rows.append([place, *(length * along for length in lengths)])
    return np.array(rows)


STEPS = _steps()
OFFSETS = STEPS[:, :3].reshape(NUM_BONES, 3)  # of each bone's joint from the one above at rest
REST_POINTS = np.concatenate([np.zeros((1, 3)), STEPS.cumsum(1).reshape(-1, 3)])  # (21,3)
PARENTS = np.array([-1 if bone % 3 == 0 else bone - 1 for bone in range(NUM_BONES)])  # -1 = hand
POINT_OF_BONE = 1 + 4 * (np.arange(NUM_BONES) // 3) + np.arange(NUM_BONES) % 3
MOVES = np.zeros((len(HAND_POINTS), NUM_DOFS), bool)  # the angle moves the point
for _dof, _bone in enumerate(DOF_BONE):
    MOVES[POINT_OF_BONE[_bone] + 1 : 4 * (_bone // 3) + 5, _dof] = True


def bone_rotations(angles):
    """Angles (...,21) -> rotations (...,15,3,3) of the bones in the hand's axes, left hand."""
    local = exp(np.einsum("...d,dbi->...bi", angles, TO_VECTORS))
    R = np.empty_like(local)
    for bone, parent in enumerate(PARENTS):
        R[..., bone, :, :] = local[..., bone, :, :]
        if parent >= 0:
            R[..., bone, :, :] = R[..., parent, :, :] @ local[..., bone, :, :]
    return R


def points(R):
    """Rotations (...,15,3,3) of the bones -> points (...,21,3) in the hand's axes, left hand [statures]."""
    turned = np.empty((*R.shape[:-3], len(FINGERS), 4, 3))
    turned[..., 0, :] = STEPS[:, 0]
    for joint in range(3):
        bones = R[..., joint::3, :, :]
        turned[..., joint + 1, :] = np.einsum("...fij,fj->...fi", bones, STEPS[:, joint + 1])
    found = turned.cumsum(-2).reshape(*R.shape[:-3], len(HAND_POINTS) - 1, 3)
    return np.concatenate([np.zeros((*R.shape[:-3], 1, 3)), found], -2)


def points_and_jacobian(angles):
    """Angles (...,21) -> points (...,21,3) and their derivatives (...,21,3,21), left hand [statures, rad]."""
    _, J = exp_and_left_jacobian(np.einsum("...d,dbi->...bi", angles, TO_VECTORS))
    R = bone_rotations(angles)
    p = points(R)
    above = np.where(PARENTS < 0, 0, PARENTS)
    R_above = np.where((PARENTS < 0)[:, None, None], np.eye(3), R[..., above, :, :])
    axes = np.einsum(
        "...dij,...djk,dk->...di", R_above[..., DOF_BONE, :, :], J[..., DOF_BONE, :, :], DOF_AXIS
    )
    arms = p[..., :, None, :] - p[..., None, POINT_OF_BONE[DOF_BONE], :]
    moved = np.cross(axes[..., None, :, :], arms) * MOVES[..., None]
    return p, np.swapaxes(moved, -1, -2)


def mirrored(R):
    """Rotations (...,3,3) of the left hand -> those of the right hand with the same angles."""
    return R * MIRROR * MIRROR[:, None]
