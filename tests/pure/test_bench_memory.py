"""Memory of a network, counted in a process of its own."""

import numpy as np
import pytest
from monorig.bench import networks_memory
from standins import Graph

NUMBERS = 2_000_000


@pytest.mark.skipif(not networks_memory.STATUS.exists(), reason="only Linux counts it so")
def test_a_network_takes_at_least_what_its_numbers_do_and_not_what_this_process_holds(tmp_path):
    held = np.ones(100_000_000, np.uint8)  # a child that is told of it would not grow
    graph, path = Graph(), tmp_path / "adds.onnx"
    graph.add("Add", "input", held[:NUMBERS].astype(np.float32)[None], out="sum")
    graph.write(path, "input", ["N", 1], {"sum": 1})
    size_mb = 4 * NUMBERS / 1e6
    assert 2 * size_mb < networks_memory.peak_mb(path, (1, 1)) < 10 * size_mb
