"""Chains of one-shot, bottom-up and self-following networks, captured from a clip to the fitted motion."""

import known_crowd
import numpy as np
import played_networks
import pytest
from capturing import run_here
from monorig.inference.job import Job
from monorig.inference.keypoints import INDEX
from monorig.inference.motion import Motion
from synthetic_motion import K

FRAMES = 24
MOST_MM = 20.0


@pytest.fixture(scope="module")
def truth():
    """X (P,T,K,3) [m] in camera axes, px (P,T,K,2) of two people who pass in front of each other."""
    return known_crowd.passing(FRAMES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, truth):
    """Networks and chains of a user."""
    return played_networks.write_all(tmp_path_factory.mktemp("own networks"), *truth)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return played_networks.write_clip(tmp_path_factory.mktemp("clip") / "known.mp4", FRAMES)


def captured(clip, folder, chain, out):
    """The Motion that a chain of the folder finds in the clip."""
    job = Job(
        clip=str(clip), out=str(out), chain=chain, networks=(str(folder),), threads=1,
        camera={"K": K.tolist()},
    )  # fmt: skip
    last = run_here(job)
    assert last.type == "done", last.fields
    return Motion.load(out)


@pytest.mark.slow
@pytest.mark.parametrize(
    "layout", [["orpm"], ["xnect"], ["vnect-0", "vnect-1"]], ids=lambda x: x[0]
)
def test_a_known_motion_comes_through_the_whole_chain(tmp_path, truth, folder, clip, layout):
    X, _ = truth
    motions = [captured(clip, folder, f"known-{name}", tmp_path / f"{name}.npz") for name in layout]
    found = np.concatenate([motion.X_cam for motion in motions])
    assert found.shape == X.shape
    assert np.isfinite(found).all(-1).mean() > 0.95
    depth = np.nanmedian(found[:, :, INDEX["pelvis"], 2], axis=1)
    assert known_crowd.mpjpe(found[depth.argsort()], X) < MOST_MM
