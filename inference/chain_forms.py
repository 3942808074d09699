"""Which networks make a chain, and who finds the people in it. Standard library only.

A chain has up to three networks: a detector, one for 2D and one for 3D. What each of them gives (`decoders`)
decides which are a chain, and which finder (`finders`) works with them. Beside them it may have networks for
details: hands, palms to find hands again, and faces.
"""

from .decoders import (
    ALL_2D,
    ALL_3D,
    BOXES,
    DECODERS,
    ENCODED,
    FACES,
    FOLLOWED,
    HANDS,
    LIFTED,
    ONE_2D,
    ONE_3D,
    PALMS,
)

STEPS = ("detector", "pose_2d", "pose_3d")
DETAILS = {"hands": HANDS, "palms": PALMS, "face": FACES}  # step -> what its network gives
IN_CROPS, ALL_AT_ONCE, ONE_FOLLOWED = "in crops", "all at once", "one followed"
FINDERS = {  # what detector, 2D and 3D network give -> who finds the people
    (BOXES, ONE_2D, ONE_3D): IN_CROPS,
    (BOXES, ONE_2D, LIFTED): IN_CROPS,
    (BOXES, "", ONE_3D): IN_CROPS,
    ("", ALL_2D, ONE_3D): ALL_AT_ONCE,
    ("", ALL_2D, LIFTED): ALL_AT_ONCE,
    ("", ALL_3D, ""): ALL_AT_ONCE,
    ("", ENCODED, LIFTED): ALL_AT_ONCE,
    ("", "", FOLLOWED): ONE_FOLLOWED,
}


def form(specs):
    """What the networks of a chain give: {step: NetworkSpec or None} -> one word per step, "" = no network."""
    return tuple(DECODERS[specs[step].decoder].gives if specs[step] else "" for step in STEPS)


def complaint(specs):
    """One sentence why networks {step: NetworkSpec or None} are no chain, "" = they are one."""
    for step, gives in DETAILS.items():
        spec = specs.get(step)
        if spec and DECODERS[spec.decoder].gives != gives:
            return f"{spec.name} does not give {gives}, and cannot be the step {step}."
    if specs.get("palms") and not specs.get("hands"):
        return "it looks for palms, but has no network for hands."
    given = form(specs)
    if given not in FINDERS:
        possible = "; ".join(map(shown, FINDERS))
        return f"its networks give {shown(given)}; a chain is one of these: {possible}."
    lifter = specs["pose_3d"]
    if given[2] != LIFTED:
        return ""
    stage_one = specs["pose_2d"]
    channels = 3 * len(stage_one.keypoints) if given[1] == ENCODED else 0
    if lifter.decoding["encoding"] != channels:
        return (
            f"{lifter.name} wants {lifter.decoding['encoding']} channels of encoding per keypoint,"
            f" and {stage_one.name} gives {channels}."
        )
    return ""


def sees_crops(specs):
    """Whether the 3D of a chain {step: NetworkSpec or None} is as crops show it (`crop_view`)."""
    _, second, third = form(specs)
    return third == ONE_3D or (third == LIFTED and second != ENCODED)


def shown(given):
    return " + ".join(filter(None, given)) or "nothing"
