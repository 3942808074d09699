"""tflite -> ONNX, without TensorFlow.

Float networks, also with weights stored as float16 or sparse. The batch is dynamic ("N"), inputs
and outputs keep the layout and the names of the tflite file.
Needs the packages numpy, onnx and tflite.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .tflite_model import ConversionError, TfliteModel
from .tflite_operators import CONVERTERS, NCHW_FROM_NHWC, NHWC_FROM_NCHW, UNPACKING

OPSET = 17
IR_VERSION = 8


def convert_network(spec, source, target):
    """Convert the published file of a network of the catalogue, with only the outputs it uses."""
    convert(source, target, outputs=tuple(spec.outputs.values()))


def convert(source, target, outputs=None):
    """Write the ONNX form of a tflite file; `outputs` names those to keep (all where None)."""
    model = TfliteModel(Path(source).read_bytes())
    graph = Graph(model)
    for operator in model.operators():
        if operator.kind in UNPACKING:
            model.same_constant(operator.output, operator.inputs[0])
        elif operator.kind in CONVERTERS:
            graph.results[operator.output] = CONVERTERS[operator.kind](graph, operator)
        else:
            raise ConversionError(f"The tflite operator {operator.kind} is not supported.")
    result = graph.finished(outputs)
    onnx.checker.check_model(result)
    onnx.save(result, target)


class Graph:
    """The ONNX graph while it grows."""

    def __init__(self, model):
        self.results = {}  # tensor number -> name of its value in ONNX
        self._model = model
        self._nodes = []
        self._constants = {}
        for tensor in model.inputs():
            self.results[tensor] = self._from_tflite_layout(
                model.name(tensor), len(self.shape(tensor))
            )

    def shape(self, tensor):
        """As in the tflite file: NHWC."""
        return self._model.shape(tensor)

    def weights(self, tensor):
        """A constant as a numpy array, as in the tflite file."""
        value = self._model.constant(tensor)
        if value is None:
            raise ConversionError(f"The tensor {self._model.name(tensor)} should be a constant.")
        return value

    def constant(self, value):
        """Add an array to the graph."""
        name = f"constant.{len(self._constants)}"
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def node(self, kind, inputs, **attributes):
        """Add an ONNX node with one output."""
        output = f"value.{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def value(self, tensor, rank):
        """Name of a tensor in the layout used inside; a constant gets `rank` dimensions."""
        if tensor in self.results:
            if len(self.shape(tensor)) != rank:
                name = self._model.name(tensor)
                raise ConversionError(
                    f"The tensor {name} would have to be broadcast to {rank} dimensions."
                )
            return self.results[tensor]
        value = self.weights(tensor)
        value = value.reshape((1,) * (rank - value.ndim) + value.shape)
        return self.constant(value.transpose(NCHW_FROM_NHWC) if rank == 4 else value)

    def value_as_in_tflite(self, tensor):
        """Name of a tensor in the layout of the tflite file."""
        rank = len(self.shape(tensor))
        value = self.value(tensor, rank)
        return self.node("Transpose", [value], perm=NHWC_FROM_NCHW) if rank == 4 else value

    def finished(self, names):
        """The ONNX model that computes the outputs called `names`."""
        known = {self._model.name(tensor): tensor for tensor in self._model.outputs()}
        for name in names or ():
            if name not in known:
                raise ConversionError(f'The network has no output "{name}".')
        outputs = {name: known[name] for name in names or known}
        for name, tensor in outputs.items():
            value = self.value_as_in_tflite(tensor)
            self._nodes.append(helper.make_node("Identity", [value], [name]))
        inputs = [self._declared(tensor) for tensor in self._model.inputs()]
        declared = [self._declared(tensor) for tensor in outputs.values()]
        nodes, constants = self._needed(outputs)
        graph = helper.make_graph(nodes, "network", inputs, declared, constants)
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(
            graph, opset_imports=opset, producer_name="monorig", ir_version=IR_VERSION
        )

    def _needed(self, outputs):
        """Nodes and constants that the outputs depend on."""
        wanted = set(outputs)
        nodes = []
        for node in reversed(self._nodes):
            if wanted.intersection(node.output):
                nodes.append(node)
                wanted.update(node.input)
        return nodes[::-1], [value for name, value in self._constants.items() if name in wanted]

    def _from_tflite_layout(self, name, rank):
        return self.node("Transpose", [name], perm=NCHW_FROM_NHWC) if rank == 4 else name

    def _declared(self, tensor):
        shape = ["N", *self.shape(tensor)[1:]]
        return helper.make_tensor_value_info(self._model.name(tensor), TensorProto.FLOAT, shape)
