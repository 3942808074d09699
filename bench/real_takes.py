"""Takes of real video with 3D truth: captured once by the child process, kept in the cache folder.

Material: two views of one man on a beam (pose2sim's demo data) and his 3D, triangulated from four cameras:
11 mm of noise, joints defined 1 to 3 cm differently. A take is made anew when the code or a network
that makes observations has changed.
"""

import hashlib
import shutil
from pathlib import Path

import numpy as np

from ..cli import fetch
from ..inference import cache, catalogue, clues
from ..inference import camera as cameras
from ..inference.client import Client
from ..inference.job import Job
from ..inference.keypoints import LIMB_JOINTS
from ..inference.take import read_description, read_log
from . import metrics
from .cases import FEET, Case

CHAIN = "take"
VIEWS = ("cam01", "cam02")
CLIPS, REFERENCE = "media/pose2sim_single", "reference/pose2sim_single_balancing.npz"
OBSERVING = (
    "affinity", "appearance", "assignment", "background", "blazepose", "crops", "finders", "keypoints", "observer",
    "presence", "scene_cuts", "sightings", "simcc", "take", "tracking", "tracks", "video", "yolox",
)  # fmt: skip


class TruthMissing(Exception):
    """One sentence why there are no real takes to measure on."""


def real(data, known_focal=True):
    """Cases of the two views; raises TruthMissing."""
    if not data:
        raise TruthMissing("no folder of measuring material was named (--data or MONORIG_MATERIAL)")
    reference = Path(data) / REFERENCE
    clips = [Path(data) / CLIPS / f"{view}.mp4" for view in VIEWS]
    for path in (reference, *clips):
        if not path.exists():
            raise TruthMissing(f"{path} is not there")
    with np.load(reference, allow_pickle=False) as truth:
        return [_case(view, clip, truth, known_focal) for view, clip in enumerate(clips)]


def _case(view, clip, truth, known_focal):
    folder = captured(clip)
    observations, _, _ = read_log(folder / "observations.log")
    description = read_description(folder / "take.json")
    size = tuple(description["image_size"])
    names = [canonical(name) for name in truth["joint_names"]]
    X = truth["X_cam_smooth"][view, 0].astype(float)[: len(observations)]
    px = truth["px_smooth"][0, view].astype(float)[: len(observations)]
    focal = float(truth["K"][view, 0, 0]) if known_focal else None
    return Case(
        clip.stem,
        "real",
        observations[: len(X)],
        float(truth["fps"]),
        size,
        cameras.make(size, focal=focal),
        metrics.limb_joints(X, names),
        X[:, [names.index(name) for name in FEET]],
        None,
        px[:, [names.index(name) for name in LIMB_JOINTS]],
        clues=clues.of_take(folder, clip, 0),
        crops=True,
    )


def canonical(name):
    """LBigToe -> big_toe_l, Neck -> neck."""
    side, part = (
        (name[0].lower(), name[1:]) if name[0] in "LR" and name[1].isupper() else ("", name)
    )
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in part).strip(
        "_"
    )
    return f"{words}_{side}" if side else words


def captured(clip):
    """Folder of the take of a clip, captured if it is not there yet."""
    home = cache.folder() / "bench"
    folder = home / f"{clip.stem}-{observer_digest()}"
    if not (folder / "OUT.npz").exists():
        for old in home.glob(f"{clip.stem}-*"):
            shutil.rmtree(old)
        folder.mkdir(parents=True)
        fetch.fetch_chain(CHAIN)
        client = Client()
        client.start(Job(clip=str(clip), take=str(folder), chain=CHAIN))
        last = client.wait(lambda message: None)
        if last.type != "done":
            raise TruthMissing(f"{clip.name} could not be captured: {last.fields['text']}")
    return folder


def observer_digest():
    """What the observations of a clip depend on: modules, chain, networks."""
    chain = catalogue.chain(CHAIN)
    networks = [
        catalogue.network(name) for name in (chain.detector, chain.pose_2d, chain.pose_3d) if name
    ]
    digest = hashlib.sha256(repr((chain, [network.sha256 for network in networks])).encode())
    for name in OBSERVING:
        digest.update((Path(catalogue.__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:12]
