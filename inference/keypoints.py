"""The canonical keypoints: one list of names that every network, the fit and the files share.

Left is the person's left. A network fills what it has.
"""


def _both(*names):
    return [f"{name}_{side}" for name in names for side in "lr"]


KEYPOINTS = (
    "nose",
    *_both("eye", "ear", "mouth"),
    "head_top",
    "neck",
    *_both("shoulder", "elbow", "wrist", "thumb", "index", "pinky"),
    "pelvis",
    *_both("hip", "knee", "ankle", "heel", "big_toe", "small_toe"),
)
INDEX = {name: index for index, name in enumerate(KEYPOINTS)}
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
# Of one hand, in the order of MediaPipe: the wrist, then each finger from its root to its tip. They follow the
# canonical keypoints where a chain looks at hands, and are no keypoints of any network for bodies.
HAND_POINTS = ("wrist", *(f"{finger}_{joint}" for finger in FINGERS for joint in range(1, 5)))
HAND_KEYPOINTS = tuple(f"hand_{point}_{side}" for side in "lr" for point in HAND_POINTS)
LIMB_JOINTS = tuple(_both("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))


def indices(names):
    """Names -> columns of the canonical list."""
    return [INDEX[name] for name in names]


def scatter(names):
    """Channels of a network -> (channels that are used, their canonical columns)."""
    pairs = [(channel, INDEX[name]) for channel, name in enumerate(names) if name]
    return [c for c, _ in pairs], [k for _, k in pairs]
