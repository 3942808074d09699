"""A face in a few numbers that do not depend on where the head looks, measured between points of MediaPipe's mesh.

The points are turned into the axes of the face, found from points that no expression moves: outer corners of the
eyes, root and base of the nose. Lengths are shares of the distance between the outer corners of the eyes.
Left is the person's left.
"""

import numpy as np

RIGHT_OUTER, LEFT_OUTER, NOSE_ROOT, NOSE_BASE, CHIN = 33, 263, 168, 2, 152
CORNERS = {"right": 61, "left": 291}  # of the mouth
LIPS = (13, 14)  # inner edges, upper and lower
LIDS = {"right": (159, 145, 33, 133), "left": (386, 374, 263, 362)}  # upper, lower, outer, inner
BROWS = {"right": (105, 107), "left": (334, 336)}  # middle, inner end
MEASURES = (
    "jaw",  # gap between the lips, and how far the chin is below the nose
    "chin",
    "mouth_width",
    *(f"smile_{side}" for side in ("left", "right")),  # how far the corner is up and outward
    *(f"eye_{side}" for side in ("left", "right")),  # gap between the lids, of the eye's own width
    *(f"brow_{side}" for side in ("left", "right")),  # above the line of the eyes
)


def measures(points):
    """Points (N,468,3), x right, y down, z away, any unit -> (N,M) in the order of MEASURES."""
    face = in_face_axes(points)
    lips = np.linalg.norm(face[:, LIPS[0]] - face[:, LIPS[1]], axis=-1)
    found = {
        "jaw": lips,
        "chin": face[:, CHIN, 1] - face[:, NOSE_BASE, 1],
        "mouth_width": np.linalg.norm(
            face[:, CORNERS["left"]] - face[:, CORNERS["right"]], axis=-1
        ),
    }
    for side, out in (("left", 1.0), ("right", -1.0)):
        corner = face[:, CORNERS[side]]
        away = corner - face[:, NOSE_BASE]
        found[f"smile_{side}"] = out * away[:, 0] - away[:, 1]
        upper, lower, outer, inner = (face[:, point] for point in LIDS[side])
        gap, width = (np.linalg.norm(a - b, axis=-1) for a, b in ((upper, lower), (outer, inner)))
        found[f"eye_{side}"] = gap / np.maximum(width, 1e-9)
        found[f"brow_{side}"] = -face[:, list(BROWS[side]), 1].mean(1)
    return np.stack([found[name] for name in MEASURES], -1)


def in_face_axes(points):
    """Points (N,L,3) -> the same from the middle of the eyes, in the face's axes and its unit.

    x = from the person's right eye to the left, y = down the nose at right angles to that
    """
    right, left = points[:, RIGHT_OUTER], points[:, LEFT_OUTER]
    across, down = left - right, points[:, NOSE_BASE] - points[:, NOSE_ROOT]
    unit = np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-9)
    x = across / unit
    y = down - x * (x * down).sum(-1, keepdims=True)
    y = y / np.maximum(np.linalg.norm(y, axis=-1, keepdims=True), 1e-9)
    axes = np.stack([x, y, np.cross(x, y)], -1)
    return (points - (left + right)[:, None] / 2) @ axes / unit[:, None]
