"""tflite operators, each written as ONNX nodes.

Inside the ONNX graph a tensor of four dimensions is kept as NCHW (tflite has NHWC); all others are
as in the tflite file. The batch is left open. One function per kind of operator, looked up in
CONVERTERS; each takes the graph under construction and an Operator, and returns the name of the
result.
"""

import math

import numpy as np
import tflite

from .tflite_model import ABSENT, ConversionError

NCHW_FROM_NHWC = [0, 3, 1, 2]
NHWC_FROM_NCHW = [0, 2, 3, 1]
SAME = tflite.Padding.SAME
ACTIVATIONS = {
    tflite.ActivationFunctionType.NONE: None,
    tflite.ActivationFunctionType.RELU: (0.0, None),
    tflite.ActivationFunctionType.RELU_N1_TO_1: (-1.0, 1.0),
    tflite.ActivationFunctionType.RELU6: (0.0, 6.0),
}


def convolution(graph, operator):
    options = operator.options(tflite.Conv2DOptions)
    weights = graph.weights(operator.inputs[1]).transpose(NCHW_FROM_NHWC)
    groups = graph.shape(operator.inputs[0])[3] // weights.shape[1]
    return convolve(graph, operator, options, weights, groups)


def depthwise_convolution(graph, operator):
    options = operator.options(tflite.DepthwiseConv2DOptions)
    weights = graph.weights(operator.inputs[1])[0].transpose(2, 0, 1)[:, None]
    return convolve(graph, operator, options, weights, graph.shape(operator.inputs[0])[3])


def convolve(graph, operator, options, weights, groups):
    """weights  (out, in / groups, height, width)"""
    kernel = weights.shape[2:]
    strides = (options.StrideH(), options.StrideW())
    dilations = (options.DilationHFactor(), options.DilationWFactor())
    inputs = [graph.value(operator.inputs[0], 4), graph.constant(weights)]
    inputs += bias(graph, operator)
    result = graph.node(
        "Conv",
        inputs,
        kernel_shape=kernel,
        strides=strides,
        dilations=dilations,
        group=groups,
        pads=pads(graph, operator, options, kernel, strides, dilations),
    )
    return activation(graph, result, options)


def bias(graph, operator):
    """The third input as a list of its name, empty where it is left out."""
    return [
        graph.constant(graph.weights(tensor)) for tensor in operator.inputs[2:] if tensor != ABSENT
    ]


