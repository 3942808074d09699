"""Data files of made-up networks, and ONNX files that always say the same."""

import dataclasses
import hashlib

import numpy as np
from monorig.inference import catalogue
from monorig.inference.decoders import DECODERS, input_shape
from monorig.inference.network import Network
from onnx import TensorProto
from standins import Graph


def toml(value):
    """A value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def text(name, decoder, keypoints, size=(64, 64), sha256="0" * 64, **decoding):
    """Text of a data file whose tensors are called as the decoder calls them."""
    lines = [f"name = {toml(name)}", 'licence = "Apache-2.0"', 'attribution = "a test"']
    lines += [f"decoder = {toml(decoder)}", f"keypoints = {toml(keypoints)}"]
    lines += ["[file]", f'onnx = "{name}.onnx"', f"sha256 = {toml(sha256)}", 'convert = ""']
    lines += ["sources = []", "[input]", 'tensor = "input"']
    if DECODERS[decoder].takes == "picture":
        lines += ['layout = "NCHW"', f"size = {toml(size)}", 'colour = "RGB"']
        lines += ["mean = [0.0, 0.0, 0.0]", "std = [1.0, 1.0, 1.0]"]
    lines += ["[outputs]", *(f"{key} = {toml(key)}" for key in DECODERS[decoder].outputs)]
    if decoding:
        lines += ["[decoding]", *(f"{key} = {toml(value)}" for key, value in decoding.items())]
    return "\n".join(lines) + "\n"


def write_onnx(path, spec, says):
    """An ONNX file of the layout of a data file that says {output: array} of every picture or person."""
    graph, crops = Graph(), DECODERS[spec.decoder].crops
    shape = list(input_shape(spec, 1))
    axes = list(range(1, len(shape)))
    nothing = graph.add("Mul", graph.add("ReduceMean", spec.tensor, axes=axes, keepdims=0), 0.0)
    kinds = {}
    for name, value in says.items():
        value = np.asarray(value)
        wide = graph.add("Reshape", nothing, graph.ints(-1, *[1] * (value.ndim - 1)))
        if value.dtype == np.int64:
            wide = graph.add("Cast", wide, to=TensorProto.INT64)
        constant = graph.constant(value, value.dtype if value.dtype == np.int64 else np.float32)
        graph.add("Add", wide, constant, out=spec.outputs[name])
        kinds[spec.outputs[name]] = (
            TensorProto.INT64 if value.dtype == np.int64 else TensorProto.FLOAT
        )
    graph.write(path, spec.tensor, ["N" if crops else 1, *shape[1:]], kinds)


def make(folder, decoder, keypoints, says, name="made-up", **more):
    """Data file and ONNX file in a folder -> path of the data file; the sha256 is right."""
    path = folder / f"{name}.toml"
    path.write_text(text(name, decoder, keypoints, **more), encoding="utf-8")
    onnx = folder / f"{name}.onnx"
    write_onnx(onnx, catalogue.load_network(path), says)
    digest = hashlib.sha256(onnx.read_bytes()).hexdigest()
    path.write_text(text(name, decoder, keypoints, sha256=digest, **more), encoding="utf-8")
    return path


def load(path):
    """Data file -> Network, warm."""
    return network_of(catalogue.load_network(path), path.parent)


def network_of(spec, folder):
    """The Network of a record, warm."""
    network = Network(spec, folder / spec.onnx, threads=1)
    network.warm_up()
    return network


def renamed(spec, tensor, outputs):
    """The record with other names of tensors."""
    return dataclasses.replace(spec, tensor=tensor, outputs=outputs)
