"""Networks on a graphics card: the same runs as on the processor, and whole captures; skipped where none answers.

Elapsed time of runs with their tensors bound, warm, medians. The card is used where ONNX Runtime for one is
installed in this environment.
"""

import time

import numpy as np

from ..cli import fetch
from ..inference import loading, providers
from ..inference.decoders import input_shape
from . import captures, clips
from .tables import header, number, row

RUNS = 60
CHAINS = {"live": "live", "take": "take"}  # chain -> solver
LEAST_CAPTURE, LEAST_XNECT = (
    150.0,
    300.0,
)  # frames/s of the chain take with two people at 720p; of XNect's layout
XNECT = "xnect-selecsls"


def table(files):
    """Runs per second of networks {name: (NetworkSpec, file)} on the card, and frames per second of captures."""
    tried = providers.to_try(gpu=True)
    missing = providers.load_libraries(tried)
    if tried == (providers.PROCESSOR,):
        print("\nNo card is measured: ONNX Runtime here knows the processor only.")
        return {}
    found = {name: _answering(spec, path, tried) for name, (spec, path) in files.items()}
    if not any(found.values()):
        print(f"\nNo card is measured: {missing or providers.NOTHING_ANSWERS}.")
        return {}
    header("network on a card", "runs on", "runs/s, one picture or person", "wanted")
    result = {}
    for name, network in found.items():
        if network:
            rate = runs_per_second(network)
            wanted = f">= {LEAST_XNECT:.0f}" if name == XNECT else "-"
            row(name, network.provider, number(rate, 0), wanted)
            result[f"card_runs_per_s_{name}"] = rate
    return {**result, **captures_table()}


def _answering(spec, path, tried):
    """The Network where a card runs it, else None."""
    network, _ = loading.started(spec, path, 1, tried)
    return None if network.provider == providers.PROCESSOR.name else network


def runs_per_second(network):
    values = np.random.default_rng(1).normal(size=input_shape(network.spec, 1)).astype(np.float32)
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        network.run(values)
        seconds.append(time.perf_counter() - start)
    return 1 / float(np.median(seconds))


def captures_table():
    """Whole captures of two people at 720p; frames per second without start-up."""
    header("capture on a card, two people, 720p", "runs on", "frames/s", "wanted")
    result = {}
    for chain, solver in CHAINS.items():
        fetch.fetch_chain(chain)
        spent = captures.ours(clips.two_people_720p(), chain, solver, gpu=True)
        rate = 1000 / spent.ms_per_frame
        wanted = f">= {LEAST_CAPTURE:.0f}" if chain == "take" else "-"
        row(chain, spent.report["provider"], number(rate, 0), wanted)
        result[f"card_frames_per_s_{chain}"] = rate
    return result
