"""Time from a click on Capture to the first pose: the child starts, loads packages and networks, sees a picture.

Warm: the files were read before, as in every capture but the first after the computer was started. Of several
repeats the fastest tells what it takes, the median what it took beside everything else that ran; the
processor's time, of all threads of the child, hardly depends on that.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from ..cli import fetch
from ..inference.client import Client
from ..inference.job import Job

CHAINS = ("take", "solo", "live")
REPEATS = 5
LOOK = 0.005  # [s] between looks at the child
STAGES = (
    "networks",
    "capture",
)  # told when packages and clip are open; when the first picture was looked at


def main(args):
    clip = fetch.clip()
    results = {}
    print(
        "| chain | repeats | packages and clip [s] | first pose [s] | its median [s] | processor [s] |"
    )
    print("|---|---|---|---|---|---|")
    for chain in CHAINS:
        fetch.fetch_chain(chain)
        waited(clip, chain)  # not counted: files come from the disk
        repeats = [waited(clip, chain) for _ in range(1 if args.short else REPEATS)]
        packages, first, processor = min(repeats, key=lambda seconds: seconds[1])
        median = statistics.median(seconds[1] for seconds in repeats)
        print(
            f"| {chain} | {len(repeats)} | {packages:.2f} | {first:.2f} | {median:.2f} | {processor:.2f} |",
            flush=True,
        )
        results[chain] = {"first_pose_s": first, "median_s": median, "processor_s": processor}
    return results


def waited(clip, chain):
    """[s] from the start of a capture until each of STAGES is told, and of the processor's time."""
    client, told, begun, spent = Client(), {}, time.perf_counter(), children_s()
    with tempfile.TemporaryDirectory() as folder:
        client.start(Job(clip=str(clip), out=str(Path(folder) / "OUT.npz"), chain=chain))
        try:
            while STAGES[-1] not in told:
                for message in client.poll():
                    if message.type == "failed":
                        raise RuntimeError(message.fields["text"])
                    told.setdefault(message.fields.get("stage"), time.perf_counter() - begun)
                time.sleep(LOOK)
        finally:
            client.close()
    return [*(told[stage] for stage in STAGES), children_s() - spent]


def children_s():
    """[s] of the processor's time that ended children took; 0 on Windows, which does not tell."""
    times = os.times()
    return times.children_user + times.children_system
