"""A stand-in for the live child: `python live_child.py ROOT ROLE`. Two people, again and again.

Plays, over the real protocol: two (until cancelled), nobody (they left the picture), end and long (a clip that
ends), lost, crash, deaf (never cancels). It holds its poses while it is paused, answers each wish to pause or to
go on, and tells the bodies again when asked to recalibrate.
"""

import importlib
import os
import sys
import threading
import time
from pathlib import Path

ROOT, ROLE = Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(ROOT / "tests"))
importlib.import_module("conftest")

import numpy as np  # noqa: E402
from monorig.inference import rotations  # noqa: E402
from monorig.inference.protocol import FrameReader, Message, write_message  # noqa: E402
from synthetic_motion import synthetic_motion  # noqa: E402

FRAMES, RATE, LENGTH = 90, 60.0, {"end": 40, "long": 180, "crash": 40, "lost": 30}
asked, wishes = set(), []


def listen():
    reader = FrameReader()
    while chunk := os.read(0, 1 << 16):
        for message in reader.feed(chunk):
            asked.add(message.type)
            if message.type == "resume":
                asked.discard("pause")
            if message.type in ("pause", "resume"):
                wishes.append(message.type)
    os._exit(3)  # the parent is gone


def send(type, arrays=None, **fields):
    write_message(sys.stdout.buffer, Message(type, fields, arrays or {}))


def tell_bodies(motion):
    arrays = {"identity": motion.identity.astype(np.int32), "height_m": motion.height_m}
    send("bodies", {**arrays, "rest_offset": motion.rest_offset}, camera=[0.0, 0.0, 1.5])


def tell_pose(motion, count):
    seen = slice(0 if ROLE == "nobody" else None)
    T = motion.T_world_joint[seen, count % FRAMES]
    arrays = {"root": T[:, 0, :3, 3], "rotation": rotations.quaternion(T[..., :3, :3])}
    arrays = {name: value.astype(np.float32) for name, value in arrays.items()}
    now = time.monotonic()
    send(
        "pose", {**arrays, "identity": motion.identity[seen].astype(np.int32),
                 "confidence": np.full(len(T), 0.9, np.float32)},
        time_s=count / 30, captured_s=now - 0.05, solved_s=now, waited_s=0.0, networks_s=0.04,
    )  # fmt: skip


def main():
    threading.Thread(target=listen, daemon=True).start()
    motion = synthetic_motion(people=2, frames=FRAMES, gaps=False)
    tell_bodies(motion)
    count, stage, answered = 0, "", 0
    while ROLE == "deaf" or "cancel" not in asked:
        if "recalibrate" in asked:
            asked.discard("recalibrate")
            tell_bodies(motion)
        if "pause" not in asked:
            tell_pose(motion, count)
            count += 1
        answered, before = len(wishes), answered
        told, stage = stage if before == answered else "", "paused" if "pause" in asked else "live"
        if stage == told == "paused":
            time.sleep(1 / RATE)
            continue
        send("progress", stage=stage, people=2, frames_per_second=RATE, provider="CPU")
        if count == LENGTH.get(ROLE):
            break
        time.sleep(1 / RATE)
    finish()


def finish():
    if ROLE == "lost":
        send("lost", text="Camera 0 sends no picture any more.")
        while "cancel" not in asked:
            time.sleep(0.01)
    if ROLE == "crash":
        os.abort()
    if ROLE in ("end", "long"):
        send("done", frames=LENGTH[ROLE], missed=0)
    else:
        send("failed", kind="cancelled", text="Cancelled.", log=[])


main()
