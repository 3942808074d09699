"""Frozen TensorFlow graph -> ONNX, without TensorFlow, as in the OpenPose family of networks.

A frozen graph is one protocol buffer message GraphDef (graph.proto, node_def.proto, attr_value.proto,
tensor.proto, TensorFlow project): nodes with a name, an operator, the names of their inputs, and attributes. The
last node gives the maps of the outputs, one behind the other; the data file's limbs tell how many are fields.
Needs the packages numpy and onnx.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx

from ..inference.onnx_file import fields, integers
from .tensorflow_graph import TO_THE_END, Graph
from .tflite_model import ConversionError

NUMPY_TYPES = {1: np.float32, 3: np.int32, 9: np.int64}  # DT_FLOAT, DT_INT32, DT_INT64
STRING = "utf-8"


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
            for content in self._messages(key, 1)
            for _, start, end, value in chosen(content, 3)
            for number in packed(content, start, end, value)
        ]

    def texts(self, key):
        """A list of texts, empty where there is none: AttrValue.list (1) . s (2)."""
        return [
            content[a:b].decode(STRING)
            for content in self._messages(key, 1)
            for _, a, b, _ in chosen(content, 2)
        ]

    def text(self, key):
        """AttrValue.s (2)."""
        return self._messages(key, 2)[0].decode(STRING)

    def flag(self, key):
        """AttrValue.b (5)."""
        return any(value for *_, value in chosen(self.attributes.get(key, b""), 5))

    def tensor(self):
        """The array of a constant: AttrValue.tensor (8)."""
        return array(self._messages("value", 8)[0])

    def _messages(self, key, number):
        """The contents of the fields with a number of an attribute."""
        content = self.attributes.get(key, b"")
        return [content[a:b] for _, a, b, _ in chosen(content, number)]


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
    onnx.save(convert(Path(source).read_bytes(), spec), target)


def convert(content, spec):
    """GraphDef in bytes -> ONNX model; its outputs are `heatmaps`, then as many `fields` as the limbs need."""
    graph = Graph(spec)
    for node in nodes(content):
        graph.take(node)
    first = -2 * len(spec.decoding["limbs"])
    graph.slice_last(0, first, spec.outputs["heatmaps"])
    graph.slice_last(first, TO_THE_END, spec.outputs["fields"])
    return graph.finished()
