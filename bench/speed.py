"""How long a frame takes, beside MediaPipe in the same run; where the time goes; what it grows with.

Elapsed time of whole runs in child processes on two processor cores, start-up left out (see `captures`),
medians of repeats in turn, those in which other programs took least of the cores. Ours is the whole way
from the clip to the fitted motion on disk; MediaPipe's is the way from the clip to its own landmarks. It
follows one person, so two people take it two runs.
"""

import os
import time

import numpy as np

from ..cli import fetch
from ..inference.video import Video
from . import captures, clips, plots
from .captures import middle, ours, theirs
from .peers import peer
from .tables import header, number, row

LONG, SHORT = (3, 6), (1, 2)  # repeats, rounds at most where others keep the machine busy
# our chain, its solver, the peer, how often it is run, people in the clip, at most so many times as long
PAIRS = [
    ("solo", "take", "MediaPipe 1", 1, 1.35),
    ("live", "live", "MediaPipe 1", 1, 2.0),
    ("take", "take", "MediaPipe 2", 1, 2.0),
    ("live", "live", "MediaPipe 1", 2, None),
    ("take", "take", "MediaPipe 2", 2, None),
]
CHAINS = [("solo", "take"), ("live", "live"), ("take", "take")]
CLIPS = {1: clips.one_person, 2: clips.two_people}
PEOPLE, LENGTHS, SCALES = (1, 2, 4, 8), (140, 420, 1260), (0.5, 1.0, 2.0, 3.0)
STAGES = ("detector", "pose_2d", "pose_3d", "pose_3d_wait", "fit")


def main(args):
    """All tables; returns their numbers."""
    started = time.perf_counter()
    for chain, _ in CHAINS:
        fetch.fetch_chain(chain)
    with captures.two_cores() as cores:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
        print(f"{cores} processor cores, load {load:.1f} at the start")
        result = {"load": load, **compared(*(SHORT if args.short else LONG))}
        if not args.short:
            result["cost"] = cost_tables(args.plots)
    print(f"\n{time.perf_counter() - started:.0f} s")
    return result


def compared(repeats, most_rounds):
    """Our chains and the peers in turn, and the stages of our runs -> numbers of both tables."""
    available = {name for name in peer.PEERS if is_here(name)}
    runs = {}
    for chain, solver, name, people, _ in PAIRS:
        clip = CLIPS[people]()
        runs[title(chain, people)] = lambda c=clip, n=chain, s=solver: ours(c, n, s)
        if name in available:
            runs[title(name, people)] = lambda c=clip, n=name, p=people: theirs(n, c, p)
    found = captures.interleaved(runs, repeats, most_rounds)
    starting = {
        title(chain, people): ours(CLIPS[people](), chain, solver, (0, 1)).processor_seconds
        for chain, solver, _, people, _ in PAIRS
    }
    numbers = {name: timing(spent, starting.get(name, 0.0)) for name, spent in found.items()}
    pair_table(numbers)
    return {**numbers, "stages": stage_table(found)}


def is_here(name):
    """Whether a peer can be run; says why not."""
    try:
        peer.interpreter(peer.PEERS[name])
    except peer.PeerError as error:
        print(error)
        return False
    return True


def title(name, people):
    return f"{name}, {people} {'person' if people == 1 else 'people'}"


def timing(spent, starting):
    """Repeats of one run, processor time of starting up [s] -> milliseconds per frame."""
    return {
        "ms_per_frame": middle([one.ms_per_frame for one in spent]),
        "processor_ms_per_frame": middle(
            [1000 * (one.processor_seconds - starting) / one.frames for one in spent]
        ),
        "others": max(one.others for one in spent),
    }


def pair_table(numbers):
    """Ours against the peer of its kind; adds the ratios to the numbers."""
    header(
        "chain", "people", "ours [ms a frame]", "peer", "its time [ms a frame]", "ratio", "at most",
        "processor time, ours / its [ms a frame]", "other programs [% of the cores]",
    )  # fmt: skip
    for chain, _, name, people, most in PAIRS:
        mine, other = numbers[title(chain, people)], numbers.get(title(name, people))
        elapsed, processor = (
            [values(one, key) for one in (mine, other)]
            for key in ("ms_per_frame", "processor_ms_per_frame")
        )
        others = max(one["others"] for one in (mine, other) if one)
        ratio = elapsed[0] / elapsed[1]
        if other:
            times = [one["ms_per_frame"] for one in (mine, other)]
            noise = sum(one["spread"] / one["median"] for one in times)
            mine["ratio"] = {"median": ratio, "spread": noise * ratio}
        missed = " (missed)" if most and ratio > most else ""
        row(
            chain, people, number(elapsed[0]), name if people == 1 else f"{name}, {people} runs",
            number(elapsed[1]), number(ratio, 2) + missed, number(most, 2),
            f"{number(processor[0])} / {number(processor[1])}", number(100 * others, 0),
        )  # fmt: skip


def values(timing, key):
    return timing[key]["median"] if timing else float("nan")


def stage_table(found):
    """Medians over the repeats of the seconds of each stage -> {run: {stage: ms per frame}}."""
    header(
        "stages [ms a frame]",
        "decoding alone",
        "detector",
        "2D",
        "3D",
        "waiting for 3D",
        "fit",
        "all",
    )
    result = {}
    for chain, _, _, people, _ in PAIRS:
        name = title(chain, people)
        reports = [spent.report for spent in found[name]]
        stages = {
            stage: float(
                np.median([1000 * r["seconds_per_stage"][stage] / r["frames"] for r in reports])
            )
            for stage in STAGES
        }
        stages = {"decoding": decoding(CLIPS[people]()), **stages}
        row(
            name,
            *map(number, stages.values()),
            number(values(timing(found[name], 0), "ms_per_frame")),
        )
        result[name] = stages
    print(
        "\nDecoding and the 3D network run on threads of their own beside the other stages, and share the"
        " cores with them;\nin the chain solo the 3D network finds the 2D too."
    )
    return result


def decoding(clip):
    """Milliseconds per picture of reading a clip and doing nothing with it."""
    start, frames = time.perf_counter(), 0
    for _ in clips.pictures(clip):
        frames += 1
    return 1000 * (time.perf_counter() - start) / frames


def cost_tables(folder):
    """Time per frame against people, length and resolution; memory over a long clip."""
    curves, memory, result = {}, {}, {}
    for what, unit, sizes, clip_of in (
        ("people", "people in the picture", PEOPLE, clips.crowd),
        ("length", "frames of the clip", LENGTHS, clips.long),
        ("resolution", "height of the picture [px]", SCALES, clips.scaled),
    ):
        header(unit, *(f"{chain} [ms a frame]" for chain, _ in CHAINS[1:]), "peak memory [MB]")
        for size in sizes:
            clip = clip_of(size)
            place = Video(clip).height if what == "resolution" else size
            spent = {chain: ours(clip, chain, solver) for chain, solver in CHAINS[1:]}
            peak = {chain: one.report["peak_memory_mb"] for chain, one in spent.items()}
            row(
                place,
                *(number(one.ms_per_frame) for one in spent.values()),
                number(max(peak.values()), 0),
            )
            for chain, one in spent.items():
                curves.setdefault(unit, {}).setdefault(chain, []).append((place, one.ms_per_frame))
                result[f"{chain}, {what} {place}"] = {
                    "once_ms_per_frame": one.ms_per_frame, "peak_memory_mb": peak[chain],
                }  # fmt: skip
            if what == "length":
                memory = {chain: one.memory for chain, one in spent.items()}
    plots.costs(curves, folder)
    plots.memory(memory, folder)
    return result
