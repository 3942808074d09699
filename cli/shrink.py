"""ONNX networks at half the size: large weights stored as float16, cast back on loading.

The computation stays float32. The rounding of a weight is at most 1 part in 2048. `halve_throughout` makes
networks that also compute, take and give float16, for cards that do so faster.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Numbers; the smaller ones are few bytes, and some of them carry most of the rounding error: one
# 64 x 64 of RTMPose-s alone moved its output by 3 %.
SMALLEST = 1 << 14
LARGEST = float(np.finfo(np.float16).max)


def shrink(source, target):
    """Write the network `source` to `target` with its large weights as float16."""
    model = onnx.load(source)
    graph = model.graph
    casts = [halve(weights) for weights in graph.initializer if fits(weights)]
    names = {cast.output[0] for cast in casts}
    declared = [value for value in graph.input if value.name not in names]
    nodes = [*casts, *graph.node]
    for field, values in (("input", declared), ("node", nodes)):
        graph.ClearField(field)
        getattr(graph, field).extend(values)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def halve_throughout(source, target):
    """Write the network `source` to `target` with all its numbers as float16, its input and outputs too.

    Scales of a Resize stay: ONNX wants them as float32. Raises ValueError where a weight is too large.
    """
    model = onnx.load(source)
    graph = model.graph
    kept = {name for node in graph.node if node.op_type == "Resize" for name in node.input[1:]}
    for weights in graph.initializer:
        if weights.name not in kept:
            to_half(weights)
    for value in (*graph.input, *graph.output, *graph.value_info):
        kind = value.type.tensor_type
        if kind.elem_type == TensorProto.FLOAT:
            kind.elem_type = TensorProto.FLOAT16
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t") and not kept.intersection(node.output):
                to_half(attribute.t)
            elif node.op_type == "Cast" and attribute.i == TensorProto.FLOAT:
                attribute.i = TensorProto.FLOAT16
    onnx.checker.check_model(model)
    onnx.save(model, target)


def to_half(tensor):
    """Turn a float32 tensor into float16 of the same name; others stay."""
    if tensor.data_type != TensorProto.FLOAT:
        return
    values = numpy_helper.to_array(tensor)
    if values.size and np.abs(values).max() > LARGEST:
        raise ValueError(f"{tensor.name} holds numbers that float16 cannot hold.")
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), tensor.name))


def fits(weights):
    """Whether an initializer is worth storing as float16 and keeps its value."""
    if weights.data_type != TensorProto.FLOAT or np.prod(weights.dims) < SMALLEST:
        return False
    return bool(np.abs(numpy_helper.to_array(weights)).max() <= LARGEST)


def halve(weights):
    """Turn the initializer into float16; the Cast node that gives it back under its name."""
    name = weights.name
    stored = f"{name}.float16"
    values = numpy_helper.to_array(weights).astype(np.float16)
    weights.CopyFrom(numpy_helper.from_array(values, stored))
    return helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT)
