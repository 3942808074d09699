"""Frozen TensorFlow graphs become ONNX files that compute the same."""

from types import SimpleNamespace

import numpy as np
import pytest
from tiny_graphdef import constant, node

onnx = pytest.importorskip("onnx")
import onnxruntime  # noqa: E402
from monorig.cli import convert_graphdef  # noqa: E402
from monorig.cli.tflite_model import ConversionError  # noqa: E402

SPEC = SimpleNamespace(
    name="tiny",
    tensor="picture",
    size=(7, 5),
    outputs={"heatmaps": "heat", "fields": "way"},
    decoding={"limbs": [0]},
)
STEP = {"strides": [1, 2, 2, 1], "padding": "SAME"}


def content(rng):
    """A graph of all operators, and its weights."""
    weights = {
        "w": rng.normal(size=(3, 3, 3, 4)).astype(np.float32),
        "d": rng.normal(size=(3, 3, 4, 1)).astype(np.float32),
        "b": rng.normal(size=4).astype(np.float32),
    }
    nodes = [
        node("picture", "Placeholder"),
        *(constant(name, value) for name, value in weights.items()),
        constant("axis", np.array(3, np.int32)),
        node("conv", "Conv2D", ["picture", "w"], **STEP),
        node("biased", "BiasAdd", ["conv", "b"]),
        node("active", "Relu", ["biased"]),
        node("each", "DepthwiseConv2dNative", ["active", "d"], strides=[1, 1, 1, 1], padding="SAME"),
        node("pooled", "MaxPool", ["each"], ksize=[1, 2, 2, 1], strides=[1, 1, 1, 1], padding="SAME"),
        node("joined", "ConcatV2", ["pooled", "active", "axis"]),
    ]  # fmt: skip
    return b"".join(nodes), weights


def windows(x, size, step):
    """(h,w,size,size,C) of an NHWC picture (H,W,C), padded as TensorFlow's SAME."""
    sides = [-(-side // step) for side in x.shape[:2]]
    total = [max((count - 1) * step + size - side, 0) for count, side in zip(sides, x.shape[:2])]
    x = np.pad(x, [*((pad // 2, pad - pad // 2) for pad in total), (0, 0)])
    return np.array(
        [
            [x[r * step : r * step + size, c * step : c * step + size] for c in range(sides[1])]
            for r in range(sides[0])
        ]
    )


def test_the_converted_graph_computes_the_same(rng, tmp_path):
    graph, weights = content(rng)
    model = convert_graphdef.convert(graph, SPEC)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    picture = rng.normal(size=(5, 7, 3)).astype(np.float32)
    heat, way = session.run(["heat", "way"], {"picture": picture.transpose(2, 0, 1)[None]})
    active = np.einsum("hwijc,ijco->hwo", windows(picture, 3, 2), weights["w"]) + weights["b"]
    active = np.maximum(active, 0)
    each = np.einsum("hwijc,ijc->hwc", windows(active, 3, 1), weights["d"][..., 0])
    padded = np.pad(each, [(0, 1), (0, 1), (0, 0)], constant_values=-np.inf)
    pooled = np.max([padded[r : r + 3, c : c + 4] for r in (0, 1) for c in (0, 1)], 0)
    expected = np.concatenate([pooled, active], -1).transpose(2, 0, 1)[None]
    np.testing.assert_allclose(np.concatenate([heat, way], 1), expected, atol=1e-5)
    assert heat.shape[1] == 6 and way.shape[1] == 2


def test_an_operator_that_is_not_known_is_named():
    graph = node("picture", "Placeholder") + node("odd", "Softplus", ["picture"])
    with pytest.raises(ConversionError, match="operator Softplus is not supported"):
        convert_graphdef.convert(graph, SPEC)
