"""Whole captures and whole runs of peers in child processes, and what they took; start-up left out.

Ours counts from the opening of the clip to the file at the end, without the interpreter, the imports and the
loading and warming up of networks; a peer's runner counts likewise. Both are held to two processor cores.
"""

import contextlib
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..inference.client import Client
from ..inference.fit_settings import FitSettings
from ..inference.job import Job
from .peers import peer

try:
    import resource
except ImportError:  # Windows
    resource = None

CORES = 2
LONGEST_LEAVE = 10.0  # [s]
QUIET = 0.1  # share of the cores that other programs may take


class CaptureError(Exception):
    """A capture that should have worked failed."""


@dataclass(frozen=True)
class Spent:
    """What one run took, without start-up unless said."""

    frames: int
    seconds: float  # elapsed
    processor_seconds: float  # of all threads; of ours with start-up; NaN = the system does not say
    report: dict = field(default_factory=dict)  # of our capture
    others: float = 0.0  # share of the cores that other programs took; 0 where it is not known
    memory: tuple = ()  # (seconds since the start of the child, resident MB) of our capture

    @property
    def ms_per_frame(self):
        return 1000 * self.seconds / self.frames


@contextlib.contextmanager
def two_cores():
    """Holds this process and its children to two cores where the system can; yields their number."""
    if not hasattr(os, "sched_setaffinity"):
        yield os.cpu_count()
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:CORES])
    try:
        yield len(os.sched_getaffinity(0))
    finally:
        os.sched_setaffinity(0, allowed)


def ours(clip, chain, solver="take", frames=None, gpu=False):
    """One capture -> Spent; raises CaptureError."""
    memory, client = [], Client()
    with tempfile.TemporaryDirectory() as folder:
        out, fit = str(Path(folder) / "OUT.npz"), FitSettings(solver=solver)
        before, started = children_seconds(), time.perf_counter()
        usual = {"out": out, "chain": chain, "fit": fit, "frames": frames, "threads": CORES}
        client.start(Job(str(clip), **usual, gpu=gpu))
        pid = client.pid

        def on_message(message):
            if message.type == "progress":
                memory.append((time.perf_counter() - started, resident_mb(pid)))

        last = client.wait(on_message)
        wait_for_the_end_of(pid)
    if last.type != "done":
        raise CaptureError(f"{Path(clip).name}: {last.fields['text']}")
    report = last.fields["report"]
    seconds = report["seconds"] - report["seconds_per_stage"]["load"]
    processor = children_seconds() - before
    return Spent(report["frames"], seconds, processor, report, memory=tuple(memory))


def theirs(name, clip, runs=1):
    """Runs of a peer one after another, one for each person -> Spent of all; raises PeerError."""
    seen = [peer.run(peer.PEERS[name], clip) for _ in range(runs)]
    seconds, processor = (
        sum(getattr(one, key) for one in seen) for key in ("seconds", "processor_seconds")
    )
    return Spent(len(seen[0].frame), seconds, processor)


def children_seconds():
    """Processor time of all children that have ended [s]; NaN where the system does not say."""
    if resource is None:
        return float("nan")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def wait_for_the_end_of(pid):
    """Waits until the child has been taken leave of, which is when its processor time is counted."""
    given_up = time.monotonic() + LONGEST_LEAVE
    while resource is not None and time.monotonic() < given_up:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)


def resident_mb(pid):
    """Memory that a process holds now [MB of 10^6 bytes]; NaN where the system does not say."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    lines = [line for line in status.read_text().splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) * 1024 / 1e6 if lines else float("nan")


def interleaved(contestants, repeats, most):
    """{name: function without arguments -> Spent} run in turn, A B A B ... -> {name: the quietest [Spent]}.

    Goes on until everybody has had `repeats` runs in which other programs left the cores alone, at most
    `most` rounds.
    """
    found = {name: [] for name in contestants}
    for _ in range(most):
        for name, run in contestants.items():
            found[name].append(disturbed(run))
        if all(sum(one.others < QUIET for one in runs) >= repeats for runs in found.values()):
            break
    return {
        name: sorted(runs, key=lambda one: one.others)[:repeats] for name, runs in found.items()
    }


def disturbed(run):
    """Spent of a run, with the share of the machine's cores that other programs took meanwhile."""
    started, busy, own = (
        time.perf_counter(),
        busy_seconds(),
        children_seconds() + time.process_time(),
    )
    spent = run()
    own = children_seconds() + time.process_time() - own
    cores = (time.perf_counter() - started) * os.cpu_count()
    others = (busy_seconds() - busy - own) / cores
    return replace(spent, others=max(others, 0.0) if others == others else 0.0)


def busy_seconds():
    """Processor time of all programs of the machine since it started [s]; NaN where the system does not say."""
    listing = Path("/proc/stat")
    if not listing.exists():
        return float("nan")
    ticks = listing.read_text(encoding="utf-8").splitlines()[0].split()[1:9]
    user, nice, system, _idle, _waiting, *interrupts = map(int, ticks)
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def middle(values):
    """Repeats -> {"median", "spread"}: half of the range."""
    return {"median": statistics.median(values), "spread": (max(values) - min(values)) / 2}
