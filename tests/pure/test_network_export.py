"""Networks of the published layouts from PyTorch: architecture, merged normalisation, ONNX that is decoded."""

import numpy as np
import pytest
from monorig.inference import catalogue, lifter, views
from monorig.inference.keypoints import KEYPOINTS
from monorig.inference.network import Network
from monorig.inference.views import View

torch = pytest.importorskip("torch", reason="PyTorch is not installed (run.py network export)")
pytestmark = pytest.mark.slow
CORES = ("selecsls", "resnet50", "resnet34")
PICTURE = np.full((180, 320, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """make(layout, core): the Network of an exported file."""
    from monorig.training import export

    folder = tmp_path_factory.mktemp("exported")

    def load(layout, core):
        path = export.export(layout, core, folder)
        spec = catalogue.load_network(path)
        network = Network(spec, folder / spec.onnx, threads=1)
        network.warm_up()
        return network

    return load


@pytest.mark.parametrize("core", CORES)
def test_cores_give_features_at_a_sixteenth(core):
    from monorig.training.cores import CORES as known

    network = known[core]().eval()
    with torch.no_grad():
        features = network(torch.zeros(1, 3, 64, 96))
    expected = {"selecsls": 416, "resnet50": 2048, "resnet34": 512}[core]
    assert features.shape == (1, expected, 4, 6) and network.outputs == expected


def test_selecsls_is_that_of_table_7_9():
    from monorig.training.cores import SelecSLS, SelecSLSModule

    modules = [m for m in SelecSLS().modules() if isinstance(m, SelecSLSModule)]
    rows = [
        (
            m.first.convolution.stride[0],
            m.first.convolution.out_channels,
            m.mix.convolution.out_channels,
        )
        for m in modules
    ]
    assert rows == [
        *((2, 64, 64), (1, 64, 128)),
        *((2, 128, 128), (1, 128, 128), (1, 128, 288)),
        *((2, 288, 288), (1, 288, 288), (1, 288, 288), (1, 288, 416)),
    ]
    # three 3 x 3 of k, k/2, k/2 joined are 2k; all but the first of a level also get the first's outputs
    joined = [m.mix.convolution.in_channels for m in modules]
    assert joined == [
        128,
        128 + 64,
        256,
        256 + 128,
        256 + 128,
        576,
        576 + 288,
        576 + 288,
        576 + 288,
    ]
    groups = [m.first.convolution.groups for m in modules]
    assert groups == [1, 1, 2, 2, 2, 4, 4, 4, 4]


@pytest.mark.parametrize("layout", ["vnect", "orpm", "xnect"])
def test_merging_the_normalisation_changes_nothing(layout):
    from monorig.training.export import random_network
    from monorig.training.layers import merged

    network = random_network(layout, "selecsls")
    picture = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        before = [maps.clone() for maps in network(picture)]
        after = merged(network)(picture)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())
    for one, other in zip(before, after):
        assert (one - other).abs().max() < 1e-4 * one.abs().max()


def test_the_weights_are_always_the_same():
    from monorig.training.export import random_network

    one, other = (random_network("xnect", "selecsls").state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(
    ("layout", "core"),
    [("vnect", "selecsls"), ("orpm", "selecsls"), ("xnect", "selecsls"), ("xnect", "resnet34")],
)
def test_an_exported_network_is_run_and_decoded(make, layout, core):
    network = make(layout, core)
    before = None
    if layout == "vnect":
        boxes = np.array([[10, 10, 100, 150], [150, 20, 300, 170.0]])
        before = View(boxes, *(np.zeros((2, len(KEYPOINTS), n)) for n in (2, 1, 3)))
    found = views.look(network, PICTURE, before)
    assert found.px.shape[1:] == (len(KEYPOINTS), 2)
    assert layout != "vnect" or (len(found.px) == 2 and np.isfinite(found.X).any())


def test_onnx_runtime_gives_what_pytorch_gives(make):
    from monorig.training.export import random_network

    network = make("xnect", "selecsls")
    picture = np.random.default_rng(3).normal(size=(1, 3, 320, 512)).astype(np.float32)
    with torch.no_grad():
        expected = random_network("xnect", "selecsls")(torch.from_numpy(picture))
    for name, maps in zip(("heatmaps", "fields", "encoding"), expected):
        said = network.run(picture)[name]
        assert np.abs(said - maps.numpy()).max() < 1e-3 * np.abs(said).max()


def test_stage_two_is_exported_for_any_number_of_people(tmp_path):
    from monorig.training.export import export_stage_two

    path = export_stage_two(tmp_path)
    spec = catalogue.load_network(path)
    network = Network(spec, tmp_path / spec.onnx, threads=1)
    network.warm_up()
    px, confidence = np.zeros((10, len(KEYPOINTS), 2)), np.ones((10, len(KEYPOINTS)))
    encoding = np.zeros((10, len(KEYPOINTS), spec.decoding["encoding"]))
    found = lifter.lift(network, px, confidence, (512, 320), encoding)
    assert found.X.shape == (10, len(KEYPOINTS), 3) and network.runs == {10: 1}
