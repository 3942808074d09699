"""Frozen TensorFlow graph -> ONNX, without TensorFlow: convolutions, as in the OpenPose family of networks.

A frozen graph is one protocol buffer message GraphDef (graph.proto, node_def.proto, attr_value.proto,
tensor.proto, TensorFlow project): nodes with a name, an operator, the names of their inputs, and attributes. Its
tensors are NHWC; the ONNX file is NCHW, for one picture of the data file's size. The last node gives the maps of
the outputs, one behind the other; the data file's limbs tell how many of them are fields.
Needs the packages numpy and onnx.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ..inference.onnx_file import fields, integers
from .tflite_model import ConversionError

OPSET = 17
IR_VERSION = 8
NUMPY_TYPES = {1: np.float32, 3: np.int32, 9: np.int64}  # DT_FLOAT, DT_INT32, DT_INT64
FOUR_BYTES, STRING = "<f4", "utf-8"


@dataclass
class Node:
    """One node of a GraphDef. Attributes: bytes of the AttrValue message."""

    name: str = ""
    operator: str = ""
    inputs: list = field(default_factory=list)
    attributes: dict = field(default_factory=dict)

    def ints(self, key):
        """A list of whole numbers: AttrValue.list (1) . i (3)."""
        return [
            number
            for _, first, last, _ in chosen(self.attributes[key], 1)
            for _, start, end, value in chosen(self.attributes[key][first:last], 3)
            for number in packed(self.attributes[key][first:last], start, end, value)
        ]

    def text(self, key):
        """AttrValue.s (2)."""
        content = self.attributes[key]
        return next(content[a:b].decode(STRING) for _, a, b, _ in chosen(content, 2))

    def tensor(self):
        """The array of a constant: AttrValue.tensor (8)."""
        content = self.attributes["value"]
        return next(array(content[a:b]) for _, a, b, _ in chosen(content, 8))


def packed(content, start, end, value):
    return [value] if start is None else integers(content, start, end)


def chosen(content, number):
    """Fields with a number of a message in bytes."""
    return [found for found in fields(content, 0, len(content)) if found[0] == number]


def array(content):
    """TensorProto -> array: dtype (1), shape (2), bytes (4), or one whole number (7)."""
    dtype = NUMPY_TYPES[chosen(content, 1)[0][3]]
    shape = []
    for _, first, last, _ in chosen(content, 2):
        for _, a, b, _ in chosen(content[first:last], 2):
            shape.append(chosen(content[first:last][a:b], 1)[0][3])
    raw = [content[a:b] for _, a, b, _ in chosen(content, 4)]
    if raw:
        return np.frombuffer(raw[0], dtype).reshape(shape)
    numbers = [n for _, a, b, value in chosen(content, 7) for n in packed(content, a, b, value)]
    if len(numbers) != 1:
        raise ConversionError("A constant of the graph is stored in a way that is not supported.")
    return np.full(shape, numbers[0], dtype)


def nodes(content):
    """GraphDef in bytes -> Nodes, in their order."""
    for _, first, last, _ in chosen(content, 1):
        message, node = content[first:last], Node()
        for number, a, b, _ in fields(message, 0, len(message)):
            if number == 1:
                node.name = message[a:b].decode(STRING)
            elif number == 2:
                node.operator = message[a:b].decode(STRING)
            elif number == 3:
                node.inputs.append(message[a:b].decode(STRING))
            elif number == 5:
                entry = message[a:b]
                (_, k, k_end, _), (_, v, v_end, _) = chosen(entry, 1)[0], chosen(entry, 2)[0]
                node.attributes[entry[k:k_end].decode(STRING)] = entry[v:v_end]
        yield node


def convert_network(spec, source, target):
    """Convert the published file of a network of the catalogue."""
    limbs = 2 * len(spec.decoding["limbs"])
    result = convert(Path(source).read_bytes(), spec, {"heatmaps": None, "fields": limbs})
    onnx.checker.check_model(result)
    onnx.save(result, target)


def convert(content, spec, channels):
    """GraphDef in bytes -> ONNX model. channels {output: how many of the last maps, None = those before}"""
    graph = Graph(spec)
    for node in nodes(content):
        graph.take(node)
    return graph.finished(spec, channels)


class Graph:
    """The ONNX graph while it grows."""

    def __init__(self, spec):
        self._tensor, (self._width, self._height) = "", spec.size
        self._nodes, self._stored, self._constants, self._last = [], [], {}, ""

    def take(self, node):
        """Adds one node, its inputs being there."""
        if node.operator == "Const":
            self._constants[node.name] = node.tensor()
        elif node.operator == "Placeholder":
            self._tensor = node.name
        elif node.operator in CONVERTERS:
            CONVERTERS[node.operator](self, node)
            self._last = node.name
        else:
            raise ConversionError(f"The TensorFlow operator {node.operator} is not supported.")

    def constant(self, name):
        """The array of a constant node."""
        return self._constants[name]

    def store(self, name, values):
        """A constant of the ONNX file -> its name."""
        self._stored.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, operator, inputs, output, **attributes):
        self._nodes.append(helper.make_node(operator, inputs, [output], **attributes))

    def finished(self, spec, channels):
        """The model, the last maps split into the outputs of the data file."""
        outputs, start = [], 0
        after = sum(count or 0 for count in channels.values())
        for name, count in channels.items():
            ends = [start, -after if count is None else 2**31 - 1]
            edges = [self.store(f"{name}{i}", np.array([end])) for i, end in enumerate(ends)]
            axis = self.store(f"{name}_axis", np.array([1]))
            self.add("Slice", [self._last, *edges, axis], spec.outputs[name])
            shape = [1, f"{name}_channels", "h", "w"]
            tensor = spec.outputs[name]
            outputs.append(helper.make_tensor_value_info(tensor, TensorProto.FLOAT, shape))
            start = -after
        shape = [1, 3, self._height, self._width]
        entry = helper.make_tensor_value_info(self._tensor, TensorProto.FLOAT, shape)
        graph = helper.make_graph(self._nodes, spec.name, [entry], outputs, self._stored)
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION)


def _window(node):
    """Attributes of a convolution or pooling; TensorFlow's SAME is ONNX's SAME_UPPER."""
    padding = {"SAME": "SAME_UPPER", "VALID": "VALID"}[node.text("padding")]
    return {"auto_pad": padding, "strides": node.ints("strides")[1:3]}


def _convolution(graph, node):
    weights = graph.constant(node.inputs[1]).transpose(3, 2, 0, 1)
    name = graph.store(f"{node.name}/weights_nchw", weights)
    graph.add("Conv", [node.inputs[0], name], node.name, **_window(node))


def _depthwise(graph, node):
    weights = graph.constant(node.inputs[1])  # height, width, inputs, outputs of each
    height, width, inputs, each = weights.shape
    weights = weights.transpose(2, 3, 0, 1).reshape(inputs * each, 1, height, width)
    name = graph.store(f"{node.name}/weights_nchw", weights)
    graph.add("Conv", [node.inputs[0], name], node.name, group=inputs, **_window(node))


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


CONVERTERS = {
    "Conv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "BiasAdd": _bias,
    "Relu": lambda graph, node: graph.add("Relu", node.inputs, node.name),
    "MaxPool": _pooling,
    "ConcatV2": _joined,
}
