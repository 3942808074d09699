"""A pose in closed form from the directions of raw 3D keypoints: the start of every fit.

Limbs are solved as swing, twist and hinge. With the bone along u in its rest frame, the swing is the
smallest rotation that takes u to the seen direction; the hinge angle is the angle between both bones;
the twist turns the hinge's plane into the seen one. Batched over leading axes `...`.
"""

import numpy as np

from .keypoints import INDEX
from .rotations import between, cross, exp, log
from .skeleton import NUM_ROOT, SKELETON

BENT = np.sin(np.radians(15.0))  # below this the plane of a limb says nothing of its twist


def _dofs(link):
    """Columns of q that turn a link, and their axes (n,3)."""
    rows = np.flatnonzero(SKELETON.dof_link == SKELETON.link_names.index(link))
    return rows + NUM_ROOT, SKELETON.dof_axis[rows]


ARM, LEG = ("shoulder", "upper_arm", "elbow"), ("hip", "thigh", "shin")
LIMBS = {
    f"{kind}.{side}": {
        "links": tuple(f"{link}.{side}" for link in links),
        "points": [INDEX[f"{point}_{side.lower()}"] for point in points],
        "columns": np.concatenate([_dofs(f"{link}.{side}")[0] for link in links]),
    }
    for kind, links, points in (
        ("arm", ARM, ("shoulder", "elbow", "wrist")),
        ("leg", LEG, ("hip", "knee", "ankle")),
    )
    for side in "LR"
}


def analytic_pose(X):
    """Keypoints X (...,K,3) in world axes (any origin, NaN allowed) -> q (...,D), root position 0."""
    q = np.zeros((*X.shape[:-2], SKELETON.num_dofs))
    hips, shoulders = (
        X[..., INDEX[f"{n}_l"], :] - X[..., INDEX[f"{n}_r"], :] for n in ("hip", "shoulder")
    )
    up = X[..., INDEX["neck"], :] - X[..., INDEX["pelvis"], :]
    R_pelvis, R_chest = _frame(hips, up), _frame(shoulders, up)
    q[..., 3:NUM_ROOT] = log(R_pelvis)
    _share(q, ("spine", "chest"), np.swapaxes(R_pelvis, -1, -2) @ R_chest)
    ears = X[..., INDEX["ear_l"], :] - X[..., INDEX["ear_r"], :]
    back = (X[..., INDEX["ear_l"], :] + X[..., INDEX["ear_r"], :]) / 2 - X[..., INDEX["nose"], :]
    _share(q, ("neck", "head"), np.swapaxes(R_chest, -1, -2) @ _frame(ears, cross(ears, back)))
    for name in LIMBS:
        set_limb(q, name, X, R_chest if name.startswith("arm") else R_pelvis)
    return np.clip(np.nan_to_num(q), SKELETON.lower, SKELETON.upper)


def set_limb(q, name, X, R_world_base):
    """Writes swing, twist and hinge of one limb into q, the limb's base turned by R_world_base."""
    limb = LIMBS[name]
    a, b, c = (X[..., point, :] for point in limb["points"])
    to_base = np.swapaxes(R_world_base, -1, -2)
    upper, lower = ((to_base @ v[..., None])[..., 0] for v in (b - a, c - b))
    along = _rest_direction(limb["links"][2])
    R_swing = between(np.broadcast_to(along, upper.shape), _safe(upper, along))
    swing, twist, hinge = (_dofs(link) for link in limb["links"])
    q[..., swing[0]] = log(R_swing) @ swing[1].T
    e = _unit((np.swapaxes(R_swing, -1, -2) @ _safe(lower, along)[..., None])[..., 0])
    q[..., hinge[0][0]] = np.arccos(np.clip(e @ along, -1, 1))
    ahead = cross(hinge[1][0], along)  # where the hinge takes the lower bone
    aside = cross(twist[1][0], ahead)
    angle = np.arctan2(e @ aside, e @ ahead)
    bent = np.linalg.norm(cross(e, along), axis=-1) > BENT
    q[..., twist[0][0]] = np.where(bent, angle, 0.0)


def _rest_direction(link):
    """Unit vector from a hinge link's parent joint to the hinge, in the rest pose."""
    return _unit(SKELETON.link_offsets[SKELETON.link_names.index(link)])


def _frame(x, z):
    """Rotation whose X axis is x and whose Z axis is z made perpendicular to it."""
    x = _unit(x)
    z = _unit(z - (z * x).sum(-1, keepdims=True) * x)
    R = np.stack([x, cross(z, x), z], -1)
    good = np.isfinite(R).all((-1, -2), keepdims=True)
    return np.where(good, R, np.eye(3))


def _share(q, links, R):
    """Gives half of a rotation to each of two links."""
    half = exp(log(R) / 2)
    for link in links:
        columns, axes = _dofs(link)
        q[..., columns] = log(half) @ axes.T


def _safe(v, instead):
    """v (...,3) where it is a direction, else `instead`."""
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.where(np.isfinite(length) & (length > 1e-9), v, instead)


def _unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)
