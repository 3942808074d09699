"""Trackers that a user could take from PyPI, in an environment of their own, on the boxes that ours gets."""

import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from ...cli import environment
from ...cli.usage import UserError
from ...inference import cache
from .peer import HERE, PeerError

TRACKERS = {"norfair 2.3.0": "norfair", "OC-SORT 0.0.2": "ocsort"}


def track(name, detections, num_frames):
    """{frame: (boxes (N,4), scores (N,))} -> {frame: {identity: box}}; raises PeerError."""
    venv = environment.Environment(cache.folder() / "peers" / "trackers")
    try:
        venv.ensure(["peer-trackers.txt"])
    except UserError as error:
        raise PeerError(f"{name} is left out: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder) / "boxes.npz", Path(folder) / "out.npz"
        frames = np.concatenate([np.full(len(d[1]), frame) for frame, d in detections.items()])
        box, score = (np.concatenate([d[part] for d in detections.values()]) for part in (0, 1))
        np.savez(given, frame=frames, box=box, score=score, num_frames=num_frames)
        command = [venv.interpreter, "-I", HERE / "tracker_runner.py", given, answer]
        done = subprocess.run(
            [*map(str, command), "--tracker", TRACKERS[name]],
            capture_output=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word why"]
            raise PeerError(f"{name} is left out: it failed ({said[-1]})")
        return read(answer)


def read(path):
    """A runner's file -> {frame: {identity: box}}."""
    found = {}
    with np.load(path, allow_pickle=False) as data:
        for frame, identity, box in zip(data["frame"], data["identity"], data["box"]):
            found.setdefault(int(frame), {})[int(identity)] = box
    return found
