"""What the pipeline costs beyond its networks: a whole capture against a bare loop over the same sessions.

The bare loop runs the same networks, as often and with the same batch sizes as the capture did, on tensors
prepared beforehand: no video, no crops, no tracking, no fit, no files. Both are repeated in turn.
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

REPEATS = 3


def main(args):
    fetch.fetch_chain("take")
    clip = fetch.clip()
    rows = []
    for _ in range(1 if args.short else REPEATS):
        report = capture(clip)
        rows.append((report["seconds"], bare_loop(report["network_runs"]), report))
        print(f"  capture {rows[-1][0]:.1f} s, bare loop {rows[-1][1]:.1f} s", flush=True)
    whole, bare = (statistics.median(row[k] for row in rows) for k in (0, 1))
    report = rows[-1][2]
    print("| capture [s] | bare loop [s] | ratio | frames/s | detector on | peak memory [MB] |")
    print("|---|---|---|---|---|---|")
    share = report["detector_runs"] / report["frames"]
    print(
        f"| {whole:.1f} | {bare:.1f} | {whole / bare:.2f} | {report['frames'] / whole:.1f} "
        f"| {100 * share:.0f} % of the frames | {report['peak_memory_mb']:.0f} |"
    )
    return {"capture_s": whole, "bare_loop_s": bare, "ratio": whole / bare, "report": report}


def capture(clip):
    """The report of a whole capture in the child process."""
    with tempfile.TemporaryDirectory() as folder:
        client = Client()
        client.start(Job(clip=str(clip), out=str(Path(folder) / "OUT.npz")))
        last = client.wait(lambda message: None)
    if last.type != "done":
        raise RuntimeError(last.fields["text"])
    return last.fields["report"]


def bare_loop(network_runs):
    """Seconds for {network: {batch size: runs}} on random tensors; loading and warm-up not counted."""
    work = []
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
    return time.perf_counter() - start
