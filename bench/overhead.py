"""What the pipeline costs beyond its networks: a whole capture against a bare loop over the same sessions.

The bare loop runs the same networks, as often and with the same batch sizes as the capture did, on tensors
prepared beforehand: no video, no crops, no tracking, no fit, no files. Both are repeated in turn. Elapsed time
gains where networks of two pictures overlap, which the bare loop's do not. Processor time of all threads does not:
it tells more where other programs are at work. It counts loading on both sides, elapsed time that of the capture.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from ..cli import fetch
from ..inference import catalogue, weights
from ..inference.client import Client
from ..inference.job import Job
from ..inference.network import Network
from . import captures
from .tables import header, number, row

REPEATS = 3
MOST = 1.25  # times the bare loop


def main(args):
    fetch.fetch_chain("take")
    clip = fetch.clip()
    rows = []
    for _ in range(1 if args.short else REPEATS):
        report, *captured = capture(clip)
        rows.append((*captured, *bare_loop(report["network_runs"])))
        print(
            "  capture {:.1f} s ({:.1f} processor), bare loop {:.1f} s ({:.1f})".format(*rows[-1])
        )
    return {
        **table(report, *(statistics.median(values) for values in zip(*rows))),
        "report": report,
    }


def table(report, whole, whole_processor, bare, bare_processor):
    """Prints medians [s], elapsed and of the processor, and what else the last report tells."""
    header("", "capture [s]", "bare loop [s]", "ratio", "wanted")
    result = {}
    for name, ours, loop in (
        ("elapsed", whole, bare),
        ("processor", whole_processor, bare_processor),
    ):
        row(name, number(ours), number(loop), number(ours / loop, 2), f"<= {MOST}")
        prefix = "" if name == "elapsed" else f"{name}_"
        result |= {
            f"{prefix}capture_s": ours,
            f"{prefix}bare_loop_s": loop,
            f"{prefix}ratio": ours / loop,
        }
    share = report["detector_runs"] / report["frames"]
    header("frames/s", "detector on", "peak memory [MB]")
    memory = number(report["peak_memory_mb"], 0)
    row(number(report["frames"] / whole), f"{100 * share:.0f} % of the frames", memory)
    return result


def capture(clip):
    """A whole capture in the child process -> its report, seconds, processor seconds of all threads."""
    with tempfile.TemporaryDirectory() as folder:
        client, before = Client(), captures.children_seconds()
        client.start(Job(clip=str(clip), out=str(Path(folder) / "OUT.npz")))
        pid = client.pid
        last = client.wait(lambda message: None)
        captures.wait_for_the_end_of(pid)
    if last.type != "done":
        raise RuntimeError(last.fields["text"])
    report = last.fields["report"]
    return report, report["seconds"], captures.children_seconds() - before


def bare_loop(network_runs):
    """{network: {batch size: runs}} on random tensors -> seconds without loading, processor seconds with it."""
    work, processor = [], time.process_time()
    for name, runs in network_runs.items():
        spec = catalogue.network(name)
        network = Network(spec, weights.find(spec), os.cpu_count())
        network.warm_up()
        width, height = spec.size
        shape = (3, height, width) if spec.layout == "NCHW" else (height, width, 3)
        rng = np.random.default_rng(0)
        for batch, count in runs.items():
            values = rng.random((int(batch), *shape), np.float32)
            network.run(values)
            work.append((network, values, count))
    start = time.perf_counter()
    for network, values, count in work:
        for _ in range(count):
            network.run(values)
    return time.perf_counter() - start, time.process_time() - processor
