"""Before numpy is imported: one thread for its small matrices, as in the child process. Capture fixtures."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def networks(tmp_path_factory):
    """Folder of stand-in networks."""
    import standins

    return standins.write_networks(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="session")
def walking_clip(tmp_path_factory):
    """A clip of a drawn figure that the stand-ins see."""
    import capturing

    return capturing.film(tmp_path_factory.mktemp("clip") / "walk.mp4")


@pytest.fixture
def job(walking_clip, networks, tmp_path):
    """job(…): a Job on the clip with the stand-ins; one thread, so that runs can be compared."""
    from monorig.inference.job import Job

    def make(**changes):
        usual = {"clip": str(walking_clip), "take": str(tmp_path / "take"), "threads": 1}
        return Job(**{**usual, "networks": (str(networks),), **changes})

    return make


@pytest.fixture(scope="session")
def uninterrupted(walking_clip, networks, tmp_path_factory):
    """Messages and Motion of a run that nothing disturbed."""
    import capturing
    from monorig.inference.job import Job
    from monorig.inference.motion import Motion

    out = tmp_path_factory.mktemp("whole") / "OUT.npz"
    job = Job(clip=str(walking_clip), out=str(out), networks=(str(networks),), threads=1)
    return capturing.run(job), Motion.load(out)
