"""The tflite converter: each operator against numpy."""

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the converter's packages are not installed")
pytest.importorskip("tflite", reason="the converter's packages are not installed")

import onnxruntime  # noqa: E402
from monorig.cli.convert_tflite import convert  # noqa: E402
from monorig.cli.tflite_model import ConversionError  # noqa: E402
from monorig.tests.pure.tiny_tflite import TinyModel  # noqa: E402

SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3


def converted(tmp_path, content, outputs=None):
    """An ONNX Runtime session on the converted file."""
    source, target = tmp_path / "a.tflite", tmp_path / "a.onnx"
    source.write_bytes(content)
    convert(source, target, outputs)
    return onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])


def one_operator(tmp_path, kind, x, constants, out_shape, options=None, **fields):
    """The output of a network of one operator for the input `x`."""
    model = TinyModel()
    inputs = [model.tensor("in", (1, *x.shape[1:]))]
    inputs += [model.tensor(f"c{k}", c.shape, c) for k, c in enumerate(constants)]
    output = model.tensor("out", (1, *out_shape))
    model.operator(kind, inputs, output, options, **fields)
    session = converted(tmp_path, model.content(inputs[:1], [output]))
    return session.run(None, {"in": x})[0]


def padded(x, kernel, stride, padding):
    """Zero padding as tflite defines it: SAME puts the odd row or column at the end."""
    if padding == VALID:
        return x
    amounts = []
    for size, k in zip(x.shape[1:3], kernel, strict=True):
        total = max((-(-size // stride) - 1) * stride + k - size, 0)
        amounts.append((total // 2, total - total // 2))
    return np.pad(x, [(0, 0), *amounts, (0, 0)])


def windows(x, kernel, stride):
    """(N, H, W, C, kh, kw) of a padded picture."""
    views = np.lib.stride_tricks.sliding_window_view(x, kernel, axis=(1, 2))
    return views[:, ::stride, ::stride]


@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [(3, 3), (2, 5), (1, 1)])
def test_convolution(tmp_path, rng, padding, stride, kernel):
    x = rng.standard_normal((3, 7, 8, 2), np.float32)
    weights = rng.standard_normal((4, *kernel, 2), np.float32)
    bias = rng.standard_normal(4, np.float32)
    seen = windows(padded(x, kernel, stride, padding), kernel, stride)
    expected = np.einsum("nhwcij,oijc->nhwo", seen, weights) + bias
    fields = {"Padding": padding, "StrideH": stride, "StrideW": stride}
    fields |= {"DilationHFactor": 1, "DilationWFactor": 1, "FusedActivationFunction": NONE}
    shape = expected.shape[1:]
    got = one_operator(tmp_path, "CONV_2D", x, [weights, bias], shape, "Conv2DOptions", **fields)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_convolution_with_same_padding_known_by_hand(tmp_path):
    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4, 1)
    ones = np.ones((1, 3, 3, 1), np.float32)
    fields = {"Padding": SAME, "StrideH": 2, "StrideW": 2, "FusedActivationFunction": NONE}
    got = one_operator(tmp_path, "CONV_2D", x, [ones], (2, 2, 1), "Conv2DOptions", **fields)
    # windows begin at 0 and 2: one row and one column of zeros, at the end only
    assert got.ravel().tolist() == [45.0, 39.0, 66.0, 50.0]


@pytest.mark.parametrize("stride", [1, 2])
def test_depthwise_convolution_with_relu6(tmp_path, rng, stride):
    x = 5 * rng.standard_normal((2, 6, 5, 3), np.float32)
    weights = rng.standard_normal((1, 3, 3, 3), np.float32)
    bias = rng.standard_normal(3, np.float32)
    seen = windows(padded(x, (3, 3), stride, SAME), (3, 3), stride)
    expected = np.clip(np.einsum("nhwcij,ijc->nhwc", seen, weights[0]) + bias, 0, 6)
    fields = {"Padding": SAME, "StrideH": stride, "StrideW": stride, "DepthMultiplier": 1}
    fields |= {"DilationHFactor": 1, "DilationWFactor": 1, "FusedActivationFunction": RELU6}
    options = "DepthwiseConv2DOptions"
    shape = expected.shape[1:]
    got = one_operator(tmp_path, "DEPTHWISE_CONV_2D", x, [weights, bias], shape, options, **fields)
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["MAX_POOL_2D", "AVERAGE_POOL_2D"])
def test_pooling(tmp_path, rng, kind):
    x = rng.standard_normal((2, 6, 8, 3), np.float32)
    reduce = np.max if kind == "MAX_POOL_2D" else np.mean
    expected = reduce(windows(x, (2, 2), 2), axis=(-1, -2))
    fields = {"Padding": SAME, "StrideH": 2, "StrideW": 2, "FilterHeight": 2, "FilterWidth": 2}
    got = one_operator(tmp_path, kind, x, [], (3, 4, 3), "Pool2DOptions", **fields)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_pad(tmp_path, rng):
    x = rng.standard_normal((2, 3, 4, 2), np.float32)
    amounts = np.array([[0, 0], [1, 2], [0, 1], [0, 3]], np.int32)
    got = one_operator(tmp_path, "PAD", x, [amounts], (6, 5, 5), "PadOptions")
    np.testing.assert_array_equal(got, np.pad(x, amounts.tolist()))


@pytest.mark.parametrize("half_pixel", [True, False])
def test_resize_bilinear(tmp_path, half_pixel):
    x = np.array([[0.0, 4.0]], np.float32).reshape(1, 1, 2, 1)
    size = np.array([1, 4], np.int32)
    fields = {"HalfPixelCenters": half_pixel, "AlignCorners": False}
    options = "ResizeBilinearOptions"
    got = one_operator(tmp_path, "RESIZE_BILINEAR", x, [size], (1, 4, 1), options, **fields)
    expected = [0.0, 1.0, 3.0, 4.0] if half_pixel else [0.0, 2.0, 4.0, 4.0]
    np.testing.assert_allclose(got.ravel(), expected, atol=1e-6)


@pytest.mark.parametrize("sizes", [(3, 10), (7, 9), (12, 37), (14, 41)])
def test_resize_gives_the_asked_size_whatever_the_ratio(tmp_path, rng, sizes):
    old, new = sizes
    x = rng.standard_normal((1, old, old, 1), np.float32)
    size = np.array([new, new], np.int32)
    fields = {"HalfPixelCenters": True, "AlignCorners": False}
    shape = (new, new, 1)
    options = "ResizeBilinearOptions"
    got = one_operator(tmp_path, "RESIZE_BILINEAR", x, [size], shape, options, **fields)
    assert got.shape == (1, *shape)


def test_prelu(tmp_path, rng):
    x = rng.standard_normal((2, 3, 4, 5), np.float32)
    slope = rng.standard_normal((1, 1, 5), np.float32)
    got = one_operator(tmp_path, "PRELU", x, [slope], (3, 4, 5))
    np.testing.assert_allclose(got, np.where(x > 0, x, slope * x), atol=1e-6)


def test_addition_of_a_constant_per_channel(tmp_path, rng):
    x = rng.standard_normal((2, 3, 4, 5), np.float32)
    offset = rng.standard_normal(5, np.float32)
    fields = {"FusedActivationFunction": RELU}
    got = one_operator(tmp_path, "ADD", x, [offset], (3, 4, 5), "AddOptions", **fields)
    np.testing.assert_allclose(got, np.maximum(x + offset, 0), atol=1e-6)


def test_fully_connected_flattens_in_tflite_order(tmp_path, rng):
    x = rng.standard_normal((3, 2, 2, 3), np.float32)
    weights = rng.standard_normal((4, 12), np.float32)
    bias = rng.standard_normal(4, np.float32)
    options = "FullyConnectedOptions"
    got = one_operator(tmp_path, "FULLY_CONNECTED", x, [weights, bias], (4,), options)
    np.testing.assert_allclose(got, x.reshape(3, 12) @ weights.T + bias, atol=1e-5)


def test_reshape_keeps_tflite_order(tmp_path, rng):
    x = rng.standard_normal((2, 2, 3, 4), np.float32)
    shape = np.array([1, 24], np.int32)
    got = one_operator(tmp_path, "RESHAPE", x, [shape], (24,), "ReshapeOptions")
    np.testing.assert_array_equal(got, x.reshape(2, 24))


def test_concatenation_along_channels(tmp_path, rng):
    x = rng.standard_normal((1, 2, 3, 4), np.float32)
    more = rng.standard_normal((1, 2, 3, 2), np.float32)
    options = "ConcatenationOptions"
    got = one_operator(tmp_path, "CONCATENATION", x, [more], (2, 3, 6), options, Axis=3)
    np.testing.assert_array_equal(got, np.concatenate([x, more], axis=3))


def test_mean_over_the_picture(tmp_path, rng):
    x = rng.standard_normal((2, 3, 4, 5), np.float32)
    axes = np.array([1, 2], np.int32)
    got = one_operator(tmp_path, "MEAN", x, [axes], (5,), "ReducerOptions", KeepDims=False)
    np.testing.assert_allclose(got, x.mean(axis=(1, 2)), atol=1e-6)


def test_depth_to_space(tmp_path):
    x = np.arange(8, dtype=np.float32).reshape(1, 1, 1, 8)
    options = "DepthToSpaceOptions"
    got = one_operator(tmp_path, "DEPTH_TO_SPACE", x, [], (2, 2, 2), options, BlockSize=2)
    assert got.tolist() == [[[[0, 1], [2, 3]], [[4, 5], [6, 7]]]]


def added_constant(tmp_path, unpack, stored, shape, **how):
    """Output for zeros of a network that adds a constant which `unpack` has to unpack."""
    model = TinyModel()
    x = model.tensor("in", (1, *shape))
    packed = model.tensor("packed", shape, stored, **how)
    dense = model.tensor("dense", shape)
    output = model.tensor("out", (1, *shape))
    model.operator(unpack, [packed], dense)
    model.operator("ADD", [x, dense], output, "AddOptions")
    session = converted(tmp_path, model.content([x], [output]))
    return session.run(None, {"in": np.zeros((1, *shape), np.float32)})[0][0]


def test_float16_weights_are_unpacked(tmp_path):
    stored = np.array([[0.5, 1.25], [-3.0, 1000.0]], np.float16)
    got = added_constant(tmp_path, "DEQUANTIZE", stored, (2, 2))
    np.testing.assert_array_equal(got, stored.astype(np.float32))


def test_sparse_rows_are_unpacked(tmp_path):
    dense = np.array([[0, 5, 0, 7], [0, 0, 0, 0], [1, 0, 0, 0]], np.float32)
    rows = ([0, 2, 2, 3], [1, 3, 0])
    sparsity = {"traversal": [0, 1], "levels": [3, rows]}
    stored = np.array([5, 7, 1], np.float32)
    got = added_constant(tmp_path, "DENSIFY", stored, (3, 4), sparsity=sparsity)
    np.testing.assert_array_equal(got, dense)


def test_sparse_blocks_are_unpacked(tmp_path):
    dense = np.zeros((4, 4), np.float32)
    dense[0:2, 2:4] = [[1, 2], [3, 4]]
    dense[2:4, 0:2] = [[5, 6], [7, 8]]
    # 2 x 2 blocks of 2 x 2 numbers: one block in each row of blocks
    levels = [2, ([0, 1, 2], [1, 0]), 2, 2]
    sparsity = {"traversal": [0, 1, 2, 3], "levels": levels, "block_map": [0, 1]}
    stored = np.arange(1, 9, dtype=np.float32)
    got = added_constant(tmp_path, "DENSIFY", stored, (4, 4), sparsity=sparsity)
    np.testing.assert_array_equal(got, dense)


def test_only_the_wanted_outputs_are_kept(tmp_path):
    model = TinyModel()
    x = model.tensor("in", (1, 2))
    first, second = model.tensor("first", (1, 2)), model.tensor("second", (1, 2))
    model.operator("RELU", [x], first)
    model.operator("LOGISTIC", [x], second)
    session = converted(tmp_path, model.content([x], [first, second]), outputs=("second",))
    assert [output.name for output in session.get_outputs()] == ["second"]
    assert session.get_inputs()[0].shape == ["N", 2]


def test_an_unknown_operator_is_named(tmp_path):
    model = TinyModel()
    x, output = model.tensor("in", (1, 2)), model.tensor("out", (1, 2))
    model.operator("COS", [x], output)
    with pytest.raises(ConversionError, match="operator COS is not supported"):
        converted(tmp_path, model.content([x], [output]))


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(ConversionError, match="not a tflite file"):
        converted(tmp_path, b"<html>404 not found</html>")
