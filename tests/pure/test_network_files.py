"""Networks that must not be loaded, or are not what their data file says, are refused in one sentence."""

import re

import numpy as np
import onnx
import pytest
from monorig.inference import catalogue, decoders, onnx_file
from monorig.inference.network import Network, NetworkError
from monorig.inference.onnx_file import OnnxFileError
from monorig.inference.providers import PROCESSOR, Provider
from onnx import TensorProto, helper, numpy_helper
from standins import Graph

SPEC = catalogue.network("rtmpose-s-halpe26")
SHAPE = ["N", 3, 256, 192]


def write(
    path, tensor="input", shape=SHAPE, x=384, y=512, keypoints=26, spoil=None, kind=1, gives=1
):
    """A network of the layout of RTMPose whose outputs are `spoil` (0 where None) of the mean of each crop."""
    graph = Graph()
    numbers, axes = graph.add("Cast", tensor, to=TensorProto.FLOAT), list(range(1, len(shape)))
    mean = graph.add("ReduceMean", numbers, axes=axes, keepdims=1)
    spoilt = graph.add("Mul", mean, 0.0) if spoil is None else graph.add(spoil, mean)
    flat = graph.add("Reshape", spoilt, graph.ints(-1, 1, 1))
    for name, bins in (("simcc_x", x), ("simcc_y", y)):
        sums = graph.add("Add", flat, np.zeros((1, keypoints, bins)))
        graph.add("Cast", sums, to=gives, out=name)
    graph.write(path, tensor, shape, dict.fromkeys(("simcc_x", "simcc_y"), gives))
    if kind != TensorProto.FLOAT:
        model = onnx.load(path)
        model.graph.input[0].type.tensor_type.elem_type = kind
        onnx.save(model, path)
    return path


def refusal(path, spec=SPEC):
    """What is said of a network, in one sentence or two."""
    with pytest.raises(NetworkError) as caught:
        Network(spec, path, threads=1).warm_up()
    text = str(caught.value)
    assert "\n" not in text.strip() and len(text) < 600
    return text


def test_a_network_as_described_is_taken(tmp_path):
    network = Network(SPEC, write(tmp_path / "good.onnx"), threads=1)
    network.warm_up()
    assert network.run(np.zeros((3, 3, 256, 192), np.float32))["x"].shape == (3, 26, 384)


@pytest.mark.parametrize("provider", [PROCESSOR, Provider(PROCESSOR.name, "bound", memory="cpu")])
@pytest.mark.parametrize("kind", ["FLOAT", "FLOAT16", "INT32", "UINT8"])
def test_other_types_of_numbers_go_in_and_float32_comes_out(tmp_path, kind, provider):
    half = TensorProto.FLOAT16
    path = write(
        tmp_path / "typed.onnx", spoil="Abs", kind=getattr(TensorProto, kind), gives=half
    )  # fmt: skip
    network = Network(SPEC, path, 1, provider)
    network.warm_up()
    found = network.run(np.full((3, 3, 256, 192), 6.75, np.float32))["x"]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, 7.0 if "INT" in kind else 6.75)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tensor": "picture"}, "has no tensor input"),
        ({"shape": ["N", 3, 128, 96]}, "takes N x 3 x 128 x 96 and not 1 x 3 x 256 x 192"),
        ({"shape": ["N", 256, 192, 3]}, "takes N x 256 x 192 x 3 and not 1 x 3 x 256 x 192"),
        ({"shape": [1, 3, 256, 192]}, "takes one person at a time"),
        ({"shape": ["N", 3, 256]}, "takes N x 3 x 256 and not"),
        ({"keypoints": 17}, 'The output "simcc_x" has the shape 1 x 17 x 384'),
        ({"y": 256}, 'The output "simcc_y" has the shape 1 x 26 x 256'),
        ({"spoil": "Log"}, r'The output "simcc_x" of the network rtmpose-s-halpe26 holds values'),
        (
            {"kind": TensorProto.DOUBLE},
            r"takes tensor\(double\); it has to take .* tensor\(float\)",
        ),
    ],
)
def test_another_network_than_described_is_refused(tmp_path, changes, said):
    assert re.search(said, refusal(write(tmp_path / "other.onnx", **changes)))


def test_numbers_that_go_wrong_on_a_later_picture_are_refused_too(tmp_path):
    network = Network(SPEC, write(tmp_path / "later.onnx", spoil="Sqrt"), threads=1)
    network.warm_up()
    with pytest.raises(NetworkError, match='The output "simcc_x" .* holds values that are no numb'):
        network.run(np.full((1, 3, 256, 192), -1.0, np.float32))


