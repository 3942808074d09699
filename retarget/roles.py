"""What a bone of a rig can be for a person's motion: its *role*. The one table that all retargeting reads.

A role is played by a chain of bones, first to last along the body: one for most, several for a spine or for
limbs that are split to carry twist. `.L` is the person's left.
"""

SIDES = ("L", "R")
CENTRE = ("pelvis", "spine", "neck", "head")
LIMBS = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")
TWISTED = ("upper_arm", "forearm", "thigh", "shin")  # limbs that may have bones that only twist
KNUCKLES = ("index", "middle", "pinky")  # first bones of fingers: never keyed, they show the palm


def _sided(names):
    return tuple(f"{name}.{side}" for side in SIDES for name in names)


TWISTS = _sided([f"{name}_twist" for name in TWISTED])
MOVED = ("root", *CENTRE, *_sided(LIMBS), *TWISTS)  # roles that can get keys
ROLES = (*MOVED, *_sided(KNUCKLES))
REQUIRED = (
    "pelvis", "spine", "head", *_sided(("upper_arm", "forearm", "hand", "thigh", "shin", "foot")),
)  # fmt: skip
_ABOVE = {
    "spine": "pelvis", "neck": "spine", "head": "neck", "clavicle": "spine", "upper_arm": "clavicle",
    "forearm": "upper_arm", "hand": "forearm", "thigh": "pelvis", "shin": "thigh", "foot": "shin",
    "toe": "foot",
}  # fmt: skip
_BELOW = {"upper_arm": "forearm", "forearm": "hand", "thigh": "shin", "shin": "foot", "foot": "toe"}


def split(role):
    """ "hand.L" -> ("hand", "L"), "spine" -> ("spine", "")."""
    name, _, side = role.partition(".")
    return name, side


def sided(name, side):
    """The role of a name at the side of another: central roles have none."""
    return name if name in CENTRE or not side else f"{name}.{side}"


def above(role):
    """The role that carries this one, or None for pelvis and root."""
    name, side = split(role)
    return sided(_ABOVE[name], side) if name in _ABOVE else None


def below(role):
    """The role at the far end of this limb, or None."""
    name, side = split(role)
    return f"{_BELOW[name]}.{side}" if name in _BELOW else None


def limb(end):
    """Roles of the limb that a hand or foot ends, from shoulder or hip on; a toe alone."""
    if split(end)[0] not in ("hand", "foot"):
        return (end,)
    return above(above(end)), above(end), end


def mirrored(role):
    """The same role at the other side."""
    name, side = split(role)
    return f"{name}.{'R' if side == 'L' else 'L'}" if side else role
