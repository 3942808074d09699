"""What is done on Blender's main thread waits for threads of ours, where both at once would end Blender."""

import threading
import time

import bpy
from monorig.operators import capture, steps
from monorig.operators.background import Background
from synthetic_motion import synthetic_motion


def test_quiet_waits_for_threads_of_ours_and_for_no_others(monkeypatch):
    monkeypatch.setattr(steps, "THREADS", "monorig test")  # others may still take their leave
    done = threading.Event()
    other = threading.Thread(target=done.wait, name="somebody else's", daemon=True)
    other.start()
    assert list(steps.quiet()) == []
    ours = threading.Thread(target=done.wait, name="monorig test", daemon=True)
    ours.start()
    waiting = steps.quiet()
    assert next(waiting) is steps.OWN_TICK and next(waiting) is steps.OWN_TICK
    done.set()
    ours.join()
    assert list(waiting) == []


def test_nothing_is_built_while_the_child_takes_its_leave(play):
    play("late", synthetic_motion(people=1, frames=10))
    work = capture.CaptureWork(capture.read_request(bpy.context))
    background, alone = Background(work, *[lambda: None] * 3), []
    scene_steps = work.scene_steps

    def watched(motion):
        alone.append(not steps._threads())
        return (yield from scene_steps(motion))

    work.scene_steps = watched
    while (delay := background.tick()) is not None:
        time.sleep(delay)
    assert background.status.phase == "DONE" and alone == [True]
