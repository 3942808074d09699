"""What carries a bone: how the place that its channels start from follows other driven bones.

    R_pose = R_start R_basis           R_start = R_pose[turned_by] turn   or   turn where nothing turns it
    p_head = p_start + L location      p_start = p_pose[moved_by] + R_pose[moved_by] place   or   place
                                       L = R_start reach
All in the armature's space. A parent carries its child that way, but so do constraints, drivers, bones in
between that nobody moves, and parents whose rotation is not inherited. `rig_probe.probe` measures it.
"""

from dataclasses import dataclass

import numpy as np

ALIKE = 1e-4  # entries of rotations that count as equal (single precision, long chains)


@dataclass(frozen=True)
class Attachment:
    """Of one driven bone; turned_by and moved_by are names of driven bones or None."""

    turned_by: str | None
    turn: np.ndarray  # (3,3)
    moved_by: str | None
    place: np.ndarray  # (3,)
    reach: np.ndarray  # (3,3)
    certain: bool = True  # False: it follows no single bone; the nearest was taken


@dataclass(frozen=True)
class Pose:
    """Driven bones in one pose. D bones."""

    R: np.ndarray  # (D,3,3) of the bones
    p: np.ndarray  # (D,3) of their heads
    R_start: np.ndarray  # (D,3,3)
    p_start: np.ndarray  # (D,3)
    size: float  # of the rig, for what counts as the same place


@dataclass(frozen=True)
class Probe:
    """Two poses in which every driven bone is turned otherwise. D bones."""

    names: tuple
    reach: np.ndarray  # (D,3,3) as above
    one: Pose
    other: Pose
    above: tuple  # (D,) index of the nearest driven bone above in the hierarchy, -1 = none
    last: tuple  # (D,) bool: it is placed when all others are, and carries none of them


def compared(probe):
    """Probe -> {name: Attachment}."""
    names, one, other, found = probe.names, probe.one, probe.other, {}
    for bone, name in enumerate(names):
        above = probe.above[bone]
        others = _possible(bone, probe.above, probe.last)
        by, turn, sure = _turned_by(bone, others, one, other, above)
        moved, place, placed = _moved_by(bone, others, one, other, above)
        found[name] = Attachment(
            None if by is None else names[by],
            turn,
            None if moved is None else names[moved],
            place,
            probe.reach[bone],
            sure and placed,
        )
    return found


def _possible(bone, above, last):
    """Indices of the bones that may carry one: the nearest above first, none that hangs on it."""

    def hangs_on_it(other):
        while other >= 0 and other != bone:
            other = above[other]
        return other == bone

    others = [
        other
        for other in range(len(above))
        if not hangs_on_it(other) and (last[bone] or not last[other])
    ]
    return sorted(others, key=lambda other: other != above[bone])


def _turned_by(bone, others, one, other, above):
    """-> index or None, turn (3,3), whether it is exact."""
    if np.abs(one.R_start[bone] - other.R_start[bone]).max() < ALIKE:
        return None, one.R_start[bone], True
    turns = [(pose.R[others].transpose(0, 2, 1) @ pose.R_start[bone]) for pose in (one, other)]
    exact = np.abs(turns[0] - turns[1]).max((1, 2)) < ALIKE
    if exact.any():
        first = int(exact.argmax())
        return others[first], turns[0][first], True
    if above < 0:
        return None, one.R_start[bone], False
    return above, one.R[above].T @ one.R_start[bone], False


def _moved_by(bone, others, one, other, above):
    """-> index or None, place (3,), whether it is exact."""
    if np.abs(one.p_start[bone] - other.p_start[bone]).max() < ALIKE * one.size:
        return None, one.p_start[bone], True
    places = [
        np.einsum("dji,dj->di", pose.R[others], pose.p_start[bone] - pose.p[others])
        for pose in (one, other)
    ]
    exact = np.abs(places[0] - places[1]).max(1) < ALIKE * one.size
    if exact.any():
        first = int(exact.argmax())
        return others[first], places[0][first], True
    if above < 0:
        return None, one.p_start[bone], False
    return above, one.R[above].T @ (one.p_start[bone] - one.p[above]), False


def in_order(found):
    """Names of driven bones, each after those that carry it."""
    ordered, waiting = [], list(found)
    while waiting:
        ready = [
            name
            for name in waiting
            if all(
                by is None or by in ordered for by in (found[name].turned_by, found[name].moved_by)
            )
        ]
        if not ready:  # bones that carry each other: as they come
            ready = waiting[:1]
        ordered += ready
        waiting = [name for name in waiting if name not in ready]
    return tuple(ordered)
