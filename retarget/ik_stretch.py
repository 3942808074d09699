"""IK chains that stretch: how large their first bone has to be, so that a limb bends as it does by FK.

Blender's IK solver starts from how a chain is bent at rest, and where bones may stretch (`ik_stretch`, 0.1 in
Rigify) it stretches them as well as it bends them. Lengths are off by less than 1 %, but a knee that ought to be
straight stays bent by 8 degrees, and one that is bent by 25 is bent by 20. The first bone of Rigify's chains is a
control, which Rigify's own FK-to-IK scales too; scaled by 1 to 3 %, it takes the stretch back. By how much depends
on the bend alone: it is measured on a copy of the rig (`rig_probe.sizes`), whose limbs are bent step by step.
"""

from dataclasses import dataclass

import numpy as np

from . import roles

BENDS = np.radians(
    (120.0, 90.0, 65.0, 45.0, 32.0, 22.0, 15.0, 10.0, 6.0, 3.0, 1.0, 0.0)
)  # measured at


@dataclass(frozen=True)
class Stretch:
    """Of the IK chain of one limb."""

    bends: np.ndarray  # (S,) [rad], rising
    sizes: np.ndarray  # (S,) scale of its first bone there

    def size(self, bend):
        """Scale (N,) of the first bone where the limb is bent by (N,) [rad]."""
        return np.interp(bend, self.bends, self.sizes)


def bend(upper, lower, end, pole):
    """Places (N,3) of shoulder, elbow and wrist, or hip, knee and ankle, and the pole -> bend (N,) [rad].

    0 is straight, and also where elbow or knee are bent away from the pole, which IK cannot do.
    """
    above, below = _unit(lower - upper), _unit(end - lower)
    across = np.linalg.norm(np.cross(above, below), axis=-1)
    towards = ((above - below) * (pole - lower)).sum(-1) > 0
    return np.where(towards, np.arctan2(across, (above * below).sum(-1)), 0.0)


def _unit(v):
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12)


def limbs(target):
    """{role: (first bone of its IK chain, (upper, lower, end))} of the limbs of a Target that IK may stretch."""
    return {
        role: (ik.base, tuple(target.chains[one][0] for one in roles.limb(role)))
        for role, ik in target.bone_map.steering.items()
        if ik.base and ik.pole
    }
