"""A graph of TensorFlow's operators written as ONNX nodes: convolutions, and what stands between them.

TensorFlow's tensors are NHWC; the ONNX file is NCHW, for one picture of the data file's size. The graph begins
at the tensor that the data file names: what TensorFlow computes before it is left to the file's mean and std.
A node is anything with a name, an operator, the names of its inputs, and its attributes by `ints`, `text`,
`texts`, `flag` and `tensor`. One function per operator, looked up in CONVERTERS.
Needs the packages numpy and onnx.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .tflite_model import ConversionError

OPSET = 17
IR_VERSION = 8
TO_THE_END = 2**31 - 1


@dataclass(frozen=True)
class Size:
    """Height and width of a value, as the graph computes them from its shape, times (2,) factors."""

    value: str
    times: tuple = (1, 1)


class Graph:
    """The ONNX graph while it grows.

    sizes    {node: Size} of the nodes that compute with shapes
    """

    def __init__(self, spec):
        self.sizes = {}
        self._spec, self._last = spec, spec.tensor
        self._nodes, self._stored, self._constants = [], [], {}

    def take(self, node):
        """Adds one node, its inputs being there."""
        if node.name == self._spec.tensor:
            return
        if node.operator == "Const":
            self._constants[node.name] = node.tensor()
        elif node.operator in CONVERTERS:
            CONVERTERS[node.operator](self, node)
            self._last = node.name
        else:
            raise ConversionError(f"The TensorFlow operator {node.operator} is not supported.")

    def constant(self, name):
        """The array of a constant node."""
        if name not in self._constants:
            raise ConversionError(f"The node {name} of the graph should be a constant.")
        return self._constants[name]

    def store(self, name, values):
        """A constant of the ONNX file -> its name."""
        self._stored.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator, inputs, output, **attributes):
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))

    def slice_last(self, start, end, output):
        """The channels from `start` to `end` of what was taken last, as a tensor of that name."""
        edges = [self.store(f"{output}_{i}", np.array([k])) for i, k in enumerate((start, end))]
        axis = self.store(f"{output}_axis", np.array([1]))
        self.add("Slice", [self._last, *edges, axis], output)

    def finished(self):
        """The checked ONNX model with the input and the outputs of the data file."""
        width, height = self._spec.size
        shape = [1, 3, height, width]
        entry = helper.make_tensor_value_info(self._spec.tensor, TensorProto.FLOAT, shape)
        outputs = [
            helper.make_tensor_value_info(
                tensor, TensorProto.FLOAT, [1, f"{name}_channels", "h", "w"]
            )
            for name, tensor in self._spec.outputs.items()
        ]
        graph = helper.make_graph(self._nodes, self._spec.name, [entry], outputs, self._stored)
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)
        onnx.checker.check_model(model)
        return model


def _window(node):
    """Attributes of a convolution or pooling; TensorFlow's SAME is ONNX's SAME_UPPER."""
    padding = {"SAME": "SAME_UPPER", "VALID": "VALID"}[node.text("padding")]
    return {"auto_pad": padding, "strides": node.ints("strides")[1:3]}


def _convolution(graph, node):
    weights = graph.constant(node.inputs[1]).transpose(3, 2, 0, 1)
    _convolve(graph, node, weights, groups=1)


def _depthwise(graph, node):
    weights = graph.constant(node.inputs[1])  # height, width, inputs, outputs of each
    height, width, inputs, each = weights.shape
    weights = weights.transpose(2, 3, 0, 1).reshape(inputs * each, 1, height, width)
    _convolve(graph, node, weights, groups=inputs)


def _convolve(graph, node, weights, groups):
    """weights (out, in / groups, height, width); bias and activation where they are fused into the node."""
    inputs = [node.inputs[0], graph.store(f"{node.name}/weights_nchw", weights)]
    fused = node.texts("fused_ops")
    if fused[:1] == ["BiasAdd"]:
        inputs.append(graph.store(f"{node.name}/bias", graph.constant(node.inputs[2])))
        fused = fused[1:]
    output = f"{node.name}/before" if fused else node.name
    graph.add("Conv", inputs, output, group=groups, **_window(node))
    if fused:
        _activate(graph, fused, output, node.name)


def _activate(graph, kinds, value, output):
    if kinds == ["Relu"]:
        graph.add("Relu", [value], output)
    elif kinds == ["Relu6"]:
        limits = [graph.store(f"{output}/{limit}", np.float32(limit)) for limit in (0, 6)]
        graph.add("Clip", [value, *limits], output)
    else:
        raise ConversionError(f"The fused activation {' '.join(kinds)} is not supported.")


def _bias(graph, node):
    name = graph.store(f"{node.name}/bias", graph.constant(node.inputs[1])[:, None, None])
    graph.add("Add", [node.inputs[0], name], node.name)


def _pooling(graph, node):
    kernel = node.ints("ksize")[1:3]
    graph.add("MaxPool", node.inputs, node.name, kernel_shape=kernel, **_window(node))


def _joined(graph, node):
    *inputs, axis = node.inputs
    if int(graph.constant(axis)) not in (3, -1):
        raise ConversionError("The graph joins tensors along another axis than their channels.")
    graph.add("Concat", inputs, node.name, axis=1)


def _shape(graph, node):
    graph.sizes[node.name] = Size(node.inputs[0])


def _height_and_width(graph, node):
    shape, *edges = node.inputs
    if shape not in graph.sizes or [graph.constant(k).tolist() for k in edges] != [[1], [3], [1]]:
        raise ConversionError(f"The graph slices in a way that is not supported ({node.name}).")
    graph.sizes[node.name] = graph.sizes[shape]


def _scaled_size(graph, node):
    size, factors = node.inputs
    if size not in graph.sizes:
        raise ConversionError(f"The graph multiplies in a way that is not supported ({node.name}).")
    times = tuple(graph.constant(factors).tolist())
    graph.sizes[node.name] = Size(graph.sizes[size].value, times)


def _resized(graph, node):
    """A value at a multiple of its own size."""
    value, size = node.inputs
    known = graph.sizes.get(size)
    if known is None or known.value != value or not node.flag("half_pixel_centers"):
        raise ConversionError(f"The graph resizes in a way that is not supported ({node.name}).")
    scales = graph.store(f"{node.name}/scales", np.array([1, 1, *known.times], np.float32))
    graph.add(
        "Resize", [value, "", scales], node.name, mode="linear",
        coordinate_transformation_mode="half_pixel",
    )  # fmt: skip


def _same(operator):
    return lambda graph, node: graph.add(operator, node.inputs, node.name)


CONVERTERS = {
    "Conv2D": _convolution,
    "_FusedConv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "FusedDepthwiseConv2dNative": _depthwise,
    "BiasAdd": _bias,
    "AddV2": _same("Add"),
    "Relu": _same("Relu"),
    "Sigmoid": _same("Sigmoid"),
    "MaxPool": _pooling,
    "ConcatV2": _joined,
    "ResizeBilinear": _resized,
    "Shape": _shape,
    "StridedSlice": _height_and_width,
    "Mul": _scaled_size,
}
