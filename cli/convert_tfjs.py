"""TensorFlow.js graph model -> ONNX, without TensorFlow: the maps of a network before its own decoding.

A graph model is a JSON file with the nodes and a list of weights, and those weights one behind the other in a
file of bytes (TensorFlow.js, "graph-model" format). Here they are one file, the JSON first. Of the graph what lies
between the input and the outputs that the data file names is converted, so that our decoders do the rest: for
pictures of any size, and for as many people as there are. TensorFlow's maps of ways have y before x; ours x
before y.
Needs the packages numpy and onnx.
"""

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx

from .tensorflow_graph import Graph
from .tflite_model import ConversionError

WAYS = ("regression", "offsets", "box_offset", "box_size")  # outputs with pairs of channels, y x


@dataclass(frozen=True)
class Node:
    """One node of the JSON file; a constant has its values."""

    name: str
    operator: str
    inputs: tuple
    attributes: dict
    values: np.ndarray | None = None

    def ints(self, key):
        return [int(number) for number in self.attributes[key]["list"]["i"]]

    def texts(self, key):
        """A list of texts, empty where there is none."""
        found = self.attributes.get(key, {}).get("list", {}).get("s", ())
        return [base64.b64decode(text).decode() for text in found]

    def text(self, key):
        return base64.b64decode(self.attributes[key]["s"]).decode()

    def flag(self, key):
        return bool(self.attributes.get(key, {}).get("b"))

    def tensor(self):
        if self.values is None:
            raise ConversionError(f"The file holds no values of {self.name}.")
        return self.values


def read(content):
    """Bytes of both files -> {name: Node}, in their order."""
    text = content.decode("latin-1")  # one character a byte
    try:
        described, end = json.JSONDecoder().raw_decode(text)
        weights = unpacked(described["weightsManifest"], content[end:])
        found = described["modelTopology"]["node"]
    except (json.JSONDecodeError, KeyError) as error:
        raise ConversionError("This is not a graph model of TensorFlow.js.") from error
    return {
        one["name"]: Node(
            one["name"], one["op"], tuple(one.get("input", ())), one.get("attr", {}),
            weights.get(one["name"]),
        )
        for one in found
    }  # fmt: skip


def unpacked(manifest, content):
    """{name: array} of all weights; those stored as float16 as float32."""
    found, place = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        stored = np.dtype(entry.get("quantization", entry)["dtype"])
        size = stored.itemsize * int(np.prod(entry["shape"], dtype=int))
        if place + size > len(content) or stored.kind == "u":
            raise ConversionError("The weights of the graph model are cut off or quantised.")
        values = np.frombuffer(content[place : place + size], stored)
        found[entry["name"]] = values.reshape(entry["shape"]).astype(entry["dtype"])
        place += size
    return found


def between(nodes, tensor, outputs):
    """The Nodes that the outputs need, back to the tensor, in their order."""
    needed, open_ends = set(), list(outputs)
    while open_ends:
        name = open_ends.pop()
        if name not in nodes:
            raise ConversionError(f"The graph has no node {name}.")
        if name not in needed:
            needed.add(name)
            open_ends += () if name == tensor else nodes[name].inputs
    return [node for name, node in nodes.items() if name in needed]


def convert_network(spec, source, target):
    """Convert the published file of a network of the catalogue."""
    onnx.save(convert(Path(source).read_bytes(), spec), target)


def convert(content, spec):
    """Bytes of a graph model -> ONNX model."""
    graph = Graph(spec)
    ways = {spec.outputs[name] for name in WAYS if name in spec.outputs}
    for node in between(read(content), spec.tensor, spec.outputs.values()):
        if node.name in ways:
            graph.take(replace(node, name=f"{node.name}/yx"))
            _swap(graph, f"{node.name}/yx", node.name, channels=len(graph.constant(node.inputs[2])))
        else:
            graph.take(node)
    return graph.finished()


def _swap(graph, value, output, channels):
    """y x of all pairs of channels -> x y."""
    order = np.arange(channels).reshape(-1, 2)[:, ::-1].ravel()
    graph.add("Gather", [value, graph.store(f"{output}/xy", order)], output, axis=1)
