"""What must never happen: limbs that change their length; bad input that ends in an exception, NaN or a flip."""

import warnings
from dataclasses import replace

import numpy as np

from ..inference.fit import Clip, FitSettings, fit
from ..inference.skeleton import SKELETON
from ..inference.take import SHAPES, empty_observation
from . import metrics
from .candidates import captured
from .tables import header, number, row

SOLVERS = ("live", "take")
FLIP = 90.0  # [deg] between two frames
HALF = slice(20, 40)  # frames in which something is wrong


def limb_lengths(case):
    """Largest change over time of a distance between joint and parent [mm], live and take."""
    result = {}
    for name in SOLVERS:
        places = captured(case, FitSettings(solver=name)).T_world_joint[0, ..., :3, 3]
        bones = places[:, 1:] - places[:, SKELETON.parents[1:]]
        result[name] = 1000 * float(np.ptp(np.linalg.norm(bones, axis=-1), axis=0).max())
    header("limb lengths of one person", "largest change over time [mm]")
    for name, change in result.items():
        row(name, f"{change:.1e}")
    return result


def degenerate(case):
    """{what is wrong: observations}"""
    seen = case.observations[:60]
    return {
        "one frame": seen[:1],
        "two frames": seen[:2],
        "nobody in any frame": [empty_observation(o.index, o.time_s) for o in seen],
        "nothing visible": [_with(o, confidence=0.0, visibility=0.0) for o in seen],
        "nothing visible for a while": _during(seen, confidence=0.0, visibility=0.0),
        "no numbers for a while": _during(seen, px=np.nan, px_3d=np.nan, X=np.nan),
        "one joint seen": [_only_one(o) for o in seen],
        "all points in one place": [_with(o, px=300.0, px_3d=300.0, X=0.0) for o in seen],
        "10 px tall": [_small(o) for o in seen],
        "far outside the picture": [replace(o, px=o.px + 5000, px_3d=o.px_3d + 5000) for o in seen],
        "upside down and mirrored 2D": [replace(o, px=-o.px, px_3d=-o.px_3d) for o in seen],
        "back to front for one frame": [*seen[:30], _turned(seen[30]), *seen[31:]],
        "away for half a second": [_gone(o) if 20 <= t < 35 else o for t, o in enumerate(seen)],
        "times that stand still": [
            replace(o, time_s=seen[t // 2].time_s) for t, o in enumerate(seen)
        ],
    }


def degenerate_table(case):
    header(
        "bad input",
        "fit",
        "frames solved",
        "NaN or infinite in them",
        "largest turn of a joint in one frame [deg]",
        "mean confidence",
        "outcome",
    )
    failures = 0
    for what, observations in degenerate(case).items():
        for name in SOLVERS:
            cells, good = _try(case, observations, name)
            failures += not good
            row(what, name, *cells, "good" if good else "BAD")
    return {"degenerate_failures": failures}


def _try(case, observations, solver):
    """-> cells of the table, whether all is as it should be."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            clip = Clip(case.image_size, case.fps)
            motion = fit(observations, clip, case.camera, FitSettings(solver=solver))
        except Exception as error:  # noqa: BLE001 - that it happens is what is measured
            return ("-", "-", "-", "-", f"{type(error).__name__}: {error}"), False
    present = motion.present
    broken = int((~np.isfinite(motion.T_world_joint[present])).sum())
    turn = largest_turn(motion)
    confidence = motion.confidence[present]
    certain = number(confidence.mean() if confidence.size else 0.0, 2)
    warned = ", ".join(sorted({str(w.message) for w in caught})) or "-"
    good = not broken and not turn > FLIP
    return (
        int(present.sum()),
        broken,
        number(turn, 0),
        f"{certain} {warned}".removesuffix(" -"),
    ), good


def largest_turn(motion):
    """Largest angle [deg] that a joint turns against its parent between two frames."""
    R = metrics.local_rotations(motion.T_world_joint[..., :3, :3], SKELETON.parents)
    turns = metrics.joint_angle_errors(R[:, 1:], R[:, :-1])
    return float(np.nanmax(turns)) if np.isfinite(turns).any() else 0.0


def _with(observation, **values):
    """Every number of some fields replaced by one."""
    return replace(
        observation, **{k: np.full_like(getattr(observation, k), v) for k, v in values.items()}
    )


def _during(seen, **values):
    return [
        _with(o, **values) if t in range(HALF.start, HALF.stop) else o for t, o in enumerate(seen)
    ]


def _only_one(observation):
    confidence, visibility = (
        np.zeros_like(observation.confidence),
        np.zeros_like(observation.visibility),
    )
    confidence[:, 0] = visibility[:, 0] = 0.9
    return replace(observation, confidence=confidence, visibility=visibility)


def _small(observation):
    """The person 10 px tall."""
    corner = observation.box[:, :2]
    shrink = 10 / (observation.box[:, 3] - observation.box[:, 1])[:, None]
    px, px_3d = (
        (v - corner[:, None]) * shrink[:, None] + 300 for v in (observation.px, observation.px_3d)
    )
    box = (observation.box - np.tile(corner, 2)) * shrink + 300
    return replace(observation, px=px, px_3d=px_3d, box=box)


def _turned(observation):
    """The 3D network takes the back for the front."""
    return replace(observation, X=observation.X * [-1, 1, -1])


def _gone(observation):
    return replace(observation, **{name: getattr(observation, name)[:0] for name in SHAPES})
