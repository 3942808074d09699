"""Graph models of TensorFlow.js become ONNX files that compute the same, with x before y."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from test_convert_graphdef import windows
from tiny_tfjs import graph_model, node

onnx = pytest.importorskip("onnx")
import onnxruntime  # noqa: E402
from monorig.cli import convert_tfjs  # noqa: E402
from monorig.cli.tflite_model import ConversionError  # noqa: E402

SPEC = SimpleNamespace(
    name="tiny", tensor="scaled", size=(8, 6), outputs={"centre": "likely", "offsets": "way"}
)
SAME = {"strides": [1, 1, 1, 1], "padding": "SAME"}


def content(rng, **changes):
    """A graph of all operators behind the input, some of their weights as float16; and the weights."""
    weights = {
        "w": rng.normal(size=(3, 3, 3, 4)).astype(np.float32),
        "b": rng.normal(size=4).astype(np.float32),
        "d": rng.normal(size=(3, 3, 4, 1)).astype(np.float16).astype(np.float32),
        "e": rng.normal(size=4).astype(np.float32),
        "p": rng.normal(size=(1, 1, 4, 4)).astype(np.float32),
        **{name: np.array(values, np.int32) for name, values in SIZES.items()},
    }
    nodes = [
        node("picture", "Placeholder"),
        node("scaled", "Sub", ["picture", "b"]),
        node("conv", "_FusedConv2D", ["scaled", "w", "b"], fused_ops=["BiasAdd", "Relu6"],
             strides=[1, 2, 2, 1], padding="SAME"),
        node("shape", "Shape", ["conv"]),
        node("sides", "StridedSlice", ["shape", "one", "three", "one"]),
        node("twice", "Mul", ["sides", "two_two"]),
        node("large", "ResizeBilinear", ["conv", "twice"], half_pixel_centers=True),
        node("each", "FusedDepthwiseConv2dNative", ["large", "d", "e"],
             fused_ops=["BiasAdd", "Relu"], **SAME),
        node("sum", "AddV2", ["each", "large"]),
        node("likely", "Sigmoid", ["sum"]),
        node("way", "_FusedConv2D", ["sum", "p", "b"], fused_ops=["BiasAdd"], **SAME),
        node("not needed", "TopKV2", ["way"]),
    ]  # fmt: skip
    nodes = [changes.get(one["name"], one) for one in nodes]
    return graph_model(nodes, weights, half=("d",)), weights


SIZES = {"one": [1], "three": [3], "two_two": [2, 2]}


def expected(scaled, weights):
    """`likely` and `way` (h,w,4) of an input (H,W,3), computed by hand."""
    small = np.einsum("hwijc,ijco->hwo", windows(scaled, 3, 2), weights["w"]) + weights["b"]
    small = np.clip(small, 0, 6).astype(np.float32)
    large = cv2.resize(small, (8, 6), interpolation=cv2.INTER_LINEAR)
    each = np.einsum("hwijc,ijc->hwc", windows(large, 3, 1), weights["d"][..., 0]) + weights["e"]
    total = np.maximum(each, 0) + large
    return 1 / (1 + np.exp(-total)), total @ weights["p"][0, 0] + weights["b"]


def test_the_converted_graph_computes_the_same(rng):
    graph, weights = content(rng)
    model = convert_tfjs.convert(graph, SPEC)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    scaled = rng.normal(size=(6, 8, 3)).astype(np.float32)
    likely, way = session.run(["likely", "way"], {"scaled": scaled.transpose(2, 0, 1)[None]})
    wanted_likely, wanted_way = expected(scaled, weights)
    np.testing.assert_allclose(likely[0].transpose(1, 2, 0), wanted_likely, atol=1e-4)
    xy = wanted_way[..., [1, 0, 3, 2]]
    np.testing.assert_allclose(way[0].transpose(1, 2, 0), xy, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (node("sum", "Softplus", ["each"]), "operator Softplus is not supported"),
        (node("twice", "Mul", ["conv", "two_two"]), "multiplies in a way"),
        (node("sides", "StridedSlice", ["shape", "one", "one", "one"]), "slices in a way"),
        (node("large", "ResizeBilinear", ["conv", "twice"]), "resizes in a way"),
        (node("conv", "_FusedConv2D", ["scaled", "scaled", "b"]), "should be a constant"),
        (node("each", "AddV2", ["large", "nobody"]), "has no node nobody"),
    ],
)
def test_what_cannot_be_converted_is_named(rng, changed, said):
    graph, _ = content(rng, **{changed["name"]: changed})
    with pytest.raises(ConversionError, match=said):
        convert_tfjs.convert(graph, SPEC)


def test_other_files_are_refused(rng):
    graph, _ = content(rng)
    for wrong in (b"no JSON", b"{}", b"\x89PNG"):
        with pytest.raises(ConversionError, match="not a graph model"):
            convert_tfjs.convert(wrong, SPEC)
    with pytest.raises(ConversionError, match="cut off"):
        convert_tfjs.convert(graph[:-3], SPEC)
