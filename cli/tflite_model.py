"""A tflite file, read: tensors, constants and operators in plain terms.

Needs the packages numpy and tflite (the schema only; no TensorFlow).
"""

from dataclasses import dataclass

import numpy as np
import tflite

from .tflite_sparse import densify

IDENTIFIER = b"TFL3"
TYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
    tflite.TensorType.INT64: np.int64,
    tflite.TensorType.BOOL: np.bool_,
}
OPERATOR_NAMES = {
    code: name for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)
}
ABSENT = -1


class ConversionError(Exception):
    """One sentence why a tflite file cannot be converted."""


@dataclass(frozen=True)
class Operator:
    """One step of the network; inputs and outputs are tensor numbers, ABSENT = left out."""

    kind: str
    inputs: tuple[int, ...]
    output: int
    table: object

    def options(self, cls):
        """The options of the operator, as the schema class that fits its kind."""
        options = cls()
        if self.table is not None:
            options.Init(self.table.Bytes, self.table.Pos)
        return options


class TfliteModel:
    """The first graph of a tflite file."""

    def __init__(self, content):
        if content[4:8] != IDENTIFIER:
            raise ConversionError("This is not a tflite file.")
        self._model = tflite.Model.GetRootAsModel(content, 0)
        self._graph = self._model.Subgraphs(0)
        self._constants = {}

    def inputs(self):
        return [self._graph.Inputs(k) for k in range(self._graph.InputsLength())]

    def outputs(self):
        return [self._graph.Outputs(k) for k in range(self._graph.OutputsLength())]

    def name(self, tensor):
        return self._graph.Tensors(tensor).Name().decode()

    def shape(self, tensor):
        found = self._graph.Tensors(tensor)
        return tuple(found.ShapeAsNumpy().tolist()) if found.ShapeLength() else ()

    def operators(self):
        """All operators, in the order in which they run."""
        for k in range(self._graph.OperatorsLength()):
            found = self._graph.Operators(k)
            code = self._model.OperatorCodes(found.OpcodeIndex())
            number = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
            inputs = tuple(found.Inputs(j) for j in range(found.InputsLength()))
            yield Operator(OPERATOR_NAMES[number], inputs, found.Outputs(0), found.BuiltinOptions())

    def constant(self, tensor):
        """The value of a constant, float16 and sparse ones unpacked; None for what is computed."""
        if tensor not in self._constants:
            self._constants[tensor] = self._stored(tensor)
        return self._constants[tensor]

    def same_constant(self, tensor, source):
        """Make `tensor` the value of the constant `source` (operators that only unpack it)."""
        value = self.constant(source)
        if value is None:
            raise self._quantised(source)
        self._constants[tensor] = value

    def _stored(self, tensor):
        found = self._graph.Tensors(tensor)
        buffer = self._model.Buffers(found.Buffer())
        if buffer is None or buffer.DataLength() == 0:
            return None
        if found.Type() not in TYPES:
            raise self._quantised(tensor)
        values = np.frombuffer(buffer.DataAsNumpy().tobytes(), TYPES[found.Type()])
        if found.Sparsity() is not None:
            values = densify(values, self.shape(tensor), found.Sparsity())
        values = values.reshape(self.shape(tensor))
        return values.astype(np.float32) if values.dtype == np.float16 else values

    def _quantised(self, tensor):
        return ConversionError(f"The tensor {self.name(tensor)} is quantised: not supported.")
