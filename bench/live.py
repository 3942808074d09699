"""Live for minutes: how long from a picture to the posed bones, beside the networks, and whether it grows.

A clip is played as if it were live, again and again, in real time: the real child with the real networks, and in
Blender, without a window, everything but the drawing. The child and Blender share two processor cores.
MONORIG_LIVE_MINUTES says how long each clip is played.
"""

import os
import time
from dataclasses import dataclass

import numpy as np

from ..cli import fetch
from ..inference.fit_settings import FitSettings
from ..inference.live_settings import CLIP, LiveSource
from . import captures, clips
from .tables import header, number, row

MINUTES, SHORT = float(os.environ.get("MONORIG_LIVE_MINUTES", "1")), 0.3
SEAMLESS = (
    4 * 2 * (140 - 1)
)  # pictures of somebody forth and back, whose end is just before their beginning
CLIPS = {"one person": lambda: clips.long(SEAMLESS), "two people": clips.two_people}
MINUTE = 60.0  # [s]
PATIENCE = 120.0  # [s] until the first pose


@dataclass(frozen=True)
class Posed:
    """One pose on the bones; [s]."""

    at_s: float  # since the first
    delay_s: float  # since its picture was here
    networks_s: float  # of that
    memory_mb: float  # of the child and of us


def main(args):
    """The table of every clip; returns its numbers."""
    fetch.fetch_chain("live")
    found, minutes = {}, SHORT if args.short else MINUTES
    with captures.two_cores() as cores:
        for name, make in CLIPS.items():
            load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
            print(f"\n{name}, {minutes:g} minutes, {cores} processor cores, load {load:.1f}")
            found[name] = table(played(make(), minutes * MINUTE))
    return found


def played(clip, seconds):
    """[Posed] of a live session over a clip for so many seconds after the first pose."""
    import bpy

    from ..operators import user_folder
    from ..operators.live import LiveRequest, LiveWork
    from ..operators.live_life import LiveLife

    posed = []

    class Watched(LiveLife):
        """Notes every pose."""

        def _show_now(self):
            stage, now = self._stage, time.monotonic()
            if stage.delay_s:
                begun = posed[0].at_s if posed else now
                posed.append(Posed(now, stage.delay_s, stage.networks_s, memory(self._client.pid)))
                if now - begun > seconds:
                    self.cancel()
            super()._show_now()

    user_folder.register()
    scene = bpy.context.scene
    source, fit = LiveSource(CLIP, address=str(clip), again=True), FitSettings(solver="live")
    place = scene.name, scene.session_uid
    work = LiveWork(LiveRequest(source, "live", fit, 0, (), place, own=True, rigs=()))
    life = Watched(work, *[lambda: None] * 3)
    until = time.monotonic() + PATIENCE + seconds
    delay = 0.0
    while delay is not None:
        time.sleep(delay)
        delay = life.tick()
        if time.monotonic() > until:
            life.close("Took too long.")
    if life.status.phase != "CANCELLED" or not posed:
        raise RuntimeError(life.status.sentence)
    return posed


def memory(child):
    """Memory [MB] of the child and of this process."""
    return sum(captures.resident_mb(process) for process in (child, os.getpid()))


def table(posed):
    """A row a minute, then all of it; returns the numbers of each."""
    header(
        "minute",
        "poses/s",
        "delay p50 / p95 [ms]",
        "networks p50 [ms]",
        "own p50 / p95 [ms]",
        "memory [MB]",
    )
    at = np.array([one.at_s for one in posed]) - posed[0].at_s
    minute = np.minimum((at / MINUTE).astype(int), max(0, round(at[-1] / MINUTE) - 1))
    rows = {str(m + 1): np.flatnonzero(minute == m) for m in np.unique(minute)}
    numbers = {}
    for name, chosen in {**rows, "all": np.arange(len(posed))}.items():
        numbers[name] = summary([posed[i] for i in chosen])
        one = numbers[name]
        row(
            name, number(one["rate"]), f"{one['delay_ms'][0]:.0f} / {one['delay_ms'][1]:.0f}",
            number(one["networks_ms"], 0), f"{one['own_ms'][0]:.0f} / {one['own_ms'][1]:.0f}",
            number(one["memory_mb"], 0),
        )  # fmt: skip
    return numbers


def summary(posed):
    """[Posed] -> {rate [1/s], delay_ms and own_ms (p50, p95), networks_ms p50, memory_mb at the end}."""
    delay = 1e3 * np.array([one.delay_s for one in posed])
    networks = 1e3 * np.array([one.networks_s for one in posed])
    length = max(posed[-1].at_s - posed[0].at_s, 1e-9)
    return {
        "rate": (len(posed) - 1) / length,
        "delay_ms": np.percentile(delay, (50, 95)).tolist(),
        "networks_ms": float(np.median(networks)),
        "own_ms": np.percentile(delay - networks, (50, 95)).tolist(),
        "memory_mb": posed[-1].memory_mb,
    }
