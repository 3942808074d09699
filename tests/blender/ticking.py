"""Ticks that a test makes itself, as the timer does where there is a window."""

import time

PATIENCE = 120.0  # [s] on the slowest of machines


def tick_until(background, condition, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not condition(background.status):
        delay = background.tick()
        assert time.monotonic() < deadline, background.status
        if delay is None:
            break
        time.sleep(min(delay, 0.01))
