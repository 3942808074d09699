"""A stand-in for the capture process: `python fake_child.py ROOT ROLE [OUT.npz]`.

Plays, over the real protocol: ok, part (of a clip), warning, nobody, input, fault, crash, garbage, slow
(to cancel), waits (after a warning, to be cancelled), deaf (never cancels), late (slow to exit after `done`),
floor (makes a camera profile).
"""

import os
import sys
import threading
import time
import types

ROOT, ROLE = sys.argv[1:3]
OUT = sys.argv[3] if len(sys.argv) > 3 else ""
package = types.ModuleType("monorig")
package.__path__ = [ROOT]
sys.modules["monorig"] = package

from monorig.inference.protocol import FrameReader, Message, write_message  # noqa: E402

STEPS, STEP_S = 5, 0.02
cancelled = threading.Event()


def listen():
    reader = FrameReader()
    while chunk := os.read(0, 1 << 16):
        for message in reader.feed(chunk):
            if message.type == "cancel" and ROLE != "deaf":
                cancelled.set()
    os._exit(3)  # the parent is gone


def send(type, **fields):
    write_message(sys.stdout.buffer, Message(type, fields))


def failed(kind, text, log=()):
    send("failed", kind=kind, text=text, log=list(log))
    sys.exit(0)


def progress(stage, done, total):
    send(
        "progress", stage=stage, done=done, total=total, seconds=done * STEP_S, people=2,
        seconds_left=(total - done) * STEP_S, frames_per_second=1 / STEP_S, provider="CPU",
    )  # fmt: skip
    time.sleep(STEP_S)
    if cancelled.is_set():
        failed("cancelled", "Cancelled.")


def main():
    threading.Thread(target=listen, daemon=True).start()
    if ROLE == "input":
        failed("input", "The file clip.mp4 is not a video.")
    for step in range(10_000 if ROLE in ("slow", "deaf") else STEPS):
        progress("capture", step, 1000 if ROLE in ("slow", "deaf") else STEPS)
        if ROLE in ("warning", "waits") and step == 2:
            send("log", text="The clip ends after 60 of the 70 pictures that it announces.")
        if ROLE == "waits" and step == 2:
            cancelled.wait()
    if ROLE == "crash":
        print("a library prints its last words", file=sys.stderr, flush=True)
        os.abort()
    if ROLE == "garbage":
        sys.stdout.buffer.write(b"this is no frame" * 100)
        sys.stdout.buffer.flush()
        time.sleep(30)
    if ROLE == "fault":
        failed("fault", "ValueError: something unforeseen", ["Traceback", "line 1"])
    if ROLE == "floor":
        return send("done", camera={"lens_mm": 30.0}, height=1.5)
    progress("fit", 1, 2)
    send("done", out=OUT, report={"people": 2, "finished": ROLE != "part"})
    if ROLE == "late":
        time.sleep(1.0)
    return None


main()
