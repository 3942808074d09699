"""TensorFlow.js graph models written by hand: the JSON with the weights behind it, as the converter reads them."""

import base64
import json

import numpy as np


def text(value):
    return base64.b64encode(value.encode()).decode()


def attribute(value):
    """Text, flag, list of whole numbers, or list of texts."""
    if isinstance(value, str):
        return {"s": text(value)}
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value[0], str):
        return {"list": {"s": [text(one) for one in value]}}
    return {"list": {"i": [str(number) for number in value]}}


def node(name, operator, inputs=(), **attributes):
    described = {key: attribute(value) for key, value in attributes.items()}
    return {"name": name, "op": operator, "input": list(inputs), "attr": described}


def graph_model(nodes, weights, half=()):
    """Bytes of a graph model; weights {name: array}, those in `half` stored as float16."""
    entries, stored = [], []
    for name, values in weights.items():
        entry = {"name": name, "shape": list(values.shape), "dtype": str(values.dtype)}
        if name in half:
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
            values = values.astype(np.float16)
        entries.append(entry)
        stored.append(values.tobytes())
    constants = [node(name, "Const") for name in weights]
    described = {
        "modelTopology": {"node": [*constants, *nodes]},
        "weightsManifest": [{"paths": ["x.bin"], "weights": entries}],
    }
    return json.dumps(described).encode() + b"".join(stored)
