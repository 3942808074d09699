"""How fast the fits are: the live step, the take solver, its cost and memory over the length of a clip.

Processor time of one thread, so that other programs on the machine disturb less; BLAS uses one thread.
"""

import copy
import dataclasses
import time

import numpy as np

from ..inference import crop_view, proportions
from ..inference.evidence import gather
from ..inference.fit_live import LiveFit
from ..inference.fit_take import fit_person
from ..inference.kinematics import forward
from ..inference.memory import peak_memory_mb
from ..inference.people import identities
from ..inference.skeleton import SKELETON, Body
from ..inference.take import SHAPES
from . import metrics
from .tables import header, number, row

PEOPLE = (1, 10)
LENGTHS = (100, 400, 2000, 20000)  # [frames]
CONVERGED = 60  # iterations after which nothing changes any more
CHECK_EVERY = 4  # frames between two looks at convergence
TARGET_LIVE_MS, TARGET_TAKE = {1: 2.0, 10: 8.0}, 150.0


def crowd(case, people):
    """Observations of a case in which everybody moves like the one person there."""
    return [
        dataclasses.replace(
            o,
            id=np.arange(1, people + 1),
            **{name: np.repeat(getattr(o, name), people, 0) for name in SHAPES if name != "id"},
        )
        for o in case.observations
    ]


def longer(case, frames):
    """Observations of a case played forth and back until there are so many frames."""
    num = len(case.observations)
    turn = np.abs((np.arange(frames) + num - 1) % (2 * num - 2) - (num - 1))
    return [
        dataclasses.replace(case.observations[row], index=t, time_s=t / case.fps)
        for t, row in enumerate(turn)
    ]


def evidence_of(observations, case):
    """-> Evidence, Body of everybody, times (T,)."""
    evidence = gather(
        observations, identities(observations, case.fps), case.camera, case.image_size
    )
    if case.crops:
        evidence = crop_view.in_camera_axes(evidence, case.camera.K)
    return evidence, proportions.bodies(evidence), np.array([o.time_s for o in observations])


def live_step(case, people):
    """Milliseconds per frame (median), and how far from its own optimum a step ends [deg].

    -> ms, median distance, share of joints nearer than 0.5 degrees, ms at the 95th percentile
    """
    evidence, body, time_s = evidence_of(crowd(case, people), case)
    live, seconds, away = LiveFit(body, case.camera), [], []
    for t, now in enumerate(time_s):
        frame, before = evidence.at(t), copy.deepcopy(live) if t % CHECK_EVERY == 1 else None
        start = time.thread_time()
        live.step(frame, now)
        seconds.append(time.thread_time() - start)
        if before is not None and people == 1:
            before.settings = dataclasses.replace(
                before.settings, iterations=CONVERGED, first_iterations=CONVERGED, near=0.0
            )
            before.step(frame, now)
            away.append(_distance(live, before))
    away = np.concatenate(away) if away else np.full(1, np.nan)
    ms = 1000 * np.array(seconds)
    return np.median(ms), np.median(away), (away < 0.5).mean(), np.percentile(ms, 95)


def _distance(live, other):
    """Angles [deg] between the solved joint rotations of two live fits, before the last filter."""
    local = (
        metrics.local_rotations(
            forward(fit._q[0], fit.body).R_world_link[:, SKELETON.joint_link], SKELETON.parents
        )
        for fit in (live, other)
    )
    return metrics.joint_angle_errors(*local).ravel()


def take_speed(case, frames):
    """Frames per second of processor time for one person, peak memory of the process so far [MB]."""
    evidence, body, time_s = evidence_of(longer(case, frames), case)
    one = Body(*(np.asarray(getattr(body, name)[0]) for name in Body.__dataclass_fields__))
    start = time.thread_time()
    fit_person(evidence, 0, time_s, one, case.camera)
    return frames / (time.thread_time() - start), peak_memory_mb()


def live_table(evidence):
    """evidence: {what it is: case}"""
    header(
        "live fit, people",
        "of",
        "step, median [ms]",
        "95 % [ms]",
        "target [ms]",
        "from its optimum, median [deg]",
        "joints within 0.5 deg [%]",
    )
    result = {}
    for what, case in evidence.items():
        for people in PEOPLE:
            ms, away, share, slow = live_step(case, people)
            result[f"live_step_ms_{people}_{what}"] = ms
            near = "-" if np.isnan(away) else f"{100 * share:.0f}"
            target = number(TARGET_LIVE_MS[people])
            row(people, what, number(ms, 2), number(slow, 2), target, number(away, 2), near)
    return result


def take_table(case):
    header("take fit, frames", "frames/s per person", "target", "peak memory of the process [MB]")
    result = {}
    for frames in LENGTHS:
        speed, memory = take_speed(case, frames)
        result[f"take_frames_per_s_{frames}"] = speed
        row(frames, number(speed, 0), number(TARGET_TAKE, 0), number(memory, 0))
    return result
