"""Makes the checkout importable as the package `monorig`, as run.py does; shared fixtures."""

import importlib.util
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def load_run():
    """run.py as a module (not by its name, which another package may have too)."""
    spec = importlib.util.spec_from_file_location("monorig_run", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


load_run().alias_package()


@pytest.fixture
def rng():
    """Random numbers, the same in every run."""
    import numpy

    return numpy.random.default_rng(20240501)


@pytest.fixture(scope="session")
def material():
    """The folder of measuring material; the test is skipped where there is none."""
    folder = os.environ.get("MONORIG_MATERIAL")
    if not folder:
        pytest.skip("MONORIG_MATERIAL names no folder of measuring material")
    return Path(folder)


@pytest.fixture(scope="session")
def demo_clip():
    """The demo clip in the cache; the test is skipped where it has not been fetched."""
    from monorig.inference import cache

    path = cache.folder() / "clips" / "demo.mp4"
    if not path.exists():
        pytest.skip("the demo clip has not been fetched (python3 run.py fetch)")
    return path


@pytest.fixture(scope="session")
def network_file():
    """network_file(name): the ONNX file of a network; skips the test where there is none."""
    from monorig.inference import catalogue, weights

    def find(name):
        try:
            return weights.find(catalogue.network(name))
        except weights.WeightsError as error:
            pytest.skip(str(error))

    return find