def pads(graph, operator, options, kernel, strides, dilations=(1, 1)):
    """ONNX pads (top, left, bottom, right); SAME puts the odd one at the end."""
    if options.Padding() != SAME:
        return [0, 0, 0, 0]
    height_width = graph.shape(operator.inputs[0])[1:3]
    before, after = [], []
    for size, k, stride, dilation in zip(height_width, kernel, strides, dilations, strict=True):
        needed = (math.ceil(size / stride) - 1) * stride + (k - 1) * dilation + 1
        total = max(needed - size, 0)
        before.append(total // 2)
        after.append(total - total // 2)
    return before + after


def activation(graph, value, options):
    """The activation that tflite fuses into an operator."""
    kind = options.FusedActivationFunction()
    if kind not in ACTIVATIONS:
        raise ConversionError(f"The fused activation number {kind} is not supported.")
    limits = ACTIVATIONS[kind]
    if limits is None:
        return value
    low, high = limits
    if high is None:
        return graph.node("Relu", [value])
    return graph.node(
        "Clip", [value, graph.constant(np.float32(low)), graph.constant(np.float32(high))]
    )


def pool(onnx_kind):
    def convert(graph, operator):
        options = operator.options(tflite.Pool2DOptions)
        kernel = (options.FilterHeight(), options.FilterWidth())
        strides = (options.StrideH(), options.StrideW())
        padding = pads(graph, operator, options, kernel, strides)
        value = graph.value(operator.inputs[0], 4)
        sizes = {"kernel_shape": kernel, "strides": strides, "pads": padding}
        return activation(graph, graph.node(onnx_kind, [value], **sizes), options)

    return convert


def arithmetic(onnx_kind, options_class):
    def convert(graph, operator):
        rank = max(len(graph.shape(tensor)) for tensor in operator.inputs)
        values = [graph.value(tensor, rank) for tensor in operator.inputs]
        return activation(graph, graph.node(onnx_kind, values), operator.options(options_class))

    return convert


def pad(graph, operator):
    amounts = graph.weights(operator.inputs[1]).astype(np.int64)
    amounts = amounts[NCHW_FROM_NHWC] if len(amounts) == 4 else amounts
    begin_then_end = graph.constant(amounts.T.ravel())
    value = graph.value(operator.inputs[0], len(amounts))
    return graph.node("Pad", [value, begin_then_end], mode="constant")


def resize_bilinear(graph, operator):
    options = operator.options(tflite.ResizeBilinearOptions)
    before = graph.shape(operator.inputs[0])[1:3]
    after = graph.weights(operator.inputs[1]).tolist()
    scales = [1.0, 1.0, *(scale(old, new) for old, new in zip(before, after, strict=True))]
    mode = "half_pixel" if options.HalfPixelCenters() else "asymmetric"
    return graph.node(
        "Resize",
        [graph.value(operator.inputs[0], 4), "", graph.constant(np.array(scales, np.float32))],
        mode="linear",
        coordinate_transformation_mode="align_corners" if options.AlignCorners() else mode,
    )


def scale(old, new):
    """The float32 nearest to new / old with which ONNX's floor(old * scale) is `new`."""
    exact = np.float32(new / old)
    return exact if math.floor(old * exact) >= new else np.nextafter(exact, np.float32(np.inf))


def reshape(graph, operator):
    shape = graph.shape(operator.output)
    value = graph.value_as_in_tflite(operator.inputs[0])
    target = graph.constant(np.array([-1, *shape[1:]], np.int64))
    value = graph.node("Reshape", [value, target])
    return graph.node("Transpose", [value], perm=NCHW_FROM_NHWC) if len(shape) == 4 else value


def concatenation(graph, operator):
    options = operator.options(tflite.ConcatenationOptions)
    rank = len(graph.shape(operator.output))
    axis = options.Axis() % rank
    axis = NHWC_FROM_NCHW[axis] if rank == 4 else axis
    values = [graph.value(tensor, rank) for tensor in operator.inputs]
    return activation(graph, graph.node("Concat", values, axis=axis), options)


def depth_to_space(graph, operator):
    block = operator.options(tflite.DepthToSpaceOptions).BlockSize()
    return graph.node(
        "DepthToSpace", [graph.value(operator.inputs[0], 4)], blocksize=block, mode="DCR"
    )


def prelu(graph, operator):
    rank = len(graph.shape(operator.inputs[0]))
    return graph.node("PRelu", [graph.value(tensor, rank) for tensor in operator.inputs])


def unary(onnx_kind):
    def convert(graph, operator):
        rank = len(graph.shape(operator.inputs[0]))
        return graph.node(onnx_kind, [graph.value(operator.inputs[0], rank)])

    return convert


def mean(graph, operator):
    options = operator.options(tflite.ReducerOptions)
    rank = len(graph.shape(operator.inputs[0]))
    axes = [int(axis) % rank for axis in np.atleast_1d(graph.weights(operator.inputs[1]))]
    if rank != 4 or set(axes) != {1, 2}:
        raise ConversionError("MEAN is only supported over height and width.")
    keep = int(options.KeepDims())
    return graph.node(
        "ReduceMean", [graph.value(operator.inputs[0], 4)], axes=[2, 3], keepdims=keep
    )


def fully_connected(graph, operator):
    options = operator.options(tflite.FullyConnectedOptions)
    weights = graph.weights(operator.inputs[1])
    flat = graph.constant(np.array([-1, weights.shape[1]], np.int64))
    inputs = [graph.node("Reshape", [graph.value_as_in_tflite(operator.inputs[0]), flat])]
    inputs += [graph.constant(weights)]
    inputs += bias(graph, operator)
    return activation(graph, graph.node("Gemm", inputs, transB=1), options)


CONVERTERS = {
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "MAX_POOL_2D": pool("MaxPool"),
    "AVERAGE_POOL_2D": pool("AveragePool"),
    "ADD": arithmetic("Add", tflite.AddOptions),
    "SUB": arithmetic("Sub", tflite.SubOptions),
    "MUL": arithmetic("Mul", tflite.MulOptions),
    "PAD": pad,
    "RESIZE_BILINEAR": resize_bilinear,
    "RESHAPE": reshape,
    "CONCATENATION": concatenation,
    "DEPTH_TO_SPACE": depth_to_space,
    "PRELU": prelu,
    "RELU": unary("Relu"),
    "LOGISTIC": unary("Sigmoid"),
    "MEAN": mean,
    "FULLY_CONNECTED": fully_connected,
}
UNPACKING = ("DENSIFY", "DEQUANTIZE")
