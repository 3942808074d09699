"""Keys of retargeting in numbers: how many fewer within a bound, and how long writing takes. Needs bpy."""

import time

import numpy as np

from ..retarget import reduce
from ..retarget.action import curves, new_action, write
from ..retarget.channels import LINEAR, Channel
from . import retarget_rigs

FRAMES, BONES, PEOPLE, ATTEMPTS = 2000, 70, (1, 10), 3


def fewer(motion, bounds, played):
    """{person: times fewer keys, worst errors} on Rigify's metarig; `played` retargets."""
    found = {}
    for row, identity in enumerate(motion.identity.tolist()):
        person = retarget_rigs.empty(motion, row)
        full, few = retarget_rigs.metarig(), retarget_rigs.metarig()
        played(person, full)
        played(person, few, bounds=bounds)
        was, given = values(full), values(few)
        count = [sum(len(keys) for keys, _curve in of.values()) for of in (was, given)]
        modes = {bone.name: bone.rotation_mode for bone in full.pose.bones}
        worst = {True: 0.0, False: 0.0}
        for path in {path for path, _index in was}:
            located = path.endswith("location")
            mode = "" if located else modes[path.split('"')[1]]
            worst[located] = max(worst[located], error(path, was, given, mode))
        found[str(identity)] = {
            "times": count[0] / count[1],
            "worst_deg": float(np.degrees(worst[False])),
            "worst_mm": 1e3 * worst[True],
        }
    return found


def values(owner):
    """{(data path, index): (frames of the keys, curve)} of the action that an armature plays."""
    return {
        (curve.data_path, curve.array_index): ([key.co.x for key in curve.keyframe_points], curve)
        for curve in curves(owner.animation_data.action).fcurves
    }


def error(path, was, given, mode):
    """Greatest difference of the curves of a path at the frames of the full keys: [rad], or [m] without a mode."""
    indices = sorted(index for one, index in was if one == path)
    frames = was[path, indices[0]][0]
    both = [
        np.array([[of[path, index][1].evaluate(f) for index in indices] for f in frames])
        for of in (was, given)
    ]
    measure = reduce.rotation_error(mode) if mode else reduce.location_error(1.0)
    return float(measure(*both).max())


def writing_times():
    """{people: seconds of the processor} in which their actions are written; the best of several."""
    frames, kinds = np.arange(1.0, FRAMES + 1), np.full(FRAMES, LINEAR, np.uint8)
    found = [
        Channel(
            f'pose.bones["b{bone}"].rotation_quaternion',
            k,
            frames,
            np.sin(frames / 40),
            kinds,
            f"b{bone}",
        )
        for bone in range(BONES)
        for k in range(4)
    ]
    return {str(people): min(_seconds(found, people) for _ in range(ATTEMPTS)) for people in PEOPLE}


def _seconds(found, people):
    started = time.process_time()
    for _ in range(people):
        for _step in write(new_action("speed", "speed"), found):
            pass
    return time.process_time() - started
