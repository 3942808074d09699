"""The roles of a bone map in words for the user."""

from .language import say

MANY = 6  # roles that a sentence names
SIDES = {"L": "left {bone}", "R": "right {bone}", "": "{bone}"}


def spoken(role_names):
    """("upper_arm.L", "head") -> "left upper arm, head"."""
    parts = [role.partition(".") for role in role_names]
    return ", ".join(say(SIDES[side], bone=say(name.replace("_", " "))) for name, _, side in parts)


def some_spoken(role_names):
    """Roles as they are spoken, the first of many."""
    if len(role_names) <= MANY:
        return spoken(role_names)
    first, more = spoken(role_names[:3]), len(role_names) - 3
    return say("{roles} and {number} others that a body has", roles=first, number=more)
