"""What a user would pick instead: each peer in an environment of its own, run as a child process.

An environment is made once in the cache folder. A peer that cannot be installed or fails raises
PeerError with one sentence, so that the rest of a measurement goes on. The runner of a peer is a script
of its own: it reads a clip and writes an .npz file (see `mediapipe_runner`).
"""

import functools
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...cli import blenders, environment, fetch
from ...cli.usage import UserError, say
from ...inference import cache, catalogue, weights
from ...inference.keypoints import KEYPOINTS, scatter

HERE = Path(__file__).resolve().parent
LANDMARKS = catalogue.network("blazepose-full").keypoints  # both list the same 33 points
KEYS = (
    "frame", "px", "visibility", "X", "region", "seconds_per_frame", "seconds", "processor_seconds",
)  # fmt: skip


class PeerError(Exception):
    """One sentence why there is nothing to compare with."""


@dataclass(frozen=True)
class Peer:
    """A program that finds one person in a clip."""

    name: str
    package: str  # names the environment and the requirement file peer-<package>.txt
    pythons: tuple  # versions that the package exists for, the best first
    runner: Path
    options: tuple
    keypoints: tuple  # canonical name per row of its answer, "" = unused
    networks: tuple = ()  # (name in the catalogue, path inside the package) that the package lacks


@dataclass(frozen=True)
class Seen:
    """What a peer says of T frames; K canonical keypoints. Absent: NaN, visibility 0."""

    frame: np.ndarray  # (T,) index in the file
    px: np.ndarray  # (T,K,2) in the picture, pixel centres at integers
    visibility: np.ndarray  # (T,K) 0..1
    X: np.ndarray  # (T,K,3) [m] pelvis-relative, camera axes
    region: (
        np.ndarray
    )  # (T,5) of the picture that it looked at, as in `inference.crops`; NaN = none
    seconds_per_frame: np.ndarray  # (T,) in the peer's library alone
    seconds: float  # elapsed, from opening the clip to the last result; no start-up
    processor_seconds: float  # of all threads in that time


def _mediapipe(complexity, networks=()):
    return Peer(
        f"MediaPipe {complexity}",
        "mediapipe",
        ("3.11", "3.12"),
        HERE / "mediapipe_runner.py",
        ("--complexity", str(complexity)),
        LANDMARKS,
        networks,
    )


HEAVY = ("blazepose-heavy", "modules/pose_landmark/pose_landmark_heavy.tflite")
PEERS = {peer.name: peer for peer in (_mediapipe(1), _mediapipe(2, (HEAVY,)))}


@functools.cache
def interpreter(peer):
    """The Python in the peer's environment, made if it is not there yet; raises PeerError."""
    found = blenders.interpreters(set(peer.pythons))
    python = next((found[version] for version in peer.pythons if version in found), None)
    if python is None:
        wanted = " or ".join(peer.pythons)
        raise PeerError(
            f"{peer.name} is left out: it needs Python {wanted}, and none was found"
            " (list interpreters in MONORIG_PYTHONS)."
        )
    venv = environment.Environment(cache.folder() / "peers" / peer.package, python)
    try:
        venv.ensure([f"peer-{peer.package}.txt"])
        for network, place in peer.networks:
            add_network(network, _package_folder(venv, peer.package) / place)
    except (UserError, weights.WeightsError) as error:
        raise PeerError(f"{peer.name} is left out: {error}") from error
    return venv.interpreter


def _package_folder(venv, package):
    """Where the environment keeps a package, without importing it."""
    asked = "import sysconfig; print(sysconfig.get_path('platlib'))"
    command = [str(venv.interpreter), "-I", "-c", asked]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()) / package


def add_network(name, place):
    """Puts the published file of a network, the very same that the peer would download, into its package."""
    if not place.exists():
        spec = catalogue.network(name)
        for folder in (cache.networks(), cache.packages()):
            folder.mkdir(parents=True, exist_ok=True)
        with fetch.one_at_a_time():
            published = weights.published(spec, cache.networks(), cache.packages(), say)
            part = place.with_name(place.name + ".part")
            shutil.copyfile(published, part)
            part.replace(place)
            fetch.tidy()


def run(peer, clip, frames=None, python=None):
    """The peer's answer to the frames (first, end) of a clip, None = all; raises PeerError.

    python   runs the runner; None = the one in the peer's environment
    """
    python = python or interpreter(peer)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "seen.npz"
        chosen = ["--frames", "{}:{}".format(*frames)] if frames else []
        command = [python, "-I", peer.runner, clip, out, *peer.options, *chosen]
        threads = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run([str(part) for part in command], capture_output=True, env=threads)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no word why"]
            raise PeerError(
                f"{peer.name} is left out: it failed on {Path(clip).name} ({said[-1]})."
            )
        return read(out, peer)


def read(path, peer):
    """A runner's file -> Seen; raises PeerError where it is none."""
    try:
        with np.load(path, allow_pickle=False) as data:
            values = {key: data[key] for key in KEYS}
    except (OSError, ValueError, KeyError) as error:
        raise PeerError(f"{peer.name} is left out: it wrote no answer ({error}).") from error
    rows, columns = scatter(peer.keypoints)
    T, K = len(values["frame"]), len(KEYPOINTS)
    kept = {
        "px": np.full((T, K, 2), np.nan),
        "X": np.full((T, K, 3), np.nan),
        "visibility": np.zeros((T, K)),
    }
    for key, table in kept.items():
        table[:, columns] = values[key][:, rows]
    times = {key: float(values[key]) for key in ("seconds", "processor_seconds")}
    return Seen(**{**values, **kept, **times})