def test_a_run_that_fails_is_a_sentence(tmp_path):
    network = Network(SPEC, write(tmp_path / "good.onnx"), threads=1)
    with pytest.raises(NetworkError, match="rtmpose-s-halpe26 cannot be run: "):
        network.run(np.zeros((1, 3, 9, 9), np.float32))


def test_a_second_input_is_refused(tmp_path):
    path = write(tmp_path / "two.onnx")
    model = onnx.load(path)
    model.graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    onnx.save(model, path)
    assert "wants 2 inputs instead of one" in refusal(path)


def with_outside_weights(path, location):
    """The good network, one of its constants said to lie in another file."""
    model = onnx.load(write(path))
    tensor = model.graph.initializer[-1]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize(
    "location", ["/etc/passwd", "../secret", "a/../../secret", "C:\\secret", "..\\secret", "link/x"]
)
def test_weights_outside_the_networks_folder_are_refused(tmp_path, location):
    folder = tmp_path / "mine"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"\0" * 64000)
    (folder / "link").symlink_to(tmp_path, target_is_directory=True)
    path = with_outside_weights(folder / "net.onnx", location)
    said = refusal(path)
    assert location in said and "outside its own folder" in said


def test_weights_beside_the_network_are_fine(tmp_path):
    path = with_outside_weights(tmp_path / "net.onnx", "weights.bin")
    (tmp_path / "weights.bin").write_bytes(b"\0" * 26 * 512 * 4)
    Network(SPEC, path, threads=1).warm_up()


def test_outside_weights_are_found_in_graphs_inside_nodes(tmp_path):
    inner = numpy_helper.from_array(np.zeros(4, np.float32), "inner")
    inner.data_location = TensorProto.EXTERNAL
    entry = inner.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    node = helper.make_node("Constant", [], ["out"], value=inner)
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, [4])
    branch = helper.make_graph([node], "branch", [], [out])
    choice = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    path = tmp_path / "nested.onnx"
    path.write_bytes(
        helper.make_model(helper.make_graph([choice], "g", [], [])).SerializeToString()
    )
    assert onnx_file.read(path).locations == {"/etc/passwd"}


def test_a_tensor_of_absurd_size_is_refused(tmp_path):
    path = write(tmp_path / "huge.onnx")
    model = onnx.load(path)
    model.graph.initializer[-1].dims[:] = [1 << 20, 1 << 20, 1 << 20]
    path.write_bytes(model.SerializeToString())
    assert "too large" in refusal(path)


def test_a_file_cut_off_anywhere_is_refused(tmp_path):
    whole = write(tmp_path / "whole.onnx").read_bytes()
    path = tmp_path / "cut.onnx"
    for end in (0, 1, 7, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(OnnxFileError, match="cut.onnx is not a valid ONNX file"):
            onnx_file.check(path)


def test_what_is_no_message_at_all_is_refused_and_never_runs_away(tmp_path, rng):
    path = tmp_path / "noise.onnx"
    for _ in range(100):
        path.write_bytes(rng.integers(0, 256, 300, dtype=np.uint8).tobytes())
        try:
            onnx_file.check(path)
        except OnnxFileError:
            continue
        assert refusal(path)  # then it is ONNX Runtime that finds no network in it


def test_flipped_bits_are_refused_or_seen_through_and_never_run_away(tmp_path, rng):
    whole, path = write(tmp_path / "whole.onnx").read_bytes(), tmp_path / "flipped.onnx"
    refused = 0
    for _ in range(40):
        flipped = bytearray(whole)
        for place in rng.integers(0, min(len(whole), 2000), 3):
            flipped[place] ^= 1 << rng.integers(8)
        path.write_bytes(flipped)
        try:
            onnx_file.check(path)
        except OnnxFileError:
            refused += 1
    assert refused > 5


def test_a_tensor_of_endless_axes_is_refused_at_once(tmp_path):
    def field(number, content):
        """A field of bytes: number, length as two groups of 7 bits or more, content."""
        size, length = len(content), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + length + bytes([size]) + content

    path = tmp_path / "axes.onnx"
    for axes in (field(1, 100_000 * b"\x7f"), 100_000 * b"\x08\x7f"):
        path.write_bytes(field(7, field(5, axes)))
        with pytest.raises(OnnxFileError, match="not a valid ONNX file"):
            onnx_file.check(path)


def test_the_shape_of_every_output_is_told_with_what_was_expected():
    shapes = {"x": (1, 26, 384), "y": (1, 26, 500)}
    said = decoders.complaint(SPEC, shapes)
    assert "1 x 26 x 500" in said and "N K 2H" in said and "K = 26" in said and "H = 256" in said
